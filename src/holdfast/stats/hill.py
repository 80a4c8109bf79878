"""Hill numbers: how many kinds a sample holds, compared fairly between samples of unequal size.

The number of order q counts kinds by their weight: order 0 counts every kind once, order 1 each as often as it is
used (the exponential of the entropy), order 2 as often as two draws agree on it. All of them grow with the sample, so two
samples are compared at equal *coverage*: the share of reality's mass whose kinds the sample has seen.

Source:
    Chao and Jost 2012, Ecology 93:2533 (coverage); Chao et al. 2014, Ecological Monographs 84:45 (rarefaction of
    orders 0, 1, 2 for individuals and for sampling units); Leinster and Cobbold 2012, Ecology 93:477 (similarity).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

ORDERS = (0, 1, 2)
_SMOOTH = 100.0
"""Beyond this mean the expectation of y ln y is expanded around it; what is left out is below 1e-5 of it."""
_TABLED = 1 << 20
"""Up to so many draws log factorials are looked up and not computed: a table takes 8 MB at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many kinds were seen how often.

    Attributes:
        seen: int64 [d], distinct positive numbers, ascending.
        kinds: int64 [d], kinds that were seen so often.
        draws: What was drawn independently: individuals, or sampling units of which each shows a kind or does not.
    """

    seen: NDArray[np.int64]
    kinds: NDArray[np.int64]
    draws: int

    @classmethod
    def of(cls, counts: NDArray[np.int64], draws: int | None = None, *, once: int = 0) -> Tally:
        """Tally counts of kinds; zeros are left out.

        Args:
            counts: int64 [k], individuals of each kind, or sampling units that show it.
            draws: Number of sampling units; individuals where it is not given.
            once: Further kinds, each seen once.
        """
        kinds = np.bincount(counts, minlength=2)
        kinds[1] += once
        seen = np.flatnonzero(kinds[1:]) + 1
        total = int((seen * kinds[seen]).sum())
        return cls(seen=seen, kinds=kinds[seen], draws=total if draws is None else draws)

    @property
    def total(self) -> int:
        """Individuals, or kinds summed over sampling units."""
        return int((self.seen * self.kinds).sum())

    def times(self, often: int) -> int:
        """Kinds seen exactly so often."""
        return int(self.kinds[self.seen == often].sum())


def hill_numbers(tally: Tally) -> NDArray[np.float64]:
    """float64 [3], Hill numbers of order 0, 1 and 2 of the sample as it stands; 0 where nothing was seen.

    >>> hill_numbers(Tally.of(np.array([5, 5, 5, 5]))).round(6).tolist()
    [4.0, 4.0, 4.0]
    """
    if tally.total == 0:
        return np.zeros(len(ORDERS))
    share = tally.seen / tally.total
    entropy = -float((tally.kinds * share * np.log(share)).sum())
    return np.array([tally.kinds.sum(), np.exp(entropy), 1.0 / float((tally.kinds * share**2).sum())])


def coverage(tally: Tally) -> float:
    """Share of reality's mass whose kinds the sample has seen, estimated from what was seen once and twice.

    >>> round(coverage(Tally.of(np.array([1, 1, 2, 6]))), 4)
    0.82
    """
    n, total = tally.draws, tally.total
    once, twice = tally.times(1), tally.times(2)
    if total == 0:
        return 0.0
    if twice == 0:  # the bias-corrected form (Chao and Jost 2012, below their equation 4a)
        once_more, once_again = (n - 1) * max(once - 1, 0), 2
    else:
        once_more, once_again = (n - 1) * once, 2 * twice
    return 1.0 - once / total * once_more / (once_more + once_again)


def coverage_at(tally: Tally, size: int) -> float:
    """Expected coverage of `size` of the draws; the estimate for the whole where the size is the whole.

    >>> round(coverage_at(Tally.of(np.array([1, 1, 2, 6])), 1), 4)
    0.3556
    """
    if size >= tally.draws:
        return coverage(tally)
    if tally.total == 0 or size < 1:
        return 0.0
    left = np.exp(_log_missed(tally.draws - 1, tally.seen - 1, size))
    return 1.0 - float((tally.seen * tally.kinds * left).sum()) / tally.total


def size_of_coverage(tally: Tally, wanted: float) -> float:
    """Draws that cover so much in expectation, interpolated between whole numbers: from 1 to all of them."""
    low, high = 1, tally.draws
    if wanted >= coverage(tally):
        return float(high)
    bottom = coverage_at(tally, low)
    if wanted <= bottom or high <= 1:
        return float(low)
    while high - low > 1:
        middle = (low + high) // 2
        if coverage_at(tally, middle) <= wanted:
            low = middle
        else:
            high = middle
    below, above = coverage_at(tally, low), coverage_at(tally, high)
    return low + ((wanted - below) / (above - below) if above > below else 0.0)


def richness(tally: Tally, size: float) -> float:
    """Expected number of kinds in a random part (order 0); the kinds seen at the whole.

    >>> round(richness(Tally.of(np.array([1, 1, 2])), 2), 4)
    1.8333
    """
    if size >= tally.draws:
        return float(tally.kinds.sum())
    low = int(size)
    found = float((tally.kinds * -np.expm1(_log_missed(tally.draws, tally.seen, low))).sum())
    part = size - low
    return found if part == 0 else (1.0 - part) * found + part * richness(tally, low + 1)


def rarefied(tally: Tally, size: float) -> NDArray[np.float64]:
    """Hill numbers of order 0, 1 and 2 of a random part, from the expected counts of its kinds.

    Args:
        tally: The whole.
        size: Draws in the part, at least 1; between whole numbers the answer is interpolated, at the whole it is the
            whole's.

    Returns:
        float64 [3].

    >>> rarefied(Tally.of(np.array([1, 1, 2])), 2).round(4).tolist()
    [1.8333, 1.7818, 1.7143]
    """
    if size >= tally.draws:
        return hill_numbers(tally)
    low = int(size)
    part = size - low
    found = _rarefied(tally, low)
    return found if part == 0 else (1.0 - part) * found + part * rarefied(tally, low + 1)


def similar_diversity(shares: NDArray[np.float64], similarity: NDArray[np.float64]) -> float:
    """Diversity of order 2 of kinds that resemble each other: one over the mean similarity of two random draws.

    Args:
        shares: float64 [k], shares of the kinds.
        similarity: float64 [k, k], 1 between equals, 0 between strangers.

    >>> similar_diversity(np.array([0.5, 0.5]), np.array([[1.0, 0.5], [0.5, 1.0]]))
    1.3333333333333333
    """
    return 1.0 / float(shares @ similarity @ shares)


def mean_similarity(
    squared_sum: NDArray[np.float64], squares: NDArray[np.float64], rows: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Mean inner product of two different rows, without looking at a single pair; it does not depend on their number.

    Args:
        squared_sum: float64 [...], squared length of the sum of all rows.
        squares: float64 [...], sum of the rows' own squared lengths.
        rows: float64 [...], number of rows, at least 2.

    >>> float(mean_similarity(np.array(4.0), np.array(2.0), np.array(2.0)))  # twice the same row of length 1
    1.0
    """
    return np.asarray((squared_sum - squares) / (rows * (rows - 1.0)), np.float64)


def _rarefied(tally: Tally, size: int) -> NDArray[np.float64]:
    n, seen, kinds = tally.draws, tally.seen, tally.kinds
    if tally.total == 0:
        return np.zeros(len(ORDERS))
    drawn = size * tally.total / n
    entropy = np.log(drawn) - float((kinds * _mean_y_log_y(n, seen, size)).sum()) / drawn
    pairs = size * (size - 1.0) * seen * (seen - 1.0) / (n * max(n - 1.0, 1.0))
    square = float((kinds * (size * seen / n + pairs)).sum())
    return np.array([richness(tally, size), np.exp(entropy), drawn**2 / square])


def _log_missed(n: int, seen: NDArray[np.int64], size: int) -> NDArray[np.float64]:
    """Log of the chance that none of `size` of `n` draws shows a kind that `seen` of them show."""
    log = _log_factorials(n)
    left = n - seen - size
    logs = log(n - seen) - log(np.maximum(left, 0)) - log(n) + log(n - size)
    return np.where(left >= 0, np.minimum(logs, 0.0), -np.inf)


def _log_factorials(most: int) -> Callable[[int | NDArray[np.int64]], Any]:
    """What gives the log of n!, for numbers up to the largest; of few draws all of them stand in a table."""
    return _read_factorials(most.bit_length()) if most < _TABLED else _log_factorial


@cache
def _read_factorials(bits: int) -> Callable[[int | NDArray[np.int64]], Any]:
    table = _log_factorial(np.arange(1 << bits))
    table.flags.writeable = False
    return cast("Callable[[int | NDArray[np.int64]], Any]", table.__getitem__)


def _log_factorial(n: int | NDArray[np.int64]) -> Any:
    from scipy.special import gammaln

    return gammaln(n + 1.0)


def _mean_y_log_y(n: int, seen: NDArray[np.int64], size: int) -> NDArray[np.float64]:
    """Expectation of y ln y, y hypergeometric: how often a part of `size` shows a kind that `seen` of `n` draws show."""
    mean = size * seen / n
    variance = mean * (1.0 - seen / n) * (n - size) / max(n - 1, 1)
    with np.errstate(divide="ignore"):
        result = np.asarray(mean * np.log(mean) + variance / (2.0 * mean), np.float64)
    at = np.flatnonzero(mean <= _SMOOTH)
    few, reach = seen[at], 9.0 * np.sqrt(variance[at]) + 12.0
    low = np.maximum(np.maximum(2, size - (n - few)), np.floor(mean[at] - reach).astype(np.int64))
    high = np.minimum(np.minimum(few, size), np.ceil(mean[at] + reach).astype(np.int64))
    lengths = np.maximum(high - low + 1, 0)  # 0 ln 0 = 1 ln 1 = 0, so y begins at 2
    owner = np.repeat(np.arange(len(at)), lengths)
    y = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths) + low[owner]
    x = few[owner]
    log = _log_factorials(n)
    ways = log(x) - log(y) - log(x - y)
    ways += log(n - x) - log(size - y) - log(n - x - (size - y))
    ways -= log(n) - log(size) - log(n - size)
    result[at] = np.bincount(owner, np.exp(ways) * y * np.log(y), minlength=len(at))
    return result
