"""Anchors: reality, frozen. Chosen, split, sealed, verified, stored."""

from holdfast.anchors.anchor import Anchor, open_anchor
from holdfast.anchors.freeze import freeze
from holdfast.anchors.verify import verify

__all__ = ["Anchor", "freeze", "open_anchor", "verify"]
