"""Yardsticks: what truths are measured with, none of it read by a detector of holdfast."""
