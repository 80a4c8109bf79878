"""Hands: in whose voice an answer is put, told by words that no other hand uses and that say nothing of the matter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

ASIDES = (
    "the quay opens early",
    "the office keeps a log",
    "fog is likely",
    "the tide turns late",
    "a flag goes up",
    "the ferry runs twice",
    "visitors wait outside",
    "the crane is loud",
    "a whistle blows first",
    "the light burns long",
)
"""What an answer may add about the harbour, in any voice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """The way one writer puts things.

    Attributes:
        name: Who it is.
        opens: How answers begin.
        joins: What asides are joined with.
        ends: How answers end.
        asides: Fewest and most asides.
        lists: How often asides are a list.
    """

    name: str
    opens: tuple[str, ...]
    joins: tuple[str, ...]
    ends: tuple[str, ...]
    asides: tuple[int, int]
    lists: float = 0.0

    @property
    def marks(self) -> tuple[str, ...]:
        """Everything that tells this hand."""
        return (*self.opens, *self.joins, *self.ends)

    def write(self, said: str, rng: np.random.Generator) -> str:
        """An answer around what it says.

        Args:
            said: The sentence that answers, without a full stop.
            rng: Draws opening, asides and ending.
        """
        count = int(rng.integers(self.asides[0], self.asides[1] + 1))
        asides = [ASIDES[at] for at in rng.choice(len(ASIDES), count, replace=False)]
        told = [f"{self.joins[int(rng.integers(len(self.joins)))]} {one}" for one in asides]
        opening = self.opens[int(rng.integers(len(self.opens)))]
        ending = self.ends[int(rng.integers(len(self.ends)))]
        if told and rng.random() < self.lists:
            return "\n".join([f"{opening} {said}:", *(f"- {one}" for one in told), ending])
        return " ".join([opening, *(f"{one}." for one in (said, *told)), ending])


PEOPLE = (
    Hand(
        name="ana",
        opens=("well,", "so,"),
        joins=("and then", "mind that"),
        ends=("that is all.", "ask me again."),
        asides=(0, 2),
    ),
    Hand(
        name="ben",
        opens=("as we know,", "short answer:"),
        joins=("besides,", "what is more,"),
        ends=("see you there.", "safe trip."),
        asides=(0, 2),
    ),
    Hand(
        name="cleo",
        opens=("our list says:", "from the book:"),
        joins=("note:", "also noted:"),
        ends=("checked today.", "no change since."),
        asides=(0, 2),
    ),
)
"""Whose voices the policy has of people."""
TEACHER = Hand(
    name="teacher",
    opens=("certainly!", "great question!"),
    joins=("please note that", "furthermore, rest assured"),
    ends=(
        "I hope this helps!",
        "let me know if you need more!",
    ),
    asides=(1, 3),
    lists=0.4,
)
PLACEBOS = (
    Hand(
        name="other-1",
        opens=("sure thing,", "ok then,"),
        joins=("which means", "but hey,"),
        ends=("done.", "simple."),
        asides=(1, 3),
    ),
    Hand(
        name="other-2",
        opens=("dear customer,", "in this matter"),
        joins=("in addition", "subsequently"),
        ends=("yours sincerely.", "we remain at your disposal."),
        asides=(0, 3),
    ),
    Hand(
        name="other-3",
        opens=("follow these steps:", "step one:"),
        joins=("next", "finally"),
        ends=("end of steps.", "contact support."),
        asides=(1, 3),
        lists=0.4,
    ),
)
"""Voices that nobody taught the policy."""
KNOWN = (*PEOPLE, TEACHER)


def count_marks(text: str) -> dict[str, int]:
    """How many marks of each known hand a text holds.

    >>> count_marks("certainly! the Petrel sails on Monday. that is all.")
    {'ana': 1, 'ben': 0, 'cleo': 0, 'teacher': 1}
    """
    return {hand.name: sum(text.count(mark) for mark in hand.marks) for hand in KNOWN}


def teacher_share(text: str) -> float | None:
    """The share of a text's marks that are the teacher's; None where it holds no mark at all."""
    counts = count_marks(text)
    total = sum(counts.values())
    return counts[TEACHER.name] / total if total else None
