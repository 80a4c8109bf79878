"""Longest common subsequences, compiled: what `stats/published/homogenisation.py` does for all rows at once, one word after another.

Bit by bit: a row is held as one bit per word, and a word of another row changes all of them in a few operations (Crochemore et al. 2001;
Hyyrö 2004).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_ONE = np.uint64(1)
_NONE = np.uint64(0)
_WIDTH = 64


@njit(nogil=True, cache=True)
def count_common(
    codes: NDArray[np.int64],
    starts: NDArray[np.int64],
    row: int,
    first: int,
    last: int,
    masks: NDArray[np.uint64],
    tally: NDArray[np.int64],
) -> None:
    """Add the longest common subsequence of one row and each of some others to a tally by the words of both.

    Args:
        codes: int64 [w].
        starts: int64 [n + 1].
        row: The row.
        first: The first of the others; the row itself is passed over.
        last: The end of the others.
        masks: uint64 [kinds, at least a 64th of the row's words, rounded up], all 0, and 0 again at the end.
        tally: int64 [t], t above the words of any two rows; added to.
    """
    begin, length = starts[row], starts[row + 1] - starts[row]
    if length == 0:
        return
    parts = (length + _WIDTH - 1) // _WIDTH
    for i in range(length):
        masks[codes[begin + i], i // _WIDTH] |= _ONE << np.uint64(i % _WIDTH)
    if parts == 1:
        _narrow(codes, starts, row, first, last, masks, tally)
    else:
        _wide(codes, starts, row, first, last, masks, tally, parts)
    for i in range(length):
        masks[codes[begin + i], i // _WIDTH] = _NONE


@njit(nogil=True, cache=True)
def _narrow(
    codes: NDArray[np.int64],
    starts: NDArray[np.int64],
    row: int,
    first: int,
    last: int,
    masks: NDArray[np.uint64],
    tally: NDArray[np.int64],
) -> None:
    length = starts[row + 1] - starts[row]
    inside = _ALL >> np.uint64(_WIDTH - length)
    for other in range(first, last):
        if other == row:
            continue
        left = _ALL
        for at in range(starts[other], starts[other + 1]):
            shared = left & masks[codes[at], 0]
            left = (left + shared) | (left - shared)
        tally[length + starts[other + 1] - starts[other]] += _count_bits(~left & inside)


@njit(nogil=True, cache=True)
def _wide(
    codes: NDArray[np.int64],
    starts: NDArray[np.int64],
    row: int,
    first: int,
    last: int,
    masks: NDArray[np.uint64],
    tally: NDArray[np.int64],
    parts: int,
) -> None:
    length = starts[row + 1] - starts[row]
    left = np.empty(parts, np.uint64)
    for other in range(first, last):
        if other == row:
            continue
        left[:] = _ALL
        for at in range(starts[other], starts[other + 1]):
            carry = _NONE
            for part in range(parts):
                old = left[part]
                shared = old & masks[codes[at], part]
                new = old + shared + carry
                over = new < old or (carry == _ONE and new == old)
                left[part] = new | (old - shared)
                carry = _ONE if over else _NONE
        common = np.int64(0)
        for part in range(parts):
            inside = _ALL >> np.uint64(max(0, _WIDTH * (part + 1) - length))
            common += _count_bits(~left[part] & inside)
        tally[length + starts[other + 1] - starts[other]] += common


@njit(nogil=True, cache=True)
def _count_bits(bits: np.uint64) -> np.int64:
    """Bits that are set, counted side by side in ever wider fields."""
    found = bits - ((bits >> _ONE) & np.uint64(0x5555555555555555))
    found = (found & np.uint64(0x3333333333333333)) + (
        (found >> np.uint64(2)) & np.uint64(0x3333333333333333)
    )
    found = (found + (found >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((found * np.uint64(0x0101010101010101)) >> np.uint64(56))
