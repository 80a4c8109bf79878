"""Lookup: a hash table of whole numbers, open addressing with linear probing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(nogil=True, cache=True)
def fill(keys: NDArray[np.uint64], slots: NDArray[np.int32]) -> None:
    """Put distinct keys into slots, at least one of which stays free; their number is a power of two, and all are -1 before."""
    last = np.uint64(len(slots) - 1)
    for number in range(len(keys)):
        at = _spread(keys[number]) & last
        while slots[at] >= 0:
            at = (at + np.uint64(1)) & last
        slots[at] = number


@njit(nogil=True, cache=True)
def find(
    keys: NDArray[np.uint64], slots: NDArray[np.int32], asked: NDArray[np.uint64], found: NDArray[np.int64]
) -> None:
    """The place of every key asked for, -1 where it is unknown."""
    last = np.uint64(len(slots) - 1)
    for i in range(len(asked)):
        at = _spread(asked[i]) & last
        while slots[at] >= 0 and keys[slots[at]] != asked[i]:
            at = (at + np.uint64(1)) & last
        found[i] = slots[at]


@njit(nogil=True, cache=True)
def _spread(key: np.uint64) -> np.uint64:
    """SplitMix64's finaliser, as `mix`: keys that follow each other land apart."""
    key = (key ^ (key >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    key = (key ^ (key >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return key ^ (key >> np.uint64(31))


@njit(nogil=True, cache=True)
def collect(
    keys: NDArray[np.uint64], slots: NDArray[np.int32], firsts: NDArray[np.int64], places: NDArray[np.int64]
) -> int:
    """Number keys in the order in which they come, and return how many there are.

    Args:
        keys: uint64 [n].
        slots: int32, all -1; more than n of them, a power of two.
        firsts: int64 [n], filled with where each distinct key stands first.
        places: int64 [n], filled with the number of each key.
    """
    last = np.uint64(len(slots) - 1)
    count = 0
    for i in range(len(keys)):
        at = _spread(keys[i]) & last
        while slots[at] >= 0 and keys[firsts[slots[at]]] != keys[i]:
            at = (at + np.uint64(1)) & last
        if slots[at] < 0:
            slots[at] = count
            firsts[count] = i
            count += 1
        places[i] = slots[at]
    return count
