"""An audit of rewards, for people to read."""

from __future__ import annotations

from holdfast.reports.reward.text import render as render_rewards

__all__ = ["render_rewards"]
