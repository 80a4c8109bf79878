"""What passes between a queue and a tool: an item as it is sent, and an answer as it comes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from holdfast.data.hashes import digest_of
from holdfast.errors import InputError
from holdfast.reviews.desk.shown import left_of, shown_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from holdfast.reviews.desk.shown import Side
    from holdfast.reviews.queues.contract import Item, Queue

# Which record of a pair stands left is dealt by the seed of the queue, which stays here: for a tool that shows all people the same, once for all.
_EVERYBODY = "everybody in a tool"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """An item as a tool sees it.

    Attributes:
        item: Its number.
        marks: What travels along and is checked on return: `queue`, `item`, `content_hash`, and `id` where the queue is not blind.
        texts: What people see, by name: `text`, or `prompt`, `left` and `right`; and `label`.
        suggestion: What is suggested, in terms of left and right; None where nothing is, or it stays here.
    """

    item: int
    marks: dict[str, Any]
    texts: dict[str, str]
    suggestion: dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """An answer of one person, as a tool gave it.

    Attributes:
        marks: What travelled along.
        reviewer: Who, as the tool knows them.
        answers: By the name of the question; of a pair in terms of `left` and `right`.
        text: The text as the tool has it now; None where it does not say.
        seconds: How long it took, or None.
        at: When, or an empty string.
        suggested: Whether a suggestion stood beside it.
        where: How errors name it.
    """

    marks: Mapping[str, Any]
    reviewer: str
    answers: dict[str, Any]
    text: str | None
    seconds: float | None
    at: str
    suggested: bool
    where: str


def side_in_tools(queue: Queue, item: int) -> Side:
    """Which record of a pair stands left in a tool."""
    return left_of(queue.seed, item, _EVERYBODY)


def sent_items(queue: Queue, *, suggestions: bool) -> Iterator[Sent]:
    """Every item as a tool sees it. Who wrote it, which part drew it and whether its answer is known stay here.

    Args:
        queue: The queue.
        suggestions: Whether what models and filters say goes along; never in a blind queue.
    """
    for number in range(len(queue)):
        item = queue.item(number)
        left = side_in_tools(queue, number)
        told = item.suggestion if suggestions and not queue.blind else None
        shown = shown_of(queue, item, left, told or {})
        if shown.text_right is None:
            texts = {"text": shown.text}
        else:
            texts = {"left": shown.text, "right": shown.text_right}
        if shown.prompt is not None:
            texts = {"prompt": shown.prompt} | texts
        if shown.label is not None:
            texts["label"] = shown.label
        yield Sent(
            item=number,
            marks=marks_of(queue, item),
            texts=texts,
            suggestion=None if told is None else shown.answers,
        )


def marks_of(queue: Queue, item: Item) -> dict[str, Any]:
    """What travels with an item.

    The hash of a pair is of both, in one: hashes side by side would say which is which to whoever holds the sets. An id often names a model, and
    stays here where the queue is blind.
    """
    pair = item.text_b is not None
    content = (
        digest_of([item.id, item.content_hash, item.id_b, item.content_hash_b]) if pair else item.content_hash
    )
    marks: dict[str, Any] = {"queue": queue.digest, "item": item.item, "content_hash": content}
    return marks if queue.blind else marks | {"id": item.id}


def item_of(queue: Queue, returned: Returned) -> Item:
    """The item that an answer is about.

    Raises:
        InputError: It names none, one of another queue, or one that was another when it was sent.
    """
    number = returned.marks.get("item")
    if isinstance(number, str) and number.isdecimal():  # tools that keep texts alone
        number = int(number)
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < len(queue):
        raise InputError(f"the queue has no item {number!r}", where=returned.where)
    item = queue.item(number)
    for name, value in marks_of(queue, item).items():
        found = returned.marks.get(name)
        if name != "item" and found != value:
            raise InputError(
                f"{name} is {found!r}, and item {number} was sent with {value!r}"
                if found is not None
                else f"{name} is missing",
                where=returned.where,
            )
    return item
