"""What the bench found, as a page and as tables. Each function takes the plain data of `holdfast.bench/1`."""

from __future__ import annotations

from holdfast.reports.bench.page import render as render_bench_html
from holdfast.reports.bench.tables import render as render_bench_markdown

__all__ = ["render_bench_html", "render_bench_markdown"]
