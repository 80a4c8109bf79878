"""Collapse in a bottle, on the user's own rows: as text, as a page and as Markdown. Each function takes `holdfast.collapse/1`."""

from __future__ import annotations

from holdfast.reports.collapse.html import render as render_html
from holdfast.reports.collapse.markdown import render as render_markdown
from holdfast.reports.collapse.text import render as render_text

__all__ = ["render_html", "render_markdown", "render_text"]
