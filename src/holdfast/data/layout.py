"""Layout: what the columns of a set are read as."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from holdfast.data.columns import find_id, label_candidates
from holdfast.data.shapes import Shape, find_shape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.data.rows import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What the columns of a set are read as; found in its first rows, and the same for all of them.

    Attributes:
        shape: Where the text stands.
        labels: Columns that may hold labels, best first; once a set was gone through, the one that does.
        id: The column of the ids; None where rows are known by their file and line.
        named_label: Whether the user named the column of the labels.
        named_id: Whether the user named the column of the ids.
    """

    shape: Shape
    labels: tuple[str, ...] = ()
    id: str | None = None
    named_label: bool = False
    named_id: bool = False


def find_layout(
    rows: Sequence[Row], *, text: str | None, label: str | None, id: str | None, ids: bool = True
) -> Layout:
    """What the columns are read as, from the first rows.

    Args:
        rows: The first rows.
        text: The column of the text that the user named.
        label: The column of the labels that the user named.
        id: The column of the ids that the user named.
        ids: Whether a column may hold ids; False where it turned out that none does.

    Raises:
        UsageError: A named column does not exist.
        InputError: No column holds text.
    """
    shape = find_shape(rows, text=text)
    return Layout(
        shape=shape,
        labels=label_candidates(rows, shape, label=label),
        id=find_id(rows, shape, id=id) if ids else None,
        named_label=label is not None,
        named_id=id is not None,
    )
