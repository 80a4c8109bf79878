"""L5, words drawn from the counts of the words drawn before: a vocabulary shrinks, the mass of its rare part does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from holdfast.lab.published.drift.replicates import mean, measured, quantiles, theory
from holdfast.lab.published.experiment import Figure, Outcome
from holdfast.remedies.plan.formulas import coverage
from holdfast.stats.bands import membership

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_FLOOR = 0.02
_CHECKED = (1, 2, 5, 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unigrams:
    """Each generation draws words by how often the last one did.

    Attributes:
        symbols: Words in reality.
        offset: Of Mandelbrot's law: the word of rank i is as likely as 1 / (i + offset).
        rows: Words drawn in a generation, n.
        rounds: Draws, the real one included.
        replicates: Chains.
    """

    id: ClassVar[str] = "L5"
    title: ClassVar[str] = "A vocabulary that is drawn from its own draws"
    question: ClassVar[str] = (
        "How fast does a vocabulary shrink when each generation is drawn from the last, and do rare words lose mass?"
    )
    source: ClassVar[str] = (
        "Coverage: Suresh et al. 2025, arXiv:2412.17646. Concentration: Seddik et al. 2024, arXiv:2404.05090. Both derived again for "
        "this project."
    )
    seconds: ClassVar[float] = 0.2

    symbols: int = 1_000
    offset: float = 2.7
    rows: int = 1_000
    rounds: int = 10
    replicates: int = 300

    @property
    def setup(self) -> str:
        """The setup, in words."""
        return (
            f"{self.symbols:,} words with probabilities as 1 / (rank + {self.offset:g}). {self.rows:,} are drawn; the next "
            f"{self.rows:,} are drawn by their shares, and so on for {self.rounds} draws in all; {self.replicates:,} chains."
        )

    def run(self, rng: np.random.Generator, progress: Callable[[str], None] = lambda _: None) -> Outcome:
        """Draw counts.

        Args:
            rng: The only source of chance.
            progress: Called with a word about what is done next.

        Returns:
            Distinct words after some draws, the concentration (sum of squared shares) after the last, and the mass of
            the words that make up the rarest tenth of reality.
        """
        reality = 1 / (np.arange(1, self.symbols + 1) + self.offset)
        reality /= reality.sum()
        rare = membership(reality) == 0
        shares = np.tile(reality, (self.replicates, 1))
        kinds, known, masses, bands = [], [], [], []
        progress(f"{self.replicates:,} chains of {self.rounds} draws of {self.rows:,} words")
        for _ in range(self.rounds):
            shares = rng.multinomial(self.rows, shares) / self.rows
            distinct = (shares > 0).sum(axis=1).astype(np.float64)
            kinds.append(mean(distinct))
            known.append(mean(distinct / self.symbols))
            bands.append(quantiles(distinct / self.symbols))
            masses.append(mean(shares[:, rare].sum(axis=1) / reality[rare].sum()))
        draws = range(1, self.rounds + 1)
        concentration = mean((shares**2).sum(axis=1))
        mass = mean(shares[:, rare].sum(axis=1))
        return Outcome(
            checks=(
                *(
                    kinds[k - 1].check(
                        f"distinct words after {k} draws", self.distinct(reality, k), share=_FLOOR
                    )
                    for k in _CHECKED
                    if k <= self.rounds
                ),
                concentration.check(
                    f"sum of squared shares after {self.rounds} draws",
                    self.concentration(reality),
                    share=_FLOOR,
                ),
                mass.check(f"mass of the rarest tenth after {self.rounds} draws", float(reality[rare].sum())),
            ),
            figure=Figure(
                x="draw",
                y="relative to reality",
                curves=(
                    measured("words still drawn; the band holds four chains of five", draws, known, bands),
                    theory(
                        "words still drawn, theory",
                        draws,
                        (self.distinct(reality, k) / self.symbols for k in draws),
                    ),
                    measured("mass of the rarest tenth", draws, masses),
                    theory("mass of the rarest tenth, theory", draws, (1.0 for _ in draws)),
                ),
            ),
            notes=(
                "Drift keeps the expected mass of rare words as it takes the words away: those that stay are drawn more often.",
            ),
        )

    def distinct(self, reality: NDArray[np.float64], draws: int) -> float:
        """F6 summed over words: how many are still there, drawn as if from n g_k real rows."""
        return float((1 - np.exp(-self.rows * reality * coverage(draws))).sum())

    def concentration(self, reality: NDArray[np.float64]) -> float:
        """F8, chance that two words of the last draw's shares are the same."""
        return 1 - (1 - 1 / self.rows) ** self.rounds * (1 - float((reality**2).sum()))
