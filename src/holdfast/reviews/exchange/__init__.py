"""Argilla and Label Studio: items go out, answers come back, and who wrote what stays here."""

from __future__ import annotations

from holdfast.reviews.exchange.bring import Brought, bring_answers
from holdfast.reviews.exchange.send import TOOLS, Tool, send_items

__all__ = ["TOOLS", "Brought", "Tool", "bring_answers", "send_items"]
