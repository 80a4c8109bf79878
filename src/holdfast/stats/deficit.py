"""One-sided deficits of counts: is anything missing, and how much?

Three statistics see three kinds of loss, and the largest of their standard scores is ranked among those of the null
draws: many rare strata thinned (sum of squares over the rare half), a stratum gone (largest single deficit), and
everything below some rarity thinned (largest standardised deficit over all prefixes in order of rarity).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


_LONGEST_PREFIX = 0.75
"""Share of all rows that the scan over rarities reaches to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rarity:
    """Which strata are rare; fixed over all draws of one test.

    Attributes:
        share: float64 [k], share of each stratum.
        order: int64 [k], strata from the rarest to the most frequent.
        tail: bool [k], the strata that make up the rarer half of all rows.
    """

    share: NDArray[np.float64]
    order: NDArray[np.int64]
    tail: NDArray[np.bool_]

    @classmethod
    def of(cls, weights: NDArray[np.float64]) -> Rarity:
        """Order strata by weight.

        >>> Rarity.of(np.array([50.0, 30.0, 15.0, 5.0])).tail.tolist()
        [False, True, True, True]
        """
        share = weights / max(float(weights.sum()), 1e-300)
        order = np.argsort(weights, kind="stable")
        middle = np.cumsum(share[order]) - share[order] / 2
        tail = np.zeros(len(weights), bool)
        tail[order[middle <= 0.5]] = True
        tail[order[:1]] = True  # however heavy it is, the rarest one belongs to the rare half
        return cls(share=share, order=order, tail=tail)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How much deficits vary by chance; measured on null draws, because groups of rows vary more than rows.

    Attributes:
        stratum: float64 [k], standard deviation of each stratum's deficit.
        prefix: float64 [k], standard deviation of the summed deficit of the rarest 1, 2, ..., k strata.
    """

    stratum: NDArray[np.float64]
    prefix: NDArray[np.float64]

    @classmethod
    def of(cls, expected: NDArray[np.float64], counts: NDArray[np.float64], rarity: Rarity) -> Spread:
        """Measure it on null draws: float64 [draws, k] each."""
        missing = _missing(expected, counts)
        # Half a row keeps a stratum that never varied from dividing by nothing.
        return cls(
            stratum=np.sqrt(missing.var(axis=0) + 0.5),
            prefix=np.sqrt(np.cumsum(missing[:, rarity.order], axis=1).var(axis=0) + 0.5),
        )


def deficit_statistics(
    expected: NDArray[np.float64], counts: NDArray[np.float64], rarity: Rarity, spread: Spread
) -> NDArray[np.float64]:
    """The three deficit statistics.

    Args:
        expected: float64 [..., k], rows reality would have put into each stratum.
        counts: float64 [..., k], rows found.
        rarity: The order and the rare half.
        spread: How much deficits vary by chance.

    Returns:
        float64 [..., 3], larger is worse; the sum as its cube root, which is close to normal where the sum is not
        (Wilson and Hilferty 1931).

    Source:
        Sum over the tail as in Pearson's statistic restricted to deficits; scan over prefixes as in
        Kulldorff 1997, Communications in Statistics 26:1481.
    """
    missing = _missing(expected, counts)
    scores = np.maximum(missing, 0.0) / spread.stratum
    tail = (scores**2 * rarity.tail).sum(axis=-1)
    prefixes = _prefixes(rarity)
    scan = (np.cumsum(missing[..., rarity.order], axis=-1) / spread.prefix)[..., :prefixes].max(axis=-1)
    return np.stack([np.cbrt(tail), scores.max(axis=-1), scan], axis=-1)


def lost_below(
    expected: NDArray[np.float64], counts: NDArray[np.float64], rarity: Rarity
) -> NDArray[np.float64]:
    """Largest net deficit below any rarity, as a share of the rows expected in the rarer half.

    Surpluses are set against deficits, so that chance adds little where many strata are thin.

    >>> rarity = Rarity.of(np.array([10.0, 10.0, 80.0]))
    >>> float(lost_below(np.array([10.0, 10.0, 80.0]), np.array([5.0, 5.0, 90.0]), rarity))
    0.5
    """
    net = np.cumsum(_missing(expected, counts)[..., rarity.order], axis=-1)[..., : _prefixes(rarity)].max(
        axis=-1
    )
    return np.asarray(np.maximum(net, 0.0) / np.maximum(expected[..., rarity.tail].sum(axis=-1), 1e-9))


def _prefixes(rarity: Rarity) -> int:
    # Nearly everything is missing nowhere by construction, so the longest prefixes say nothing.
    return max(1, int((np.cumsum(rarity.share[rarity.order]) <= _LONGEST_PREFIX).sum()))


def lost_share(
    expected: NDArray[np.float64], counts: NDArray[np.float64], mask: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Share of the expected rows of the masked strata that is missing, surpluses elsewhere not set against it.

    >>> float(lost_share(np.array([10.0, 10.0]), np.array([5.0, 15.0]), np.array([True, True])))
    0.25
    """
    missing = np.maximum(_missing(expected, counts), 0.0)[..., mask].sum(axis=-1)
    return np.asarray(missing / np.maximum(expected[..., mask].sum(axis=-1), 1e-9))


def _missing(expected: NDArray[np.float64], counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Deficits; rows in strata where none is expected (invented or mistyped labels) make up for nothing."""
    return np.where(expected > 0, expected - counts, 0.0)


def stratum_p_values(
    anchor: NDArray[np.int64], candidate: NDArray[np.int64], anchor_total: int, candidate_total: int
) -> NDArray[np.float64]:
    """float64 [k], Fisher's exact one-sided p-value that a stratum is thinner in the candidate.

    Args:
        anchor: int64 [k], units of the anchor in each stratum.
        candidate: int64 [k], units of the candidate in each stratum.
        anchor_total: Units of the anchor.
        candidate_total: Units of the candidate.
    """
    from scipy.special import gammaln

    def log_choose(n: NDArray[np.float64] | float, k: NDArray[np.float64] | float) -> NDArray[np.float64]:
        return np.asarray(
            gammaln(np.add(n, 1.0)) - gammaln(np.add(k, 1.0)) - gammaln(np.subtract(n, k) + 1.0)
        )

    p_values = np.ones(len(anchor))
    whole = float(log_choose(float(anchor_total + candidate_total), float(candidate_total)))
    for index, (real, found) in enumerate(zip(anchor, candidate, strict=True)):
        lowest = max(0, int(real + found) - anchor_total)
        x = np.arange(lowest, found + 1, dtype=float)
        if real + found == 0 or len(x) == 0:
            continue
        logs = log_choose(float(real + found), x) + log_choose(
            float(anchor_total + candidate_total - real - found), candidate_total - x
        )
        p_values[index] = min(1.0, float(np.exp(logs - whole).sum()))
    return p_values


def binomial_p_values(
    candidate: NDArray[np.int64], share: NDArray[np.float64], candidate_total: int
) -> NDArray[np.float64]:
    """float64 [k], exact one-sided p-value of a stratum against a declared share."""
    from scipy.special import bdtr

    return np.asarray(bdtr(candidate.astype(float), candidate_total, np.clip(share, 0.0, 1.0)), float)
