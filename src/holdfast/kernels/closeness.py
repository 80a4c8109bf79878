"""Kernels of closeness: rows meet only the judges that they share a feature with.

What two rows share is added up in float32 in the order of the columns, as a sparse product does, so that both give the same bits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ROWS = 48
"""Bits below a level, which hold a row."""


@njit(nogil=True, cache=True)
def find_closest(
    starts: NDArray[np.int64],
    columns: NDArray[np.int32],
    values: NDArray[np.float32],
    groups: NDArray[np.int64],
    labels: NDArray[np.int64],
    parts: NDArray[np.int8],
    first: int,
    asked: NDArray[np.int32],
    seats: NDArray[np.int32],
    weights: NDArray[np.float32],
    seat_groups: NDArray[np.int64],
    seat_starts: NDArray[np.int64],
    levels: int,
    closest: NDArray[np.int64],
) -> None:
    """The closest of these rows to every judge, by part, as a level and a row in one number.

    Args:
        starts: int64 [n + 1], where each row begins in `columns`.
        columns: int32 [nnz], features, ascending inside a row.
        values: float32 [nnz], their weights.
        groups: int64 [n], the group of judges that a row is hidden from, or -1.
        labels: int64 [n], the label of a row, -1 without one; 0 where labels do not count.
        parts: int8 [n], the part of a row.
        first: The number of the first row.
        asked: int32 [columns + 1], where the judges of a feature begin in `seats`.
        seats: int32, judges that have the feature, ascending.
        weights: float32, its weight for each of them.
        seat_groups: int64 [e], the group of each judge.
        seat_starts: int64 [labels + 2], where the judges without a label end and those of each label do.
        levels: Steps of closeness.
        closest: int64 [e, parts], what was found so far; written to.
    """
    count = len(seat_groups)
    sums = np.zeros(count, np.float32)
    met = np.full(count, -1, np.int64)
    touched = np.empty(count, np.int64)
    steps = np.float32(levels)
    for row in range(len(starts) - 1):
        number = 0
        label = labels[row]
        for at in range(starts[row], starts[row + 1]):
            value = values[at]
            start, stop = np.int64(asked[columns[at]]), np.int64(asked[columns[at] + 1])
            for turn in range(2):
                low, high = np.int64(0), seat_starts[0]
                if turn == 1:
                    if label < 0:
                        break
                    low, high = seat_starts[label], seat_starts[label + 1]
                    end = stop
                    while start < end:
                        middle = (start + end) // 2
                        if seats[middle] < low:
                            start = middle + 1
                        else:
                            end = middle
                while start < stop and seats[start] < high:
                    seat = seats[start]
                    if met[seat] != row:
                        met[seat] = row
                        sums[seat] = np.float32(0.0)
                        touched[number] = seat
                        number += 1
                    sums[seat] += value * weights[start]
                    start += 1
        tail = (np.int64(1) << _ROWS) - np.int64(1) - np.int64(first + row)
        for i in range(number):
            seat = touched[i]
            level = min(np.int64(sums[seat] * steps), np.int64(levels - 1))
            if level > 0 and seat_groups[seat] != groups[row]:
                found = (level << _ROWS) | tail
                closest[seat, parts[row]] = max(closest[seat, parts[row]], found)


@njit(nogil=True, cache=True)
def count_levels(
    starts: NDArray[np.int64],
    columns: NDArray[np.int32],
    values: NDArray[np.float32],
    groups: NDArray[np.int64],
    labels: NDArray[np.int64],
    parts: NDArray[np.int8],
    asked: NDArray[np.int32],
    seats: NDArray[np.int32],
    weights: NDArray[np.float32],
    longer: NDArray[np.float32],
    seat_groups: NDArray[np.int64],
    seat_starts: NDArray[np.int64],
    pool: NDArray[np.int32],
) -> None:
    """Count real rows by judge, part and level above 0.

    Args:
        starts: int64 [n + 1], where each row begins in `columns`.
        columns: int32 [nnz], features, ascending inside a row.
        values: float32 [nnz], their weights.
        groups: int64 [n], the group of each row.
        labels: int64 [n], the label of a row, -1 without one; 0 where labels do not count.
        parts: int8 [n], the part of a row.
        asked: int32 [columns + 1], where the judges of a feature begin in `seats`.
        seats: int32, judges that have the feature, ascending.
        weights: float32, its weight for each of them.
        longer: float32, by how much a judge's squared length grows without the row.
        seat_groups: int64 [e], the group of each judge.
        seat_starts: int64 [labels + 2], where the judges without a label end and those of each label do.
        pool: int32 [e, parts, levels], written to.
    """
    count, levels = len(seat_groups), pool.shape[2]
    sums = np.zeros(count, np.float32)
    grown = np.zeros(count, np.float32)
    met = np.full(count, -1, np.int64)
    touched = np.empty(count, np.int64)
    steps = np.float32(levels)
    for row in range(len(starts) - 1):
        number = 0
        label = labels[row]
        for at in range(starts[row], starts[row + 1]):
            value = values[at]
            start, stop = np.int64(asked[columns[at]]), np.int64(asked[columns[at] + 1])
            for turn in range(2):
                low, high = np.int64(0), seat_starts[0]
                if turn == 1:
                    if label < 0:
                        break
                    low, high = seat_starts[label], seat_starts[label + 1]
                    end = stop
                    while start < end:
                        middle = (start + end) // 2
                        if seats[middle] < low:
                            start = middle + 1
                        else:
                            end = middle
                while start < stop and seats[start] < high:
                    seat = seats[start]
                    if met[seat] != row:
                        met[seat] = row
                        sums[seat] = np.float32(0.0)
                        grown[seat] = np.float32(0.0)
                        touched[number] = seat
                        number += 1
                    sums[seat] += value * weights[start]
                    grown[seat] += longer[start]
                    start += 1
        for i in range(number):
            seat = touched[i]
            close = sums[seat] / np.sqrt(np.float32(1.0) + grown[seat])
            level = min(np.int64(close * steps), np.int64(levels - 1))
            if level > 0 and seat_groups[seat] != groups[row]:
                pool[seat, parts[row], level] += 1
