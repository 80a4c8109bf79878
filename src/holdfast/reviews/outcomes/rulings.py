"""Rulings: what all reviewers of an item say together, or that they differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from holdfast.errors import UsageError
from holdfast.reviews.questions.question import EDITED
from holdfast.reviews.results.said import what_was_said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from holdfast.reviews.decisions.decision import Decision
    from holdfast.reviews.decisions.store import Decisions
    from holdfast.reviews.queues.contract import Item, Queue

Outcome = Literal["accept", "reject", "edit", "open"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What becomes of an item.

    Attributes:
        item: The item.
        outcome: `open` where reviewers differ, or too few have decided.
        why: Of a rejection, what reviewers said was wrong; of an open item, why it is open.
        edited: The text that takes the place of the old one, or None.
        decisions: What was said, in order.
    """

    item: Item
    outcome: Outcome
    why: str
    edited: str | None
    decisions: tuple[Decision, ...]

    @property
    def by(self) -> tuple[str, ...]:
        """Who decided."""
        return tuple(one.reviewer for one in self.decisions)


def rulings(queue: Queue, decisions: Decisions, *, people: int = 1) -> tuple[Ruling, ...]:
    """What becomes of every item that somebody decided; gold questions are about other rows, and are left out.

    Nobody is outvoted: one who differs keeps an item open.

    Args:
        queue: The queue, of single records.
        decisions: What was said.
        people: How many people must have decided.

    Raises:
        InputError: The queue is damaged, or a decision is about an item that it does not have.
        UsageError: The queue is about pairs, or asks for no verdict.
    """
    verdict = queue.questions.of_kind("verdict")
    if queue.shape != "single":
        raise UsageError("only single records are kept or rejected, and the queue is about pairs")
    if verdict is None:
        raise UsageError(
            "the queue asks for no verdict, so that no row is accepted or rejected",
            do="Draw one with --questions fit",
        )
    said = what_was_said(queue, decisions)
    found = []
    for item in sorted(said.by_item):
        # A verdict may be left out where it is not required: then nothing becomes of the row.
        told = [one for one in said.by_item[item] if verdict.name in one.answers]
        if told and not said.gold(item):
            found.append(_ruling(queue, queue.item(item), told, verdict.name, people))
    return tuple(found)


def _ruling(queue: Queue, item: Item, decisions: Sequence[Decision], verdict: str, people: int) -> Ruling:
    told = [_plain(one.answers, verdict, item.text) for one in decisions]
    answers = {answer for answer, _ in told}
    texts = {text for answer, text in told if answer == "edit"}
    edited: str | None = None
    outcome: Outcome = "open"
    if len(decisions) < people:
        why = f"{len(decisions)} of {people} people have decided"
    elif len(answers) > 1:
        why = "reviewers differ: " + ", ".join(
            f"{one.reviewer} says {answer}" for one, (answer, _) in zip(decisions, told, strict=True)
        )
    elif len(texts) > 1:
        why = f"{len(texts)} different edits, by {', '.join(one.reviewer for one in decisions)}"
    else:
        (outcome,) = answers
        why = "; ".join(
            dict.fromkeys(reason for one in decisions if (reason := said_why(queue, one.answers)))
        )
        edited = next(iter(texts), None)
    return Ruling(item=item, outcome=outcome, why=why, edited=edited, decisions=tuple(decisions))


def _plain(answers: Mapping[str, Any], verdict: str, text: str) -> tuple[Outcome, str | None]:
    answer = answers[verdict]
    if answer != "edit":
        return answer, None
    edited = str(answers[EDITED])
    # An edit that changes nothing is what it says: the row is good as it is.
    return ("accept", None) if edited == text else ("edit", edited)


def said_why(queue: Queue, answers: Mapping[str, Any]) -> str:
    """What a person wrote beside the verdict: tags and notes, in the order of the questions."""
    parts = []
    for one in queue.questions.questions:
        value = answers.get(one.name)
        if value and one.kind == "tags":
            parts.append(", ".join(value))
        elif value and one.kind == "note":
            parts.append(str(value))
    return ": ".join(parts)
