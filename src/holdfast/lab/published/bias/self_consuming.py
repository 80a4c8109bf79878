"""L13: a loop that learns from fresh real rows and from its own sharpened rows: how many of those are still a gain?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from holdfast.lab.published.bias.bands import BAND, banded
from holdfast.lab.published.drift.replicates import Estimate, mean, theory
from holdfast.lab.published.experiment import Figure, Outcome
from holdfast.remedies.plan.formulas import noise_of_weight

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Values = NDArray[np.float64]

_FLOOR = 0.05
_PUBLISHED_SETUP = (100, 20)
_PUBLISHED = {
    (1.0, 0.25): 0.82,
    (1.0, 0.5): 0.74,
    (1.0, 1.0): 0.66,
    (1.0, 2.0): 0.58,
    (1.0, 4.0): 0.53,
    (1.0, 8.0): 0.52,
    (0.9, 0.25): 0.81,
    (0.9, 0.5): 0.72,
    (0.9, 1.0): 0.63,
    (0.9, 2.0): 0.59,
    (0.9, 4.0): 0.72,
    (0.9, 8.0): 1.24,
    (0.7, 0.25): 0.82,
    (0.7, 0.5): 0.75,
    (0.7, 1.0): 0.77,
    (0.7, 2.0): 1.07,
    (0.7, 4.0): 1.90,
    (0.7, 8.0): 3.44,
}
"""F22 by bias and ratio, for so many real rows and features."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfConsuming:
    """Normal rows, a normal model of them, and a sampling bias that shrinks what the model writes.

    Attributes:
        real_rows: Fresh real rows in each round.
        features: Their dimensions.
        ratios: Synthetic rows per real one.
        biases: What the covariance of written rows is multiplied by; 1 is a fair generator.
        crossings: Of a bias, the ratio at which the loop still gains and the one at which it loses.
        rounds: Rounds of a chain.
        averaged: Last rounds that are averaged.
        runs: Chains for each ratio and bias.
        reference_runs: Times that real rows alone are learned from.
    """

    id: ClassVar[str] = "L13"
    title: ClassVar[str] = "Model autophagy: fresh real rows and a sampling bias"
    question: ClassVar[str] = (
        "How many rows of its own may a model learn from beside fresh real ones, if it writes too narrowly?"
    )
    source: ClassVar[str] = (
        "The loop of Alemohammad et al. 2024, arXiv:2307.01850; the normal model of it derived for this project (F22), the law "
        "without bias from He, Xu, Cheng 2025, arXiv:2502.18049 (F14)."
    )
    seconds: ClassVar[float] = 9.0

    real_rows: int = 100
    features: int = 20
    ratios: tuple[float, ...] = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
    biases: tuple[float, ...] = (1.0, 0.9, 0.7)
    crossings: tuple[tuple[float, float, float], ...] = ((0.9, 4.0, 8.0), (0.7, 1.0, 2.0))
    rounds: int = 40
    averaged: int = 20
    runs: int = 60
    reference_runs: int = 4000

    @property
    def setup(self) -> str:
        """What is drawn."""
        return (
            f"{self.real_rows} fresh real rows in {self.features} dimensions per round and {self.ratios[0]:g} to {self.ratios[-1]:g} "
            f"times as many by the model before, their covariance scaled; {self.rounds} rounds, the last {self.averaged} averaged, "
            f"{self.runs} chains each."
        )

    def run(self, rng: np.random.Generator, progress: Callable[[str], None] = lambda _: None, /) -> Outcome:
        """Runs every chain and divides its distance from reality by that of real rows alone.

        Args:
            rng: The only source of chance.
            progress: Called with a word about what is done next.

        Returns:
            By bias and ratio: squared distance from reality, relative to real rows alone.
        """
        progress("real rows alone")
        shape = (self.real_rows, self.features)
        parts = [
            _distance(*_fit(rng.standard_normal((count, *shape)))) for count in _split(self.reference_runs)
        ]
        alone = np.concatenate(parts)
        reference = mean(alone)
        gains = {(bias, ratio) for bias, ratio, _ in self.crossings}
        losses = {(bias, ratio) for bias, _, ratio in self.crossings}
        checks, curves, below = [], [], []
        for bias in self.biases:
            columns = []
            for ratio in self.ratios:
                progress(f"covariance times {bias:g}, {ratio:g} synthetic rows per real one")
                columns.append(self._chains(rng, bias, ratio) / reference.value)
            runs = np.column_stack(columns)
            curves.append(banded(f"covariance times {bias:g}", self.ratios, runs))
            for ratio, column in zip(self.ratios, columns, strict=True):
                name = f"distance relative to real rows alone, covariance times {bias:g}, {ratio:g} synthetic rows per real one"
                measured = _quotient(column, reference)
                published = _PUBLISHED.get((bias, ratio))
                if published is not None and (self.real_rows, self.features) == _PUBLISHED_SETUP:
                    checks.append(measured.check(f"{name}, as published", published, share=_FLOOR))
                if bias == 1.0:
                    checks.append(
                        measured.check(f"{name}, by the law", self.expected(ratio), relation="at_most")
                    )
                    below.append(1 - measured.value / self.expected(ratio))
                if (bias, ratio) in gains:
                    checks.append(measured.check(f"{name}, a gain", 1.0, relation="at_most"))
                if (bias, ratio) in losses:
                    checks.append(measured.check(f"{name}, a loss", 1.0, relation="at_least"))
        curves += [
            theory("no bias, theory", self.ratios, (self.expected(ratio) for ratio in self.ratios)),
            theory("real rows alone", self.ratios, (1.0 for _ in self.ratios)),
        ]
        figure = Figure(
            x="synthetic rows per real row",
            y="squared distance from reality, relative to real rows alone",
            curves=tuple(curves),
            log_x=True,
        )
        return Outcome(checks=tuple(checks), figure=figure, notes=(BAND, *_law_note(below)))

    def expected(self, ratio: float) -> float:
        """The long run of a fair generator whose rows are pooled with the real ones: (1 + k) / (2 + k), k = 1 / ratio.

        >>> [round(SelfConsuming().expected(ratio), 3) for ratio in (0.25, 1.0, 8.0)]
        [0.833, 0.667, 0.529]
        """
        return float(noise_of_weight(1 / (1 + ratio), 1 / ratio))

    def _chains(self, rng: np.random.Generator, bias: float, ratio: float) -> Values:
        """Mean distance of every chain's last rounds."""
        shape = (self.runs, round(ratio * self.real_rows), self.features)
        centre: Values = np.zeros((self.runs, 1, self.features))
        factor: Values = np.broadcast_to(np.eye(self.features), (self.runs, self.features, self.features))
        total = np.zeros(self.runs)
        for at in range(self.rounds):
            real = rng.standard_normal((self.runs, self.real_rows, self.features))
            written = centre + np.sqrt(bias) * rng.standard_normal(shape) @ factor.swapaxes(1, 2)
            rows = np.concatenate([real, written], axis=1)
            centre, covariance = _fit(rows)
            factor = np.asarray(np.linalg.cholesky(covariance), np.float64)
            if at >= self.rounds - self.averaged:
                total += _distance(centre, covariance)
        return total / self.averaged


def _fit(rows: Values) -> tuple[Values, Values]:
    """Mean and unbiased covariance of each set of rows."""
    centre = rows.mean(axis=1, keepdims=True)
    centred = rows - centre
    return centre, centred.swapaxes(1, 2) @ centred / (rows.shape[1] - 1)


def _distance(centre: Values, covariance: Values) -> Values:
    """Squared 2-Wasserstein distance of normal models from the standard normal."""
    # Rounding may leave an eigenvalue a hair below 0.
    lengths = np.sqrt(np.linalg.eigvalsh(covariance).clip(0.0))
    return np.asarray((centre[:, 0] ** 2).sum(axis=1) + ((lengths - 1) ** 2).sum(axis=1))


def _law_note(below: list[float]) -> tuple[str, ...]:
    """How far chains without bias lie below their law."""
    if not below:
        return ()
    return (
        f"Without bias the distance lies {min(below):.1%} to {max(below):.1%} below the law, which is that of small errors: the "
        "distance of covariances grows faster than their squared error.",
    )


def _quotient(chains: Values, reference: Estimate) -> Estimate:
    """Mean of chains that were divided by the reference; its error is theirs and the reference's."""
    own = mean(chains)
    theirs = own.value * reference.standard_error / reference.value
    return Estimate(value=own.value, standard_error=float(np.hypot(own.standard_error, theirs)))


def _split(count: int) -> list[int]:
    """Parts of at most 500, so that memory stays small."""
    return [min(500, count - start) for start in range(0, count, 500)]
