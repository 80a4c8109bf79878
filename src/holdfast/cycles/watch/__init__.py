"""A training, watched: what it costs real rows that only steer, by rarity, while it goes on."""

from __future__ import annotations

from holdfast.cycles.watch.opening import tail_callback

__all__ = ["tail_callback"]
