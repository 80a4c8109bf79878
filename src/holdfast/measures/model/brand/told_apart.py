"""Told apart: can a document by the model be told from an approved one by small words and marks?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from holdfast.measures.model.brand.distances import FOLDS, deal_groups, score_sides
from holdfast.measures.model.brand.voices import NAME
from holdfast.measures.preference.reading import PreferenceReading
from holdfast.measures.reading import Band, Calibration
from holdfast.measures.text.two_samples import area_under_curve
from holdfast.stats.permutation import rank

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.measures.model.brand.voices import Voices

DEALS = 39
_LEAST_EXCESS = 0.05
"""Over chance; below it generic texts are no yardstick."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldApart:
    """Share of pairs, an approved document and an output, that a linear classifier orders rightly; a two-sample test.

    Beside it stands what it is of generic texts, and 1 - (outputs - 1/2)/(generic - 1/2): the same question as
    `BrandRetention` in the classifier's own unit. It grows with the length of documents and soon says 1; hence it is shown and
    does not decide.

    Reads
        0.5 when outputs cannot be told from approved texts, 1.0 when every pair can.
    Blind to
        words of content, and how much a difference matters: a small constant one tells long documents apart.
    Undetermined
        with fewer than 200 approved documents or 50 outputs.
    Cost
        40 ridge discriminants of 300 features.
    Source
        Lopez-Paz and Oquab 2017, arXiv:1610.06545; permutation of units.

    >>> from holdfast.measures.model.brand.examples import plain_voices
    >>> from holdfast.measures.reading import Calibration
    >>> 0.4 < ToldApart()(plain_voices(share=0.0), Calibration()).value < 0.6
    True
    """

    name: ClassVar[str] = "brand_told_apart"
    title: ClassVar[str] = "Told apart from approved texts"
    version: ClassVar[int] = 1
    unit: ClassVar[str] = "of pairs of an approved document and an output are ordered rightly (0.5 by chance)"
    primary: ClassVar[bool] = False

    floor: float = 0.1

    def __call__(self, voices: Voices, null: Calibration) -> PreferenceReading:
        """Read how well outputs are told apart."""
        rng = null.rng(self.name)
        if voices.lacking is not None:
            return PreferenceReading.unknown(
                self.name, NAME, self.unit, reason=voices.lacking, n=len(voices.outputs)
            )
        own, written = voices.tables["approved"], voices.tables["outputs"]
        units = np.concatenate([voices.approved.units, voices.outputs.units + voices.approved.distinct])
        pooled = np.vstack([own, written])
        value = _area(own, written, voices.approved.units, voices.outputs.units, rng)
        dealt = []
        for _ in range(DEALS):
            chosen = np.zeros(voices.approved.distinct + voices.outputs.distinct, bool)
            chosen[rng.permutation(len(chosen))[: voices.outputs.distinct]] = True
            other = chosen[units]
            dealt.append(
                _area(pooled[~other], pooled[other], _numbered(units[~other]), _numbered(units[other]), rng)
            )
        deals = np.array(dealt)
        band, place = Band.of(deals), rank(value, deals, rng)
        effect, apart = (
            value - band.median,
            voices.subjects.apart(voices.subjects.mixture(voices.outputs.counted)),
        )
        details = {"subjects_apart": apart, **self._beside(voices, value, rng)}
        return PreferenceReading(
            measure=self.name,
            subject=NAME,
            unit=self.unit,
            value=value,
            reality=band.median,
            reality_interval=(band.low, band.high),
            effect=effect,
            p_value=place.p_value,
            floor=self.floor,
            smallest_detectable=float(_DETECTABLE * deals.std()),
            n=len(voices.outputs),
            state="beyond" if effect > self.floor and value > band.high else "within",
            evidence=(
                f"documents dealt anew to both sides are ordered rightly in {band.low:.2f} to {band.high:.2f} of pairs",
            ),
            details=details,
        )

    def _beside(self, voices: Voices, value: float, rng: np.random.Generator) -> dict[str, float | None]:
        if voices.generic is None or voices.lacking_generic is not None:
            return {"generic": None, "retention": None}
        away = _area(
            voices.tables["approved"],
            voices.tables["generic"],
            voices.approved.units,
            voices.generic.units,
            rng,
        )
        kept = 1.0 - (value - 0.5) / (away - 0.5) if away - 0.5 > _LEAST_EXCESS else None
        return {"generic": away, "retention": kept}


_DETECTABLE = 2.8


def _area(
    own: NDArray[np.float64],
    other: NDArray[np.float64],
    own_units: NDArray[np.int64],
    other_units: NDArray[np.int64],
    rng: np.random.Generator,
) -> float:
    """Area under the curve, over folds that the classifier did not see."""
    folds = deal_groups(own_units, rng, FOLDS), deal_groups(other_units, rng, FOLDS)
    scores = score_sides(own, other, (), folds)
    areas = []
    for fold in range(FOLDS):
        sides = scores.approved[folds[0] == fold], scores.generic[folds[1] == fold]
        both = np.concatenate(sides).astype(np.float32)
        areas.append(area_under_curve(both, np.arange(len(both)) >= len(sides[0])))
    return float(np.mean(areas))


def _numbered(units: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.unique(units, return_inverse=True)[1].astype(np.int64)
