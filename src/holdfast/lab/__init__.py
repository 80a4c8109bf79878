"""Collapse in a bottle: text that people wrote, and a small model that is trained on it and then on itself."""
