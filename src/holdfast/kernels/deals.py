"""Deals, compiled: what `stats/dealing.py` says in numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_SHIFT_30, _SHIFT_27, _SHIFT_31, _SHIFT_11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_UNIT = 2.0**-53


@njit(nogil=True, cache=True)
def _uniform(state: np.uint64) -> float:
    value = (state ^ (state >> _SHIFT_30)) * _FIRST
    value = (value ^ (value >> _SHIFT_27)) * _SECOND
    value = value ^ (value >> _SHIFT_31)
    return np.float64(value >> _SHIFT_11) * _UNIT


@njit(nogil=True, cache=True)
def deal_sums(
    starts: NDArray[np.int64],
    taken: NDArray[np.int64],
    values: NDArray[np.float64],
    seeds: NDArray[np.uint64],
) -> NDArray[np.float64]:
    """Sums of values over the units that every deal takes of every group.

    Args:
        starts: int64 [g + 1], where each group begins.
        taken: int64 [g], units taken of each.
        values: float64 [u, v].
        seeds: uint64 [draws], one for every deal.
    """
    columns = values.shape[1]
    sums = np.zeros((len(seeds), len(taken), columns))
    for draw in range(len(seeds)):
        state = seeds[draw]
        for group in range(len(taken)):
            need = taken[group]
            left = starts[group + 1] - starts[group]
            for unit in range(starts[group], starts[group + 1]):
                state += _GOLDEN
                # No branch: which way it went could not be foretold, and half of the time would go into wrong guesses.
                took = np.int64(_uniform(state) * left < need)
                need -= took
                for column in range(columns):
                    sums[draw, group, column] += values[unit, column] * took
                left -= 1
    return sums


@njit(nogil=True, cache=True)
def deal_rows(taken: int, seeds: NDArray[np.uint64], picked: NDArray[np.float32]) -> None:
    """Mark the rows that every deal takes.

    Args:
        taken: Rows taken.
        seeds: uint64 [draws].
        picked: float32 [draws, n], all 0; 1 where a row is taken.
    """
    rows = picked.shape[1]
    for draw in range(len(seeds)):
        state = seeds[draw]
        need = np.int64(taken)
        for row in range(rows):
            state += _GOLDEN
            took = np.int64(_uniform(state) * (rows - row) < need)
            need -= took
            picked[draw, row] = took
