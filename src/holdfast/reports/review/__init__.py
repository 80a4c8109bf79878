"""What reviews say, for people to read."""

from holdfast.reports.review.text import render as render_review_results

__all__ = ["render_review_results"]
