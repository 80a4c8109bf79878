"""Cycles: the same loop, over time. What happened, what counts, and the way back."""

from __future__ import annotations

from holdfast.cycles.journal import Event, Journal
from holdfast.cycles.lock import working_in
from holdfast.cycles.snapshots import Snapshot, Snapshots

__all__ = ["Event", "Journal", "Snapshot", "Snapshots", "working_in"]
