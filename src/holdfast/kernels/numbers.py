"""Numbers for keys in order of first appearance, compiled: what `stats/published/words.py` does by sorting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FREE = np.int64(-1)


@njit(nogil=True, cache=True)
def number_keys(keys: NDArray[np.int64]) -> tuple[NDArray[np.int64], int]:
    """Number keys in order of first appearance.

    Args:
        keys: int64 [n], at least 0.

    Returns:
        int64 [n], the number of each key; and how many different ones there are.
    """
    bits = 10
    table, numbers = np.full(1 << bits, _FREE), np.empty(1 << bits, np.int64)
    found = np.empty(len(keys), np.int64)
    count = 0
    for i in range(len(keys)):
        key = keys[i]
        at = _slot(table, bits, key)
        if table[at] == _FREE:
            table[at], numbers[at] = key, count
            count += 1
            if 2 * count > len(table):
                bits += 2
                table, numbers = _grown(table, numbers, bits)
            found[i] = count - 1
        else:
            found[i] = numbers[at]
    return found, count


@njit(nogil=True, cache=True)
def _slot(table: NDArray[np.int64], bits: int, key: np.int64) -> np.int64:
    # Multiplying by an odd number near 2^64 over the golden ratio spreads keys over the upper bits (Knuth 1973, section 6.4).
    at = np.int64((np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - bits))
    while table[at] != _FREE and table[at] != key:
        at = (at + 1) & (len(table) - 1)
    return at


@njit(nogil=True, cache=True)
def _grown(
    table: NDArray[np.int64], numbers: NDArray[np.int64], bits: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    wider, moved = np.full(1 << bits, _FREE), np.empty(1 << bits, np.int64)
    for old in range(len(table)):
        if table[old] != _FREE:
            at = _slot(wider, bits, table[old])
            wider[at], moved[at] = table[old], numbers[old]
    return wider, moved
