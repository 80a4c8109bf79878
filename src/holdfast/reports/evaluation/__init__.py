"""An evaluation of a model, for people to read."""

from __future__ import annotations

from holdfast.reports.evaluation.text import render as render_evaluation

__all__ = ["render_evaluation"]
