"""L3, a Gaussian learnt from a fixed budget of all that was ever drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from holdfast.lab.published.drift.replicates import mean, measured, theory
from holdfast.lab.published.experiment import Figure, Outcome
from holdfast.remedies.plan.formulas import noise_accumulated, noise_subsampled

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_FLOOR = 0.04
_CHECKED = (1, 2, 5, 10, 30, 60)
_LIMIT = np.pi**2 / 2 - 2
"""F4, in the long run: 2.935."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GaussianSubsampled:
    """Every fit reads as many rows, drawn from all that accumulated: the error stays below three times that of real data.

    Attributes:
        rows: Draws of a generation, and rows that a fit reads, n.
        generations: t.
        replicates: Chains.
    """

    id: ClassVar[str] = "L3"
    title: ClassVar[str] = "A Gaussian that learns from a fixed budget of all that was ever drawn"
    question: ClassVar[str] = (
        "Is accumulation still safe when every generation can only be trained on so many rows of the pool?"
    )
    source: ClassVar[str] = (
        "The setting is that of Kazdan et al. 2025, arXiv:2410.16713; the recursion and its limit pi^2/2 - 2 were derived for this "
        "project, to leading order in 1/n."
    )
    seconds: ClassVar[float] = 2.0

    rows: int = 50
    generations: int = 60
    replicates: int = 4_000

    @property
    def setup(self) -> str:
        """The setup, in words."""
        return (
            "Reality is a normal distribution of mean 0 and variance 1. Each generation, mean and variance (divided by n) are fitted "
            f"to {self.rows:,} different rows of the pool, and {self.rows:,} rows drawn from the fit are added to it; "
            f"{self.generations:,} generations, {self.replicates:,} pools."
        )

    def run(self, rng: np.random.Generator, progress: Callable[[str], None] = lambda _: None) -> Outcome:
        """Draw every row: which rows of a pool are read again is no matter of sums.

        Args:
            rng: The only source of chance.
            progress: Called with a word about what is done next.

        Returns:
            Squared error of the fitted mean, in units of that of real data alone, after some generations.
        """
        n = self.rows
        pool = np.empty((self.replicates, n * self.generations))
        pool[:, :n] = rng.standard_normal((self.replicates, n))
        errors = []
        for step in range(1, self.generations + 1):
            if step % 10 == 1:
                progress(
                    f"generation {step} of {self.generations}: {self.replicates:,} pools of {n * step:,} rows"
                )
            read = np.take_along_axis(pool, _different(n * step, n, self.replicates, rng), axis=1)
            centre, spread = read.mean(axis=1), read.std(axis=1)
            errors.append(mean(n * centre**2))
            if step < self.generations:
                drawn = rng.standard_normal((self.replicates, n))
                pool[:, n * step : n * (step + 1)] = centre[:, None] + spread[:, None] * drawn
        steps = range(1, self.generations + 1)
        return Outcome(
            checks=tuple(
                errors[step - 1].check(
                    f"squared error of the mean after {step} (of real data: 1)",
                    noise_subsampled(step),
                    share=_FLOOR,
                )
                for step in _CHECKED
                if step <= self.generations
            ),
            figure=Figure(
                x="generation",
                y="squared error of the mean (of real data alone: 1)",
                curves=(
                    measured("measured", steps, errors),
                    theory("a fixed budget of the pool", steps, map(noise_subsampled, steps)),
                    theory("its limit, 2.935", steps, (_LIMIT for _ in steps)),
                    theory("all of the pool, for comparison", steps, map(noise_accumulated, steps)),
                ),
            ),
            notes=(
                "The law is of leading order in 1/n: it takes the variance of what is drawn as that of reality, while that of fits "
                "that divide by n falls a little before it comes to a halt.",
            ),
        )


def _different(size: int, count: int, replicates: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """int64 [replicates, count], different places out of `size`, every set of them equally likely (Floyd's algorithm).

    >>> chosen = _different(6, 5, 100, np.random.default_rng(1))
    >>> set(map(len, map(set, chosen.tolist()))), int(chosen.min()), int(chosen.max())
    ({5}, 0, 5)
    """
    last = np.arange(size - count, size)
    offered = rng.integers(0, last + 1, size=(replicates, count))
    chosen = np.empty_like(offered)
    for place in range(count):
        taken = (chosen[:, :place] == offered[:, place : place + 1]).any(axis=1)
        chosen[:, place] = np.where(taken, last[place], offered[:, place])
    return chosen
