"""History: model generations side by side, what each could do, what was forgotten, what is falling."""

from __future__ import annotations

from holdfast.cycles.history.generation import Figure, Generation, Group, Reality, Strata
from holdfast.cycles.history.half_lives import HalfLife
from holdfast.cycles.history.history import History, history
from holdfast.cycles.history.of_project import generations_of
from holdfast.cycles.history.plain import SCHEMA
from holdfast.cycles.history.read import read_generation

__all__ = [
    "SCHEMA",
    "Figure",
    "Generation",
    "Group",
    "HalfLife",
    "History",
    "Reality",
    "Strata",
    "generations_of",
    "history",
    "read_generation",
]
