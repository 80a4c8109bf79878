"""Layout and manner: does a judge prefer headings, lists, bold, exclamation marks, beyond what people prefer?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from holdfast.measures.preference.style.effects import read_effects
from holdfast.measures.preference.style.length import DEALS, DRAWS, around_zero, length_feature
from holdfast.measures.preference.style.reading import UNIT, Feature, Limits, read, refusal, unfit, unknown
from holdfast.measures.preference.style.shared import Shared, share_pairs
from holdfast.stats.logit import Unfit
from holdfast.stats.multiplicity import benjamini_hochberg
from holdfast.views.style import STYLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.measures.preference.reading import PreferenceReading
    from holdfast.measures.reading import Calibration
    from holdfast.views.ratings import Rater, Ratings

_WORDS = {
    "headers": ("Headings", "more headed", "headings"),
    "list_items": ("Lists", "more listed", "list items"),
    "bold": ("Bold", "bolder", "bold spans"),
    "exclamations": ("Exclamation marks", "more exclaiming", "exclamation marks"),
    "emoji": ("Emoji", "more emoji-laden", "emoji"),
    "hedges": ("Hedges", "more hedged", "hedging words"),
    "first_person": ("First person", "more personal", "words of the first person"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How far one standard deviation of headings, lists, bold and the like moves a judge's verdict, the human verdict given.

    As Length, one feature at a time, with length held fast beside it, so that long answers with many list items are no taste for
    lists. Differences are in Arena's form, (a - b) / (a + b + 1), code left out. All of it is exploratory: it warns, and only what is
    left after Benjamini and Hochberg among all features and judges counts as beyond.

    Reads
        0 when the judge goes with the feature as a second person does.
    Blind to
        features that are not counted; a taste that goes with length without exception.
    Undetermined
        as Length; and where fewer than `least_differing` pairs differ in the feature.
    Cost
        as Length for each feature that differs in enough pairs.
    Source
        Features: Li et al. 2024, style control; Benjamini and Hochberg 1995.

    >>> from holdfast.measures.preference.examples import verbose_judge
    >>> from holdfast.measures.reading import Calibration
    >>> ratings, judges = verbose_judge()
    >>> [reading.state for reading in Layout(features=("emoji",))(ratings, judges, Calibration())]
    ['not_asked']
    """

    name: ClassVar[str] = "layout"
    title: ClassVar[str] = "Preference for layout and manner"
    version: ClassVar[int] = 1
    unit: ClassVar[str] = UNIT
    primary: ClassVar[bool] = False

    features: tuple[str, ...] = STYLE[1:]
    least_pairs: int = 200
    least_differing: int = 50
    floor: float = 0.05
    rate: float = 0.05

    def __call__(
        self, ratings: Ratings, judges: Sequence[Rater], null: Calibration
    ) -> tuple[PreferenceReading, ...]:
        """Read every feature of every judge."""
        readings = [reading for judge in judges for reading in self._read(ratings, judge, null)]
        asked = [at for at, reading in enumerate(readings) if reading.p_value is not None]
        left = benjamini_hochberg(np.array([readings[at].p_value for at in asked], float), self.rate)
        for at, kept in zip(asked, left, strict=True):
            readings[at].details["left_among_features"] = bool(kept)
            if readings[at].state == "beyond" and not kept:
                readings[at] = replace(readings[at], state="within")
        return tuple(readings)

    def _read(self, ratings: Ratings, judge: Rater, null: Calibration) -> list[PreferenceReading]:
        shared = share_pairs(ratings, judge, self.least_pairs)
        limits = Limits(least_pairs=self.least_pairs, least_differing=self.least_differing, floor=self.floor)
        features = [_feature(ratings, shared, name) for name in self.features]
        reasons = [refusal(shared, judge, feature, limits) for feature in features]
        tables = [feature.table for feature, why in zip(features, reasons, strict=True) if why is None]
        rng = null.rng(f"{self.name} {judge.name}")
        effects = iter(read_effects(shared, tables, rng, draws=min(null.draws, DRAWS), deals=DEALS))
        readings = []
        for feature, reason in zip(features, reasons, strict=True):
            effect = None if reason is not None else next(effects)
            if effect is None or isinstance(effect, Unfit):
                why = reason or unfit(shared, judge, effect or Unfit(reason="empty"))
                readings.append(_asked(unknown(shared, judge, feature, why, limits), shared, feature))
            else:
                readings.append(read(shared, judge, feature, effect, limits, {}))
        return readings


def _asked(reading: PreferenceReading, shared: Shared, feature: Feature) -> PreferenceReading:
    """The reading; where no two responses differ in the feature, nobody can prefer it, and that is nothing unknown."""
    if len(shared.pairs) == 0 or feature.table[shared.pairs, -1].any():
        return reading
    return replace(
        reading,
        state="not_asked",
        reason="no two responses of a pair differ here",
        evidence=(),
    )


def _feature(ratings: Ratings, shared: Shared, name: str) -> Feature:
    column = STYLE.index(name)
    values = ratings.style[:, column]
    spread = around_zero(values[shared.pairs])
    title, more, what = _WORDS[name]
    length = length_feature(ratings, shared).table
    # Where answers have no words but differ in the feature, length is 0 throughout and cannot be held fast.
    beside = [length] if length[shared.pairs].any() else []
    return Feature(
        name=name,
        title=title,
        more=more,
        table=np.hstack([*beside, (values / (spread or 1.0))[:, None]]),
        step=f"has more {what} (one standard deviation, at equal length)",
        primary=False,
        column=column,
    )
