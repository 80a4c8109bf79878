"""Rarefaction: what a random part of a pool would score, exactly, and how large a part would score as much.

The best of n rows drawn without replacement from a pool has a known expectation: the chance that all of them lie at
or below a level is hypergeometric. So the whole curve of a pool, from one row to all of them, is read off one table
of counts, without drawing a single sample.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """What real sets of growing size score.

    Attributes:
        sizes: float64 [g], ascending; rows.
        scores: float64 [g], the score of that many real rows; larger is better.
    """

    sizes: NDArray[np.float64]
    scores: NDArray[np.float64]

    @property
    def limit(self) -> float:
        """The largest size the curve knows."""
        return float(self.sizes[-1])

    def at(self, size: float) -> float:
        """The score of that many real rows; flat beyond both ends."""
        return float(np.interp(np.log1p(size), np.log1p(self.sizes), self.rising))

    def size_of(self, score: float) -> float:
        """How many real rows score as much; infinity beyond what the curve knows.

        >>> round(Curve(sizes=np.array([0.0, 9, 99]), scores=np.array([0.0, 1, 2])).size_of(1.0), 6)
        9.0
        """
        rising = self.rising
        if score > rising[-1]:
            return float("inf")
        # Where the curve is flat, the smallest size that scores as much.
        place = int(np.searchsorted(rising, score))
        if place == 0:
            return float(self.sizes[0])
        low, high = rising[place - 1], rising[place]
        part = (score - low) / (high - low)
        ends = np.log1p(self.sizes[place - 1 : place + 1])
        return float(np.expm1(ends[0] + part * (ends[1] - ends[0])))

    @property
    def rising(self) -> NDArray[np.float64]:
        """float64 [g], the scores, made to rise: more real rows never score less but for chance."""
        return np.asarray(np.maximum.accumulate(self.scores), np.float64)


def sizes_up_to(limit: int, count: int = 28) -> NDArray[np.int64]:
    """About `count` sizes from 1 to a limit, each about as many times the one before."""
    return np.unique(np.round(np.geomspace(1, max(limit, 1), count)).astype(np.int64))


def expected_best(counts: NDArray[np.int64], sizes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Expected level of the best of n rows drawn from a pool without replacement.

    Args:
        counts: int64 [e, levels], pool rows at each level, for each of e judges. A judge's pool is the sum of its row.
        sizes: int64 [g], numbers of rows drawn; a size beyond a judge's pool is taken as the whole pool.

    Returns:
        float64 [e, g], expected level, 0 where nothing is drawn.

    Source:
        Hypergeometric order statistics; for counts of kinds this is Hurlbert's rarefaction (1971, Ecology 52:577).

    >>> expected_best(np.array([[1, 1, 0, 2]]), np.array([1, 4])).round(6).tolist()
    [[1.75, 3.0]]
    """
    pool = counts.sum(axis=1)
    at_most = np.cumsum(counts, axis=1)
    logs = _log_factorials(int(pool.max(initial=0)).bit_length())
    # Levels that no row lies at are as the level below: each run of them is read once.
    new = np.ones(at_most.shape, bool)
    new[:, 1:] = counts[:, 1:] != 0
    runs = np.flatnonzero(new)
    widths = np.diff(np.append(runs, at_most.size)).astype(np.float64)
    judges = runs // at_most.shape[1]
    asked, of = at_most.reshape(-1)[runs], pool[judges]
    held, whole = logs[asked], logs[of]
    result = np.zeros((len(counts), len(sizes)))
    for column, size in enumerate(sizes.tolist()):
        drawn = np.minimum(size, of)
        left = asked - drawn
        # P(all n drawn lie at or below a level) = C(at_most, n) / C(pool, n)
        logp = held - logs[np.maximum(left, 0)] - (whole - logs[of - drawn])
        below = np.exp(np.minimum(logp, 0.0))
        below[left < 0] = 0.0
        result[:, column] = counts.shape[1] - np.bincount(judges, below * widths, minlength=len(counts))
    return np.maximum(result, 0.0)


@cache
def _log_factorials(bits: int) -> NDArray[np.float64]:
    """float64, logarithms of the factorials of all numbers of so many bits: judges ask for them again and again."""
    from scipy.special import gammaln

    return np.asarray(gammaln(np.arange((1 << bits) + 1, dtype=np.float64) + 1.0), np.float64)


def jackknife(deleted: NDArray[np.float64]) -> NDArray[np.float64]:
    """Standard error of a statistic from its values with one group of rows left out at a time.

    Args:
        deleted: float64 [groups, ...], the statistic without each group.

    Returns:
        float64 [...].

    Source:
        Shao and Tu 1995, The Jackknife and Bootstrap, section 2.3 (delete-d).

    >>> round(float(jackknife(np.array([1.0, 2.0, 3.0]))), 3)
    1.155
    """
    groups = len(deleted)
    spread = ((deleted - deleted.mean(axis=0)) ** 2).sum(axis=0)
    return np.asarray(np.sqrt(spread * (groups - 1) / groups), np.float64)
