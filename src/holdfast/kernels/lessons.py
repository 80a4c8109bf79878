"""Kernels of lessons: which n-grams of a training set an exam asks for, and how often they occur."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_BEFORE, _LONG_BEFORE = np.uint64(5), np.uint64(7)


@njit(nogil=True, cache=True)
def _mix(value: np.uint64) -> np.uint64:
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@njit(nogil=True, cache=True)
def _find(
    gram: np.uint64, known: NDArray[np.uint64], shelves: NDArray[np.int32], shift: np.uint64
) -> np.int32:
    """The place of an n-gram among those that are known, or -1."""
    shelf = np.int64(gram >> shift)
    for place in range(shelves[shelf], shelves[shelf + 1]):
        if known[place] == gram:
            return np.int32(place)
    return np.int32(-1)


@njit(nogil=True, cache=True)
def find_places(
    words: NDArray[np.uint64],
    starts: NDArray[np.int64],
    lengths: NDArray[np.int64],
    known: tuple[NDArray[np.uint64], ...],
    shelves: tuple[NDArray[np.int32], ...],
    shifts: NDArray[np.uint64],
    places: NDArray[np.int32],
) -> None:
    """Look up the n-grams at every word.

    Args:
        words: uint64, hashes of words.
        starts: int64 [n], where each row begins.
        lengths: int64 [n], words of each row that are read.
        known: For each of five orders the n-grams asked for, ascending.
        shelves: For each order where n-grams with the same first bits begin.
        shifts: uint64 [5], bits after the first ones.
        places: int32 [5, t], written to.
    """
    at = 0
    for row in range(len(starts)):
        before, second = _BEFORE, _LONG_BEFORE
        for i in range(lengths[row]):
            word = words[starts[row] + i]
            long_before = _mix(second * _FACTOR + before)
            places[0, at] = _find(word, known[0], shelves[0], shifts[0])
            places[1, at] = _find(_mix(before * _FACTOR + word), known[1], shelves[1], shifts[1])
            places[2, at] = _find(_mix(long_before * _FACTOR + word), known[2], shelves[2], shifts[2])
            places[3, at] = _find(before, known[3], shelves[3], shifts[3])
            places[4, at] = _find(long_before, known[4], shelves[4], shifts[4])
            second = before if i >= 1 else _LONG_BEFORE
            before = word
            at += 1


@njit(nogil=True, cache=True)
def count_places(
    places: NDArray[np.int32],
    starts: NDArray[np.int64],
    rows: NDArray[np.int64],
    offsets: NDArray[np.int64],
    counts: NDArray[np.int64],
) -> None:
    """Count the n-grams of some rows.

    Args:
        places: int32 [5, t], place of each word's n-grams, -1 where nobody asks.
        starts: int64 [n + 1], where each row begins.
        rows: int64 [r], rows to count.
        offsets: int64 [5], where each order begins in `counts`.
        counts: int64, written to.
    """
    for row in rows:
        for at in range(starts[row], starts[row + 1]):
            for order in range(len(offsets)):
                place = places[order, at]
                if place >= 0:
                    counts[offsets[order] + place] += 1
