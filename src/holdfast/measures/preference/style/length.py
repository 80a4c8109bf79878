"""Length: does a judge prefer what is longer, beyond what people prefer?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from holdfast.measures.preference.style.effects import read_effects
from holdfast.measures.preference.style.matched import by_ratio, matched, overlap, win_rates
from holdfast.measures.preference.style.reading import UNIT, Feature, Limits, read, refusal, unfit, unknown
from holdfast.measures.preference.style.shared import Shared, share_pairs
from holdfast.stats.logit import Unfit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from holdfast.measures.preference.reading import PreferenceReading
    from holdfast.measures.reading import Calibration
    from holdfast.views.ratings import Rater, Ratings

DEALS = 399
DRAWS = 999
Form = Literal["log", "arena"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """How far one standard deviation of length moves a judge's verdict, the human verdict given, against a second person's.

    Verdicts are explained by what a person said of the pair, by what was shown first, and by length. Where two people saw the pairs,
    the same is done with the second one in the judge's place, in all orders of any two, and the judge is held against that, on
    the scale of probabilities: coefficients of a consistent and of a noisy rater are not comparable. Where one person did, the judge must
    lean both given that person's verdict and against it; the first alone takes one person's label for taste itself, the second
    flatters noise. Pairs asked in both orders count in both.

    Length is the log ratio of words, so that a step means "so many times as long" everywhere; `form="arena"` is that of Arena's
    style control, which is bounded.

    Reads
        0 when the judge goes with length as a second person does; above 0 when it likes what is longer more than that.
    Blind to
        what is long because it is good in a way people see and a second person says so; taste in other things (see Layout).
    Undetermined
        with fewer than `least_pairs` pairs that people labelled, too; with one person for each pair where the two forms disagree;
        with a judge that does not follow people beyond chance.
    Cost
        five seconds for 100,000 pairs that two people labelled, too.
    Source
        Conditional form, human null and both-forms rule: `design/0006-preferences.md`; Arena's form: Li et al. 2024, style control.

    >>> from holdfast.measures.preference.examples import verbose_judge
    >>> from holdfast.measures.reading import Calibration
    >>> ratings, judges = verbose_judge()
    >>> reading = Length()(ratings, judges, Calibration())[0]
    >>> reading.state, reading.effect > 0.1
    ('beyond', True)
    """

    name: ClassVar[str] = "length"
    title: ClassVar[str] = "Preference for length"
    version: ClassVar[int] = 1
    unit: ClassVar[str] = UNIT
    primary: ClassVar[bool] = True

    least_pairs: int = 200
    least_differing: int = 50
    floor: float = 0.05
    form: Form = "log"

    def __call__(
        self, ratings: Ratings, judges: Sequence[Rater], null: Calibration
    ) -> tuple[PreferenceReading, ...]:
        """Read every judge."""
        return tuple(self._read(ratings, judge, null) for judge in judges)

    def _read(self, ratings: Ratings, judge: Rater, null: Calibration) -> PreferenceReading:
        shared = share_pairs(ratings, judge, self.least_pairs)
        limits = Limits(least_pairs=self.least_pairs, least_differing=self.least_differing, floor=self.floor)
        ratio = log_ratio(ratings)
        feature = length_feature(ratings, shared, self.form)
        reason = refusal(shared, judge, feature, limits)
        if reason is not None:
            return unknown(shared, judge, feature, reason, limits)
        rng = null.rng(f"{self.name} {judge.name}")
        effect = read_effects(shared, [feature.table], rng, draws=min(null.draws, DRAWS), deals=DEALS)[0]
        if isinstance(effect, Unfit):
            return unknown(shared, judge, feature, unfit(shared, judge, effect), limits)
        return read(shared, judge, feature, effect, limits, _details(ratings, shared, judge, ratio))


def _details(ratings: Ratings, shared: Shared, judge: Rater, ratio: NDArray[np.float64]) -> dict[str, Any]:
    mean, _ = ratings.human
    sides = ratio[shared.judge.pair], shared.judge.verdict, mean[shared.judge.pair]
    return {
        "overlap": overlap(sides[0]),
        "length_matched": matched(*sides),
        "by_ratio": by_ratio(*sides),
        "win_rates": win_rates(ratings, judge, ratio),
    }


def log_ratio(ratings: Ratings) -> NDArray[np.float64]:
    """float64 [pairs], log ratio of words, a to b, one word added to each so that nothing is no exception."""
    a, b = ratings.counts
    return np.log1p(a[:, 0]) - np.log1p(b[:, 0])


def length_feature(ratings: Ratings, shared: Shared, form: Form = "log") -> Feature:
    """Length in standard deviations of the pairs that are read.

    The standard deviation is taken around 0: which response is called a must make no difference.
    """
    values = log_ratio(ratings) if form == "log" else ratings.style[:, 0]
    spread = around_zero(values[shared.pairs])
    if form == "log":
        step = f"is {np.exp(spread):.1f} times as long as the other"
    else:
        step = f"is longer by {spread:.2f} in Arena's form"
    return Feature(
        name="length",
        title="Length",
        more="longer",
        table=(values / (spread or 1.0))[:, None],
        step=step,
        primary=True,
        column=0,
    )


def around_zero(values: NDArray[np.float64]) -> float:
    """Standard deviation around 0; 0 where there are none."""
    return float(np.sqrt((values**2).mean())) if len(values) else 0.0
