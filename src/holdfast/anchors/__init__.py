"""Anchors: reality, frozen. Chosen, split, sealed, verified, stored."""

from holdfast.anchors.anchor import Anchor, open_anchor
from holdfast.anchors.freeze import freeze
from holdfast.anchors.preferences import (
    PreferenceAnchor,
    freeze_preferences,
    is_preference_anchor,
    open_preference_anchor,
    verify_preference_anchor,
)
from holdfast.anchors.verify import verify

__all__ = [
    "Anchor",
    "PreferenceAnchor",
    "freeze",
    "freeze_preferences",
    "is_preference_anchor",
    "open_anchor",
    "open_preference_anchor",
    "verify",
    "verify_preference_anchor",
]
