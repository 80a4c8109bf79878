"""Intervals for shares, ratios of shares and rates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEVEL = 0.95


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
