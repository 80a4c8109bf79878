"""Sinks: where the figures of a loop go besides, while it runs. What they do with them changes nothing."""

from __future__ import annotations

from holdfast.reports.sinks.observe import JSONL, Sinks, open_sinks
from holdfast.reports.sinks.pages import GatePages
from holdfast.reports.sinks.sink import Role, Run, Sink, Value

__all__ = ["JSONL", "GatePages", "Role", "Run", "Sink", "Sinks", "Value", "open_sinks"]
