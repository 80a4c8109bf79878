"""Language models: a folder on disk, a server or a script, behind one protocol. Nothing is ever downloaded."""

from __future__ import annotations

from holdfast.backends.models.model import Model, Sample, Scored
from holdfast.backends.models.opening import open_model
from holdfast.backends.models.scripted import ScriptedModel

__all__ = ["Model", "Sample", "Scored", "ScriptedModel", "open_model"]
