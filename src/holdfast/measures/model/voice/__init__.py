"""Measures of a voice: whose way of wording outputs have moved towards, and whose they stand near."""

from holdfast.measures.model.voice.attribution import Nearest, read_nearest
from holdfast.measures.model.voice.drift import Drift, Pull, read_drift
from holdfast.measures.model.voice.moves import Moves, read_moves

__all__ = ["Drift", "Moves", "Nearest", "Pull", "read_drift", "read_moves", "read_nearest"]
