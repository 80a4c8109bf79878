"""What reviews say: how far people agree, who drifts, and how much of the whole set is bad."""

from __future__ import annotations

from holdfast.reviews.results.review import Results, review_results

__all__ = ["Results", "review_results"]
