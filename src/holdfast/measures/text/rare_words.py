"""Rare words: does the candidate give reality's rare words the share of its text that reality gives them?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from holdfast.measures.reading import Band, Calibration, Reading, Undetermined, detectable, percent, too_few
from holdfast.stats.permutation import deal, rank
from holdfast.views.rare_words import RARE_WORDS
from holdfast.views.reading import read_view

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.sides import Sides
    from holdfast.views.view import View

DRAWS = 499
_LEAST_OCCURRENCES = 50
_UNITS_PER_TYPE = 20
"""Units of a type from which on dealing types costs less than shuffling units."""
_DEALT_AT_ONCE = 1_000_000
"""Types times deals that memory holds at once."""
_SPREAD = 1.4
"""Logarithms of ratios spread this much wider than deals tell, as one sample of reality decides for all rows what is rare
(measured between real rows of three corpora, 300 to 2,000 a side: 1.05 to 1.4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RareWords:
    """Share of the candidate's words that are rare in reality, over the share that real rows show.

    Rare are the words of the anchor, rarest first, that together make up a tenth of it. A real row is read by what the rest
    of the anchor calls rare, without its near-duplicates, and a candidate row by as large a part of the anchor. Words that
    the anchor does not know count as none: this is about mass that reality has.

    Mass against support tells two causes apart: where text is drawn from too few examples, or again from what was drawn,
    kinds of words vanish and those that stay take over, so that rare words as a whole keep their share. Where a decoder, a
    filter or a judge prefers the likely, the share itself falls.

    Reads
        1.0 when rare words have their share; 0.5 when half of it is gone.
    Blind to
        which rare words are there: ten of them at ten times their rate read 1.0 (see LexicalDiversity).
    Undetermined
        with fewer than `least_rows` rows with words, or groups of near-duplicates, on a side.
    Cost
        linear in words, then 499 deals of units by type, or, where hardly two are alike, of all units.
    Source
        Rare-token share as what tells truncation from drift: Shumailov et al. 2024, Nature 631:755, and Dohmatob et al.
        2024, arXiv:2402.07043; units dealt anew.

    >>> from random import Random
    >>> from holdfast.measures.examples import text_sides
    >>> dice = Random(1)
    >>> words = [f"word{i}" for i in range(400)]
    >>> zipf = [1 / (i + 1) for i in range(400)]
    >>> real = [" ".join(dice.choices(words, zipf, k=9)) for _ in range(600)]
    >>> head = [" ".join(dice.choices(words, [z ** 2 for z in zipf], k=9)) for _ in range(600)]
    >>> RareWords()(text_sides(real=real, candidate=head), Calibration(draws=199)).value < 0.2
    True
    """

    name: ClassVar[str] = "rare_words"
    title: ClassVar[str] = "Share of rare words"
    version: ClassVar[int] = 2
    unit: ClassVar[str] = "of the share that rare words have in reality"
    percent: ClassVar[bool] = True
    judged: ClassVar[bool] = False
    decisive: ClassVar[bool] = False
    of_shares: ClassVar[bool] = False

    tolerance: float = 0.1
    least_rows: int = 100

    def views(self, sides: Sides, null: Calibration) -> tuple[View, ...]:  # noqa: ARG002 - the same for all
        """What is asked of every row."""
        return (RARE_WORDS,)

    def __call__(self, sides: Sides, null: Calibration) -> Reading | Undetermined:
        """Read the share of rare words."""
        anchor, candidate = sides.anchor, sides.candidate
        with_words, others = (min(int((side.counts > 0).sum()), side.units) for side in (anchor, candidate))
        if min(with_words, others) < self.least_rows:
            return too_few(with_words, others, self.least_rows)
        rng = null.rng(self.name)
        viewed = read_view(sides, RARE_WORDS)
        units = [
            np.stack(
                [
                    np.bincount(side.duplicates.units, facts[column], minlength=side.units).astype(np.float64)
                    for column in ("rare", "words")
                ],
                1,
            )
            for side, facts in ((anchor, viewed.real), (candidate, viewed.candidate))
        ]
        real, found = map(_share, units)
        if units[0][:, 0].sum() < _LEAST_OCCURRENCES:
            return Undetermined(reason="reality has hardly any rare words, so none can be missed")
        shares = deal_shares(np.concatenate(units), candidate.units, min(null.draws, DRAWS), rng)
        ratios = (shares[:, 0] / np.maximum(shares[:, 1], 1e-12)) ** _SPREAD
        value = found / real
        place = rank(-value, -ratios, rng)
        return Reading(
            value=value,
            null=Band.of(ratios),
            p_value=place.p_value,
            randomized=place.randomized,
            effect=1.0 - value,
            smallest_detectable=detectable(1.0 - ratios, null.level),
            evidence=(
                f"rare words make up {percent(found)} of the candidate's words, {percent(real)} of reality's",
            ),
            details={"candidate_share": found, "real_share": real},
        )


def deal_shares(
    units: NDArray[np.float64], chosen: int, draws: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """float64 [draws, 2], shares of rare words among so many units, taken at random, and among the others.

    Args:
        units: float64 [u, 2], rare words and words of every unit: whole numbers.
        chosen: How many are taken.
        draws: How often.
        rng: Source of randomness.
    """
    # One number for a pair of numbers: sorting rows of a table takes ten times as long.
    span = float(units[:, 1].max(initial=0)) + 1
    pairs, counts = np.unique(units[:, 0] * span + units[:, 1], return_counts=True)
    types = np.stack(np.divmod(pairs, span), 1)
    total = counts @ types
    shares = np.empty((draws, 2))
    # Units of one type are interchangeable. Where hardly two are alike, shuffling all of them costs less.
    alike = len(types) * _UNITS_PER_TYPE <= len(units)
    step = max(_DEALT_AT_ONCE // len(types), 1) if alike else 1
    for start in range(0, draws, step):
        some = min(step, draws - start)
        mine = (
            deal(counts, chosen, some, rng) @ types
            if alike
            else units[rng.permutation(len(units))[:chosen]].sum(axis=0)[None]
        )
        for column, (rare, words) in enumerate((mine.T, (total - mine).T)):
            shares[start : start + some, column] = rare / np.maximum(words, 1.0)
    return shares


def _share(units: NDArray[np.float64]) -> float:
    rare, words = units.sum(axis=0)
    return float(rare / max(words, 1.0))
