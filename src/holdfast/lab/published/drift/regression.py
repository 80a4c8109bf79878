"""L4, linear regression on answers that the regression before gave."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from holdfast.lab.published.drift.replicates import mean, measured, theory
from holdfast.lab.published.experiment import Figure, Outcome
from holdfast.remedies.plan.formulas import noise_accumulated, noise_replaced

if TYPE_CHECKING:
    from collections.abc import Callable

_FLOOR = 0.04
_CHECKED = (1, 5, 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Regression:
    """Answers are those of the fit before, plus noise: replaced, the error grows for ever; accumulated, it does not.

    Attributes:
        rows: Questions, the same in every round, T.
        features: d.
        rounds: Fits.
        noise: Standard deviation of an answer.
        replicates: Chains, each with questions and a truth of its own.
    """

    id: ClassVar[str] = "L4"
    title: ClassVar[str] = "Linear regression on its own answers, replaced or accumulated"
    question: ClassVar[str] = "Does the error of a regression that learns from its own answers grow for ever?"
    source: ClassVar[str] = (
        "Gerstgrasser et al. 2024, arXiv:2404.01413: bounded by pi^2/6 where data accumulate, growing with the rounds where they are "
        "replaced; with the same questions in every round both laws are exact, as was derived again for this project."
    )
    seconds: ClassVar[float] = 0.5

    rows: int = 100
    features: int = 10
    rounds: int = 20
    noise: float = 1.0
    replicates: int = 2_000

    @property
    def setup(self) -> str:
        """The setup, in words."""
        return (
            f"{self.rows:,} questions of {self.features} standard normal features, the same in every round, are answered by the last "
            f"least-squares fit with noise of standard deviation {self.noise:g}. The next fit reads the new answers alone, or all "
            f"answers so far; {self.rounds} rounds, {self.replicates:,} chains."
        )

    def run(self, rng: np.random.Generator, progress: Callable[[str], None] = lambda _: None) -> Outcome:
        """Fit by least squares, round after round.

        Args:
            rng: The only source of chance.
            progress: Called with a word about what is done next.

        Returns:
            Squared error on fresh questions, in units of that of a fit to real answers, for both protocols.
        """
        unit = self.noise**2 * self.features / (self.rows - self.features - 1)
        progress(f"{self.replicates:,} regressions of {self.rows:,} rows and {self.features} features")
        questions = rng.standard_normal((self.replicates, self.rows, self.features))
        solve = np.linalg.pinv(questions)
        truth = rng.standard_normal((self.replicates, self.features, 1))
        outcomes = {}
        for protocol in ("replaced", "accumulated"):
            progress(f"answers are {protocol}")
            fitted, total, errors = truth, np.zeros((self.replicates, self.rows, 1)), []
            for step in range(1, self.rounds + 1):
                answers = questions @ fitted + self.noise * rng.standard_normal(total.shape)
                total += answers
                # A fit to t answers to each of the same questions is a fit to their means.
                fitted = solve @ (answers if protocol == "replaced" else total / step)
                # On fresh questions of independent features, the error is the squared distance of the coefficients.
                errors.append(mean(((fitted - truth) ** 2).sum(axis=(1, 2)) / unit))
            outcomes[protocol] = errors
        laws = {"replaced": noise_replaced, "accumulated": noise_accumulated}
        steps = range(1, self.rounds + 1)
        curves = []
        for protocol, errors in outcomes.items():
            curves.append(measured(f"{protocol}, measured", steps, errors))
            curves.append(theory(f"{protocol}, theory", steps, map(laws[protocol], steps)))
        curves.append(theory("limit of accumulation, 1.645", steps, (math.pi**2 / 6 for _ in steps)))
        return Outcome(
            checks=tuple(
                outcomes[protocol][step - 1].check(
                    f"squared error, {protocol}, after {step} (of real answers: 1)",
                    laws[protocol](step),
                    share=_FLOOR,
                )
                for protocol in outcomes
                for step in _CHECKED
                if step <= self.rounds
            ),
            figure=Figure(
                x="round",
                y="squared error on fresh questions (of real answers: 1)",
                curves=tuple(curves),
                log_y=True,
            ),
        )
