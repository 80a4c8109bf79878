"""Sampling with unequal chances that are known: what matters more is drawn more often, and every item can be weighed back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def inclusion_probabilities(sizes: NDArray[np.float64], number: float) -> NDArray[np.float64]:
    """Chances proportional to size, summing to `number`, none above 1: what would be is taken for sure, and the rest shares.

    Args:
        sizes: float64 [n], above 0.
        number: How many are drawn on average; all where there are fewer.

    Source:
        Sarndal, Swensson and Wretman 1992, Model Assisted Survey Sampling, section 3.6.2.

    >>> inclusion_probabilities(np.array([1.0, 1.0, 2.0, 12.0]), 2).tolist()
    [0.25, 0.25, 0.5, 1.0]
    """
    count = len(sizes)
    if number >= count:
        return np.ones(count)
    sure = np.zeros(count, bool)
    while True:
        chances = np.where(sure, 1.0, (number - sure.sum()) * sizes / sizes[~sure].sum())
        over = (chances >= 1.0) & ~sure
        if not over.any():
            return np.asarray(chances)
        sure |= over


def draw_systematic(
    chances: NDArray[np.float64], strata: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Draw without replacement so that each item is taken with exactly its chance, spread over strata.

    Items stand in line, stratum by stratum, in random order inside of each; every whole step along the sum of their chances takes one.
    Each stratum gets its expected number, rounded up or down.

    Args:
        chances: float64 [n], at most 1.
        strata: int64 [n].
        rng: Draws the order and the start.

    Returns:
        int64 [m], places of those that were drawn, ascending.

    Source:
        Madow 1949, Annals of Mathematical Statistics 20:333; Horvitz and Thompson 1952, Journal of the American Statistical
        Association 47:663.

    >>> len(draw_systematic(np.full(10, 0.3), np.repeat([0, 1], 5), np.random.default_rng(0)))
    3
    """
    if len(chances) == 0:
        return np.zeros(0, np.int64)
    line = np.lexsort((rng.random(len(chances)), strata))
    ends = np.cumsum(chances[line])
    # The sum of many chances is a hair off the whole number that it stands for.
    whole = round(float(ends[-1]))
    if abs(ends[-1] - whole) < 1e-6:
        ends[-1] = whole
    marks = np.arange(rng.random(), ends[-1], 1.0)
    return np.sort(line[np.unique(np.searchsorted(ends, marks, side="right").clip(max=len(line) - 1))])
