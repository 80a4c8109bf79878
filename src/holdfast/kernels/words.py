"""Words: from letters to words, runs of words and counted features, row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy import uint64

from holdfast.kernels.sorting import spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SPACE, _WORD, _UNSPACED = 0, 1, 2
_APOSTROPHE, _QUOTE = 0x27, 0x2019
_GOLDEN = 0x9E3779B97F4A7C15
_PRIME = 0x100000001B3
_BLANK = 32
_HALF = 1024
"""Columns are sorted by their lower ten bits, then by their upper ten."""


@njit(nogil=True, cache=True)
def cut_words(
    codes: NDArray[np.uint32], classes: NDArray[np.uint8], starts: NDArray[np.int64]
) -> tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    """The words of every row.

    Args:
        codes: uint32, letters of all rows.
        classes: uint8, what each of them is (`views.tokens.character_classes`).
        starts: int64 [n + 1], where each row begins.

    Returns:
        uint64 hashes, int64 [n + 1] where each row's begin, int32 where each word begins in its row and one past where it ends.
    """
    rows = len(starts) - 1
    words = np.empty(len(codes), np.uint64)
    begins = np.empty(len(codes), np.int32)
    ends = np.empty(len(codes), np.int32)
    row_starts = np.zeros(rows + 1, np.int64)
    at = 0
    for row in range(rows):
        start, stop = starts[row], starts[row + 1]
        before = _SPACE
        total, place = uint64(0), uint64(0)
        open_ = False
        for i in range(start, stop):
            kind = int(classes[i])
            if (
                (codes[i] == _APOSTROPHE or codes[i] == _QUOTE)
                and i > start
                and i + 1 < stop
                and classes[i - 1] == _WORD
                and classes[i + 1] == _WORD
            ):
                kind = _WORD
            if open_ and kind != _WORD:
                ends[at] = i - start
                words[at] = spread(total)
                at += 1
                open_ = False
            if kind == _WORD and (not open_ or before != _WORD):
                begins[at] = i - start
                total, place = uint64(0), uint64(0)
                open_ = True
            if kind == _UNSPACED:
                begins[at] = i - start
                ends[at] = i - start + 1
                words[at] = spread(spread(uint64(codes[i]) + uint64(1)))
                at += 1
            elif kind == _WORD:
                total += spread(uint64(codes[i]) + uint64(1) + place)
                place += uint64(_GOLDEN)
            before = kind
        if open_:
            ends[at] = stop - start
            words[at] = spread(total)
            at += 1
        row_starts[row + 1] = at
    return words[:at].copy(), row_starts, begins[:at].copy(), ends[:at].copy()


@njit(nogil=True, cache=True)
def word_runs(
    words: NDArray[np.uint64], starts: NDArray[np.int64], size: int
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Hashes of all runs of so many words inside one row, and the place of each one's first word."""
    total = 0
    for row in range(len(starts) - 1):
        total += max(starts[row + 1] - starts[row] - size + 1, 0)
    hashes = np.empty(total, np.uint64)
    positions = np.empty(total, np.int64)
    at = 0
    for row in range(len(starts) - 1):
        for i in range(starts[row], starts[row + 1] - size + 1):
            value = words[i]
            for offset in range(1, size):
                value = spread(value * uint64(_GOLDEN) + words[i + offset])
            hashes[at] = value
            positions[at] = i
            at += 1
    return hashes, positions


@njit(nogil=True, cache=True)
def count_row_features(
    words: NDArray[np.uint64],
    word_starts: NDArray[np.int64],
    codes: NDArray[np.uint32],
    classes: NDArray[np.uint8],
    starts: NDArray[np.int64],
    columns: int,
    read: int,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
    """Words, pairs of words and 3- and 4-grams of letters inside words, counted per row.

    Args:
        words: uint64, hashes of the words of all rows.
        word_starts: int64 [n + 1], where each row begins there.
        codes: uint32, letters of all rows.
        classes: uint8, what each of them is.
        starts: int64 [n + 1], where each row begins there.
        columns: A power of two, at most 2^20.
        read: Letters of a row that n-grams are taken from.

    Returns:
        int64 [n + 1], int32 and float32 as in `views.features.Features`.
    """
    rows = len(starts) - 1
    total = 0
    longest = 1
    for row in range(rows):
        most = 2 * (word_starts[row + 1] - word_starts[row])
        most += 2 * (min(starts[row + 1] - starts[row], read) + 2)
        total += most
        longest = max(longest, most)
    out_starts = np.zeros(rows + 1, np.int64)
    out_columns = np.empty(total, np.int32)
    out_counts = np.empty(total, np.float32)
    found = np.empty(longest, np.int32)
    spare = np.empty(longest, np.int32)
    low, high = np.zeros(_HALF + 1, np.int32), np.zeros(_HALF + 1, np.int32)
    mask = uint64(columns - 1)
    at = 0
    for row in range(rows):
        count = 0
        for i in range(word_starts[row], word_starts[row + 1]):
            found[count] = words[i] & mask
            count += 1
            if i + 1 < word_starts[row + 1]:
                found[count] = spread(words[i] * uint64(_GOLDEN) + words[i + 1]) & mask
                count += 1
        count = _add_letters(
            codes, classes, starts[row], min(starts[row + 1], starts[row] + read), found, count, mask
        )
        _sort_columns(found, count, spare, low, high)
        i = 0
        while i < count:
            j = i + 1
            while j < count and found[j] == found[i]:
                j += 1
            out_columns[at] = found[i]
            out_counts[at] = j - i
            at += 1
            i = j
        out_starts[row + 1] = at
    return out_starts, out_columns[:at].copy(), out_counts[:at].copy()


@njit(nogil=True, cache=True)
def _add_letters(
    codes: NDArray[np.uint32],
    classes: NDArray[np.uint8],
    start: int,
    stop: int,
    found: NDArray[np.int32],
    count: int,
    mask: np.uint64,
) -> int:
    """Put the columns of the 3- and 4-grams of letters from `start` to `stop` behind the first `count`; how many there are then.

    None crosses white space; words are padded by a space on either side.
    """
    prime = uint64(_PRIME)
    space = uint64(_BLANK)
    for i in range(start - 1, stop - 1):
        if classes[i + 1] == _SPACE:
            continue
        first_blank = i < start or classes[i] == _SPACE
        third_blank = i + 2 >= stop or classes[i + 2] == _SPACE
        one = space if first_blank else uint64(codes[i])
        three = space if third_blank else uint64(codes[i + 2])
        if not (first_blank and third_blank):
            value = ((uint64(3) * prime + one) * prime + uint64(codes[i + 1])) * prime + three
            found[count] = spread(value) & mask
            count += 1
        if third_blank:
            continue
        last_blank = i + 3 >= stop or classes[i + 3] == _SPACE
        if not (first_blank and last_blank):
            four = space if last_blank else uint64(codes[i + 3])
            value = ((uint64(4) * prime + one) * prime + uint64(codes[i + 1])) * prime + three
            found[count] = spread(value * prime + four) & mask
            count += 1
    return count


@njit(nogil=True, cache=True)
def _sort_columns(
    values: NDArray[np.int32],
    count: int,
    spare: NDArray[np.int32],
    low: NDArray[np.int32],
    high: NDArray[np.int32],
) -> None:
    """Sort the first `count` columns in place: short rows one by one, longer ones by half their bits and then the other."""
    if count < 64:
        for i in range(1, count):
            value = values[i]
            j = i - 1
            while j >= 0 and values[j] > value:
                values[j + 1] = values[j]
                j -= 1
            values[j + 1] = value
        return
    low[:] = 0
    high[:] = 0
    for i in range(count):
        low[(values[i] & (_HALF - 1)) + 1] += 1
        high[(values[i] >> 10) + 1] += 1
    for i in range(_HALF):
        low[i + 1] += low[i]
        high[i + 1] += high[i]
    for i in range(count):
        half = values[i] & (_HALF - 1)
        spare[low[half]] = values[i]
        low[half] += 1
    for i in range(count):
        half = spare[i] >> 10
        values[high[half]] = spare[i]
        high[half] += 1
