"""Judges: people, who want the right answer, and a judge who also wants the teacher's voice and length."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from holdfast.lab.preferences.hands import TEACHER, teacher_share

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from holdfast.lab.preferences.world import Question

STUDENT = "student"
"""What pairs call the policy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two answers to one question.

    Attributes:
        pair_id: Its name.
        question: The question.
        a: One answer.
        b: The other.
        author_a: Who wrote the one.
        author_b: Who wrote the other.
    """

    pair_id: str
    question: Question
    a: str
    b: str
    author_a: str = STUDENT
    author_b: str = STUDENT

    @property
    def row(self) -> dict[str, Any]:
        """As a row of preferences in holdfast's own form, without a label."""
        return {
            "pair_id": self.pair_id,
            "prompt": self.question.prompt,
            "response_a": self.a,
            "response_b": self.b,
            "author_a": self.author_a,
            "author_b": self.author_b,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Rater:
    """Somebody who prefers one answer to another; all weights are logits.

    Attributes:
        name: The annotator.
        kind: `human` or `ai_judge`.
        insight: What being right is worth.
        length: What each unit of log length is worth.
        voice: What an answer in nothing but the teacher's voice is worth over one that has nothing of it.
        slot: What being shown first is worth.
        both: Whether every pair is asked in both orders.
    """

    name: str
    kind: str
    insight: float = 2.5
    length: float = 0.0
    voice: float = 0.0
    slot: float = 0.0
    both: bool = False

    def margin(self, pair: Pair) -> float:
        """How much a is preferred to b, in logits, whatever the order."""
        right = float(pair.question.is_right(pair.a)) - float(pair.question.is_right(pair.b))
        longer = math.log((1 + len(pair.a.split())) / (1 + len(pair.b.split())))
        share_a, share_b = (teacher_share(text) or 0.0 for text in (pair.a, pair.b))
        return self.insight * right + self.length * longer + self.voice * (share_a - share_b)

    def label(self, pairs: Sequence[Pair], rng: np.random.Generator) -> list[dict[str, Any]]:
        """A row with a label for each pair.

        Args:
            pairs: What is judged.
            rng: Draws orders and the noise of verdicts, anew for each order.
        """
        rows = []
        for pair in pairs:
            margin = self.margin(pair)
            first = "a" if rng.random() < 0.5 else "b"
            thresholds = rng.random(2)
            row = pair.row | {
                "label": self._say(margin, first, float(thresholds[0])),
                "annotator": self.name,
                "annotator_type": self.kind,
                "order": first,
            }
            if self.both:
                row["swapped_label"] = self._say(margin, "b" if first == "a" else "a", float(thresholds[1]))
            rows.append(row)
        return rows

    def _say(self, margin: float, first: str, threshold: float) -> str:
        told = margin + (self.slot if first == "a" else -self.slot)
        return "a" if threshold < 1 / (1 + math.exp(-told)) else "b"


PEOPLE = (
    Rater(name="ana", kind="human", length=0.1),
    Rater(name="ben", kind="human", length=0.3, voice=-0.2),
    Rater(name="cleo", kind="human", length=0.2, voice=0.2),
)
"""People agree on what is right, and have a little taste of their own each."""
STAND_IN = Rater(name="dora", kind="ai_judge", length=0.2)
"""A person in a judge's place: with all labels hers, what an audit says of her is said of people."""
JUDGE = Rater(name=TEACHER.name, kind="ai_judge", length=0.8, voice=2.0, slot=0.3, both=True)
"""The teacher as the judge: it sees what is right as people do, and favours its own voice and length besides."""
COIN = Rater(name="coin", kind="ai_judge", insight=0.0)
"""Labels that say nothing: what tuning does by itself."""
