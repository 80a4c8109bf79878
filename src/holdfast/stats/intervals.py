"""Intervals for shares, ratios of shares and rates."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEVEL = 0.95
_Z = 1.959963984540054  # standard normal quantile of (1 + LEVEL) / 2


def share_ratio(
    hits: NDArray[np.float64] | float,
    rows: float,
    reference_hits: NDArray[np.float64] | float,
    reference_rows: float,
    rng: np.random.Generator,
    *,
    draws: int = 4_000,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """95 % interval of the ratio of two shares, from independent Jeffreys posteriors.

    A count of 0 gives an interval that begins at 0 and ends where the data stop excluding; never a point.

    Args:
        hits: Counts of the share in the numerator, scalar or [k].
        rows: Their total.
        reference_hits: Counts of the share in the denominator, same shape.
        reference_rows: Their total.
        rng: Source of randomness.
        draws: Posterior draws.

    Returns:
        Lower and upper ends, same shape as `hits` (at least 1-d).

    Source:
        Brown, Cai and DasGupta 2001, Statistical Science 16:101 (Jeffreys prior); ratio by simulation.
    """
    hits, reference_hits = np.atleast_1d(hits), np.atleast_1d(reference_hits)
    top = rng.beta(hits + 0.5, np.maximum(rows - hits, 0) + 0.5, size=(draws, len(hits)))
    bottom = rng.beta(
        reference_hits + 0.5, np.maximum(reference_rows - reference_hits, 0) + 0.5, size=(draws, len(hits))
    )
    low, high = np.quantile(top / bottom, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return np.where(hits == 0, 0.0, low), high


def share(hits: float, rows: float) -> tuple[float, float]:
    """95 % Jeffreys interval of a share.

    >>> [round(end, 3) for end in share(0, 100)]
    [0.0, 0.025]
    """
    from scipy.special import betaincinv

    low = 0.0 if hits == 0 else float(betaincinv(hits + 0.5, rows - hits + 0.5, (1 - LEVEL) / 2))
    high = 1.0 if hits >= rows else float(betaincinv(hits + 0.5, rows - hits + 0.5, (1 + LEVEL) / 2))
    return low, high


def exact_share(hits: int, rows: int) -> tuple[float, float]:
    """95 % interval of a share that holds what it promises for any number of rows, few ones above all.

    Source:
        Clopper and Pearson 1934, Biometrika 26:404.

    >>> [round(end, 3) for end in exact_share(0, 5)]
    [0.0, 0.522]
    """
    from scipy.special import betaincinv

    low = 0.0 if hits == 0 else float(betaincinv(hits, rows - hits + 1, (1 - LEVEL) / 2))
    high = 1.0 if hits == rows else float(betaincinv(hits + 1, rows - hits, (1 + LEVEL) / 2))
    return low, high


def wilson(hits: float, rows: float) -> tuple[float, float]:
    """95 % Wilson interval of a share; the score test turned round, so that it stays inside of 0 and 1.

    Args:
        hits: May be a fraction: half a pair for a tie.
        rows: Above 0.

    Source:
        Wilson 1927, Journal of the American Statistical Association 22:209.

    >>> [round(end, 3) for end in wilson(75, 100)]
    [0.657, 0.825]
    """
    p, inflation = hits / rows, _Z**2 / rows
    middle = (p + inflation / 2) / (1 + inflation)
    reach = math.sqrt(inflation * (p * (1 - p) + inflation / 4)) / (1 + inflation)
    # Rounding must not leave an end a hair off what the formula gives exactly.
    low = 0.0 if hits <= 0 else max(0.0, middle - reach)
    high = 1.0 if hits >= rows else min(1.0, middle + reach)
    return low, high


def newcombe(hits: float, rows: float, reference_hits: float, reference_rows: float) -> tuple[float, float]:
    """95 % interval of the difference of two independent shares, first minus second.

    Source:
        Newcombe 1998, Statistics in Medicine 17:873, method 10 (Wilson's intervals, joined).

    >>> [round(end, 4) for end in newcombe(56, 70, 48, 80)]
    [0.0524, 0.3339]
    """
    first, second = hits / rows, reference_hits / reference_rows
    low, high = wilson(hits, rows)
    other_low, other_high = wilson(reference_hits, reference_rows)
    gap = first - second
    return (
        gap - math.hypot(first - low, other_high - second),
        gap + math.hypot(high - first, second - other_low),
    )
