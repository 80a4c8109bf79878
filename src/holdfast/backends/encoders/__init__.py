"""Sentence encoders: a model on disk or a server, behind one protocol. Nothing is ever downloaded."""

from __future__ import annotations

from holdfast.backends.encoders.encoder import Encoder
from holdfast.backends.encoders.opening import asked_encoder, open_encoder

__all__ = ["Encoder", "asked_encoder", "open_encoder"]
