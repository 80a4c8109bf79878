"""Slices: the rows of a set of which lineage says something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.data.lineage.schema import GROUPS
from holdfast.data.lineage.sidecar import lineage_of
from holdfast.errors import InputError, UsageError, unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.data.records import Records

UNKNOWN = "unknown"
"""What is asked for to get the rows of which nobody knows it."""


def read_where(where: Sequence[str]) -> dict[str, frozenset[str]]:
    """Conditions by column: `column=value`; several values of one column are alternatives.

    Raises:
        UsageError: A condition is none, or its column cannot be sliced by.

    >>> read_where(["agent=org/m@1", "generation_depth=1", "agent=org/n"])["agent"] == {"org/m@1", "org/n"}
    True
    """
    found: dict[str, set[str]] = {}
    for condition in where:
        column, sign, value = condition.partition("=")
        if not sign or not value:
            raise UsageError(f"{condition!r} is no condition", where="--where", do="Say --where column=value")
        if column not in GROUPS:
            error = unknown("column to slice by", column, list(GROUPS))
            raise UsageError(error.what, where="--where", do=error.do)
        found.setdefault(column, set()).add(value)
    return {column: frozenset(values) for column, values in found.items()}


def slice_records(records: Records, where: Sequence[str]) -> tuple[Records, str]:
    """The records of which lineage says so, and a sentence about them.

    Raises:
        InputError: There is no lineage beside the rows, or no row fits.
        UsageError: A condition is none.
    """
    conditions = read_where(where)
    table = lineage_of(records)
    if table is None:
        raise InputError(
            "has no lineage to slice by",
            where=records.name,
            do="holdfast tag writes it; rows from memory have none",
        )
    said = {
        column: [UNKNOWN if value is None else str(value) for value in table.column(column).to_pylist()]
        for column in conditions
    }
    rows = [
        row
        for row in range(len(records))
        if all(said[column][row] in values for column, values in conditions.items())
    ]
    if not rows:
        column, values = next(iter(conditions.items()))
        known = sorted(set(said[column]))
        raise InputError(
            f"no row has {' and '.join(where)}",
            where=records.name,
            do=f"Values of {column} are {', '.join(known[:12])}" if not values & set(known) else None,
        )
    words = " and ".join(
        f"{column} is {' or '.join(sorted(values))}" for column, values in conditions.items()
    )
    return records.select(rows), f"Only the {len(rows):,} of {len(records):,} rows of which {words}."
