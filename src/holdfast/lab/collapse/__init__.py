"""Collapse: real rows, a learner and a protocol, and what becomes of all three over generations."""
