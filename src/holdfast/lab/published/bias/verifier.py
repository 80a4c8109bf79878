"""L12: labels that are mostly wrong become useful at once when a verifier is good enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from holdfast.lab.published.bias.bands import BAND, banded
from holdfast.lab.published.drift.replicates import mean, theory
from holdfast.lab.published.experiment import Figure, Outcome
from holdfast.remedies.plan.formulas import filtered_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from holdfast.lab.published.experiment import Check

    Values = NDArray[np.float64]

_FLOOR = 0.02
# What the catalogue says of 0.03 below and above the transition: about this, and not past that.
_ABOUT = {"below": 0.80, "above": 0.20}
_BOUNDS = {"below": 0.75, "above": 0.25}
# Gauss-Hermite points: the mean of a smooth function of one normal number, exact far beyond four digits.
_POINTS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifier:
    """A mean-difference classifier trained on what a verifier lets pass.

    Attributes:
        rows: Rows with labels by a model, before the verifier.
        features: Features of a row: normal about plus or minus a class mean of length 1.
        verifiers: Probabilities to keep a row with a right label, and one with a wrong label.
        step: Distance below and above the transition at which accuracy is checked, a share of wrong labels.
        offsets: Further distances, for the figure.
        runs: Training sets for each.
    """

    id: ClassVar[str] = "L12"
    title: ClassVar[str] = "A verifier that is good enough, and one that is not"
    question: ClassVar[str] = (
        "How many wrong labels does a training set survive, if an imperfect verifier has filtered it?"
    )
    source: ClassVar[str] = "Feng, Dohmatob, Yang, Charton, Kempe 2025, arXiv:2406.07515 (F30)."
    seconds: ClassVar[float] = 10.0

    rows: int = 20_000
    features: int = 20
    verifiers: tuple[tuple[float, float], ...] = ((1.0, 1.0), (0.8, 0.2), (0.9, 0.6))
    step: float = 0.03
    offsets: tuple[float, ...] = (-0.1, -0.06, -0.015, 0.0, 0.015, 0.06, 0.1)
    runs: int = 60

    @property
    def setup(self) -> str:
        """What is drawn."""
        return (
            f"{self.rows:,} rows in {self.features} dimensions, two classes whose means lie 1 from their middle; labels are wrong at "
            f"a rate near the transition, a verifier keeps right and wrong ones at given rates, and the difference of the "
            f"class means is learned from the rest, {self.runs} times each."
        )

    def run(self, rng: np.random.Generator, progress: Callable[[str], None] = lambda _: None, /) -> Outcome:
        """Trains on both sides of each verifier's transition.

        Args:
            rng: The only source of chance.
            progress: Called with a word about what is done next.

        Returns:
            By verifier: accuracy just below and above the share of wrong labels that it can stand.
        """
        progress("right labels only")
        clean = mean(self._accuracies(rng, 0.0, (1.0, 1.0)))
        checks = [clean.check("accuracy with right labels", float(_below(1.0)), floor=_FLOOR)]
        curves = []
        for verifier in self.verifiers:
            progress(
                f"a verifier that keeps {verifier[0]:.0%} of the right and {verifier[1]:.0%} of the wrong labels"
            )
            transition = verifier[0] / (verifier[0] + verifier[1])
            offsets = sorted({*self.offsets, -self.step, self.step})
            runs = np.column_stack(
                [self._accuracies(rng, transition + offset, verifier) for offset in offsets]
            )
            for side, offset in (("below", -self.step), ("above", self.step)):
                checks += self._side(side, verifier, transition + offset, runs[:, offsets.index(offset)])
            keeps = f"keeps {verifier[0]:g} right, {verifier[1]:g} wrong"
            law = [self.expected(transition + offset, verifier) for offset in offsets]
            curves += [banded(keeps, offsets, runs), theory(f"{keeps}, theory", offsets, law)]
        figure = Figure(
            x="share of wrong labels, from the transition", y="accuracy on reality", curves=tuple(curves)
        )
        return Outcome(checks=tuple(checks), figure=figure, notes=(BAND,))

    def expected(self, error: float, verifier: tuple[float, float]) -> float:
        """Mean accuracy, from how far the mean difference of so many noisy rows turns away from the class mean.

        >>> round(Verifier().expected(0.47, (1.0, 1.0)), 2)
        0.81
        """
        wrong = float(filtered_error(error, *verifier))
        kept = self.rows * ((1 - error) * verifier[0] + error * verifier[1])
        points, weights = np.polynomial.hermite_e.hermegauss(_POINTS)
        signal = 1 - 2 * wrong
        # The label times the row: mean `signal` along the class mean, variance 1 plus that of the label's own sign.
        along = signal + points * np.sqrt((1 + 1 - signal**2) / kept)
        across = (self.features - 1) / kept
        return float(weights @ _below(along / np.sqrt(along**2 + across)) / weights.sum())

    def _side(
        self, side: str, verifier: tuple[float, float], error: float, runs: Values
    ) -> tuple[Check, ...]:
        measured = mean(runs)
        where = f"{error:.3g} of the labels wrong, {verifier[0]:g} and {verifier[1]:g} kept"
        return (
            measured.check(
                f"accuracy {side} the transition, {where}", self.expected(error, verifier), floor=_FLOOR
            ),
            measured.check(f"the same against the catalogue, {where}", _ABOUT[side], floor=_FLOOR),
            measured.check(
                f"the same against the catalogue's bound, {where}",
                _BOUNDS[side],
                relation="at_least" if side == "below" else "at_most",
            ),
        )

    def _accuracies(self, rng: np.random.Generator, error: float, verifier: tuple[float, float]) -> Values:
        """Accuracy on all of reality, which is known exactly, of what each training set taught."""
        accuracies = np.empty(self.runs)
        for at in range(self.runs):
            truth = rng.integers(0, 2, self.rows) * 2 - 1
            right = rng.random(self.rows) >= error
            kept = rng.random(self.rows) < np.where(right, *verifier)
            truth, right = truth[kept], right[kept]
            labels = np.where(right, truth, -truth)
            x = rng.standard_normal((truth.size, self.features))
            x[:, 0] += truth
            learned = x[labels > 0].mean(axis=0) - x[labels < 0].mean(axis=0)
            accuracies[at] = _below(learned[0] / np.linalg.norm(learned))
        return accuracies


def _below(z: float | Values) -> Values:
    """Share of a standard normal below z."""
    from scipy.special import ndtr

    return np.asarray(ndtr(z), np.float64)
