"""Permutation nulls over units: what the two sides would score if nothing but chance had parted them.

Units (rows, or groups of rows that are not independent) are dealt anew to the two sides, as many units to each as
there are. Under the hypothesis that the candidate is drawn like the anchor, every deal is equally likely, so the
rank of the observed statistic is exact at any sample size (Lehmann and Romano 2005, chapter 15).

Units of one type (same stratum, same size) are interchangeable, so a deal is one multivariate hypergeometric draw.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Rank:
    """Where an observed statistic stands among its null draws (larger is more extreme).

    Attributes:
        p_value: Share of draws, the observation among them, at least as extreme. Never 0; valid with ties.
        randomized: The same with ties broken by chance: exactly uniform under the null, for calibration studies.
    """

    p_value: float
    randomized: float


def deal(counts: NDArray[np.int64], chosen: int, draws: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Deal units to one side.

    Args:
        counts: int64 [k], units of each type on both sides together.
        chosen: Units the side receives.
        draws: Number of deals.
        rng: Source of randomness.

    Returns:
        int64 [draws, k], units of each type that the side received.

    >>> deal(np.array([2, 0, 3]), 5, 1, np.random.default_rng(0)).tolist()
    [[2, 0, 3]]
    """
    if len(counts) == 0:
        return np.zeros((draws, 0), np.int64)
    return np.asarray(
        rng.multivariate_hypergeometric(counts, chosen, size=draws, method="marginals"), np.int64
    )


def rank(observed: float, null: NDArray[np.float64], rng: np.random.Generator) -> Rank:
    """Rank a statistic among its null draws.

    >>> rank(2.0, np.array([0.0, 1.0, 3.0]), np.random.default_rng(0)).p_value
    0.5
    """
    slack = 1e-9 * max(1.0, abs(observed))
    above = int((null > observed + slack).sum())
    ties = int((np.abs(null - observed) <= slack).sum())
    total = len(null) + 1
    return Rank(
        p_value=(above + ties + 1) / total,
        randomized=float((above + rng.uniform() * (ties + 1)) / total),
    )


def largest_score(
    observed: NDArray[np.float64], null: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64]]:
    """Combine several statistics into one by their largest standard score, itself to be ranked among the draws.

    Ranks would do as well, but a smallest rank has as many ties as there are statistics, which costs resolution just
    where it is needed. Means and deviations are taken over the draws and the observation together, so that the rank
    stays exact.

    Args:
        observed: float64 [s], one value per statistic, larger is more extreme, each on a scale on which its null is
            roughly normal.
        null: float64 [draws, s], the same statistics on the null draws.

    Returns:
        The largest score of the observation, and of every draw (float64 [draws]).

    Source:
        Westfall and Young 1993, max-T, first step.
    """
    stacked = np.concatenate([observed[None, :], null])
    spread = stacked.std(axis=0)
    scores = (stacked - stacked.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    largest = scores.max(axis=1)
    return float(largest[0]), largest[1:]
