"""Spread prefixes: the rarest items of all rows, as blocks send them, laid out by range.

A range is joined by itself, so nothing has to be put together but the range at hand, and each is let go when it has been joined for the
last time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from holdfast.views.joining import rank
from holdfast.views.prefixes import RANGES, Prefixes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.joining import Ranked
    from holdfast.views.prefixes import Posted


@dataclass(slots=True)
class SpreadPrefixes:
    """Prefixes of blocks that come one after the other.

    Attributes:
        sizes: int32, items of each row's set, by block.
        outlines: uint64 [n, 4], by block (see `views/prefixes.py`).
        ranges: For each range keys, rows and places, by block.
    """

    sizes: list[NDArray[np.int32]] = field(default_factory=list)
    outlines: list[NDArray[np.uint64]] = field(default_factory=list)
    ranges: list[list[Posted]] = field(default_factory=lambda: [[] for _ in range(RANGES)])
    _count: int = 0

    def __len__(self) -> int:
        return self._count

    def add(self, prefixes: Prefixes) -> None:
        """Those of one more block."""
        first = np.int32(self._count)
        rows = prefixes.rows + first
        for number, held in enumerate(self.ranges):
            part = slice(int(prefixes.bounds[number]), int(prefixes.bounds[number + 1]))
            if part.start < part.stop:
                # Copies: a view would keep the ranges that have been let go.
                held.append((prefixes.keys[part].copy(), rows[part].copy(), prefixes.places[part].copy()))
        self.sizes.append(prefixes.sizes)
        self.outlines.append(prefixes.outlines)
        self._count += len(prefixes)

    def first(self, rows: int) -> FirstPrefixes:
        """The same of so many first rows."""
        return FirstPrefixes(whole=self, rows=rows)

    def ranked(self, rows: int, *, last: bool = False) -> Ranked:
        """So many first rows by size.

        Args:
            rows: How many.
            last: Sizes and outlines are not asked for again, and let go.
        """
        empty = np.empty(0, np.int64)
        prefixes = Prefixes(
            sizes=np.concatenate([np.empty(0, np.int32), *self.sizes])[:rows],
            outlines=np.concatenate([np.empty((0, 4), np.uint64), *self.outlines])[:rows],
            bounds=empty,
            keys=empty.astype(np.uint32),
            rows=empty.astype(np.int32),
            places=empty.astype(np.uint8),
        )
        if last:
            self.sizes, self.outlines = [], []
        return rank(prefixes)

    def postings(self, start: int, stop: int) -> Posted:
        """Keys, rows and places of the items of some ranges."""
        parts = [part for held in self.ranges[start:stop] for part in held]
        return (
            np.concatenate([np.empty(0, np.uint32), *(keys for keys, _, _ in parts)]),
            np.concatenate([np.empty(0, np.int32), *(rows for _, rows, _ in parts)]),
            np.concatenate([np.empty(0, np.uint8), *(places for _, _, places in parts)]),
        )

    def let_go(self, number: int) -> None:
        """A range that is not asked for again."""
        self.ranges[number] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstPrefixes:
    """Prefixes of the first rows of a set.

    Attributes:
        whole: Those of all rows.
        rows: How many rows are meant.
    """

    whole: SpreadPrefixes
    rows: int

    def postings(self, start: int, stop: int) -> Posted:
        """Keys, rows and places of the items of some ranges."""
        keys, rows, places = self.whole.postings(start, stop)
        use = rows < self.rows
        return keys[use], rows[use], places[use]
