"""Gathering: what blocks answer is put together as it comes, so that little more is held than what comes of it.

Columns by row go to where they will stand. Whole numbers take the fewest bytes that hold them there, and are widened again for whoever asks:
nearly all of them are lengths, labels and flags.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.views.narrow import fewest
from holdfast.views.tally import Tallies

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from holdfast.views.view import Facts, Merge

_MORE = 1.25
"""How much longer a column is made that is full."""


class Column:
    """A column by row, block after block.

    Args:
        rows: How many there will be, where it is known.
    """

    def __init__(self, rows: int = 0) -> None:
        self._rows = rows
        self._held: NDArray[Any] | None = None
        self._given: np.dtype[Any] | None = None
        self._count = 0

    def add(self, part: NDArray[Any]) -> None:
        """The values of one more block."""
        kind = fewest(part)
        if self._held is None or self._given is None:
            self._given = part.dtype
            self._held = np.empty((max(self._rows, len(part)), *part.shape[1:]), kind)
        elif part.dtype != self._given:
            self._given = np.result_type(self._given, part.dtype)
        if kind != self._held.dtype:
            wide = np.result_type(self._held.dtype, kind)
            if wide != self._held.dtype:
                self._held = self._held.astype(wide)
        stop = self._count + len(part)
        if stop > len(self._held):
            self._cut(max(stop, int(len(self._held) * _MORE)))
        self._held[self._count : stop] = part
        self._count = stop

    def close(self) -> NDArray[Any]:
        """The column, in the fewest bytes."""
        assert self._held is not None  # noqa: S101 - a set has a block at least
        if self._count < len(self._held):
            self._cut(self._count)
        return self._held

    @property
    def given(self) -> np.dtype[Any]:
        """The type that blocks gave."""
        assert self._given is not None  # noqa: S101 - as above
        return self._given

    def _cut(self, rows: int) -> None:
        """Make the column so long: where the system can, its pages stay where they are."""
        assert self._held is not None  # noqa: S101 - the caller made it
        self._held.resize((rows, *self._held.shape[1:]), refcheck=False)


class Columns(Mapping[str, "NDArray[Any]"]):
    """Columns that take the fewest bytes, given out as they came.

    Args:
        held: The columns.
        given: The type of each.

    >>> columns = Columns.of({"a": np.array([1, 2])})
    >>> columns["a"].dtype, columns.held["a"].dtype
    (dtype('int64'), dtype('int8'))
    """

    def __init__(self, held: Mapping[str, NDArray[Any]], given: Mapping[str, np.dtype[Any]]) -> None:
        self.held = dict(held)
        self._given = dict(given)

    @classmethod
    def of(cls, columns: Mapping[str, NDArray[Any]]) -> Columns:
        """Columns that are at hand."""
        return cls(
            {name: column.astype(fewest(column), copy=False) for name, column in columns.items()},
            {name: column.dtype for name, column in columns.items()},
        )

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.held[name].astype(self._given[name], copy=False)

    def __iter__(self) -> Iterator[str]:
        return iter(self.held)

    def __len__(self) -> int:
        return len(self.held)

    def part(self, name: str, rows: slice | NDArray[np.int64]) -> NDArray[Any]:
        """Some rows of a column: no others are widened."""
        return self.held[name][rows].astype(self._given[name], copy=False)

    def take(self, name: str) -> NDArray[Any]:
        """A column that is not asked for again: it is let go here."""
        given = self._given.pop(name)
        return self.held.pop(name).astype(given, copy=False)

    def __or__(self, other: Columns) -> Columns:
        """These and others, which count where both have one."""
        return Columns(self.held | other.held, self._given | other._given)


class GrowingColumns:
    """Columns by row, block after block.

    Args:
        names: Those of an answer that are gathered.
        rows: How many rows there will be, where it is known.
    """

    def __init__(self, names: Sequence[str], rows: int = 0) -> None:
        self._columns = {name: Column(rows) for name in names}

    def add(self, answer: Mapping[str, NDArray[Any]]) -> None:
        """The columns of one more block."""
        for name, column in self._columns.items():
            column.add(answer[name])

    def close(self) -> Columns:
        """The columns of all blocks."""
        return Columns(
            {name: column.close() for name, column in self._columns.items()},
            {name: column.given for name, column in self._columns.items()},
        )


class Gathered:
    """Facts of blocks, put together as they come: what `views.view.merge` gives of all of them.

    Args:
        merges: How.
        rows: How many rows there will be, where it is known.
    """

    def __init__(self, merges: Mapping[str, Merge], rows: int = 0) -> None:
        self._merges = merges
        self._rows = GrowingColumns([name for name, kind in merges.items() if kind == "rows"], rows)
        self._tallies = {name: Tallies() for name, kind in merges.items() if kind == "tally"}
        self._folds: dict[str, NDArray[Any]] = {}
        self.count = 0

    def add(self, facts: Facts) -> None:
        """The facts of one more block."""
        self.count += 1
        self._rows.add(facts)
        for name, tallies in self._tallies.items():
            tallies.add(facts[name])
        for name, kind in self._merges.items():
            fold = _FOLDS.get(kind)
            if fold is not None:
                held = self._folds.get(name)
                self._folds[name] = fold([facts[name]] if held is None else [held, facts[name]])

    def total(self) -> Facts:
        """The facts of all of them; nothing is added afterwards."""
        found = {name: tallies.total() for name, tallies in self._tallies.items()} | self._folds
        if not found:
            return self._rows.close()
        if len(found) < len(self._merges):
            found |= self._rows.close()
        return {name: found[name] for name in self._merges}


_FOLDS: Mapping[Merge, Callable[[list[NDArray[Any]]], NDArray[Any]]] = {
    "sum": lambda columns: np.sum(columns, axis=0),
    "winners": lambda columns: np.max(columns, axis=0),
}
