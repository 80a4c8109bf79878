"""Scores: what benchmarks said of a model, read from the files that evaluation harnesses leave behind."""

from __future__ import annotations

from holdfast.data.scores.read import read_scores
from holdfast.data.scores.score import Items, Score, differences

__all__ = ["Items", "Score", "differences", "read_scores"]
