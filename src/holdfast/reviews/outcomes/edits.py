"""Edits: a text that a person wrote in place of a record's own, put back where the record has it."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import msgspec

from holdfast.data import read_records
from holdfast.errors import HoldfastError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from holdfast.data.records import Detection
    from holdfast.reviews.queues.contract import Item


def edited_row(item: Item, text: str, detection: Detection) -> dict[str, Any] | None:
    """The record of an item with another text, all else as it was.

    A text may stand in one member, or be joined from several (a prompt and its answer, the turns of a conversation). Where it is joined, an edit of the
    answer alone finds its place. Whatever is put together is read again, and must say what the person wrote.

    Args:
        item: The item.
        text: What the person wrote.
        detection: How the set was understood.

    Returns:
        None where the edit cannot be told to belong to one place.

    >>> from types import SimpleNamespace
    >>> from holdfast.data.records import Detection
    >>> item = SimpleNamespace(row='{"text": "teh cat", "label": "a"}', text="teh cat", answer_at=None)
    >>> edited_row(item, "the cat", Detection(shape="text", text_column="text"))
    {'text': 'the cat', 'label': 'a'}
    """
    row = msgspec.json.decode(item.row)
    tries = [(item.text, text)]
    if item.answer_at is not None and text[: item.answer_at] == item.text[: item.answer_at]:
        tries.append((item.text[item.answer_at :], text[item.answer_at :]))
    for old, new in tries:
        for path in reversed([path for path, value in _leaves(row) if value == old]):
            found = _put(row, path, new)
            if _reads(found, text, detection):
                return found
    return None


def _leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _leaves(member, (*path, name))
    elif isinstance(value, list):
        for at, member in enumerate(value):
            yield from _leaves(member, (*path, at))
    else:
        yield path, value


def _put(row: Mapping[str, Any], path: tuple[str | int, ...], text: str) -> dict[str, Any]:
    found: dict[str, Any] = copy.deepcopy(dict(row))
    place: Any = found
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = text
    return found


def _reads(row: dict[str, Any], text: str, detection: Detection) -> bool:
    column = detection.text_column if detection.shape == "text" else None
    try:
        records = read_records([row], text=column, id=detection.id_column)
    except HoldfastError:
        return False
    return records.detection.shape == detection.shape and records.texts == [text]
