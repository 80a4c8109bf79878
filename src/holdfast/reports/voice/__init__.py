"""The audit of a voice, as a page and as text. Each function takes the plain data of `holdfast.voice/1`."""

from __future__ import annotations

from holdfast.reports.voice.page import render as render_voice_html
from holdfast.reports.voice.text import render as render_voice_text

__all__ = ["render_voice_html", "render_voice_text"]
