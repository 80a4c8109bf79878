"""Compared: pairs of rows that were held against each other item by item, and what came of it.

Which pairs are looked at depends on all rows of a set. Whether two rows are alike depends on the two: of a set that grew, nobody has to
compare old rows again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.backends.store import Key, Store

_SHIFT = np.uint64(32)
_MOST = 1 << 24
"""Pairs that are kept at most: 150 MB."""


class Compared:
    """Pairs that were compared.

    Args:
        codes: uint64, ascending, the smaller row in the upper half, the other in the lower.
        alike: bool, whether the two are alike.

    >>> compared = Compared(np.array([3], np.uint64), np.array([True]))
    >>> known, alike = compared.find(np.array([[0, 2], [0, 3]]))
    >>> known.tolist(), alike.tolist()
    ([False, True], [False, True])
    """

    def __init__(self, codes: NDArray[np.uint64], alike: NDArray[np.bool_]) -> None:
        self._codes = codes
        self._alike = alike
        self._more: list[tuple[NDArray[np.uint64], NDArray[np.bool_]]] = []
        self._count = len(codes)

    @classmethod
    def kept(cls, store: Store, keys: list[Key]) -> Compared:
        """Those that are kept of the most first blocks of a set.

        Args:
            store: Where they are kept.
            keys: The key of so many first blocks, from none on.
        """
        for key in reversed(keys[1:]):
            found = store.get(key)
            if found is not None:
                codes = found["codes"]
                return cls(codes, np.unpackbits(found["alike"], count=len(codes)).view(bool))
        return cls(np.empty(0, np.uint64), np.empty(0, bool))

    def find(self, pairs: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """bool [p] twice: which of these pairs were compared before, and which of those are alike.

        Args:
            pairs: int64 [p, 2], smaller row first.
        """
        codes = _codes(pairs)
        if not len(self._codes):
            return np.zeros(len(codes), bool), np.zeros(len(codes), bool)
        at = np.minimum(np.searchsorted(self._codes, codes), len(self._codes) - 1)
        known = self._codes[at] == codes
        return known, known & self._alike[at]

    def add(self, pairs: NDArray[np.int64], alike: NDArray[np.bool_]) -> None:
        """Pairs that were compared now, and which of them are alike; of too many, none is noted."""
        self._count += len(pairs)
        if self._count > _MOST:
            self._more.clear()
        else:
            self._more.append((_codes(pairs), alike))

    def keep(self, store: Store, key: Key, rows: int) -> None:
        """Keep the pairs of so many first rows, if there are any new ones."""
        if not self._more:
            return
        codes = np.concatenate([self._codes, *(codes for codes, _ in self._more)])
        alike = np.concatenate([self._alike, *(alike for _, alike in self._more)])
        use = np.flatnonzero((codes & np.uint64(0xFFFFFFFF)) < np.uint64(rows))
        if len(use) > len(self._codes):
            use = use[np.argsort(codes[use], kind="stable")]
            store.put(key, {"codes": codes[use], "alike": np.packbits(alike[use])})


def _codes(pairs: NDArray[np.int64]) -> NDArray[np.uint64]:
    return (pairs[:, 0].astype(np.uint64) << _SHIFT) | pairs[:, 1].astype(np.uint64)
