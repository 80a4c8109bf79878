"""Reports: an audit as plain data, shown five ways. Each function takes a `Summary` and returns text.

Nothing heavy is imported until a report is rendered.
"""

from __future__ import annotations

from holdfast.reports.html import render as render_html
from holdfast.reports.jsonfile import render as render_json
from holdfast.reports.jsonfile import schema
from holdfast.reports.junit import render as render_junit
from holdfast.reports.markdown import render as render_markdown
from holdfast.reports.masks import mask_private
from holdfast.reports.summarise import summarise
from holdfast.reports.text import render as render_text

__all__ = [
    "mask_private",
    "render_html",
    "render_json",
    "render_junit",
    "render_markdown",
    "render_text",
    "schema",
    "summarise",
]
