"""Metrics of detectors, as plain functions of numbers and names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from numpy.typing import NDArray

LEVEL = 0.01
"""False-alarm rate at which detectors are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """How well lost strata are named, over all instances with labels.

    Attributes:
        precision: Share of names that are right; 1 where nothing is named.
        recall: Share of lost strata that are named.
        f1: Harmonic mean of both.
    """

    precision: float
    recall: float
    f1: float


def upper_bound(hits: int, draws: int, level: float = 0.95) -> float:
    """One-sided upper bound of a probability.

    Source:
        Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404.

    >>> round(upper_bound(0, 1_000), 4), round(upper_bound(10, 1_000), 4)
    (0.003, 0.0169)
    """
    from scipy.special import betaincinv

    return 1.0 if hits >= draws else float(betaincinv(hits + 1.0, draws - hits, level))


def exceeds(
    strengths: NDArray[np.float64], nulls: NDArray[np.float64], level: float = LEVEL
) -> NDArray[np.bool_] | None:
    """Which strengths are rarer than the level among null draws.

    An alarm needs (1 + null draws at least as strong) / (1 + null draws) to be at most the level, so that a new null
    draw alarms no more often than that. None where there are too few null draws for any alarm: 99 at one in a hundred.

    >>> exceeds(np.array([98.0, 99.0]), np.arange(100.0)).tolist()
    [False, False]
    >>> exceeds(np.array([99.0, 99.5]), np.arange(100.0)).tolist()
    [False, True]
    """
    if (len(nulls) + 1) * level < 1 - 1e-9:
        return None
    ordered = np.sort(nulls)
    as_strong = len(ordered) - np.searchsorted(ordered, strengths, side="left")
    return np.asarray((1 + as_strong) / (1 + len(ordered)) <= level + 1e-12, np.bool_)


def area(nulls: NDArray[np.float64], strengths: NDArray[np.float64]) -> float | None:
    """Chance that a strength is above a null draw, ties by halves; None where there is nothing to compare.

    >>> area(np.array([0.0, 1.0]), np.array([1.0, 2.0]))
    0.875
    """
    if not len(nulls) or not len(strengths):
        return None
    ordered = np.sort(nulls)
    below = np.searchsorted(ordered, strengths, side="left")
    up_to = np.searchsorted(ordered, strengths, side="right")
    return float((below + up_to).mean() / 2 / len(ordered))


def rank_correlation(x: NDArray[np.float64], y: NDArray[np.float64]) -> float | None:
    """Spearman's rank correlation, ties by mean rank; None for fewer than three values, or where one side is constant.

    >>> round(rank_correlation(np.array([1.0, 2, 3, 4]), np.array([1.0, 3, 2, 4])), 2)
    0.8
    """
    if len(x) < 3:
        return None
    ranks = [_ranks(values) for values in (x, y)]
    if min(np.ptp(values) for values in ranks) == 0:
        return None
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    ordered = np.sort(values)
    first, last = (np.searchsorted(ordered, values, side=side) for side in ("left", "right"))
    return np.asarray((first + last) / 2.0, np.float64)


def noise_ceiling(means: NDArray[np.float64], errors: NDArray[np.float64]) -> float:
    """The largest correlation that a perfect reading could have with means that are known with these errors.

    The square root of the reliability: the part of their variance that is not error. 0 where all of it may be.

    Source:
        Spearman 1904, doi:10.2307/1412159 (attenuation).

    >>> noise_ceiling(np.array([0.0, 4.0]), np.array([1.0, 1.0]))
    0.9354143466934853
    """
    variance = float(means.var(ddof=1))
    if variance <= 0:
        return 0.0
    return float(np.sqrt(max(0.0, 1.0 - float((errors**2).mean()) / variance)))


def name_f1(pairs: Iterable[tuple[Collection[str], Collection[str]]]) -> Naming:
    """How well names fit, counted over all instances together.

    Args:
        pairs: Strata that are lost, and strata that are named, of every instance.

    >>> name_f1([(("a", "b"), ("b", "c")), ((), ())])
    Naming(precision=0.5, recall=0.5, f1=0.5)
    """
    right = named = lost = 0
    for truly, said in pairs:
        right += len(set(truly) & set(said))
        named += len(set(said))
        lost += len(set(truly))
    return Naming(
        precision=right / named if named else 1.0,
        recall=right / lost if lost else 1.0,
        f1=2 * right / (named + lost) if named + lost else 1.0,
    )


def f1_by_cause(pairs: Iterable[tuple[Collection[str], Collection[str]]]) -> dict[str, float]:
    """The F1 of each cause, counted over all instances; a cause counts that was true or named anywhere.

    Args:
        pairs: True causes, and causes that are named, of every instance.

    >>> f1_by_cause([(("a",), ("a",)), (("b",), ("a", "b")), ((), ("a",))])
    {'a': 0.5, 'b': 1.0}
    """
    known = [(set(truly), set(said)) for truly, said in pairs]
    causes = sorted({cause for pair in known for part in pair for cause in part})
    values = {}
    for cause in causes:
        both = sum(cause in truly and cause in said for truly, said in known)
        either = sum((cause in truly) + (cause in said) for truly, said in known)
        values[cause] = 2 * both / either
    return values


def macro_f1(pairs: Iterable[tuple[Collection[str], Collection[str]]]) -> float:
    """Mean over causes of the F1 of each; 1 where nothing was true and nothing named.

    Args:
        pairs: True causes, and causes that are named, of every instance.

    >>> round(macro_f1([(("a",), ("a",)), (("b",), ("a",))]), 3)
    0.333
    """
    values = list(f1_by_cause(pairs).values())
    return float(np.mean(values)) if values else 1.0
