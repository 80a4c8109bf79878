"""What a reviewer sees: never who wrote it, what is suggested, or which part of a design drew it, before they have decided."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal

from holdfast.data.hashes import canonical_json
from holdfast.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdfast.reviews.queues.contract import Item, Queue

Side = Literal["a", "b"]
_TO_RECORD = {"left": {"a": "a", "b": "b"}, "right": {"a": "b", "b": "a"}}
_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An item in front of a person.

    Attributes:
        item: Its number.
        prompt: What both of a pair answer, or None.
        text: The text, or that on the left.
        text_right: The text on the right of a pair, or None.
        answer_at: The character of `text` where the answer to a prompt begins, or None.
        label: The label it has; None where it has none, and where people are asked for one.
        answers: What this person said of it that counts, in terms of left and right; empty before they decided.
    """

    item: int
    prompt: str | None
    text: str
    text_right: str | None
    answer_at: int | None
    label: str | None
    answers: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Revealed:
    """What was hidden, for a person who has decided.

    Attributes:
        item: The number of the item.
        id: Id of the record.
        label: The label it has, or None.
        suggestion: What a model or a filter says, in terms of left and right, or None.
        source_type: Where it came from, or None where unknown.
        agent: Who wrote it, or what stood left; None where unknown.
        agent_right: Who wrote what stood right.
    """

    item: int
    id: str
    label: str | None
    suggestion: dict[str, Any] | None
    source_type: str | None
    agent: str | None
    agent_right: str | None


def left_of(seed: int, item: int, reviewer: str) -> Side:
    """Which record of a pair stands left: dealt by a digest, so that nobody can guess it, and anybody can check it.

    >>> left_of(7, 0, "ada"), left_of(7, 4, "ada")
    ('a', 'b')
    """
    return "a" if sha256(canonical_json([seed, item, reviewer])).digest()[0] & 1 else "b"


def reviewer_name(given: str) -> str:
    """The name of a reviewer as it is kept.

    Raises:
        UsageError: It is no name.

    >>> reviewer_name("  Ada  Lovelace ")
    'Ada Lovelace'
    """
    name = unicodedata.normalize("NFC", " ".join(given.split()))
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise UsageError(
            f"a reviewer has a name of 1 to {_LONGEST_NAME} printable characters", where="reviewer"
        )
    return name


def shown_of(queue: Queue, item: Item, left: Side, answers: Mapping[str, Any]) -> Shown:
    """An item as a person sees it.

    Args:
        queue: The queue.
        item: The item.
        left: Which record of a pair stands left.
        answers: What this person said of it that counts, in terms of records.
    """
    texts = (item.text, item.text_b) if left == "a" or item.text_b is None else (item.text_b, item.text)
    return Shown(
        item=item.item,
        prompt=item.prompt,
        text=texts[0] or "",
        text_right=texts[1],
        answer_at=item.answer_at,
        label=None if queue.questions.of_kind("label") is not None else item.label,
        answers=to_sides(queue, answers, left),
    )


def revealed_of(queue: Queue, item: Item, left: Side) -> Revealed:
    """What was hidden about an item."""
    agents = (item.agent, item.agent_b) if left == "a" else (item.agent_b, item.agent)
    pair = queue.shape == "pair"
    return Revealed(
        item=item.item,
        id=item.id,
        label=item.label,
        suggestion=None if item.suggestion is None else to_sides(queue, item.suggestion, left),
        source_type=item.source_type,
        agent=agents[0] if pair else item.agent,
        agent_right=agents[1] if pair else None,
    )


def to_sides(queue: Queue, answers: Mapping[str, Any], left: Side) -> dict[str, Any]:
    """Answers in terms of records as answers in terms of left and right."""
    names = {one.name for one in queue.questions.questions if one.kind == "which"}
    turned = {"a": "left", "b": "right"} if left == "a" else {"a": "right", "b": "left"}
    return {
        name: turned.get(value, value) if name in names and isinstance(value, str) else value
        for name, value in answers.items()
    }


def to_records(queue: Queue, answers: Mapping[str, Any], left: Side) -> dict[str, Any]:
    """Answers in terms of left and right as they are kept.

    Raises:
        UsageError: An answer names a record where it should name a side.
    """
    found = dict(answers)
    for one in queue.questions.questions:
        value = found.get(one.name)
        if one.kind != "which" or value is None:
            continue
        if value in ("a", "b"):
            raise UsageError("people say left or right", where=one.name)
        if isinstance(value, str) and value in _TO_RECORD:
            found[one.name] = _TO_RECORD[value][left]
    return found
