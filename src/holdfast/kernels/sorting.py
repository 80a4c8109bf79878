"""Sorting, as kernels need it: short runs of numbers whose bits are spread evenly, in place, in linear time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from numba import njit
from numpy import uint64

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SIXTY_FOUR = 64


@njit(nogil=True, cache=True)
def spread(value: np.uint64) -> np.uint64:
    """SplitMix64's finaliser, as `views.tokens.mix`."""
    value = (value ^ (value >> uint64(30))) * uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> uint64(27))) * uint64(0x94D049BB133111EB)
    return value ^ (value >> uint64(31))


@njit(nogil=True, cache=True)
def buckets_for(count: int) -> int:
    """The number of bits that give every one of so many values a bucket of its own."""
    bits = 4
    while (1 << bits) < count:
        bits += 1
    return bits


@njit(nogil=True, cache=True)
def smallest_distinct(
    values: NDArray[np.uint64],
    count: int,
    spare: NDArray[np.uint64],
    heads: NDArray[np.int64],
    most: int,
    out: NDArray[np.uint64],
    at: int,
) -> int:
    """The distinct values, ascending, at most so many of the smallest; how many there are.

    Args:
        values: uint64, of which the first `count` are read. Hashes: a bucket holds few distinct ones.
        count: How many.
        spare: uint64, as long.
        heads: int64, longer than twice `count` and than 17; overwritten.
        most: How many are wanted at most.
        out: uint64, where they go.
        at: From where on.
    """
    if count == 0:
        return 0
    bits = buckets_for(count)
    shift = uint64(_SIXTY_FOUR - bits)
    size = 1 << bits
    for bucket in range(size + 1):
        heads[bucket] = 0
    for i in range(count):
        heads[int(values[i] >> shift) + 1] += 1
    for bucket in range(size):
        heads[bucket + 1] += heads[bucket]
    for i in range(count):
        bucket = int(values[i] >> shift)
        spare[heads[bucket]] = values[i]
        heads[bucket] += 1
    # heads[bucket] is now where the bucket ends.
    found = 0
    start = 0
    for bucket in range(size):
        end = heads[bucket]
        for i in range(start + 1, end):
            value = spare[i]
            j = i - 1
            while j >= start and spare[j] > value:
                spare[j + 1] = spare[j]
                j -= 1
            spare[j + 1] = value
        for i in range(start, end):
            if i == start or spare[i] != spare[i - 1]:
                if found == most:
                    return found
                out[at + found] = spare[i]
                found += 1
        start = end
    return found


@njit(nogil=True, cache=True)
def sort_spread(
    values: NDArray[np.uint64], count: int, spare: NDArray[np.uint64], heads: NDArray[np.int64]
) -> None:
    """Sort the first `count` of these hashes into `spare`, equal ones kept; arguments as for `smallest_distinct`."""
    bits = buckets_for(count)
    shift = uint64(_SIXTY_FOUR - bits)
    size = 1 << bits
    for bucket in range(size + 1):
        heads[bucket] = 0
    for i in range(count):
        heads[int(values[i] >> shift) + 1] += 1
    for bucket in range(size):
        heads[bucket + 1] += heads[bucket]
    for i in range(count):
        bucket = int(values[i] >> shift)
        spare[heads[bucket]] = values[i]
        heads[bucket] += 1
    for i in range(1, count):
        value = spare[i]
        j = i - 1
        while j >= 0 and spare[j] > value:
            spare[j + 1] = spare[j]
            j -= 1
        spare[j + 1] = value
