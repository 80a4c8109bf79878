"""L9: a stratum that loses a share of its mass in every generation, replaced, mixed with real rows and accumulated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from holdfast.lab.published.bias.bands import BAND, banded
from holdfast.lab.published.drift.replicates import mean, theory
from holdfast.lab.published.experiment import Check, Figure, Outcome
from holdfast.remedies.plan.formulas import retention_accumulated, retention_mixed, retention_replaced

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Values = NDArray[np.float64]

# The recursion and the formulas are the same numbers up to rounding.
_EXACT = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class TailSurvival:
    """The mass that is left of a stratum, carried forward exactly and in rows that are really drawn.

    Attributes:
        survivals: Shares of a stratum's mass that one generation keeps; the grid of the exact part.
        real_shares: Shares of fresh real rows in the mix.
        rounds: Generations that are replaced or mixed.
        batches: Batches that accumulate, the real one included.
        shown_survival: The survival of the rows that are drawn.
        shown_rounds: Rounds of replacement at which the rows are counted.
        shown_batches: Batches at which they are counted.
        share: What the stratum has of reality.
        rows: Rows of a generation.
        runs: Times that everything is drawn.
    """

    id: ClassVar[str] = "L9"
    title: ClassVar[str] = "A tail that every generation says less often"
    question: ClassVar[str] = (
        "If one generation keeps 80 % of a rare stratum, how much of it is left after many generations, and how far do "
        "real rows or accumulation help?"
    )
    source: ClassVar[str] = "Derived for this project (F17, F18); replacement as in Shumailov et al. 2024."
    seconds: ClassVar[float] = 1.0

    survivals: tuple[float, ...] = (0.5, 0.8, 0.9, 0.95, 0.99)
    real_shares: tuple[float, ...] = (0.1, 0.3, 0.5)
    rounds: int = 60
    batches: int = 100
    shown_survival: float = 0.8
    shown_rounds: int = 9
    shown_batches: tuple[int, ...] = (10, 100)
    share: float = 0.05
    rows: int = 2000
    runs: int = 2000

    @property
    def setup(self) -> str:
        """What is drawn."""
        return (
            f"The expected mass is carried forward for {self.rounds} rounds and {self.batches} batches on a grid of survivals; at "
            f"a survival of {self.shown_survival} {self.rows:,} rows are drawn per round, of which the stratum has {self.share:.0%} "
            f"in reality, in {self.runs:,} runs."
        )

    def run(self, rng: np.random.Generator, progress: Callable[[str], None] = lambda _: None, /) -> Outcome:
        """Carries the mass forward, then draws rows.

        Args:
            rng: The only source of chance.
            progress: Called with a word about what is done next.

        Returns:
            By protocol: the share of the stratum that is left.
        """
        progress("the mass carried forward")
        checks = [*self._exact()]
        survival = self.shown_survival
        progress("rows drawn: replaced")
        replaced = self._mixed_rows(rng, 0.0, survival)
        at = self.shown_rounds
        checks.append(
            mean(replaced[:, at]).check(
                f"share left after {at} replacements, {survival} kept by each",
                float(retention_replaced(survival, at)),
            )
        )
        mixed = {}
        for real_share in self.real_shares:
            progress(f"rows drawn: {real_share:.0%} real")
            mixed[real_share] = self._mixed_rows(rng, real_share, survival)
            checks.append(
                mean(mixed[real_share][:, -1]).check(
                    f"share left after {self.rounds} rounds with {real_share:.0%} real rows, {survival} kept by each",
                    float(retention_mixed(survival, real_share, self.rounds)),
                )
            )
        progress("rows drawn: accumulated")
        pool = self._pooled_rows(rng, survival)
        checks += [
            mean(pool[:, count - 1]).check(
                f"share left in a pool of {count} batches, {survival} kept by each",
                float(retention_accumulated(survival, count)),
            )
            for count in self.shown_batches
        ]
        return Outcome(checks=tuple(checks), figure=self._figure(replaced, mixed, pool), notes=(BAND,))

    def _exact(self) -> tuple[Check, ...]:
        """The greatest distances between a mass carried forward and the closed forms."""
        kept = np.array(self.survivals)
        real = np.array(self.real_shares)[:, None]
        alone, mix, pool = np.ones_like(kept), np.ones((real.size, kept.size)), np.ones_like(kept)
        far = [0.0, 0.0, 0.0]
        for t in range(1, self.rounds + 1):
            alone = kept * alone
            mix = real + (1 - real) * kept * mix
            far[0] = max(far[0], float(np.abs(alone - retention_replaced(kept, t)).max()))
            far[1] = max(far[1], float(np.abs(mix - retention_mixed(kept, real, t)).max()))
        for count in range(2, self.batches + 1):
            pool = ((count - 1) * pool + kept * pool) / count
            far[2] = max(far[2], float(np.abs(pool - retention_accumulated(kept, count)).max()))
        names = ("replaced", "mixed with real rows", "accumulated")
        return tuple(
            Check(
                name=f"greatest distance of the mass carried forward from its formula, {name}",
                expected=0.0,
                measured=distance,
                floor=_EXACT,
            )
            for name, distance in zip(names, far, strict=True)
        )

    def _mixed_rows(self, rng: np.random.Generator, real_share: float, survival: float) -> Values:
        """Share left in every run and round of training rows, real ones among them."""
        real_rows = round(real_share * self.rows)
        left = np.ones((self.runs, self.rounds + 1))
        left[:, 0] = rng.binomial(self.rows, self.share, self.runs) / (self.rows * self.share)
        for t in range(1, self.rounds + 1):
            written = rng.binomial(self.rows - real_rows, survival * self.share * left[:, t - 1])
            kept = rng.binomial(real_rows, self.share, self.runs)
            left[:, t] = (written + kept) / (self.rows * self.share)
        return left

    def _pooled_rows(self, rng: np.random.Generator, survival: float) -> Values:
        """Share left in every run's pool, by the number of its batches."""
        left = np.ones((self.runs, self.batches))
        held = rng.binomial(self.rows, self.share, self.runs)
        for count in range(1, self.batches + 1):
            left[:, count - 1] = held / (count * self.rows * self.share)
            held = held + rng.binomial(self.rows, survival * self.share * left[:, count - 1])
        return left

    def _figure(self, replaced: Values, mixed: dict[float, Values], pool: Values) -> Figure:
        survival = self.shown_survival
        # The first batch or round is the real rows: number 1, so that the axis may be logarithmic.
        rounds = np.arange(1, self.rounds + 2)
        curves = [
            banded("replaced", rounds, replaced),
            theory(
                "replaced, theory",
                rounds,
                [float(retention_replaced(survival, t)) for t in range(self.rounds + 1)],
            ),
        ]
        for share, left in mixed.items():
            law = [float(retention_mixed(survival, share, t)) for t in range(self.rounds + 1)]
            curves += [
                banded(f"{share:.0%} real rows", rounds, left),
                theory(f"{share:.0%} real rows, theory", rounds, law),
            ]
        counts = np.arange(1, self.batches + 1)
        curves += [
            banded("accumulated", counts, pool),
            theory(
                "accumulated, theory",
                counts,
                [float(retention_accumulated(survival, t)) for t in counts.tolist()],
            ),
        ]
        return Figure(
            x="generation (1 = real rows)",
            y="share of the stratum left",
            curves=tuple(curves),
            log_x=True,
        )
