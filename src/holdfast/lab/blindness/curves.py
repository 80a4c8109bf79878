"""Curves: how often an audit failed what was planted, by dose, and from which dose on it does."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from holdfast.stats.intervals import exact_share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.lab.blindness.losses import Loss
    from holdfast.lab.blindness.trial import Trial

SEEN = 0.8
"""A loss counts as seen at a dose where four audits of five fail it: the power at which all of holdfast is measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """All trials of one loss at one dose.

    Attributes:
        dose: 0 to 1.
        trials: Audits that were made.
        unplanted: Why it could not be planted, where it could not even once.
    """

    dose: float
    trials: tuple[Trial, ...]
    unplanted: str | None = None

    @classmethod
    def of(cls, dose: float, trials: Sequence[Trial]) -> Point:
        """Gather trials; those in which nothing could be planted count nothing."""
        made = tuple(trial for trial in trials if trial.verdict is not None)
        return cls(dose=dose, trials=made, unplanted=trials[0].reason if trials and not made else None)

    def __len__(self) -> int:
        return len(self.trials)

    def count(self, verdict: str) -> int:
        """Audits with this verdict."""
        return sum(trial.verdict == verdict for trial in self.trials)

    @property
    def failed(self) -> int:
        """Audits that failed the candidate."""
        return self.count("fail")

    @property
    def noticed(self) -> int:
        """Audits that failed it, or passed it with a warning."""
        return self.failed + self.count("warn")

    @property
    def share(self) -> float | None:
        """The share of audits that failed it; None where there is none."""
        return self.failed / len(self.trials) if self.trials else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Its exact 95 % interval."""
        return exact_share(self.failed, len(self.trials)) if self.trials else None

    @property
    def seen_by(self) -> dict[str, int]:
        """Measures that failed the candidate, and in how many audits; most often first."""
        counts = Counter(name for trial in self.trials for name in trial.failed)
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    @property
    def warned_by(self) -> dict[str, int]:
        """Measures that warned, and in how many audits; most often first."""
        counts = Counter(name for trial in self.trials for name in trial.warned)
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """The smallest dose that four audits of five fail.

    Attributes:
        dose: Interpolated between the doses tried.
        at_most: It is the smallest dose that was tried, so the true one may be smaller.
    """

    dose: float
    at_most: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One loss at every dose that was tried.

    Attributes:
        loss: What was planted.
        points: By rising dose.
        spared: Doses that were not tried: nothing stirred at a larger one, or every audit failed a smaller one.
        unlabelled: It needs labels and there are none: it was not planted.
    """

    loss: Loss
    points: tuple[Point, ...]
    spared: tuple[float, ...] = ()
    unlabelled: bool = False

    @property
    def known(self) -> tuple[Point, ...]:
        """Points with at least one audit."""
        return tuple(point for point in self.points if point.trials)

    @property
    def threshold(self) -> Threshold | None:
        """From which dose on it is seen; None where it is not seen at any dose tried, or not at all larger ones."""
        seen: Point | None = None
        below: Point | None = None
        for point in reversed(self.known):
            if (point.share or 0.0) < SEEN:
                below = point
                break
            seen = point
        if seen is None:
            return None
        if below is None:
            return Threshold(dose=seen.dose, at_most=True)
        low, high = below.share or 0.0, seen.share or 0.0
        step = (SEEN - low) / (high - low)
        return Threshold(dose=below.dose + step * (seen.dose - below.dose), at_most=False)

    @property
    def seen_by(self) -> tuple[str, ...]:
        """Measures that failed at least half of the candidates that were failed at all, most often first."""
        failed = sum(point.failed for point in self.points)
        counts: Counter[str] = Counter()
        for point in self.points:
            counts.update(point.seen_by)
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        return tuple(name for name, count in ranked if 2 * count >= failed)
