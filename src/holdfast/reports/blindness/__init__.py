"""Blindness: a self-test as plain data, shown in a terminal, as a page and as JSON."""

from __future__ import annotations

from holdfast.reports.blindness.html import render as render_html
from holdfast.reports.blindness.text import render as render_text

__all__ = ["render_html", "render_text"]
