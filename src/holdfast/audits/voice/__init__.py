"""Outputs before and after, held against a named teacher and against placebos."""

from holdfast.audits.voice.audit import voice
from holdfast.audits.voice.result import VoiceAudit

__all__ = ["VoiceAudit", "voice"]
