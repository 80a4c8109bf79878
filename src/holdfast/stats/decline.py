"""Decline: how fast a stratum's share falls from generation to generation, and its half-life.

Counts c_t of N_t rows, at generation 0 (reality) and later ones, are expected at N_t share e^(-rate t). Three noises are told apart, as shares
relative to what is expected:

- each counted set is a sample, reality's among them: 1 / (expected count), and reality's is common to all comparisons with it;
- what a generation loses or gains by chance, the next one inherits: drift, a random walk whose step is the chance of the set that was learnt
  from, 1 / (expected count there), as in a Wright-Fisher chain or a branching process (the variance is exact there, also where a
  stratum dies out).

No logarithm of a count is taken, so a count of 0 is a count like others. An interval is all rates that a score test (generalised
estimating equations) does not reject. Where nobody says how large the sets were that generations learnt from, drift is taken as that of sets as
large as those counted, or as large as the scatter of all strata about their lines allows (upper 95 % bound), whichever is more. Where less
was drifting than that, intervals are wider than they need be.

Source:
    Liang and Zeger 1986, Biometrika 73:13 (score tests of estimating equations); Harris 1963, The Theory of Branching Processes, I.5.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_Z = 1.959964
_Z_POWER = 0.841621
_GRID = np.concatenate([np.linspace(-3, -0.4, 27), np.linspace(-0.38, 1.2, 159), np.linspace(1.25, 8, 136)])
"""Rates that are tried: from twentyfold growth to less than a thousandth kept in one generation."""
_COARSE = 6
_FEW_DEGREES = 3
_MOST_DRIFT = 1e4
_LEAST_EXPECTED = 5.0
_FARTHEST = 60
_ROUNDS = 6
_LEAST_SPEAKING = 3.0
_SILENCE = 1e4
"""Relative variance that leaves a count without weight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Rows of each stratum, generation by generation.

    Attributes:
        at: int64 [n], generations in their order; reality is 0.
        counts: float64 [n, k], rows of each stratum.
        rows: float64 [n], all rows.
        learnt_from: float64 [max(at)], rows of the set from which generation 1, 2, ... learnt; None where nobody knows.
    """

    at: NDArray[np.int64]
    counts: NDArray[np.float64]
    rows: NDArray[np.float64]
    learnt_from: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decline:
    """The rate at which one stratum falls.

    Attributes:
        rate: Share kept in one generation is e^-rate; below 0 where it grows. None where no rate fits better than a larger one.
        low: Lower end of the 95 % interval; None where it has none.
        high: Upper end; None where no loss is too fast to fit.
        p_value: One-sided, that the share falls.
    """

    rate: float | None
    low: float | None
    high: float | None
    p_value: float

    @property
    def half_life(self) -> float | None:
        """Generations in which half is lost; None where nothing surely falls."""
        return math.log(2) / self.rate if self.falls and self.rate else None

    @property
    def falls(self) -> bool:
        """Whether the interval holds losses only."""
        return self.low is not None and self.low > 0

    @property
    def longer_than(self) -> float | None:
        """Generations that the half-life surely exceeds; None where no bound is known. Infinite where the stratum surely grows."""
        if self.high is None:
            return None
        return math.log(2) / self.high if self.high > 0 else math.inf


def drift_of(counted: Counted) -> float:
    """How many times the drift of sets as large as those counted is assumed: at least 1, more where strata scatter more.

    The upper 95 % bound of what the scatter of all strata about their lines shows; 1 where there are too few points to see any.
    """
    from scipy.special import chdtri

    if counted.learnt_from is not None:
        return 1.0
    points, strata = counted.counts.shape
    if points < 3:
        return 1.0
    coarse = _GRID[::_COARSE]
    rates = np.array([_root(_statistics(counted, k, 1.0, coarse), coarse) for k in range(strata)])
    parts = []
    for k in np.flatnonzero(np.isfinite(rates)):
        expected, sampled, inherited = _covariance(counted, np.array([rates[k]]))
        scale, left = _fit(counted.counts[:, k], expected, sampled + inherited)
        if scale[0] * expected.min() >= _LEAST_EXPECTED:
            parts.append((left[0], sampled[0] / scale[0], inherited[0] / scale[0]))
    whole = counted.counts.sum() >= 0.99 * counted.rows.sum()
    degrees = (len(parts) - whole) * (points - 2)
    if degrees < _FEW_DEGREES:
        return 1.0
    bound = float(chdtri(degrees, 0.95))  # chance above it is 95 %
    design = np.stack([np.ones(points), counted.at.astype(np.float64)], axis=1)

    def scatter(drift: float) -> float:
        return sum(_left(left, sampled + drift * inherited, design) for left, sampled, inherited in parts)

    low, high = 0.0, math.log(_MOST_DRIFT)
    if scatter(1.0) <= bound:
        return 1.0
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if scatter(math.exp(middle)) > bound else (low, middle)
    return math.exp(high)


def declines(counted: Counted, drift: float | None = None) -> list[Decline]:
    """The rate of every stratum with its interval.

    Args:
        counted: Two generations or more, reality among them.
        drift: From `drift_of`, where it is known already.

    Raises:
        ValueError: There are fewer than two points, or they are out of order.

    >>> half = Counted(at=np.arange(4), counts=np.array([[400.0], [201], [99], [51]]), rows=np.full(4, 4000.0))
    >>> found = declines(half)[0]
    >>> round(found.half_life, 1), found.falls
    (1.0, True)
    """
    if len(counted.at) < 2 or (np.diff(counted.at) <= 0).any() or counted.rows.min() <= 0:
        raise ValueError("two generations or more are needed, in their order and with rows")
    drift = drift_of(counted) if drift is None else drift
    return [_decline(_statistics(counted, k, drift)) for k in range(counted.counts.shape[1])]


def falling(counted: Counted, drift: float | None = None) -> list[float]:
    """One-sided p-values that each stratum falls: those of `declines`, without the rates.

    >>> falling(Counted(at=np.arange(3), counts=np.full((3, 1), 100.0), rows=np.full(3, 1000.0)))[0] > 0.3
    True
    """
    from scipy.special import ndtr

    drift = drift_of(counted) if drift is None else drift
    still = np.zeros(1)
    strata = range(counted.counts.shape[1])
    return [float(ndtr(-_statistics(counted, k, drift, still)[0])) for k in strata]


def detects(counted: Counted, k: int, half_life: float, drift: float) -> tuple[int | None, float | None]:
    """What it would take to see a stratum of this size halve in so many generations, in four histories of five.

    Returns:
        Generations in all, with rows as they are; and how many times as many rows, with generations as they are. None where neither 60
        generations nor a hundred times the rows would do.
    """
    rate = math.log(2) / half_life
    share = (counted.counts[0, k] + 0.5) / (counted.rows[0] + 1)
    later = float(np.median(counted.rows[1:]))
    last = int(counted.at[-1])

    def seen(generations: int, factor: float) -> bool:
        rows = np.concatenate([counted.rows[:1], np.full(generations, later * factor)])
        planned = Counted(at=np.arange(generations + 1), counts=np.zeros((generations + 1, 1)), rows=rows)
        _, sampled, inherited = _covariance(planned, np.array([rate]))
        known = _information((sampled + drift * inherited) / share, planned.at)
        return bool(rate * math.sqrt(known[0]) >= _Z + _Z_POWER)

    generations = next((t for t in range(last, _FARTHEST + 1) if seen(t, 1.0)), None)
    factor = next((f for f in np.geomspace(1, 100, 41) if seen(last, f)), None)
    return generations, None if factor is None else float(factor)


def _covariance(
    counted: Counted, rates: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Expected counts [r, n] for a share of 1 in reality, and relative covariance [r, n, n] of sampling and of drift.

    Both covariances are those of a share of 1, without the part that ends with it: divided by the share, they are those of a rare
    stratum (a common one varies less, so this is conservative).
    """
    at = counted.at.astype(np.float64)
    expected = counted.rows * np.exp(-rates[:, None] * at)
    sampled = np.zeros((len(rates), len(at), len(at)))
    index = np.arange(len(at))
    sampled[:, index, index] = 1 / expected
    learnt = counted.learnt_from
    if learnt is None:
        later = counted.rows[1:]
        # A generation learns from the set before it; the first from a real set as large as its own.
        learnt = np.interp(np.arange(counted.at[-1]), counted.at[1:], later)
    steps = np.exp(rates[:, None] * np.arange(len(learnt))) / learnt
    walked = np.concatenate([np.zeros((len(rates), 1)), np.cumsum(steps, axis=1)], axis=1)
    first = np.minimum(counted.at[:, None], counted.at[None, :])
    return expected, sampled, walked[:, first]


def _fit(
    counts: NDArray[np.float64], expected: NDArray[np.float64], covariance: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Reality's share [r] by generalised least squares, and what is left [r, n], in relative terms and free of bias.

    Square roots have the same noise wherever a count stands, whether it comes from sampling or from branching, and there is one of 0.
    Their mean lies below the root of the mean; how far is known for a gamma variable of the same variance, and put back.
    """
    weights = np.linalg.solve(covariance, np.ones((*covariance.shape[:2], 1)))[..., 0]
    roots = 2 * np.sqrt(counts / expected)
    own = np.diagonal(covariance, axis1=1, axis2=2)
    least = 0.5 / expected.sum(axis=1)
    scale = np.maximum(counts[0] / expected[:, 0], least)
    for _ in range(_ROUNDS):
        bias = _bias(own / scale[:, None])
        side = (weights * roots).sum(axis=1) / (weights * (2 - bias)).sum(axis=1)
        scale = np.maximum(np.maximum(side, 0.0) ** 2, least)
    return scale, roots / np.sqrt(scale)[:, None] - 2 + _bias(own / scale[:, None])


def _bias(variance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Twice one minus the mean root of a gamma variable of mean 1."""
    from scipy.special import gammaln

    shape = 1 / np.clip(variance, 1e-9, 1e9)
    exact = 2 - 2 * np.exp(gammaln(shape + 0.5) - gammaln(shape) - np.log(shape) / 2)
    return np.asarray(np.where(shape > 1e5, variance / 4, exact))


def _statistics(
    counted: Counted, k: int, drift: float, rates: NDArray[np.float64] = _GRID
) -> NDArray[np.float64]:
    """Score statistics [r] of rates: standard normal at the true one, falling as rates rise."""
    expected, sampled, inherited = _covariance(counted, rates)
    covariance = sampled + drift * inherited
    share = (counted.counts[0, k] + 0.5) / (counted.rows[0] + 1)
    index = np.arange(expected.shape[1])
    # Roots of few rows scatter more than their share of a variance that is right on average: for Poisson counts of 3, by a third.
    wider = np.sqrt(1 + covariance[:, index, index] / share)
    covariance *= wider[:, :, None] * wider[:, None, :]
    # Where a rate expects next to no rows, whether there are some is no longer normal noise. The first generation always speaks, or no
    # rate would be too fast.
    silent = expected * share < _LEAST_SPEAKING
    silent[:, :2] = False
    covariance[:, index, index] += np.where(silent, _SILENCE * share, 0.0)
    scale, left = _fit(counted.counts[:, k], expected, covariance)
    at = counted.at.astype(np.float64)
    covariance = covariance / scale[:, None, None]
    score = -(np.linalg.inv(covariance) @ left[..., None])[..., 0] @ at
    return np.asarray(score / np.sqrt(_information(covariance, counted.at)))


def _information(covariance: NDArray[np.float64], at: NDArray[np.int64]) -> NDArray[np.float64]:
    """What is known of the rate [r]: one over its variance, with reality's share unknown."""
    time = at.astype(np.float64)
    inverse = np.linalg.inv(covariance)
    both = inverse @ time
    ones = inverse.sum(axis=(1, 2))
    return np.asarray(both @ time - both.sum(axis=1) ** 2 / ones)


def _left(left: NDArray[np.float64], covariance: NDArray[np.float64], design: NDArray[np.float64]) -> float:
    """Squared scatter about a line, in units of what is expected."""
    inverse = np.linalg.inv(covariance)
    weighted = inverse @ design
    line = np.linalg.solve(design.T @ weighted, weighted.T @ left)
    rest = left - design @ line
    return float(rest @ inverse @ rest)


def _root(statistics: NDArray[np.float64], rates: NDArray[np.float64] = _GRID) -> float:
    """The rate that fits best: where the statistic turns negative for good; infinite where no loss is too fast to fit."""
    above = np.flatnonzero(statistics > 0)
    if not len(above):
        return -math.inf
    at = int(above[-1])
    return _between(statistics, at, 0.0, rates) if at < len(rates) - 1 else math.inf


def _between(
    statistics: NDArray[np.float64], at: int, level: float, rates: NDArray[np.float64] = _GRID
) -> float:
    """Where the statistic crosses a level between a rate and the next."""
    part = (statistics[at] - level) / (statistics[at] - statistics[at + 1])
    return float(rates[at] + part * (rates[at + 1] - rates[at]))


def _decline(statistics: NDArray[np.float64]) -> Decline:
    """The interval goes from the best rate outwards to the first rates that are rejected.

    Beyond them the statistic comes back where rates are absurd, since a model that expects far too many rows of all sets but reality's expects
    as much noise.
    """
    from scipy.special import ndtr

    rate = _root(statistics)
    start = len(_GRID) if rate == math.inf else int(np.searchsorted(_GRID, rate))
    left = np.flatnonzero(statistics[:start] >= _Z)
    right = np.flatnonzero(statistics[start:] <= -_Z)
    low = _between(statistics, int(left[-1]), _Z) if len(left) and left[-1] < len(_GRID) - 1 else None
    high = (
        _between(statistics, start + int(right[0]) - 1, -_Z) if len(right) and start + right[0] > 0 else None
    )
    return Decline(
        rate=rate if math.isfinite(rate) else None,
        low=low,
        high=high,
        p_value=float(ndtr(-np.interp(0.0, _GRID, statistics))),
    )
