"""L2, a Gaussian learnt from all that was ever drawn: every generation is added to the data."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from holdfast.lab.published.drift.replicates import mean, measured, shown, theory
from holdfast.lab.published.experiment import Figure, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from holdfast.lab.published.drift.replicates import Estimate
    from holdfast.lab.published.experiment import Check, Curve

_FLOOR = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class GaussianAccumulated:
    """Mean and variance are fitted to real draws and to those of every fit before: the loss comes to a halt.

    Attributes:
        rows: Draws of a generation, n: one chain each.
        generations: t.
        replicates: Chains of each.
    """

    id: ClassVar[str] = "L2"
    title: ClassVar[str] = "A Gaussian that learns from all that was ever drawn"
    question: ClassVar[str] = (
        "Does the variance stop falling when every generation is added to the data instead of replacing it?"
    )
    source: ClassVar[str] = (
        "Kazdan et al. 2025, arXiv:2410.16713, whose published runs it fits; the product and its limit sin(x)/x, x = pi/sqrt(n), "
        "were derived for this project."
    )
    seconds: ClassVar[float] = 1.5

    rows: tuple[int, ...] = (10, 32, 100)
    generations: int = 200
    replicates: int = 40_000

    @property
    def setup(self) -> str:
        """The setup, in words."""
        sizes = ", ".join(f"{rows:,}" for rows in self.rows)
        return (
            "Reality is a normal distribution of mean 0 and variance 1. Mean and variance (divided by n) are fitted to all draws "
            f"so far, and as many new ones are drawn from the fit as there were real ones: {sizes}; "
            f"{self.generations:,} generations, {self.replicates:,} chains each."
        )

    def run(self, rng: np.random.Generator, progress: Callable[[str], None] = lambda _: None) -> Outcome:
        """Draw the mean and the sum of squares of every sample, which are all that a fit reads of it.

        Args:
            rng: The only source of chance.
            progress: Called with a word about what is done next.

        Returns:
            Mean variance, mean squared error of the mean, and their sum, by the size of a generation.
        """
        steps = shown(self.generations, logarithmic=True)
        checks: list[Check] = []
        curves: list[Curve] = []
        for rows in self.rows:
            progress(f"{self.replicates:,} chains of {self.generations:,} generations of {rows:,} draws")
            variance, error, both = self._chains(rows, steps, rng)
            left = _law(rows, self.generations)[-1]
            checks += (
                variance[-1].check(f"mean variance, n = {rows}", left, share=_FLOOR),
                error[-1].check(f"mean squared error of the mean, n = {rows}", 1 - left, share=_FLOOR),
                both[-1].check(f"variance and squared error together, n = {rows}", 1.0, share=_FLOOR),
            )
            law = _law(rows, self.generations)
            curves += (
                measured(f"mean variance, n = {rows}", steps, variance),
                theory(f"theory, n = {rows}", steps, (law[step - 1] for step in steps)),
            )
        return Outcome(
            checks=tuple(checks),
            figure=Figure(x="generation", y="mean variance", curves=tuple(curves), log_x=True),
            notes=(
                "What the variance loses, the mean's squared error gains: their sum is the same at every generation.",
                "In the long run there is left of the variance "
                + ", ".join(f"{limit(rows):.3f} at n = {rows}" for rows in self.rows)
                + ".",
            ),
        )

    def _chains(
        self, rows: int, steps: Iterable[int], rng: np.random.Generator
    ) -> tuple[list[Estimate], list[Estimate], list[Estimate]]:
        """Variance, squared error of the mean and their sum at the generations asked for."""
        wanted = frozenset(steps)
        variance, error, both = [], [], []
        centre, spread = np.zeros(self.replicates), np.ones(self.replicates)
        # Of all that accumulated: its mean, and its sum of squares about that mean.
        middle, squares = np.zeros(self.replicates), np.zeros(self.replicates)
        for step in range(1, self.generations + 1):
            batch = centre + np.sqrt(spread / rows) * rng.standard_normal(self.replicates)
            off = batch - middle
            squares += spread * rng.chisquare(rows - 1, self.replicates) + off**2 * (rows * (step - 1) / step)
            middle += off / step
            centre, spread = middle.copy(), squares / (rows * step)
            if step in wanted:
                variance.append(mean(spread))
                error.append(mean(centre**2))
                both.append(mean(spread + centre**2))
        return variance, error, both


def _law(rows: int, generations: int) -> list[float]:
    """F3, mean variance after each generation: the product of 1 - 1 / (n i^2)."""
    left, law = 1.0, []
    for generation in range(1, generations + 1):
        left *= 1 - 1 / (rows * generation**2)
        law.append(left)
    return law


def limit(rows: int) -> float:
    """Mean variance in the long run: sin(x) / x with x = pi / sqrt(n).

    >>> [round(limit(rows), 3) for rows in (10, 32, 100)]
    [0.843, 0.949, 0.984]
    """
    x = math.pi / math.sqrt(rows)
    return math.sin(x) / x
