"""Hashing: from the letters and words of rows to sets of numbers, row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy import uint64

from holdfast.kernels.sorting import smallest_distinct, sort_spread, spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PRIME = 0x100000001B3
_GOLDEN = 0x9E3779B97F4A7C15
_SPACE = 32
_LAST_PLAIN = 126
"""Code points between these two are no white space."""


@njit(nogil=True, cache=True)
def collapse(
    codes: NDArray[np.uint32], starts: NDArray[np.int64], blank: NDArray[np.bool_]
) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Rows with every run of white space made one space, none at the ends.

    Args:
        codes: uint32, letters of all rows.
        starts: int64 [n + 1], where each row begins.
        blank: bool, by code point, what is white space; nothing beyond it is.

    Returns:
        uint32 letters and int64 [n + 1] where each row begins.
    """
    rows = len(starts) - 1
    out = np.empty(len(codes), np.uint32)
    begins = np.zeros(rows + 1, np.int64)
    at = 0
    limit = len(blank)
    for row in range(rows):
        first = at
        start, stop = starts[row], starts[row + 1]
        if stop > start and codes[start] != _SPACE and codes[stop - 1] != _SPACE:
            # Most rows are as they should be, which is seen several letters at a time.
            row_codes = codes[start:stop]
            odd = 0
            for i in range(len(row_codes)):
                odd |= (row_codes[i] < _SPACE) | (row_codes[i] > _LAST_PLAIN)
            behind = codes[start + 1 : stop]
            for i in range(len(behind)):
                odd |= (row_codes[i] == _SPACE) & (behind[i] == _SPACE)
            if not odd:
                out[at : at + stop - start] = row_codes
                at += stop - start
                begins[row + 1] = at
                continue
        gap = False
        for i in range(starts[row], starts[row + 1]):
            code = codes[i]
            if code < limit and blank[code]:
                gap = True
                continue
            if gap and at > first:
                out[at] = _SPACE
                at += 1
            gap = False
            out[at] = code
            at += 1
        begins[row + 1] = at
    return out[:at], begins


@njit(nogil=True, cache=True)
def content_hashes(codes: NDArray[np.uint32], starts: NDArray[np.int64]) -> NDArray[np.uint64]:
    """uint64 [n, 2], two hashes of what each row says, letter by letter."""
    rows = len(starts) - 1
    out = np.empty((rows, 2), np.uint64)
    for row in range(rows):
        one = uint64(0)
        other = uint64(0)
        place = uint64(0)
        for i in range(starts[row], starts[row + 1]):
            salted = spread(uint64(codes[i]) + uint64(1) + place)
            one += salted
            other += spread(salted + uint64(_PRIME))
            place += uint64(_GOLDEN)
        out[row, 0] = spread(one + place)
        out[row, 1] = spread(other ^ place)
    return out


@njit(nogil=True, cache=True)
def shingle(
    codes: NDArray[np.uint32],
    starts: NDArray[np.int64],
    which: NDArray[np.int64],
    size: int,
    most: int,
) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """The smallest distinct hashes of the n-grams of letters of some rows; a shorter row is filled up with spaces.

    Args:
        codes: uint32, letters of all rows, white space collapsed.
        starts: int64 [n + 1], where each row begins.
        which: int64 [m], the rows.
        size: Letters of an n-gram.
        most: Hashes of a row at most.

    Returns:
        int64 [m + 1] where each row's set begins, and the uint64 values.
    """
    rows = len(which)
    total = 0
    longest = 1
    for row in which:
        grams = max(starts[row + 1] - starts[row] - size + 1, 1)
        total += min(grams, most)
        longest = max(longest, grams)
    out = np.empty(total, np.uint64)
    begins = np.zeros(rows + 1, np.int64)
    hashes = np.empty(longest, np.uint64)
    spare = np.empty(longest, np.uint64)
    heads = np.empty(2 * longest + 18, np.int32)
    prime = uint64(_PRIME)
    at = 0
    for number in range(rows):
        start = starts[which[number]]
        length = starts[which[number] + 1] - start
        grams = length - size + 1
        if grams < 1:
            value = uint64(0)
            for i in range(size):
                value = value * prime + (uint64(codes[start + i]) if i < length else uint64(_SPACE))
            out[at] = spread(value)
            at += 1
        else:
            # Letter by letter of all n-grams at once: several of them are hashed at a time.
            values = hashes[:grams]
            values[:] = uint64(0)
            for j in range(size):
                letters = codes[start + j : start + j + grams]
                for i in range(grams):
                    values[i] = values[i] * prime + uint64(letters[i])
            for i in range(grams):
                values[i] = spread(values[i])
            at += smallest_distinct(hashes, grams, spare, heads, most, out, at)
        begins[number + 1] = at
    return begins, out[:at] if 10 * at > 9 * total else out[:at].copy()


@njit(nogil=True, cache=True)
def bag(
    words: NDArray[np.uint64],
    starts: NDArray[np.int64],
    begins: NDArray[np.int32],
    ends: NDArray[np.int32],
    rows: NDArray[np.int64],
    least: int,
    most: int,
) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """The smallest hashes of the words of some rows, the second "the" of a row another one than the first.

    Args:
        words: uint64, hashes of the words of all rows.
        starts: int64 [n + 1], where each row begins in `words`.
        begins: int32, where each word begins.
        ends: int32, one past where it ends.
        rows: int64 [m], the rows to read.
        least: Rows of fewer words have no set, nor have rows whose words are shorter than two letters on average.
        most: Hashes of a row at most.

    Returns:
        int64 [m + 1] where each row's set begins, and the uint64 values.
    """
    total = 0
    longest = 1
    for i in range(len(rows)):
        count = starts[rows[i] + 1] - starts[rows[i]]
        total += min(count, most)
        longest = max(longest, count)
    out = np.empty(total, np.uint64)
    where = np.zeros(len(rows) + 1, np.int64)
    hashes = np.empty(longest, np.uint64)
    spare = np.empty(longest, np.uint64)
    heads = np.empty(2 * longest + 18, np.int32)
    at = 0
    for i in range(len(rows)):
        start = starts[rows[i]]
        count = starts[rows[i] + 1] - start
        letters = 0
        for j in range(start, start + count):
            letters += ends[j] - begins[j]
        if count >= least and letters >= 2 * count:
            for j in range(count):
                hashes[j] = words[start + j]
            sort_spread(hashes, count, spare, heads)
            nth = uint64(0)
            for j in range(count):
                nth = nth + uint64(1) if j and spare[j] == spare[j - 1] else uint64(0)
                hashes[j] = spread(spare[j] + nth)
            at += smallest_distinct(hashes, count, spare, heads, most, out, at)
        where[i + 1] = at
    return where, out[:at].copy()
