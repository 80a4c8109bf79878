"""L16, one real row in every round: enough to keep a normal model alive if it is a new one, and not if it is the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from holdfast.lab.published.drift.replicates import mean, measured, median, quantiles, theory
from holdfast.lab.published.experiment import Figure, Outcome
from holdfast.remedies.plan.formulas import noise_of_weight, noise_replayed

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from holdfast.lab.published.experiment import Check

    Values = NDArray[np.float64]

_FLOOR = 0.05
_MEDIAN = 0.46
"""F15, the median variance with a fresh real row in each round."""
_DEAD = 0.005
"""What rounds to the .00 of F15, for a variance that is 1 in reality."""
_POINTS = 40
"""Rounds that the figure shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OneRealPoint:
    """A normal model learns from one real row and many of its own: fresh or replayed, its variance known or learnt too.

    Attributes:
        written: Synthetic rows beside the real one, m; chains of each.
        settling: Rounds with a known variance, in multiples of m: a model forgets its start like exp(-2 rounds / m).
        learning: The same where the variance is learnt.
        replicates: Chains.
        shown: The m that is drawn.
    """

    id: ClassVar[str] = "L16"
    title: ClassVar[str] = "One real row among a thousand"
    question: ClassVar[str] = (
        "Is one real row per round enough to keep a loop from collapsing, and does it have to be a new one?"
    )
    source: ClassVar[str] = (
        "Jangjoo, Marsili, Roudi 2026, arXiv:2506.20623, for a fresh row; the replayed one derived for this project (F13 to F15)."
    )
    seconds: ClassVar[float] = 15.0

    written: tuple[int, ...] = (10, 100, 1000)
    settling: int = 4
    learning: int = 8
    replicates: int = 8_000
    shown: int = 100

    @property
    def setup(self) -> str:
        """The setup, in words."""
        counts = ", ".join(f"{count:,}" for count in self.written)
        return (
            f"One real row and m = {counts} rows of the last model teach the next normal model; {self.settling} m rounds where the "
            f"variance is known, {self.learning} m where it is learnt by maximum likelihood; {self.replicates:,} chains."
        )

    def run(self, rng: np.random.Generator, progress: Callable[[str], None] = lambda _: None, /) -> Outcome:
        """Draw sufficient statistics.

        Args:
            rng: The only source of chance.
            progress: Called with a word about what is done next.

        Returns:
            By m: squared error of the mean where the variance is known, mean and median variance where it is learnt.
        """
        checks: list[Check] = []
        medians = []
        for count in self.written:
            progress(f"known variance, {count:,} synthetic rows")
            ratio = float(count)
            checks += (
                mean(self._errors(count, rng, fresh=True)).check(
                    f"squared error, a fresh row, m = {count} (one row alone: 1)",
                    float(noise_of_weight(1 / (1 + ratio), 1 / ratio)),
                    share=_FLOOR,
                ),
                mean(self._errors(count, rng, fresh=False)).check(
                    f"squared error, a replayed row, m = {count} (one row alone: 1)",
                    float(noise_replayed(ratio)),
                    share=_FLOOR,
                ),
            )
        for count in self.written:
            progress(f"learnt variance, {count:,} synthetic rows")
            last = self._variances(count, (self.learning * count,), rng, fresh=True)[0]
            middle = median(last)
            medians.append(middle.value)
            checks += (
                middle.check(
                    f"median variance, a fresh row, m = {count} (reality: 1)", _MEDIAN, share=_FLOOR
                ),
                mean(last).check(
                    f"mean variance, a fresh row, m = {count} (reality: 1)",
                    self.expected_variances(count, fresh=True)[-1],
                    share=_FLOOR,
                ),
                median(self._variances(count, (self.learning * count,), rng, fresh=False)[0]).check(
                    f"median variance, a replayed row, m = {count} (reality: 1)", 0.0, floor=_DEAD
                ),
            )
        progress("figure")
        found = ", ".join(
            f"{value:.3f} at m = {count}" for count, value in zip(self.written, medians, strict=True)
        )
        return Outcome(
            checks=tuple(checks),
            figure=self._figure(rng),
            notes=(
                "Bands hold four of five chains. The figure shows means, which a few chains hold up: the median lies below.",
                f"Median variance with a fresh row: {found}. {_MEDIAN} is said of 10 to 1,000 synthetic rows; where a check fails, it is "
                "too high for few of them. The exact mean is checked beside it.",
                "An error of one half is that of two real rows: one fresh row per round keeps a loop alive, not accurate.",
            ),
        )

    def expected_variances(self, count: int, *, fresh: bool) -> tuple[float, ...]:
        """Mean variance after every round, by the exact recursion of second moments.

        >>> round(OneRealPoint().expected_variances(1000, fresh=True)[-1], 3)
        0.666
        >>> OneRealPoint().expected_variances(100, fresh=False)[-1] < 0.001
        True
        """
        kept = count / (count + 1)
        # Squared distance of the model's mean: from reality's mean where rows are fresh, from the row that is replayed.
        distance, variance = 0.0 if fresh else 1.0, 1.0
        course = [variance]
        for _ in range(self.learning * count):
            drawn = distance + variance / count
            apart = drawn + 1.0 if fresh else drawn
            variance = ((count - 1) * variance + kept * apart) / (count + 1)
            distance = kept**2 * drawn + (1 / (count + 1) ** 2 if fresh else 0.0)
            course.append(variance)
        return tuple(course)

    def _errors(self, count: int, rng: np.random.Generator, *, fresh: bool) -> Values:
        """Squared error of every chain's mean, averaged over its last m rounds; the variance is known."""
        rounds = self.settling * count
        real = rng.standard_normal(self.replicates)
        centre = real.copy()
        total = np.zeros(self.replicates)
        for step in range(rounds):
            if fresh:
                real = rng.standard_normal(self.replicates)
            drawn = centre + rng.standard_normal(self.replicates) / np.sqrt(count)
            centre = (real + count * drawn) / (count + 1)
            if step >= rounds - count:
                total += centre**2
        return np.asarray(total / count)

    def _variances(
        self, count: int, steps: tuple[int, ...], rng: np.random.Generator, *, fresh: bool
    ) -> list[Values]:
        """Every chain's variance at the rounds asked for; mean and variance are learnt by maximum likelihood."""
        real = rng.standard_normal(self.replicates)
        centre, variance = np.zeros(self.replicates), np.ones(self.replicates)
        wanted, found = frozenset(steps), []
        for step in range(1, max(steps) + 1):
            if fresh:
                real = rng.standard_normal(self.replicates)
            drawn = centre + np.sqrt(variance / count) * rng.standard_normal(self.replicates)
            # A chi-square number of count - 1 degrees of freedom.
            spread = 2.0 * variance * rng.standard_gamma((count - 1) / 2, self.replicates)
            spread += count / (count + 1) * (real - drawn) ** 2
            centre = (real + count * drawn) / (count + 1)
            variance = spread / (count + 1)
            if step in wanted:
                found.append(variance)
        return found

    def _figure(self, rng: np.random.Generator) -> Figure:
        """The mean variance over rounds."""
        rounds = self.learning * self.shown
        steps = tuple(sorted({max(1, round(step)) for step in np.linspace(1, rounds, _POINTS)}))
        curves = []
        for name, fresh in (("a fresh row", True), ("the same row", False)):
            chains = self._variances(self.shown, steps, rng, fresh=fresh)
            law = self.expected_variances(self.shown, fresh=fresh)
            curves += [
                measured(name, steps, [mean(at) for at in chains], [quantiles(at) for at in chains]),
                theory(f"{name}, theory of the mean", steps, (law[step] for step in steps)),
            ]
        return Figure(
            x=f"round (one real row, {self.shown} synthetic ones)",
            y="variance of the model (reality: 1)",
            curves=tuple(curves),
        )
