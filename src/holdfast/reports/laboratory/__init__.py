"""Laboratory: published results, run again, as plain data shown in a terminal, as a page and as Markdown."""

from __future__ import annotations

from holdfast.reports.laboratory.html import render as render_html
from holdfast.reports.laboratory.markdown import render as render_markdown
from holdfast.reports.laboratory.text import render_catalogue, render_end, render_trial

__all__ = ["render_catalogue", "render_end", "render_html", "render_markdown", "render_trial"]
