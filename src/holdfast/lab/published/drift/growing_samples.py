"""L14, every generation draws more than the last: how fast samples must grow for the error to stay bounded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from holdfast.lab.published.drift.replicates import mean, measured, shown, theory
from holdfast.lab.published.experiment import Figure, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from holdfast.lab.published.drift.replicates import Estimate
    from holdfast.lab.published.experiment import Check, Curve

_FLOOR = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowingSamples:
    """Generation t replaces the last with n t^(1+a) draws: the error stays bounded for every a above 0.

    Attributes:
        rows: Draws of the first generation, n.
        growths: a.
        generations: t.
        replicates: Chains.
    """

    id: ClassVar[str] = "L14"
    title: ClassVar[str] = "Every generation draws more than the last"
    question: ClassVar[str] = (
        "How fast must samples grow for the error to stay bounded, though nothing real is kept?"
    )
    source: ClassVar[str] = (
        "Xu et al. 2025, arXiv:2505.13947, as derived again for this project: n t^(1+a) draws give an error of zeta(1+a)/n in the long run."
    )
    seconds: ClassVar[float] = 1.0

    rows: int = 100
    growths: tuple[float, ...] = (0.5, 1.0, 2.0)
    generations: int = 200
    replicates: int = 40_000

    @property
    def setup(self) -> str:
        """The setup, in words."""
        growths = ", ".join(f"{growth:g}" for growth in self.growths)
        return (
            "Mean and variance (divided by n - 1) of a normal distribution are fitted to draws from the fit before; generation t draws "
            f"{self.rows:,} t^(1+a), a = {growths}; {self.generations:,} generations, {self.replicates:,} chains."
        )

    def run(self, rng: np.random.Generator, progress: Callable[[str], None] = lambda _: None) -> Outcome:
        """Draw the mean and the sum of squares of every sample, which are all that a fit reads of it.

        Args:
            rng: The only source of chance.
            progress: Called with a word about what is done next.

        Returns:
            Squared error of the mean by growth, after the last generation and against what it never passes.
        """
        from scipy.special import zeta

        steps = shown(self.generations, logarithmic=True)
        checks: list[Check] = []
        curves: list[Curve] = []
        for growth in self.growths:
            progress(f"{self.replicates:,} chains of {self.generations:,} generations, a = {growth:g}")
            errors = self._errors(growth, steps, rng)
            limit = float(zeta(1 + growth))
            checks += (
                errors[-1].check(
                    f"squared error of the mean after {self.generations}, a = {growth:g} (of the first sample: 1)",
                    law(growth, self.generations),
                    share=_FLOOR,
                ),
                errors[-1].check(f"squared error at most, a = {growth:g}", limit, relation="at_most"),
            )
            curves += (
                measured(f"a = {growth:g}", steps, errors),
                theory(f"a = {growth:g}, theory", steps, (law(growth, step) for step in steps)),
                theory(f"a = {growth:g}, in the long run", steps, (limit for _ in steps)),
            )
        return Outcome(
            checks=tuple(checks),
            figure=Figure(
                x="generation",
                y="squared error of the mean (of the first sample: 1)",
                curves=tuple(curves),
                log_x=True,
            ),
            notes=(
                "What is expected after the last generation is the sum as far as it went; in the long run it is zeta(1+a): "
                + ", ".join(f"{float(zeta(1 + growth)):.3f} at a = {growth:g}" for growth in self.growths)
                + ".",
            ),
        )

    def _errors(self, growth: float, steps: Iterable[int], rng: np.random.Generator) -> list[Estimate]:
        """Squared error of the mean at the generations asked for, in units of that of the first sample."""
        centre, variance = np.zeros(self.replicates), np.ones(self.replicates)
        wanted, errors = frozenset(steps), []
        for step in range(1, self.generations + 1):
            drawn = round(self.rows * step ** (1 + growth))
            centre += np.sqrt(variance / drawn) * rng.standard_normal(self.replicates)
            variance *= rng.chisquare(drawn - 1, self.replicates) / (drawn - 1)
            if step in wanted:
                errors.append(mean(self.rows * centre**2))
        return errors


def law(growth: float, generations: int) -> float:
    """F12, the sum of t^-(1+a) so far: what zeta has beyond it, Hurwitz' zeta function says.

    >>> round(law(1.0, 1), 6), round(law(0.5, 10**9), 2)
    (1.0, 2.61)
    """
    from scipy.special import zeta

    return float(zeta(1 + growth) - zeta(1 + growth, generations + 1))
