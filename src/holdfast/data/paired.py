"""Paired: which columns say that a row is no single record but two responses and a verdict, or one with a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from holdfast.data.rows import Row

_SIDES = (
    ({"chosen", "rejected"}, "chosen"),
    ({"response_a", "response_b", "label"}, "response_a"),
    ({"output_1", "output_2", "preference"}, "output_1"),
    ({"output_1", "output_2", "label"}, "output_1"),
    ({"response1", "response2", "annotator1"}, "response1"),
    ({"model_a", "model_b", "winner", "conversation_a", "conversation_b"}, "conversation_a"),
)


def name_columns(columns: Iterable[str]) -> dict[str, str]:
    """Columns by their name in small letters; the first of two that differ in case only counts."""
    return {column.lower(): column for column in reversed(list(columns))}


def one_side(named: Mapping[str, str]) -> str | None:
    """The column of one of both responses, where rows with these columns can only be pairs; None elsewhere.

    Args:
        named: Columns by their name in small letters.
    """
    return next((named[side] for needed, side in _SIDES if needed <= named.keys()), None)


def are_unpaired(rows: Sequence[Row], named: Mapping[str, str]) -> bool:
    """Whether the rows are single responses with a verdict, as KTO trains on.

    Args:
        rows: The first rows.
        named: Their columns by name in small letters.
    """
    label = named.get("label")
    tags = set() if label is None else {type(row[label]) for row in rows if row.get(label) is not None}
    return "kto_tag" in named or ("prompt" in named and "completion" in named and tags == {bool})
