"""Kernels of labels: weighed rows added up by word and label."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(nogil=True, cache=True)
def mark_rows(
    starts: NDArray[np.int64],
    columns: NDArray[np.int64],
    rows: NDArray[np.int64],
    labels: NDArray[np.int64],
    places: NDArray[np.int64],
    lines: int,
    met: NDArray[np.bool_],
) -> None:
    """Mark words and labels that meet.

    Args:
        starts: int64 [n + 1], where each row begins.
        columns: int64 [nnz], words.
        rows: int64 [r], rows to read.
        labels: int64 [r], their labels.
        places: int64 [words], the line of each word, or -1.
        lines: How many there are.
        met: bool [labels * lines], written to.
    """
    for i in range(len(rows)):
        row = rows[i]
        for at in range(starts[row], starts[row + 1]):
            place = places[columns[at]]
            if place >= 0:
                met[labels[i] * lines + place] = True


@njit(nogil=True, cache=True)
def add_rows(
    starts: NDArray[np.int64],
    columns: NDArray[np.int64],
    values: NDArray[np.float32],
    rows: NDArray[np.int64],
    labels: NDArray[np.int64],
    weights: NDArray[np.float64],
    places: NDArray[np.int64],
    lines: int,
    numbers: NDArray[np.int32],
    sums: NDArray[np.float64],
) -> None:
    """Add rows, one after the other.

    Args:
        starts: int64 [n + 1], where each row begins.
        columns: int64 [nnz], words.
        values: float32 [nnz], their weights.
        rows: int64 [r], rows to add.
        labels: int64 [r], their labels.
        weights: float64 [r], how much each counts.
        places: int64 [words], the line of each word, or -1.
        lines: How many there are.
        numbers: int32 [labels * lines], the place of a label and a word in `sums`.
        sums: float64, written to.
    """
    for i in range(len(rows)):
        row = rows[i]
        for at in range(starts[row], starts[row + 1]):
            place = places[columns[at]]
            if place >= 0:
                sums[numbers[labels[i] * lines + place]] += weights[i] * np.float64(values[at])


@njit(nogil=True, cache=True)
def add_scores(
    starts: NDArray[np.int64],
    words: NDArray[np.int64],
    values: NDArray[np.float64],
    lines: NDArray[np.int64],
    table: NDArray[np.float64],
    ends: NDArray[np.int64],
    labels: NDArray[np.int64],
    found: NDArray[np.float64],
    scores: NDArray[np.float64],
) -> None:
    """Add what the words of rows say for labels, in the order of the words.

    Args:
        starts: int64 [n + 1], where each row begins.
        words: int64 [t], its words.
        values: float64 [t], their weights.
        lines: int64 [words], the line of a word that many labels have said, or -1.
        table: float64 [lines, k], how much such a word speaks for each label.
        ends: int64 [words + 1], where the labels of each word begin.
        labels: int64 [p], labels that have said a word.
        found: float64 [p], how much that speaks for them.
        scores: float64 [n, k], written to.
    """
    count = scores.shape[1]
    sums = np.zeros(count)
    for row in range(len(starts) - 1):
        sums[:] = 0.0
        for at in range(starts[row], starts[row + 1]):
            word, value = words[at], values[at]
            if lines[word] >= 0:
                line = table[lines[word]]
                for label in range(count):
                    sums[label] += value * line[label]
            else:
                for place in range(ends[word], ends[word + 1]):
                    sums[labels[place]] += value * found[place]
        for label in range(count):
            scores[row, label] += sums[label]


@njit(nogil=True, cache=True)
def sum_words(
    starts: NDArray[np.int64],
    columns: NDArray[np.int64],
    values: NDArray[np.float32],
    groups: NDArray[np.int64],
    rows: NDArray[np.int64],
    shares: NDArray[np.float64],
    words: int,
    found: NDArray[np.int64],
) -> int:
    """Add up whole numbers by group and word, in the order of both.

    Args:
        starts: int64 [n + 1], where each row begins.
        columns: int64 [nnz], words.
        values: float32 [nnz], their weights.
        groups: int64 [t], groups, ascending.
        rows: int64 [t], a row of each.
        shares: float64 [n], what each row counts.
        words: How many words there are.
        found: int64 [at most all words of all rows, 2], key and sum; written to.

    Returns:
        How many keys there are.
    """
    sums = np.zeros(words, np.int64)
    # Which words a group has, 64 to a number, so that they come in their order without being sorted.
    seen = np.zeros(words // 64 + 1, np.uint64)
    one = np.uint64(1)
    taken, at = 0, 0
    while at < len(groups):
        group = groups[at]
        while at < len(groups) and groups[at] == group:
            row = rows[at]
            for place in range(starts[row], starts[row + 1]):
                word = columns[place]
                sums[word] += np.int64(np.rint(np.float64(values[place]) * shares[row]))
                seen[word >> 6] |= one << np.uint64(word & 63)
            at += 1
        for part in range(len(seen)):
            if seen[part] == np.uint64(0):
                continue
            for bit in range(64):
                if seen[part] & (one << np.uint64(bit)):
                    word = part * 64 + bit
                    found[taken, 0] = group * words + word
                    found[taken, 1] = sums[word]
                    sums[word] = 0
                    taken += 1
            seen[part] = np.uint64(0)
    return taken
