"""L6, one rare thing: how long it is remembered when each generation is drawn from the last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from holdfast.lab.published.drift.replicates import mean, measured, shown, theory
from holdfast.lab.published.experiment import Figure, Outcome
from holdfast.remedies.plan.formulas import coverage

if TYPE_CHECKING:
    from collections.abc import Callable

_FLOOR = 0.005
_CHECKED = (5, 10, 20, 50)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgetting:
    """A thing that one row in a thousand shows is drawn again and again, until a draw misses it for ever.

    Attributes:
        probability: How often reality shows it, p.
        rows: Draws of a generation, n.
        rounds: Draws in all, the real one included.
        replicates: Chains.
    """

    id: ClassVar[str] = "L6"
    title: ClassVar[str] = "A rare thing, forgotten for ever"
    question: ClassVar[str] = (
        "How long does something that ten rows of ten thousand show survive being learnt again and again?"
    )
    source: ClassVar[str] = (
        "Suresh et al. 2025, arXiv:2412.17646: the sequence g_k = 1 - exp(-g_(k-1)) and survival 1 - exp(-n p g_k), exact for Poisson "
        "draws and a lower bound for these."
    )
    seconds: ClassVar[float] = 1.0

    probability: float = 0.001
    rows: int = 10_000
    rounds: int = 50
    replicates: int = 200_000

    @property
    def setup(self) -> str:
        """The setup, in words."""
        return (
            f"A thing of probability {self.probability:g} is looked for in {self.rows:,} draws; its share in them is its probability "
            f"in the next {self.rows:,}, for {self.rounds} draws in all, in {self.replicates:,} chains."
        )

    def run(self, rng: np.random.Generator, progress: Callable[[str], None] = lambda _: None) -> Outcome:
        """Draw counts.

        Args:
            rng: The only source of chance.
            progress: Called with a word about what is done next.

        Returns:
            The share of chains that still know it after some draws, and its mean probability, which nothing changes.
        """
        share = np.full(self.replicates, self.probability)
        steps = sorted({*shown(self.rounds, logarithmic=True), *(k for k in _CHECKED if k <= self.rounds)})
        survived, masses = {}, []
        progress(f"{self.replicates:,} chains of {self.rounds} draws of {self.rows:,} rows")
        for k in range(1, self.rounds + 1):
            known = share > 0
            share[known] = rng.binomial(self.rows, share[known]) / self.rows
            if k in steps:
                survived[k] = mean((share > 0).astype(np.float64))
                masses.append(mean(share / self.probability))
        return Outcome(
            checks=(
                *(
                    survived[k].check(
                        f"chains that know it after {k} draws, share", self.survival(k), floor=_FLOOR
                    )
                    for k in _CHECKED
                    if k <= self.rounds
                ),
                masses[-1].check(f"its mean probability after {self.rounds} draws (real: 1)", 1.0),
            ),
            figure=Figure(
                x="draw",
                y="relative to reality",
                curves=(
                    measured("chains that still know it", steps, list(survived.values())),
                    theory("chains that still know it, theory", steps, map(self.survival, steps)),
                    measured("its mean probability", steps, masses),
                    theory("its mean probability, theory", steps, (1.0 for _ in steps)),
                ),
                log_x=True,
            ),
            notes=(
                "The mean probability stays what it was: the chains that still know it show it ever more often. A mean over models "
                "hides what each of them lost.",
            ),
        )

    def survival(self, draws: int) -> float:
        """F6, chance that it is still known: as if drawn from n g_k real rows."""
        return float(1 - np.exp(-self.rows * self.probability * coverage(draws)))
