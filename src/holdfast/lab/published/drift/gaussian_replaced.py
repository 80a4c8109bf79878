"""L1, a Gaussian learnt from its own draws: every generation replaces the data of the one before it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from holdfast.lab.published.drift.replicates import (
    deviation,
    mean,
    measured,
    median,
    quantiles,
    shown,
    theory,
)
from holdfast.lab.published.experiment import Figure, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

_FLOOR = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class GaussianReplaced:
    """Mean and variance are fitted to draws of the fit before: the variance dies, the mean wanders off.

    Attributes:
        rows: Draws of a generation, n.
        generations: t.
        replicates: Chains.
    """

    id: ClassVar[str] = "L1"
    title: ClassVar[str] = "A Gaussian that learns from its own draws alone"
    question: ClassVar[str] = (
        "What is left of the variance when every generation replaces the data of the one before?"
    )
    source: ClassVar[str] = (
        "Variance divided by n: Kazdan et al. 2025, arXiv:2410.16713. Unbiased variance, its deviation: "
        "Bertrand et al. 2024, arXiv:2310.00429. Median and spread of the logarithm: derived for this project."
    )
    seconds: ClassVar[float] = 2.0

    rows: int = 100
    generations: int = 100
    replicates: int = 200_000

    @property
    def setup(self) -> str:
        """The setup, in words."""
        return (
            f"Reality is a normal distribution of mean 0 and variance 1. Mean and variance are fitted to {self.rows:,} draws, "
            f"the next {self.rows:,} are drawn from the fit, {self.generations:,} times over, in {self.replicates:,} chains, "
            "once with the variance divided by n and once by n - 1."
        )

    def run(self, rng: np.random.Generator, progress: Callable[[str], None] = lambda _: None) -> Outcome:
        """Draw the mean and the sum of squares of every sample, which are all that a fit reads of it.

        Args:
            rng: The only source of chance.
            progress: Called with a word about what is done next.

        Returns:
            Mean variance and mean squared error of fits that divide by n; median of the variance, mean of the standard
            deviation and spread of the logarithm of fits that divide by n - 1.
        """
        n, t = self.rows, self.generations
        centre = np.zeros(self.replicates)
        divided = np.ones(self.replicates)
        unbiased = np.ones(self.replicates)
        steps = shown(t)
        progress(f"{self.replicates:,} chains of {t:,} generations")
        kept, errors, typical, bands = [], [], [], []
        for step in range(1, t + 1):
            squares = rng.chisquare(n - 1, self.replicates)
            centre += np.sqrt(divided / n) * rng.standard_normal(self.replicates)
            divided *= squares / n
            unbiased *= squares / (n - 1)
            if step in steps:
                kept.append(mean(divided))
                errors.append(mean(centre**2))
                typical.append(median(unbiased))
                bands.append(quantiles(unbiased))
        logarithm = np.log(unbiased)
        checks = (
            kept[-1].check(
                f"mean variance after {t} generations, divided by n", self._variance(t), share=_FLOOR
            ),
            errors[-1].check(
                f"mean squared error of the mean after {t}, divided by n", 1 - self._variance(t), share=_FLOOR
            ),
            typical[-1].check(f"median variance after {t}, divided by n - 1", self._median(t), share=_FLOOR),
            mean(np.sqrt(unbiased)).check(
                f"mean standard deviation after {t}, divided by n - 1", self._deviation(t), share=_FLOOR
            ),
            deviation(logarithm).check(
                f"standard deviation of ln variance after {t}, divided by n - 1",
                self._spread(t),
                share=_FLOOR,
            ),
        )
        figure = Figure(
            x="generation",
            y="variance, or squared error of the mean",
            curves=(
                measured("mean variance, divided by n", steps, kept),
                theory("mean variance: (1 - 1/n)^t", steps, map(self._variance, steps)),
                measured("squared error of the mean", steps, errors),
                theory("squared error: 1 - (1 - 1/n)^t", steps, (1 - self._variance(step) for step in steps)),
                measured(
                    "median variance, divided by n - 1; the band holds four chains of five",
                    steps,
                    typical,
                    bands,
                ),
                theory("median variance: digamma law", steps, map(self._median, steps)),
            ),
        )
        return Outcome(
            checks=checks,
            figure=figure,
            notes=(
                "The mean of the unbiased variance stays 1 for ever while almost every chain dies: few chains that grow hold it "
                "up. It is no check, since no number of chains pins it down.",
            ),
        )

    def _variance(self, generation: int) -> float:
        """F1, mean of the variance divided by n."""
        return (1 - 1 / self.rows) ** generation

    def _median(self, generation: int) -> float:
        """F2, where the logarithm, a sum of independent terms, has its mean: the median of a sum of many."""
        from scipy.special import digamma

        half = (self.rows - 1) / 2
        return math.exp(generation * (float(digamma(half)) - math.log(half)))

    def _deviation(self, generation: int) -> float:
        """F2, mean of the standard deviation: a power of that of one sample."""
        return math.exp(
            generation
            * (
                0.5 * math.log(2 / (self.rows - 1))
                + math.lgamma(self.rows / 2)
                - math.lgamma((self.rows - 1) / 2)
            )
        )

    def _spread(self, generation: int) -> float:
        """F2, standard deviation of the logarithm of the variance."""
        from scipy.special import polygamma

        return math.sqrt(generation * float(polygamma(1, (self.rows - 1) / 2)))
