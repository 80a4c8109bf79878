"""Generation: what was made, why it ended and what it is worth, as one page. The function takes what `generate` says as plain data.

Nothing heavy is imported until a report is rendered.
"""

from __future__ import annotations

from holdfast.reports.generation.page import render as render_generation_html

__all__ = ["render_generation_html"]
