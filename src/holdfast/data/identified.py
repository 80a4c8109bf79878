"""Rows that are written with their id, so that lineage finds them again in whatever file they come to stand."""

from __future__ import annotations

import msgspec

from holdfast.data.hashes import content_hash

GIVEN = "id_given"
"""What a member `id` is called that turned out to be no id (two rows had the same): nothing of a row is lost."""


def with_id(row: str, id: str, *, id_column: str | None) -> str:
    """A row's JSON with this id as the member `id`, before everything else.

    Args:
        row: JSON of the row.
        id: Its id.
        id_column: The member that its id came from, which `id` replaces; None where it had none.

    >>> with_id('{"text": "a", "id": 1}', "f:1", id_column=None)
    '{"id":"f:1","text":"a","id_given":1}'
    >>> with_id('{"uuid": "x", "text": "a"}', "x", id_column="uuid")
    '{"id":"x","text":"a"}'
    """
    value = msgspec.json.decode(row)
    value.pop(id_column, None)
    rest = {GIVEN if name == "id" else name: member for name, member in value.items()}
    return msgspec.json.encode({"id": id} | rest).decode()


def hash_of_written(row: str) -> str:
    """`content_hash` of a row that was written with its id."""
    return content_hash(msgspec.json.decode(row), id_column="id")
