"""Label and id columns: found by name and cardinality, or named by the user."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from holdfast.data.rows import RowError
from holdfast.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.data.rows import Row
    from holdfast.data.shapes import Shape

# Readable names come before codes, coarse classes before fine ones.
LABEL_NAMES = (
    *("label_text", "label_name", "label", "labels", "intent", "category", "class", "stratum", "topic"),
    *("coarse_label", "domain", "fine_label", "sentiment", "emotion", "genre", "subject", "language", "lang"),
    *("task", "target", "y"),
)
ID_NAMES = ("id", "_id", "uuid", "message_id", "record_id", "row_id", "example_id", "doc_id", "idx", "guid")
# More would be collected for nothing: the first of them that qualifies is taken.
_MOST_CANDIDATES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelChoice:
    """The label column that was chosen, and what there is to say about it."""

    column: str | None = None
    notes: tuple[str, ...] = ()


def columns_of(rows: Sequence[Row]) -> tuple[str, ...]:
    """All columns of these rows, in order of appearance."""
    return tuple(dict.fromkeys(name for row in rows for name in row))


def check_column(name: str, columns: Sequence[str], *, flag: str) -> None:
    """Raises `UsageError`, with the nearest name, where the column does not exist."""
    if name in columns:
        return
    alike = {column.lower(): column for column in columns}
    near = difflib.get_close_matches(name.lower(), alike, n=1, cutoff=0.5)
    hint = f"Did you mean {alike[near[0]]!r}? " if near else ""
    raise UsageError(
        f"there is no column {name!r}", where=flag, do=f"{hint}The columns are {', '.join(columns) or 'none'}"
    )


def label_candidates(rows: Sequence[Row], shape: Shape, *, label: str | None) -> tuple[str, ...]:
    """Columns that may hold labels, best first; the one that was named, if one was.

    Raises:
        UsageError: The named column does not exist.
    """
    columns = columns_of(rows)
    if label is not None:
        check_column(label, columns, flag="--label")
        return (label,)
    named = {column.lower(): column for column in reversed(columns) if column not in shape.columns}
    found = [named[name] for name in LABEL_NAMES if name in named]
    return tuple(column for column in found if _holds_scalars(rows, column))[:_MOST_CANDIDATES]


def label_of(value: Any) -> str | None:
    """A label as a string; None where the row has none.

    Raises:
        RowError: The value is no string, integer or truth value.

    >>> label_of(3), label_of(True), label_of(" "), label_of(2.0)
    ('3', 'true', None, '2')
    """
    if isinstance(value, str):
        return str(value) if value and not value.isspace() else None
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if value != value:  # noqa: PLR0124 - NaN, which tables write for a missing number
            return None
        if value.is_integer():  # integers with gaps arrive as floats
            return str(int(value))
    elif isinstance(value, int):
        return str(value)
    raise RowError(f"a label is a string, an integer or a truth value, not {value!r:.60}")


def choose_label(distinct: dict[str, int], rows: int, *, label: str | None) -> LabelChoice:
    """The first candidate with at least 2 and at most max(2, rows / 3) distinct values.

    Args:
        distinct: Distinct values of each candidate, best candidate first.
        rows: Rows with a text.
        label: The column that the user named: it is taken in any case.
    """
    if label is not None:
        count = distinct[label]
        note = None
        if count < 2:
            note = f"The label column {label!r} has {'one value' if count else 'no value'} only."
        elif count > max(2, rows / 3):
            note = f"The label column {label!r} has {count:,} values in {rows:,} rows: most strata are a row or two."
        return LabelChoice(column=label, notes=(note,) if note else ())
    notes = []
    usable = []
    for column, count in distinct.items():
        if count < 2:
            notes.append(f"The column {column!r} has no two values and is not used as label.")
        elif count > max(2, rows / 3):
            notes.append(
                f"The column {column!r} has {count:,} values in {rows:,} rows, too many for a label; "
                f"--label {column} takes it nevertheless."
            )
        else:
            usable.append(column)
    if len(usable) > 1:
        notes.append(f"The labels are taken from {usable[0]!r}, not from {', '.join(map(repr, usable[1:]))}.")
    return LabelChoice(column=usable[0] if usable else None, notes=tuple(notes))


def find_id(rows: Sequence[Row], shape: Shape, *, id: str | None) -> str | None:
    """The column that holds the ids: the one that was named, or one of a usual name and with unique values.

    Raises:
        UsageError: The named column does not exist.
    """
    columns = columns_of(rows)
    if id is not None:
        check_column(id, columns, flag="--id")
        return id
    named = {column.lower(): column for column in reversed(columns) if column not in shape.columns}
    for name in ID_NAMES:
        if name in named:
            values = [id_of(row.get(named[name])) for row in rows]
            if None not in values and len(set(values)) == len(values):
                return named[name]
    return None


def id_of(value: Any) -> str | None:
    """An id as a string; None where the value can be none.

    >>> id_of(12), id_of(""), id_of(1.5)
    ('12', None, None)
    """
    if isinstance(value, str):
        return str(value) or None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None


def _holds_scalars(rows: Sequence[Row], column: str) -> bool:
    try:
        labels = [label_of(row.get(column)) for row in rows]
    except RowError:
        return False
    return any(label is not None for label in labels)
