"""Brand retention: how much of an approved voice is left in a model's outputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from holdfast.measures.model.brand.distances import (
    FOLDS,
    deal_groups,
    dealt_distances,
    jackknife,
    resampled_means,
    score_sides,
    squared_distance,
    tau,
)
from holdfast.measures.model.brand.voices import NAME
from holdfast.measures.preference.reading import PreferenceReading
from holdfast.measures.reading import Band, Calibration

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.measures.model.brand.distances import Scores
    from holdfast.measures.model.brand.voices import Voices

FLOOR = 0.1
"""A tenth of the way to generic text."""
DRAWS = 999
NULL_DRAWS = 199
_LEAST_GAP = 3.0
"""Standard errors by which generic texts have to lie apart from the approved ones, before shares of that distance mean anything."""
_DETECTABLE = 2.8
"""Standard errors of an effect that is seen in four draws of five, two-sided at 5 % (1.96 + 0.84)."""
_OF_SUBJECTS = 0.99
"""Of subjects as different as the approved ones, the share whose own voice is not taken for a loss."""
_LEAST_SUBJECT = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandRetention:
    """Share of the way from generic text to the approved voice that outputs keep: 1 - D(outputs, brand)/D(generic, brand).

    Read twice. Along the line between both references: D is the mean score of a ridge discriminant of approved and generic texts,
    by folds that did not see them. In any direction: D is the quadratic delta, the distance of mean standardised rates, with
    what chance puts between two means taken off. Both are linear in rates, and so the same for short and long documents. (The
    cosine form needs a middle that neither reference defines, and it falls with shorter documents.)

    The second is shown and does not decide: on real texts by people, another subject alone moved it in most cases.

    Only small words and marks are read. Even they differ by subject: approved documents are grouped by their words of content, and how
    much the groups differ, times how much the outputs' mixture of subjects differs from the approved one, is added to what has
    to be exceeded.

    Reads
        1 when outputs are written like the approved texts, 0 when like the generic ones.
    Blind to
        words of content, meaning, tone that small words and marks do not carry; a subject unlike all of the approved ones, where those
        all read alike.
    Undetermined
        with fewer than 200 approved documents, 50 outputs or 50 generic texts, or where generic texts cannot be told from
        the approved ones.
    Cost
        linear in documents, times 300 features.
    Source
        Burrows 2002, Literary and Linguistic Computing 17:267 (Delta); Argamon 2008, same journal 23:131 (quadratic form).

    >>> import numpy as np
    >>> from holdfast.measures.model.brand.examples import plain_voices
    >>> from holdfast.measures.reading import Calibration
    >>> [round(reading.value, 1) for reading in BrandRetention()(plain_voices(share=0.5), Calibration())]
    [0.5, 0.5]
    """

    name: ClassVar[str] = "brand_retention"
    title: ClassVar[str] = "Brand voice kept"
    version: ClassVar[int] = 1
    unit: ClassVar[str] = "of the way from generic text to your voice is kept"
    primary: ClassVar[bool] = True

    floor: float = FLOOR

    def __call__(self, voices: Voices, null: Calibration) -> tuple[PreferenceReading, ...]:
        """Read what is kept along the line to generic text, and in any direction."""
        rng = null.rng(self.name)
        reason = voices.lacking or voices.lacking_generic
        if reason is not None:
            return tuple(
                self._unknown(measure, reason, voices) for measure in (self.name, f"{self.name}_any")
            )
        along = self._along(voices, rng)
        return along, self._any(voices, rng)

    def _unknown(self, measure: str, reason: str, voices: Voices) -> PreferenceReading:
        return PreferenceReading.unknown(
            measure, NAME, self.unit, reason=reason, n=len(voices.outputs), primary=measure == self.name
        )

    def _along(self, voices: Voices, rng: np.random.Generator) -> PreferenceReading:
        scores = score_all(voices, rng)
        own, written = scores.approved, scores.others[0]
        assert voices.generic is not None  # noqa: S101 - asked before
        means = [
            resampled_means(values, units, rng, DRAWS)
            for values, units in (
                (own, voices.approved.units),
                (scores.generic, voices.generic.units),
                (written, voices.outputs.units),
            )
        ]
        gaps = means[1] - means[0]
        if scores.gap < _LEAST_GAP * float(gaps.std()):
            return self._unknown(
                self.name,
                "the generic texts cannot be told from the approved ones by small words and marks",
                voices,
            )
        value = 1.0 - (float(written.mean()) - float(own.mean())) / scores.gap
        drawn = 1.0 - (means[2] - means[0]) / np.maximum(gaps, scores.gap / 10)
        interval = _middle(drawn)
        taken = _held_out(voices, rng)
        inside, outside = (part @ own / part.sum(axis=1) for part in (taken, 1.0 - taken))
        band = Band.of(1.0 - (inside - outside) / scores.gap)
        apart = voices.subjects.apart(voices.subjects.mixture(voices.outputs.counted))
        control = _subject_reach(voices, own) / scores.gap * float(np.sqrt(apart))
        return self._reading(
            self.name, voices, value, interval, band, control=control, error=float(drawn.std()), order=written
        )

    def _any(self, voices: Voices, rng: np.random.Generator) -> PreferenceReading:
        measure = f"{self.name}_any"
        own, generic, written = (voices.tables[name] for name in ("approved", "generic", "outputs"))
        assert voices.generic is not None  # noqa: S101 - asked before
        groups = {
            name: deal_groups(side.units, rng)
            for name, side in (
                ("own", voices.approved),
                ("generic", voices.generic),
                ("written", voices.outputs),
            )
        }
        reference = squared_distance(generic, own)
        if reference < _LEAST_GAP * jackknife(generic, own, (groups["generic"], groups["own"])):
            return self._unknown(
                measure,
                "the generic texts cannot be told from the approved ones by small words and marks",
                voices,
            )
        moved = squared_distance(written, own)
        error = jackknife(written, own, (groups["written"], groups["own"]))
        ends = [_kept(end / reference) for end in (moved + 1.96 * error, moved - 1.96 * error)]
        dealt = dealt_distances(own, _held_out(voices, rng))
        band = Band.of(1.0 - np.sqrt(np.maximum(0.0, dealt / reference)))
        apart = voices.subjects.apart(voices.subjects.mixture(voices.outputs.counted))
        control = float(np.sqrt(apart * _subject_distance(voices) / reference))
        value = _kept(moved / reference)
        # Near 1 the root turns a small excess into a large one: the error is that of the far end.
        reach = (value - ends[0]) / 1.96
        return self._reading(measure, voices, value, (ends[0], ends[1]), band, control=control, error=reach)

    def _reading(
        self,
        measure: str,
        voices: Voices,
        value: float,
        interval: tuple[float, float],
        band: Band,
        *,
        control: float,
        error: float,
        order: NDArray[np.float64] | None = None,
    ) -> PreferenceReading:
        floor = max(self.floor, control)
        effect = value - 1.0
        reach = (interval[0] - 1.0, interval[1] - 1.0)
        lost = effect < -floor and reach[1] < 0 and value < band.low
        evidence = [
            f"approved texts that were held out keep {band.low:.2f} to {band.high:.2f} in the outputs' place",
        ]
        if control > self.floor:
            evidence.append(
                f"approved texts on different subjects differ so much that less than {control:.2f} lost could be the subject alone"
            )
        telling = () if order is None else tuple(int(row) for row in np.argsort(-order, kind="stable")[:20])
        return PreferenceReading(
            measure=measure,
            subject=NAME,
            unit=self.unit,
            value=value,
            interval=interval,
            reality=1.0,
            reality_interval=(band.low, band.high),
            effect=effect,
            effect_interval=reach,
            floor=floor,
            control=control,
            smallest_detectable=_DETECTABLE * error,
            n=len(voices.outputs),
            state="beyond" if lost else "within",
            primary=measure == self.name,
            rows=telling,
            evidence=tuple(evidence),
            details={"documents": {"approved": len(voices.approved), "outputs": len(voices.outputs)}},
        )


def score_all(voices: Voices, rng: np.random.Generator) -> Scores:
    """Scores of all sides on the way to generic text; `others` are the outputs and, where given, those before."""
    assert voices.generic is not None  # noqa: S101 - asked before
    others = tuple(voices.tables[name] for name in ("outputs", "before") if name in voices.tables)
    folds = deal_groups(voices.approved.units, rng, FOLDS), deal_groups(voices.generic.units, rng, FOLDS)
    return score_sides(voices.tables["approved"], voices.tables["generic"], others, folds)


def _middle(draws: NDArray[np.float64]) -> tuple[float, float]:
    low, high = np.quantile(draws, [0.025, 0.975])
    return float(low), float(high)


def _kept(ratio: float) -> float:
    return 1.0 - float(np.sqrt(max(0.0, ratio)))


def _held_out(voices: Voices, rng: np.random.Generator) -> NDArray[np.float64]:
    """float64 [draws, n], 1 for approved documents in the outputs' place: as many units as outputs, or half of the approved ones."""
    units, distinct = voices.approved.units, voices.approved.distinct
    size = min(voices.outputs.distinct, distinct // 2)
    chosen = np.zeros((NULL_DRAWS, distinct))
    for draw in chosen:
        draw[rng.permutation(distinct)[:size]] = 1.0
    return chosen[:, units]


def _subject_reach(voices: Voices, scores: NDArray[np.float64]) -> float:
    """How far a subject lies from the others on the way to generic text, 99 times in 100, chance taken off.

    How much subjects differ is known from a few of them: hence Student's distribution.
    """
    from scipy.special import stdtrit

    of = voices.subjects.approved
    sizes = np.bincount(of, minlength=voices.subjects.count)
    large = np.flatnonzero(sizes >= _LEAST_SUBJECT)
    if len(large) < 2:
        return 0.0
    means = np.array([scores[of == one].mean() for one in large])
    errors = np.array([scores[of == one].std(ddof=1) / np.sqrt(sizes[one]) for one in large])
    return float(stdtrit(len(large) - 1, _OF_SUBJECTS)) * tau(means, errors)


def _subject_distance(voices: Voices) -> float:
    """Squared distance of the approved subject that lies farthest from the others, chance taken off."""
    of, own = voices.subjects.approved, voices.tables["approved"]
    sizes = np.bincount(of, minlength=voices.subjects.count)
    large = [one for one in np.flatnonzero(sizes >= _LEAST_SUBJECT) if sizes[one] < len(of) - 1]
    return max([0.0, *(squared_distance(own[of == one], own[of != one]) for one in large)])
