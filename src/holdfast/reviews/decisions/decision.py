"""A decision: what a person said of an item, or that they take back what they said."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """An event of a review. Events are added, and never changed.

    Attributes:
        uuid: Its name, given by whoever asks to save it: the same one twice is one decision.
        item: The number of the item.
        reviewer: Who decided.
        answers: By the name of the question (see `Question`), and `edited` with the text of an edit; empty where something is taken back.
        seconds: How long the item was in front of the person, or None where nobody measured it.
        shown: What the person saw: `left` (`a` or `b`, which record of a pair stood left) and `suggestion` (`none`, `hidden` or `open`).
        takes_back: The uuid of the decision of the same person and item that no longer counts, or None.
        seq: Its place among all events, counted from 1; 0 until it is saved.
        at: When, UTC, ISO 8601; the store says when where it is empty.
    """

    uuid: str
    item: int
    reviewer: str
    answers: dict[str, Any] = field(default_factory=dict)
    seconds: float | None = None
    shown: dict[str, Any] = field(default_factory=dict)
    takes_back: str | None = None
    seq: int = 0
    at: str = ""
