"""L15: a classifier's small bias, fed back by its own labels: how far is it amplified, and where does that end?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from holdfast.lab.published.bias.bands import BAND, banded
from holdfast.lab.published.drift.replicates import mean, theory
from holdfast.lab.published.experiment import Figure, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Values = NDArray[np.float64]

# Reality: four yes-or-no features, so sixteen kinds of rows. Two features act together, which a logistic regression cannot
# express: what it learns is wrong for single kinds of rows and right for the share of labels.
_FEATURES = 4
_KINDS = np.array(
    [[kind >> bit & 1 for bit in range(_FEATURES)] for kind in range(2**_FEATURES)], dtype=np.float64
)
_DESIGN = np.column_stack([np.ones(len(_KINDS)), _KINDS])
_WEIGHTS = np.array([-3.4, 0.8, 1.1, -0.7, 0.5])
_TOGETHER = 1.2
# Newton's steps from the coefficients of the round before; the likelihood's slope is then below 1e-9 per row.
_STEPS = 4
_FIRST_STEPS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """A logistic regression that labels rows for its successors, with a little label noise.

    Attributes:
        human_rows: Rows labelled by people in every round.
        model_rows: Rows labelled by the model of the round before, in every round.
        first_rows: Human rows at the start.
        rounds: Rounds whose amplification is checked; the last is how many there are.
        bias: Of the share of positive labels, as a model of human rows writes it.
        runs: Loops.
    """

    id: ClassVar[str] = "L15"
    title: ClassVar[str] = "A small bias, fed back"
    question: ClassVar[str] = (
        "How far is the bias of a classifier amplified that learns from its own labels and from people's?"
    )
    source: ClassVar[str] = "Taori and Hashimoto 2022, arXiv:2209.03942 (F20)."
    seconds: ClassVar[float] = 3.0

    human_rows: int = 1000
    model_rows: int = 4000
    first_rows: int = 50_000
    rounds: tuple[int, ...] = (10, 100, 400)
    bias: float = 0.01
    runs: int = 400

    @property
    def setup(self) -> str:
        """What is learned and drawn."""
        return (
            f"Logistic regressions on {_FEATURES} yes-or-no features; {self.first_rows:,} human labels at the start, then "
            f"{self.human_rows:,} by people and {self.model_rows:,} by the model added per round, for {self.rounds[-1]} rounds; "
            f"flipped labels bias the share of positives by {self.bias:g}; {self.runs} loops."
        )

    def run(self, rng: np.random.Generator, progress: Callable[[str], None] = lambda _: None, /) -> Outcome:
        """Runs all loops side by side and holds the bias of what they write against the bound.

        Args:
            rng: The only source of chance.
            progress: Called with a word about what is done next.

        Returns:
            By round: the bias of what the models write, in units of the first model's.
        """
        amplified, gaps = self._loops(rng, progress)
        checks = [
            mean(amplified[:, 0]).check(
                "bias of a model of human labels, in units of what its noise is to give", 1.0
            )
        ]
        course = self.expected()
        for t in self.rounds:
            measured = mean(amplified[:, t])
            checks += [
                measured.check(
                    f"amplification after {t} rounds, against the bound", self.bound(t), relation="at_most"
                ),
                measured.check(f"amplification after {t} rounds, against its exact mean", course[t]),
            ]
        most = int(amplified.mean(axis=0).argmax())
        limit = 1 + self.model_rows / self.human_rows
        checks.append(
            mean(amplified[:, most]).check(
                "greatest amplification of any round, against the limit 1 / w", limit, relation="at_most"
            )
        )
        rounds = np.arange(1, self.rounds[-1] + 1)
        curves = (
            banded("measured", rounds, amplified[:, 1:]),
            theory("bound", rounds, (self.bound(int(t)) for t in rounds)),
            theory("exact mean of this classifier", rounds, course[1:]),
            theory("limit 1 / w", rounds, (limit for _ in rounds)),
        )
        notes = (
            BAND,
            f"The bound takes the same bias in every round; flipped labels do less the nearer a share is to one half: the gap "
            f"between what a model reads and writes was {gaps[0]:.5f} at the start and {gaps[-1]:.5f} at the end, so that the "
            "bound is not quite reached.",
            "The limit is far off: a pool of two million rows is still on its way, as a power of its size.",
        )
        figure = Figure(x="round", y="bias, in units of the first model's", curves=curves, log_x=True)
        return Outcome(checks=tuple(checks), figure=figure, notes=notes)

    def bound(self, rounds: int) -> float:
        """Amplification that no round exceeds where every model adds at most the same bias (F20).

        >>> [round(Feedback().bound(t), 2) for t in (10, 100, 400)]
        [1.5, 2.51, 3.08]
        """
        added = self.human_rows + self.model_rows
        # From the last round back, so that the product of what later rounds dilute is at hand.
        diluted, total = 1.0, 0.0
        for i in range(rounds, 0, -1):
            size = self.first_rows + i * added
            total += self.model_rows / size * diluted
            diluted *= (size - self.human_rows) / size
        return 1.0 + total

    def expected(self) -> tuple[float, ...]:
        """Mean amplification of every round: maximum likelihood keeps the share of its rows, and flips act on that share."""
        real = float(_truth() @ _kind_shares())
        flips = self.bias / (1 - 2 * real)
        size, positives = float(self.first_rows), self.first_rows * real
        course = []
        for _ in range(self.rounds[-1] + 1):
            share = positives / size
            written = share + flips * (1 - 2 * share)
            course.append((written - real) / self.bias)
            positives += self.human_rows * real + self.model_rows * written
            size += self.human_rows + self.model_rows
        return tuple(course)

    def _loops(self, rng: np.random.Generator, progress: Callable[[str], None]) -> tuple[Values, Values]:
        """Bias of what each loop's models write, in units of the first; and the mean gap between pool and writing."""
        truth, shares = _truth(), _kind_shares()
        real = float(truth @ shares)
        flips = self.bias / (1 - 2 * real)
        rows = rng.multinomial(self.first_rows, shares, self.runs).astype(np.float64)
        positives = rng.binomial(rows.astype(np.int64), truth).astype(np.float64)
        coefficients = np.zeros((self.runs, _DESIGN.shape[1]))
        amplified = np.empty((self.runs, self.rounds[-1] + 1))
        gaps = np.empty(self.rounds[-1] + 1)
        for t in range(self.rounds[-1] + 1):
            coefficients = _learn(rows, positives, coefficients, _STEPS if t else _FIRST_STEPS)
            said = 1 / (1 + np.exp(-coefficients @ _DESIGN.T))
            written = said + flips * (1 - 2 * said)
            amplified[:, t] = (written @ shares - real) / self.bias
            gaps[t] = (written @ shares - positives.sum(axis=1) / rows.sum(axis=1)).mean()
            by_people = rng.multinomial(self.human_rows, shares, self.runs)
            by_model = rng.multinomial(self.model_rows, shares, self.runs)
            positives += rng.binomial(by_people, truth) + rng.binomial(by_model, written)
            rows += by_people + by_model
            if t % 100 == 0:
                progress(f"round {t} of {self.rounds[-1]}")
        return amplified, gaps


def _truth() -> Values:
    """Real share of positive labels of each kind of row."""
    logits = _DESIGN @ _WEIGHTS + _TOGETHER * _KINDS[:, 0] * _KINDS[:, 1]
    return np.asarray(1 / (1 + np.exp(-logits)))


def _kind_shares() -> Values:
    """How often each kind of row occurs: all features are independent and even."""
    return np.full(len(_KINDS), 1 / len(_KINDS))


def _learn(rows: Values, positives: Values, start: Values, steps: int) -> Values:
    """Maximum likelihood of a logistic regression on counts by kind of row, for every loop at once."""
    coefficients = start
    for _ in range(steps):
        said = 1 / (1 + np.exp(-coefficients @ _DESIGN.T))
        slope = (positives - rows * said) @ _DESIGN
        curvature = np.einsum("rk,ki,kj->rij", rows * said * (1 - said), _DESIGN, _DESIGN)
        coefficients = coefficients + np.linalg.solve(curvature, slope[:, :, None])[:, :, 0]
    return coefficients
