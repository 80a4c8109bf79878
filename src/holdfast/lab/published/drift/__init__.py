"""Drift: what finite samples lose, though the generator is right."""
