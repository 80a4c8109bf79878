"""A brand audit, for people to read."""

from __future__ import annotations

from holdfast.reports.brand.html import render as render_brand_html
from holdfast.reports.brand.text import render as render_brand

__all__ = ["render_brand", "render_brand_html"]
