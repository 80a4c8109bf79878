"""Estimate: from a score to the number of real rows that would have scored as much."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, isinf, log, prod, sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from holdfast.stats.rarefaction import Curve

_FREEDOM = 9
"""Degrees of freedom of errors that come from ten parts."""
DEVIATES = 2.2621571628
"""Student's t with so many, 97.5 %."""
_TINY = 1e-12
"""Nothing is said about chances below it."""
_FARTHEST = 30.0
"""Logarithm beyond which a band says nothing any more."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A worth, and the curve it was read from.

    Attributes:
        worth: The number of real rows.
        curve: What real sets score.
        score: What the candidate scores.
        error: Standard error of the difference between the two.
    """

    worth: Worth
    curve: Curve
    score: float
    error: float

    def shifted(self, errors: float) -> float:
        """Real rows worth a score that is so many standard errors higher; infinity beyond what the curve knows.

        Read from the curve, not from the logarithm of the rows: where the curve is flat, at its foot and at its end, a
        small error in the score is a large one in rows, on one side.
        """
        return self.curve.size_of(self.score + errors * self.error)


def estimate(curve: Curve, score: float, error: float, judges: int, candidate: int) -> Estimate:
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
    worth = Worth(
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
    return Estimate(worth=worth, curve=curve, score=score, error=error)


def _log_error(low: float, rows: float, high: float) -> float:
    """Standard error of the logarithm: from the ends of the interval that are known. One row is the least."""
    low, rows = max(low, 1.0), max(rows, 1.0)
    ends = [log(rows / low)] + ([] if isinf(high) else [log(max(high, 1.0) / rows)])
    return max(sum(ends) / len(ends) / DEVIATES, 1e-3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The number, and which readings it came from.

    Attributes:
        worth: The number of real rows.
        by: Names of the readings that cannot be told from the smallest.
        above: Names of those that are larger by more than chance.
        null: 2.5 % and 97.5 % of what fresh real rows would have scored, in parts of their number.
    """

    worth: Worth
    by: tuple[str, ...]
    above: tuple[str, ...]
    null: tuple[float, float]


def smallest_of(readings: Mapping[str, Estimate]) -> Headline:
    """The smallest of several readings, none of them known exactly.

    The least of several noisy numbers is too low: it picks the one whose noise was lowest. Each reading is therefore
    raised by so many of its standard errors that the least of them is as likely above the truth as below it.

    Args:
        readings: Estimates by the name of what read them, at least one.

    Source:
        Chernozhukov, Lee and Rosen 2013, Econometrica 81:667 (intersection bounds, half-median unbiased).
    """
    from scipy.special import stdtrit

    known = {name: reading for name, reading in readings.items() if not reading.worth.at_least}
    if not known:
        least = min((reading.worth for reading in readings.values()), key=lambda worth: worth.limit)
        return Headline(worth=least, by=tuple(readings), above=(), null=_of_reality([least.error]))
    ceiling = min(reading.shifted(2.0) for reading in known.values())
    close = {name: reading for name, reading in known.items() if reading.shifted(-2.0) <= ceiling}
    half, end = (float(stdtrit(_FREEDOM, level ** (1.0 / len(close)))) for level in (0.5, 0.975))
    speaks = min(close.values(), key=lambda reading: (reading.shifted(half), reading.worth.rows))
    raised = speaks.shifted(half)
    rows = min(raised, speaks.worth.limit)
    null = _of_reality([reading.worth.error for reading in close.values()])
    first = min(known.values(), key=lambda reading: reading.worth.rows)
    above = tuple(
        name for name, reading in readings.items() if reading.shifted(-sqrt(2.0)) > first.shifted(sqrt(2.0))
    )
    p_value = min(reading.worth.p_value for reading in readings.values()) * len(readings)
    return Headline(
        worth=Worth(
            rows=rows,
            low=min(rows, *(reading.worth.low for reading in close.values())),
            high=max(min(reading.shifted(end) for reading in close.values()), rows),
            at_least=isinf(raised),
            limit=speaks.worth.limit,
            judges=speaks.worth.judges,
            error=log(null[1] / null[0]) / 2.0 / DEVIATES,
            p_value=min(p_value, 1.0),
        ),
        by=tuple(name for name in readings if name not in above),
        above=above,
        null=null,
    )


def _of_reality(errors: Sequence[float]) -> tuple[float, float]:
    """2.5 % and 97.5 % of `smallest_of`, in parts of the truth, where all readings read one number with these errors."""
    from scipy.optimize import brentq
    from scipy.special import stdtr, stdtrit

    half = float(stdtrit(_FREEDOM, 0.5 ** (1.0 / len(errors))))

    def above(shift: float) -> float:
        return prod(1.0 - float(stdtr(_FREEDOM, shift / error - half)) for error in errors)

    widest = 50.0 * max(errors)
    low, high = (float(brentq(lambda t, q=q: above(t) - q, -widest, widest)) for q in (0.975, 0.025))
    return exp(max(low, -_FARTHEST)), exp(min(high, _FARTHEST))
