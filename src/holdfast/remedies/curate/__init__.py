"""Curate: filters that are measured on reality before they act, and a selection that keeps the tail."""

from __future__ import annotations

from holdfast.remedies.curate.contract import Curation, Step
from holdfast.remedies.curate.curation import curate
from holdfast.remedies.curate.filters import DEFAULTS, ON_REQUEST, Filter, Marks

__all__ = ["DEFAULTS", "ON_REQUEST", "Curation", "Filter", "Marks", "Step", "curate"]
