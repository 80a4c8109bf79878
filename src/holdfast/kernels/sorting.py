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
def sort_spread(
    values: NDArray[np.uint64], count: int, spare: NDArray[np.uint64], heads: NDArray[np.int32]
) -> None:
    """Sort the first `count` of these hashes into `spare`, equal ones kept.

    Args:
        values: uint64, of which the first `count` are read. Hashes: a bucket holds few distinct ones.
        count: How many.
        spare: uint64, as long.
        heads: int32, longer than twice `count` and than 17; overwritten.
    """
    bits = buckets_for(count)
    shift = uint64(_SIXTY_FOUR - bits)
    size = 1 << bits
    heads[: size + 1] = 0
    for i in range(count):
        heads[int(values[i] >> shift) + 1] += 1
    before = 0
    for bucket in range(size):
        before += heads[bucket]
        heads[bucket] = before
    for i in range(count):
        bucket = int(values[i] >> shift)
        spare[heads[bucket]] = values[i]
        heads[bucket] += 1
    # Every bucket stands where it should: what is out of order is so inside one.
    for i in range(1, count):
        value = spare[i]
        j = i - 1
        while j >= 0 and spare[j] > value:
            spare[j + 1] = spare[j]
            j -= 1
        spare[j + 1] = value


@njit(nogil=True, cache=True)
def smallest_distinct(
    values: NDArray[np.uint64],
    count: int,
    spare: NDArray[np.uint64],
    heads: NDArray[np.int32],
    most: int,
    out: NDArray[np.uint64],
    at: int,
) -> int:
    """The distinct values, ascending, at most so many of the smallest; how many there are.

    Args:
        values: uint64, hashes, as `sort_spread` takes them.
        count: How many of them are read.
        spare: uint64, as long; overwritten.
        heads: int32, as `sort_spread` takes it.
        most: How many are wanted at most.
        out: uint64, where they go.
        at: From where on.
    """
    sort_spread(values, count, spare, heads)
    found = 0
    for i in range(count):
        if i == 0 or spare[i] != spare[i - 1]:
            if found == most:
                return found
            out[at + found] = spare[i]
            found += 1
    return found
