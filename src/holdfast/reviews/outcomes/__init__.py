"""What comes of reviews: rows out with their reason, edits with their parents, gold, and yes or no at a gate."""

from __future__ import annotations

from holdfast.reviews.outcomes.apply import Applied, apply_reviews
from holdfast.reviews.outcomes.gates import approve_with_reviews, evidence, reject_with_reviews
from holdfast.reviews.outcomes.gold import gold_from_reviews

__all__ = [
    "Applied",
    "apply_reviews",
    "approve_with_reviews",
    "evidence",
    "gold_from_reviews",
    "reject_with_reviews",
]
