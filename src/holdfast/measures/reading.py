"""Readings: what a measure returns. A value, and what reality would have scored in its place."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

POWER = 0.8
"""A loss counts as detectable when it would be found in four draws of five."""
BAND_DRAWS = 499
"""Real-against-real draws behind a printed band."""
_POWER_DEVIATES = 0.8416  # standard normal quantile of POWER


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """How a measure calibrates itself.

    Attributes:
        draws: Null draws.
        level: Significance level a single measure must reach once the battery is accounted for; used for power.
        seed: Seed of the audit; each measure derives its own stream from it.
    """

    draws: int = 1_999
    level: float = 0.01
    seed: int = 0

    def rng(self, measure: str) -> np.random.Generator:
        """A stream of its own for each measure, so that adding one changes no other."""
        return np.random.default_rng(self.entropy(measure))

    def entropy(self, measure: str) -> tuple[int, ...]:
        """Where that stream begins."""
        return self.seed, zlib.crc32(measure.encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Middle 95 % of what reality scores against itself at the same size."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, draws: NDArray[np.float64]) -> Band:
        """The band of real-against-real draws."""
        low, median, high = np.quantile(draws, [0.025, 0.5, 0.975])
        return cls(median=float(median), low=float(low), high=float(high))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A measure's value together with its null.

    Attributes:
        value: The reading, in the measure's unit.
        null: What reality scores in its place.
        interval: 95 % interval of the value, where one is defined.
        p_value: One-sided, valid with ties.
        randomized: Exactly uniform under the null; for calibration studies only.
        effect: Value against reality, oriented so that larger is worse; the verdict compares it with the tolerance.
        smallest_detectable: Smallest effect that would be significant in 80 % of draws.
        rows: Candidate rows the reading rests on, most telling first.
        evidence: Sentences with the figures behind the reading.
        details: Plain values that reports draw pictures from.
    """

    value: float
    null: Band
    interval: tuple[float, float] | None = None
    p_value: float
    randomized: float
    effect: float
    smallest_detectable: float
    rows: tuple[int, ...] = ()
    evidence: tuple[str, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Undetermined:
    """The data cannot answer.

    Attributes:
        reason: Why, and what would be needed to know.
        needed_rows: Rows on the scarcer side that would do, where that can be said.
        applies: Whether the question makes sense for these sets; where not, it does not count as unanswered.
    """

    reason: str
    needed_rows: int | None = None
    applies: bool = True


def detectable(null: NDArray[np.float64], level: float, *, least: float = 0.0) -> float:
    """Smallest effect that would be significant in 80 % of draws, from null draws of the effect.

    Args:
        null: float64 [draws], effects under the null.
        level: Significance level.
        least: Floor below which no effect of this kind can occur.
    """
    critical = float(np.quantile(null, 1.0 - level))
    return max(critical + _POWER_DEVIATES * float(null.std()), least)


def fewest_hits(level: float, candidate_units: int, anchor_units: int) -> float:
    """Events, all on the candidate's side, that chance would produce less often than `level`.

    >>> fewest_hits(0.01, 100, 100)
    7.0
    """
    share = candidate_units / max(candidate_units + anchor_units, 1)
    return float(np.ceil(np.log(level) / np.log(share))) if 0 < share < 1 else float("inf")


def counted(number: int, what: str) -> str:
    """A number of things, one of them in the singular.

    >>> counted(1, "real row"), counted(1500, "real row")
    ('1 real row', '1,500 real rows')
    """
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def too_few(real: int, candidate: int, least: int) -> Undetermined:
    """The answer where a side has fewer rows than a measure can read: which side, how many, how many it takes."""
    side, rows = ("real", real) if real < candidate else ("candidate", candidate)
    return Undetermined(reason=f"only {counted(rows, f'{side} row')}; {least} are needed", needed_rows=least)


def percent(share: float) -> str:
    """A share in words: whole per cents from ten on, one decimal below, nothing exact about very little.

    >>> percent(0.4167), percent(0.034), percent(0.0), percent(0.0002)
    ('42 %', '3.4 %', '0 %', 'under 0.1 %')
    """
    if share == 0:
        return "0 %"
    if 0 < share < 0.001:
        return "under 0.1 %"
    return f"{100 * share:.0f} %" if abs(share) >= 0.0995 else f"{100 * share:.1f} %"
