"""Facts that a row of any shape may state about its label: who gave it, when, and under which terms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from holdfast.data.preferences.cells import name_of, number_of, word_of
from holdfast.data.preferences.preferences import KINDS
from holdfast.data.rows import RowError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdfast.data.rows import Row

_KINDS = {kind: kind for kind in KINDS}
_NAMES = {
    "annotator": ("annotator", "judge"),
    "annotator_type": ("annotator_type",),
    "judge_version": ("judge_version",),
    "judge_prompt_hash": ("judge_prompt_hash",),
    "cycle": ("cycle",),
    "timestamp": ("timestamp", "tstamp"),
    "licence": ("licence", "license"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Where the rows of a set state them.

    Attributes:
        columns: Column by member.
        pair_id: The column of the pairs' ids.
    """

    columns: Mapping[str, str]
    pair_id: str | None

    @property
    def read(self) -> frozenset[str]:
        """All columns that are read."""
        own = {self.pair_id} if self.pair_id is not None else set()
        return frozenset({*self.columns.values(), *own})

    def of(self, row: Row) -> dict[str, Any]:
        """What a row states, as members of `Said`.

        Raises:
            RowError: A value cannot be one of its kind.
        """
        found: dict[str, Any] = {}
        for member, column in self.columns.items():
            value = row.get(column)
            if value is None:
                continue
            if member == "annotator_type":
                found[member] = word_of(value, column, _KINDS, kind="kind of annotator")
            elif member == "cycle":
                found[member] = _whole(value, column)
            elif member == "timestamp" and not isinstance(value, list | dict | str):
                found[member] = str(value)  # seconds, or the date and time of a table
            else:
                found[member] = name_of(value, column)
        return found

    def id_of(self, row: Row) -> str | None:
        """The pair's own id, where it has one."""
        return None if self.pair_id is None else name_of(row.get(self.pair_id), self.pair_id)


def find_facts(named: Mapping[str, str], *, pair_id: str = "pair_id") -> Facts:
    """Where the rows of a set with these columns state what.

    Args:
        named: Columns by their name in small letters.
        pair_id: What the pairs' ids are called in this shape.
    """
    columns = {}
    for member, names in _NAMES.items():
        for name in names:
            if name in named:
                columns[member] = named[name]
                break
    return Facts(columns=columns, pair_id=named.get("pair_id", named.get(pair_id)))


def _whole(value: Any, column: str) -> int | None:
    number = number_of(value, column)
    if number is None:
        return None
    if number != int(number) or abs(number) >= 2**31:
        raise RowError(f"{column!r} is {number}, not a whole number")
    return int(number)
