"""Causes: one file, one cause. A pattern of readings becomes causes with stated confidence."""
