"""L8, the same real rows in every round: an anchor holds, and hands on its own sampling error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from holdfast.lab.published.drift.replicates import mean, measured, shown, theory
from holdfast.lab.published.experiment import Figure, Outcome
from holdfast.remedies.plan.formulas import noise_replayed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy as np

    from holdfast.lab.published.drift.replicates import Estimate
    from holdfast.lab.published.experiment import Check, Curve

_FLOOR = 0.03
_MOST = 1.5
"""F13, the error that no share of synthetic rows passes, in units of the anchor's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedAnchor:
    """A share is learnt from the same real rows and fresh synthetic ones: the error stays within half again the anchor's.

    Attributes:
        probability: The share in reality, p.
        rows: Real rows, drawn once, n.
        ratios: Synthetic rows per real one, r.
        rounds: Rounds.
        replicates: Chains, each with an anchor of its own.
    """

    id: ClassVar[str] = "L8"
    title: ClassVar[str] = "The same real rows in every round"
    question: ClassVar[str] = (
        "How much worse than its anchor does a loop become that replays the same real rows in every round?"
    )
    source: ClassVar[str] = (
        "Derived for this project, in the setting of Seddik et al. 2024, arXiv:2404.05090."
    )
    seconds: ClassVar[float] = 1.5

    probability: float = 0.05
    rows: int = 1_000
    ratios: tuple[float, ...] = (0.25, 1.0, 4.0, 16.0)
    rounds: int = 80
    replicates: int = 40_000

    @property
    def setup(self) -> str:
        """The setup, in words."""
        ratios = ", ".join(f"{ratio:g}" for ratio in self.ratios)
        return (
            f"{self.rows:,} real rows of which a share of {self.probability:g} shows something are drawn once. Every round learns the "
            f"share from them and from {ratios} times as many rows of the last round; {self.rounds} rounds, {self.replicates:,} chains."
        )

    def run(self, rng: np.random.Generator, progress: Callable[[str], None] = lambda _: None) -> Outcome:
        """Draw counts.

        Args:
            rng: The only source of chance.
            progress: Called with a word about what is done next.

        Returns:
            By ratio: squared distance from the anchor, and from reality, in units of the anchor's sampling variance.
        """
        steps = shown(self.rounds, logarithmic=True)
        checks: list[Check] = []
        curves: list[Curve] = []
        for ratio in self.ratios:
            progress(
                f"{self.replicates:,} chains of {self.rounds} rounds, {ratio:g} synthetic rows per real one"
            )
            extra, total = self._chains(round(ratio * self.rows), steps, rng)
            limit = float(noise_replayed(ratio))
            checks += (
                extra[-1].check(
                    f"squared distance from the anchor, r = {ratio:g} (anchor from reality: 1)",
                    limit - 1,
                    share=_FLOOR,
                ),
                total.check(f"squared error, r = {ratio:g}", limit, share=_FLOOR),
                total.check(f"squared error at most, r = {ratio:g}", _MOST, relation="at_most"),
            )
            # What a round inherits of the distance, the first one being trained on the anchor alone.
            inherited = (ratio / (1 + ratio)) ** 2
            curves += (
                measured(f"r = {ratio:g}", steps, extra),
                theory(
                    f"r = {ratio:g}, theory", steps, ((limit - 1) * (1 - inherited**step) for step in steps)
                ),
            )
        return Outcome(
            checks=tuple(checks),
            figure=Figure(
                x="round",
                y="squared distance from the anchor (anchor from reality: 1)",
                curves=tuple(curves),
                log_x=True,
            ),
            notes=(
                "A replayed anchor leaves an error of up to 1.5 times its own sampling error, which no further round removes. For a "
                "generator without bias only.",
            ),
        )

    def _chains(
        self, written: int, steps: Iterable[int], rng: np.random.Generator
    ) -> tuple[list[Estimate], Estimate]:
        """Squared distance from the anchor at the rounds asked for, and from reality after the last."""
        unit = self.probability * (1 - self.probability) / self.rows
        anchor = rng.binomial(self.rows, self.probability, self.replicates)
        share = anchor / self.rows
        wanted, extra = frozenset(steps), []
        for step in range(1, self.rounds + 1):
            share = (anchor + rng.binomial(written, share)) / (self.rows + written)
            if step in wanted:
                extra.append(mean((share - anchor / self.rows) ** 2 / unit))
        return extra, mean((share - self.probability) ** 2 / unit)
