"""L7, fresh real rows in every round: how heavily they are to weigh."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from holdfast.lab.published.drift.replicates import mean, measured, theory
from holdfast.lab.published.experiment import Check, Figure, Outcome
from holdfast.remedies.plan.formulas import best_weight, noise_of_weight

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from holdfast.lab.published.drift.replicates import Estimate
    from holdfast.lab.published.experiment import Curve

_FLOOR = 0.02
_OFF = 0.03
"""The noise is flat about its least value: a grid finds the best weight less well than the noise there."""
_LEAST = 0.06
"""Under lighter weights the first round is not forgotten within the rounds before those that are averaged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RealWeights:
    """A mean is learnt from fresh real rows and from the last model's rows: not by pooling, but by a golden weight.

    Attributes:
        ratios: Real rows per synthetic one, k: one panel each.
        weights: Weights of the grid.
        rounds: Rounds of a chain.
        averaged: Of these, the last ones, in which the error is averaged.
        replicates: Chains; the same ones at every weight, so that weights differ by nothing else.
    """

    id: ClassVar[str] = "L7"
    title: ClassVar[str] = "Fresh real rows in every round, and the weight they should have"
    question: ClassVar[str] = (
        "How heavily should fresh real rows weigh against the last model's rows, and what does it gain?"
    )
    source: ClassVar[str] = (
        "He, Xu, Cheng 2025, arXiv:2502.18049: the best weight is (sqrt(k^2 + 4 k) - k) / 2, at k = 1 the inverse golden ratio, and "
        "the noise there is the weight itself; pooling has (1 + k) / (2 + k)."
    )
    seconds: ClassVar[float] = 0.5

    ratios: tuple[float, ...] = (4.0, 1.0, 0.25, 0.05)
    weights: int = 95
    rounds: int = 80
    averaged: int = 40
    replicates: int = 4_000

    @property
    def setup(self) -> str:
        """The setup, in words."""
        ratios = ", ".join(f"{ratio:g}" for ratio in self.ratios)
        return (
            "A mean is estimated as w times that of fresh real rows plus 1 - w times that of rows drawn from the last estimate; "
            f"{ratios} real rows per synthetic one, {self.weights} weights, {self.rounds} rounds of which the last {self.averaged} are "
            f"averaged, {self.replicates:,} chains."
        )

    def run(self, rng: np.random.Generator, progress: Callable[[str], None] = lambda _: None) -> Outcome:
        """Draw the means of the rows, real and synthetic.

        Args:
            rng: The only source of chance.
            progress: Called with a word about what is done next.

        Returns:
            By ratio: the noise at the best weight and where rows are pooled, and the weight at which it is least.
        """
        grid = np.linspace(_LEAST, 1.0, self.weights)
        checks: list[Check] = []
        curves: list[Curve] = []
        for ratio in self.ratios:
            progress(
                f"{self.replicates:,} chains at {self.weights} weights, {ratio:g} real rows per synthetic one"
            )
            best, pooled = float(best_weight(ratio)), ratio / (1 + ratio)
            *noise, at_best, at_pooled = self._noise(np.append(grid, (best, pooled)), ratio, rng)
            least = float(grid[int(np.argmin([each.value for each in noise]))])
            checks += (
                at_best.check(
                    f"noise at the best weight, k = {ratio:g} (of one round of real rows: 1)",
                    best,
                    share=_FLOOR,
                ),
                at_pooled.check(
                    f"noise where rows are pooled, k = {ratio:g}", (1 + ratio) / (2 + ratio), share=_FLOOR
                ),
                Check(
                    name=f"weight of least noise, k = {ratio:g}", expected=best, measured=least, floor=_OFF
                ),
            )
            curves += (
                measured(f"k = {ratio:g}", grid, noise),
                theory(f"k = {ratio:g}, theory", grid, noise_of_weight(grid, ratio)),
            )
        return Outcome(
            checks=tuple(checks),
            figure=Figure(
                x="weight of real rows",
                y="noise (of one round of real rows: 1)",
                curves=tuple(curves),
                log_y=True,
            ),
            notes=(
                "For a generator without bias only. Where real rows of earlier rounds may be kept, pooling them all beats every "
                "weight.",
            ),
        )

    def _noise(self, weights: NDArray[np.float64], ratio: float, rng: np.random.Generator) -> list[Estimate]:
        """Mean squared error in the last rounds at each weight, in units of that of one round's real rows."""
        real = weights[:, None]
        # The first model is trained on one round of real rows.
        estimate = np.tile(rng.standard_normal(self.replicates), (weights.size, 1))
        squares = np.zeros_like(estimate)
        for step in range(self.rounds):
            fresh = rng.standard_normal(self.replicates)
            written = np.sqrt(ratio) * rng.standard_normal(self.replicates)
            estimate = real * fresh + (1 - real) * (estimate + written)
            if step >= self.rounds - self.averaged:
                squares += estimate**2
        return [mean(each) for each in squares / self.averaged]
