"""Resampling prompts: means of every step under the same resamples, so that differences are paired."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

DRAWS = 999
DETECTABLE = 2.8
"""Standard errors of an effect that is seen in four draws of five, two-sided at 5 % (1.96 + 0.84)."""


def draw_prompts(
    cluster: NDArray[np.int64], rng: np.random.Generator, draws: int = DRAWS
) -> NDArray[np.float64]:
    """float64 [draws, clusters], how often each prompt comes in each resample."""
    count = int(cluster.max()) + 1
    return rng.multinomial(count, np.full(count, 1.0 / count), size=draws).astype(float)


def column_means(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """float64 [s], means over pairs, those not known left out; NaN where none is."""
    known = np.isfinite(values)
    count = known.sum(axis=1)
    total = np.where(known, values, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def resampled(
    values: NDArray[np.float64], cluster: NDArray[np.int64], counts: NDArray[np.float64]
) -> NDArray[np.float64]:
    """float64 [draws, s], means of each step under resampled prompts.

    Args:
        values: float64 [s, p], NaN where not known.
        cluster: int64 [p].
        counts: float64 [draws, clusters].
    """
    known = np.isfinite(values)
    sums = np.zeros((counts.shape[1], len(values)))
    sizes = np.zeros_like(sums)
    np.add.at(sums, cluster, np.where(known, values, 0.0).T)
    np.add.at(sizes, cluster, known.T.astype(float))
    with np.errstate(invalid="ignore", divide="ignore"):
        return (counts @ sums) / (counts @ sizes)


def middle(draws: NDArray[np.float64]) -> tuple[float, float] | None:
    """95 % interval of draws; None where they do not vary, so that nothing shows how the value would."""
    kept = draws[np.isfinite(draws)]
    if len(kept) < len(draws) // 2 or not float(np.ptp(kept)) > 0:
        return None
    low, high = np.quantile(kept, [0.025, 0.975])
    return float(low), float(high)


def halve_prompts(cluster: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.bool_]:
    """bool [p], one half of the prompts."""
    count = int(cluster.max()) + 1
    chosen = np.zeros(count, bool)
    chosen[rng.permutation(count)[: count // 2]] = True
    return np.asarray(chosen[cluster])
