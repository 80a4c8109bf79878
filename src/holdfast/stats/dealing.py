"""Dealing: so many of some units, every choice equally likely, many times over.

Units are gone through once. Each is taken with the probability that is due to it, given how many are still wanted and how many are
left (selection sampling). Where types of unit repeat, `deal` of `stats/permutation.py` is quicker still.

Source:
    Fan, Muller and Rezucha 1962, Journal of the American Statistical Association 57:387, method 1; random numbers by SplitMix64
    (Steele, Lea and Flood 2014), a stream for every deal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from holdfast.kernels import compiled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_UNIT = 2.0**-53


def draw_seeds(draws: int, rng: np.random.Generator) -> NDArray[np.uint64]:
    """uint64 [draws], a seed for every deal."""
    return rng.integers(0, np.iinfo(np.uint64).max, draws, np.uint64, endpoint=True)


def deal_sums(
    starts: NDArray[np.int64],
    taken: NDArray[np.int64],
    values: NDArray[np.float64],
    seeds: NDArray[np.uint64],
) -> NDArray[np.float64]:
    """Take units of every group, and add up what they bring.

    Args:
        starts: int64 [g + 1], where the units of each group begin.
        taken: int64 [g], how many are taken of each.
        values: float64 [u, v], what each unit brings.
        seeds: uint64 [draws], from `draw_seeds`.

    Returns:
        float64 [draws, g, v].

    >>> seeds = draw_seeds(1, np.random.default_rng(0))
    >>> deal_sums(np.array([0, 2, 3]), np.array([2, 0]), np.array([[1.0], [2.0], [4.0]]), seeds).tolist()
    [[[3.0], [0.0]]]
    """
    if compiled(len(values)):
        from holdfast.kernels import deals

        return np.asarray(deals.deal_sums(starts, taken, values, seeds), np.float64)
    sums = np.zeros((len(taken), values.shape[1], len(seeds)))
    state = seeds.copy()
    for group, (start, stop) in enumerate(zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)):
        for unit, picked in zip(
            range(start, stop), _take(stop - start, int(taken[group]), state), strict=True
        ):
            for column, value in enumerate(values[unit].tolist()):
                if value:
                    sums[group, column] += value * picked
    return np.ascontiguousarray(np.moveaxis(sums, 2, 0))


def deal_rows(rows: int, taken: int, seeds: NDArray[np.uint64], *, of: int) -> NDArray[np.float32]:
    """float32 [draws, rows], 1 where a deal takes a row.

    Args:
        rows: How many there are.
        taken: How many are taken.
        seeds: uint64 [draws], from `draw_seeds`.
        of: Rows of the whole set, which say whether a kernel is worth it.

    >>> deal_rows(3, 1, draw_seeds(5, np.random.default_rng(0)), of=3).sum(axis=1).tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0]
    """
    if compiled(of):
        from holdfast.kernels import deals

        picked = np.zeros((len(seeds), rows), np.float32)
        deals.deal_rows(taken, seeds, picked)
        # Laid out as below: products of matrices round by how they are laid out.
        return np.asfortranarray(picked)
    by_row = np.empty((rows, len(seeds)), np.float32)
    for row, chosen in enumerate(_take(rows, taken, seeds.copy())):
        by_row[row] = chosen
    return by_row.T


def _take(units: int, taken: int, state: NDArray[np.uint64]) -> Iterator[NDArray[np.bool_]]:
    """For every unit, bool [draws]: whether it is taken. Streams go on from `state`."""
    need = np.full(len(state), taken, np.int64)
    for left in range(units, 0, -1):
        state += _GOLDEN
        value = (state ^ (state >> np.uint64(30))) * _FIRST
        value = (value ^ (value >> np.uint64(27))) * _SECOND
        value ^= value >> np.uint64(31)
        picked = (value >> np.uint64(11)).astype(np.float64) * _UNIT * left < need
        need -= picked
        yield picked
