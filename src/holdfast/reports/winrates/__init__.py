"""Win rates, for people to read."""

from holdfast.reports.winrates.text import render as render_win_rates

__all__ = ["render_win_rates"]
