"""Rare words: does the candidate give reality's rare words the share of its text that reality gives them?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from holdfast.measures.reading import Band, Calibration, Reading, Undetermined, detectable, percent, too_few
from holdfast.stats.permutation import rank
from holdfast.views.folds import pick_folds
from holdfast.views.support import FOLDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.sides import Sides
    from holdfast.views.tokens import Tokens

RARE = 0.1
"""Part of all words in the text that the rarest ones make up."""
DRAWS = 499
_LEAST_OCCURRENCES = 50
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
        linear in words, and in rows times 499 deals.
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
    version: ClassVar[int] = 1
    unit: ClassVar[str] = "of the share that rare words have in reality"
    percent: ClassVar[bool] = True
    judged: ClassVar[bool] = False
    decisive: ClassVar[bool] = False
    of_shares: ClassVar[bool] = False

    tolerance: float = 0.1
    least_rows: int = 100

    def __call__(self, sides: Sides, null: Calibration) -> Reading | Undetermined:
        """Read the share of rare words."""
        anchor, candidate = sides.anchor, sides.candidate
        with_words, others = (
            min(int((side.tokens.counts > 0).sum()), side.units) for side in (anchor, candidate)
        )
        if min(with_words, others) < self.least_rows:
            return too_few(with_words, others, self.least_rows)
        rng = null.rng(self.name)
        folds = pick_folds(sides, candidate.tokens)
        rare = _rare_counts(anchor.tokens, candidate.tokens, folds)
        units = [
            np.stack(
                [
                    np.bincount(side.duplicates.units, counts, minlength=side.units),
                    np.bincount(side.duplicates.units, side.tokens.counts, minlength=side.units),
                ],
                1,
            )
            for side, counts in zip((anchor, candidate), rare, strict=True)
        ]
        pooled = np.concatenate(units).astype(np.float64)
        taken = np.arange(len(pooled)) >= anchor.units
        found, real = _share(pooled[taken]), _share(pooled[~taken])
        if pooled[~taken, 0].sum() < _LEAST_OCCURRENCES:
            return Undetermined(reason="reality has hardly any rare words, so none can be missed")
        ratios = np.empty(min(null.draws, DRAWS))
        for draw in range(len(ratios)):
            dealt = rng.permutation(taken)
            ratios[draw] = _share(pooled[dealt]) / max(_share(pooled[~dealt]), 1e-12)
        ratios **= _SPREAD
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


def _rare_counts(
    anchor: Tokens, candidate: Tokens, folds: tuple[NDArray[np.int8], NDArray[np.int8]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """float64 [m] and float64 [n], rare words of every row, as the part of the anchor that does not know it counts."""
    words, place = np.unique(np.concatenate([anchor.words, candidate.words]), return_inverse=True)
    split = len(anchor.words)
    at = place[:split] * FOLDS + folds[0][anchor.rows]
    by_fold = np.bincount(at, minlength=len(words) * FOLDS).reshape(len(words), FOLDS)
    rare = np.stack([_rare(by_fold.sum(axis=1) - by_fold[:, fold]) for fold in range(FOLDS)], 1)
    counts = []
    for tokens, mine, fold in (
        (anchor, place[:split], folds[0]),
        (candidate, place[split:], folds[1]),
    ):
        hits = rare[mine, fold[tokens.rows]]
        counts.append(np.bincount(tokens.rows, hits, minlength=len(tokens)).astype(np.float64))
    return counts[0], counts[1]


def _rare(counts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """bool [w], words up to the count at which they make up a tenth of all; those counted once in any case.

    >>> _rare(np.array([0, 1, 3, 2, 30])).tolist()
    [False, True, False, True, False]
    """
    mass = np.cumsum(np.bincount(counts, counts))
    most = max(int(np.searchsorted(mass, RARE * mass[-1], side="right")) - 1, 1)
    return (counts > 0) & (counts <= most)


def _share(units: NDArray[np.float64]) -> float:
    rare, words = units.sum(axis=0)
    return float(rare / max(words, 1.0))
