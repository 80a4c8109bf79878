"""Learners: models that are really trained, small enough for a laboratory."""
