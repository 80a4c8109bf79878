"""Preferences: an audit of labels as plain data, shown five ways. Each function takes what `PreferenceAudit.plain` gives.

Nothing heavy is imported until a report is rendered.
"""

from __future__ import annotations

from holdfast.reports.preferences.html import render as render_preferences_html
from holdfast.reports.preferences.jsonfile import render as render_preferences_json
from holdfast.reports.preferences.junit import render as render_preferences_junit
from holdfast.reports.preferences.markdown import render as render_preferences_markdown
from holdfast.reports.preferences.text import render as render_preferences_text

__all__ = [
    "render_preferences_html",
    "render_preferences_json",
    "render_preferences_junit",
    "render_preferences_markdown",
    "render_preferences_text",
]
