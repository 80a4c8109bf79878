"""Insight: does a judge agree with people beyond chance, and where that is not shown, is the lack of it?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from holdfast.measures.preference.people import LABELS, NOBODY
from holdfast.measures.reading import percent
from holdfast.stats.agreement import Agreement as Coefficient
from holdfast.stats.agreement import cohen_kappa, krippendorff_alpha

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.measures.preference.people import Share
    from holdfast.views.ratings import Rater

SLIGHT = 0.1
"""Kappa that a judge must surely stay below to be called uninformative where no two people can be compared: two people who agree no
more than that would be no anchor."""
_Z = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """Verdicts of a judge beside what most people say, in terms that do not hang on which response is called a.

    Where the order is known, a label is the slot it goes to: a judge who always takes the first slot agrees with people by habit, and
    chance allows for that. Elsewhere every pair stands either way round: a file of chosen and rejected calls the winner a, and that is
    nobody's habit.
    """

    judge: NDArray[np.int64]
    most: NDArray[np.int64]
    prompt: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        label: NDArray[np.int64],
        swapped: NDArray[np.int64],
        most: NDArray[np.int64],
        first: NDArray[np.int64],
        prompt: NDArray[np.int64],
    ) -> Verdicts:
        """Two rows for each verdict; both orders are two verdicts of one pair, and pairs of one prompt are no independent draws."""
        twice = swapped != NOBODY
        judge = np.concatenate([label, swapped[twice]]) - 1
        people = np.concatenate([most, most[twice]]) - 1
        slot = np.concatenate([first, -first[twice]])
        one, other = np.where(slot == 0, 1, slot), np.where(slot == 0, -1, slot)
        return cls(
            judge=np.concatenate([judge * one, judge * other]) + 1,
            most=np.concatenate([people * one, people * other]) + 1,
            prompt=np.tile(np.concatenate([prompt, prompt[twice]]), 2),
        )

    @property
    def kappa(self) -> Coefficient:
        """Cohen's, with the majority."""
        return cohen_kappa(self.judge, self.most, size=LABELS, groups=self.prompt)

    def alpha(self, rng: np.random.Generator, draws: int) -> Coefficient:
        """Krippendorff's, with the majority as the other annotator."""
        counts = np.zeros((len(self.judge), LABELS), np.int64)
        for labels in (self.most, self.judge):
            counts[np.arange(len(labels)), labels] += 1
        return krippendorff_alpha(counts, rng, groups=self.prompt, draws=draws)


def agrees_beyond_chance(kappa: Coefficient, verdicts: Verdicts) -> bool | None:
    """Whether the judge agrees beyond chance; None where these pairs cannot tell."""
    if (verdicts.most == verdicts.most[0]).all():
        return None
    # Without an interval the judge says the same of every pair, and that tells nothing.
    return kappa.interval is not None and kappa.interval[0] > 0


def lacks(
    kappa: Coefficient,
    beside: tuple[float, float, tuple[float, float] | None] | None,
    slight: float,
    level: float,
) -> bool:
    """Whether a judge who is not known to agree is known not to: a judge like any person must not be called uninformative."""
    from scipy.special import ndtri

    far = float(ndtri(1 - level))
    if beside is not None:
        gap, error, _ = beside
        return gap < -far * error
    if kappa.interval is None or kappa.value is None:
        return True
    return kappa.value + far * (kappa.value - kappa.interval[0]) / _Z < slight


def unsettled(judge: Rater, kappa: Coefficient, count: int, person: Share | None) -> str:
    """Why neither agreement nor its lack is known."""
    told = ""
    if kappa.interval is not None and kappa.value is not None:
        told = f" (kappa {kappa.value:.2f}, {kappa.interval[0]:.2f} to {kappa.interval[1]:.2f})"
    what = (
        "with one person for each pair, nothing shows whether another would do better; let a second person label them"
        if person is None
        else f"a person in its place ({percent(person.value)}) is not known to do better; let more people label more pairs"
    )
    return (
        f"on {count:,} pairs {judge.name} is not known to agree with people beyond chance{told}, and {what}"
    )
