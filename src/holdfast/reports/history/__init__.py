"""Generations side by side, as a page and as text. Each function takes the plain data of `holdfast.history/1`."""

from __future__ import annotations

from holdfast.reports.history.page import render as render_history_html
from holdfast.reports.history.text import render as render_history_text

__all__ = ["render_history_html", "render_history_text"]
