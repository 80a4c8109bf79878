"""Lookup: which of the known things is this? Known is what the anchor holds; a row brings what it brings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from holdfast.kernels import WORTH_IT, compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """Known keys, numbered in their order.

    Attributes:
        keys: uint64 [k], ascending and distinct.
        slots: int32, where a kernel finds each of them by its hash; empty where a set is small.
    """

    keys: NDArray[np.uint64]
    slots: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.keys)

    @classmethod
    def of(cls, keys: NDArray[np.uint64], rows: int) -> Lookup:
        """Keys, and a hash table of them where so many rows are worth it.

        Args:
            keys: uint64 [k], ascending and distinct.
            rows: Rows that are read.

        >>> Lookup.of(np.array([3, 7, 8], np.uint64), 1).find(np.array([8, 3, 4], np.uint64)).tolist()
        [2, 0, -1]
        """
        if not compiled(rows):
            return cls(keys=keys, slots=np.empty(0, np.int32))
        from holdfast.kernels.lookup import fill

        slots = _slots(len(keys))
        fill(keys, slots)
        return cls(keys=keys, slots=slots)

    def find(self, asked: NDArray[np.uint64]) -> NDArray[np.int64]:
        """int64 [n], the number of every key asked for, -1 where it is unknown."""
        # What was learnt with kernels may be read where there are none.
        if len(self.slots) and compiled(WORTH_IT):
            from holdfast.kernels.lookup import find

            found = np.empty(len(asked), np.int64)
            find(self.keys, self.slots, asked, found)
            return found
        if len(self.keys) == 0:
            return np.full(len(asked), -1, np.int64)
        place = np.minimum(np.searchsorted(self.keys, asked), len(self.keys) - 1)
        return np.where(self.keys[place] == asked, place, -1)


def number(
    keys: NDArray[np.uint64], rows: int
) -> tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64]]:
    """Distinct keys in their order, the first place of each, and which of them stands at every place: as `np.unique`.

    Args:
        keys: uint64 [n].
        rows: Rows that are read, which say whether a kernel is worth it.

    >>> [part.tolist() for part in number(np.array([9, 4, 9], np.uint64), 1)]
    [[4, 9], [1, 0], [1, 0, 1]]
    """
    if not compiled(rows):
        distinct, first, places = np.unique(keys, return_index=True, return_inverse=True)
        return distinct, first, places.reshape(-1)
    from holdfast.kernels.lookup import collect

    firsts, places = np.empty(len(keys), np.int64), np.empty(len(keys), np.int64)
    count = collect(keys, _slots(len(keys)), firsts, places)
    distinct = keys[firsts[:count]]
    order = np.argsort(distinct)
    rank = np.empty(count, np.int64)
    rank[order] = np.arange(count)
    return distinct[order], firsts[order], rank[places]


def _slots(count: int) -> NDArray[np.int32]:
    """Free slots for so many keys: at least a third stay free."""
    return np.full(1 << (3 * count // 2 + 1).bit_length(), -1, np.int32)
