"""What was sent and what came of it, counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from holdfast.backends.chats.chat import Answer, Kind


@dataclass(slots=True, kw_only=True)
class Traffic:
    """Counts of one process.

    Attributes:
        lost_before: Requests that were on their way when an earlier process of this run was killed.
        sent: Requests that were sent, those that were sent again included.
        answered: Those that brought an answer.
        hits: Requests whose answer was known, so that nobody was asked.
        retried: Requests that were sent again after a trouble of the way or of the server.
        limited: Requests that met a 429 and went back to the queue.
        cut: Answers that ended because no more tokens were allowed.
        failed: Requests without an answer for good, by kind.
        other_models: Answers by another model than was asked, by the model asked and the one that answered.
    """

    lost_before: int = 0
    sent: int = 0
    answered: int = 0
    hits: int = 0
    retried: int = 0
    limited: int = 0
    cut: int = 0
    failed: Counter[Kind] = field(default_factory=Counter)
    other_models: dict[str, Counter[str]] = field(default_factory=dict)

    def count(self, answer: Answer, *, asked: str) -> None:
        """An answer came."""
        self.answered += 1
        self.cut += answer.cut
        if answer.model is not None and answer.model != asked:
            self.other_models.setdefault(asked, Counter())[answer.model] += 1

    def plain(self) -> dict[str, Any]:
        """The same as plain data."""
        counts = ("lost_before", "sent", "answered", "hits", "retried", "limited", "cut")
        return {name: getattr(self, name) for name in counts} | {
            "failed": dict(sorted(self.failed.items())),
            "other_models": {asked: dict(found) for asked, found in self.other_models.items()},
        }
