"""Estimate: from a score to the number of real rows that would have scored as much."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf, isinf, log
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holdfast.stats.rarefaction import Curve

_FREEDOM = 9
"""Degrees of freedom of errors that come from ten parts."""
DEVIATES = 2.2621571628
"""Student's t with so many, 97.5 %."""
_TINY = 1e-12
"""Nothing is said about chances below it."""

_FINEST = 2e-3
"""Part of a curve's rise below which two scores are not told apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """A number of real rows.

    Attributes:
        rows: Real rows that score as much as the candidate; `limit` where it scores more than all that are known.
        low: Lower end of the 95 % interval.
        high: Upper end; infinity where the reference is too small to bound it.
        at_least: The candidate scores more than the reference can show: it is worth at least `rows`.
        limit: The largest number the reference can show.
        judges: Real rows that judged.
        error: Standard error of the logarithm of `rows`.
        p_value: Chance that as many fresh real rows as the candidate has would score as low.
    """

    rows: float
    low: float
    high: float
    at_least: bool
    limit: float
    judges: int
    error: float
    p_value: float


def estimate(curve: Curve, score: float, error: float, judges: int, candidate: int) -> Worth:
    """The real rows a score is worth.

    The interval holds all sizes whose expected score is not further from the candidate's than chance would bring it.

    Args:
        curve: What real sets score.
        score: What the candidate scores.
        error: Standard error of the difference.
        judges: Real rows that judged.
        candidate: Rows of the candidate.
    """
    from scipy.special import stdtr

    rising = curve.rising
    # Where the curve is all but flat, the errors that can be seen are not the only ones.
    error = max(error, _FINEST * float(rising[-1] - rising[0]), 1e-12)
    rows = curve.size_of(score)
    low, high = (curve.size_of(score + sign * DEVIATES * error) for sign in (-1.0, 1.0))
    beyond = isinf(rows)
    rows = curve.limit if beyond else rows
    # Below its smallest size a curve knows nothing.
    low = 0.0 if low <= float(curve.sizes[0]) else min(low, rows)
    high = max(high, rows, low + 1.0)
    return Worth(
        rows=rows,
        low=low,
        high=high,
        at_least=beyond,
        limit=curve.limit,
        judges=judges,
        error=_log_error(low, rows, high),
        # So many rows score at least as much as all that the curve knows.
        p_value=max(float(stdtr(_FREEDOM, (score - curve.at(min(candidate, curve.limit))) / error)), _TINY),
    )


def _log_error(low: float, rows: float, high: float) -> float:
    """Standard error of the logarithm: from the ends of the interval that are known. One row is the least."""
    low, rows = max(low, 1.0), max(rows, 1.0)
    ends = [log(rows / low)] + ([] if isinf(high) else [log(max(high, 1.0) / rows)])
    return max(sum(ends) / len(ends) / DEVIATES, 1e-3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The number, and which reading it came from.

    Attributes:
        worth: The number of real rows.
        by: `coverage`, the learner's name, or `both` where they agree within chance.
        gap: Coverage over learner, where they differ by more than chance, else None.
        alone: There was no learner to ask.
    """

    worth: Worth
    by: str
    gap: float | None
    alone: bool = False

    @property
    def p_value(self) -> float:
        """Chance that so many fresh real rows would score as low, whichever of the two readings had been lower."""
        return self.worth.p_value if self.alone else min(2.0 * self.worth.p_value, 1.0)


def headline(coverage: Worth, learner: Worth | None, learner_name: str) -> Headline:
    """The smaller of the two, where they differ by more than chance; what both say together where they do not.

    Taking the smaller of two readings that differ by chance alone would value real rows too low.
    """
    if learner is None:
        return Headline(worth=coverage, by="coverage", gap=None, alone=True)
    if coverage.at_least and learner.at_least:
        smaller = min((coverage, learner), key=lambda worth: worth.limit)
        return Headline(worth=smaller, by="both", gap=None)
    difference = log(max(coverage.rows, 0.5)) - log(max(learner.rows, 0.5))
    error = (coverage.error**2 + learner.error**2) ** 0.5
    smaller, name = (coverage, "coverage") if difference < 0 else (learner, learner_name)
    if smaller.at_least:  # it knows less far than the other, and says no more than that
        smaller, name = (learner, learner_name) if difference < 0 else (coverage, "coverage")
    if abs(difference) > 2.0 * error:
        ratio = max(coverage.rows, 0.5) / max(learner.rows, 0.5)
        return Headline(worth=smaller, by=name, gap=ratio)
    if coverage.at_least or learner.at_least:
        return Headline(worth=smaller, by=name, gap=None)
    return Headline(worth=_together(coverage, learner), by="both", gap=None)


def _together(a: Worth, b: Worth) -> Worth:
    """Two readings of one number, each counting as much as it is sure; the interval is the surer one's, moved."""
    weight = [1.0 / worth.error**2 for worth in (a, b)]
    total = sum(weight)
    mean = sum(w * log(max(worth.rows, 0.5)) for w, worth in zip(weight, (a, b), strict=True)) / total
    surer = a if a.error <= b.error else b
    rows = exp(mean)
    shift = rows / max(surer.rows, 0.5)
    high = inf if isinf(surer.high) else surer.high * shift
    return Worth(
        rows=rows,
        low=surer.low * shift,
        high=high,
        at_least=False,
        limit=surer.limit,
        judges=surer.judges,
        error=total**-0.5,
        p_value=min(a.p_value, b.p_value),
    )
