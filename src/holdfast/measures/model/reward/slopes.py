"""Slopes: what a reward pays for beyond what people prefer, length and a teacher's voice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from holdfast.measures.model.reward.accuracy import SUBJECT
from holdfast.measures.model.reward.resampling import DETECTABLE, draw_prompts, middle
from holdfast.measures.model.reward.run import LEAST_PAIRS
from holdfast.measures.preference.reading import PreferenceReading

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.measures.model.reward.run import Run
    from holdfast.measures.reading import Calibration


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardLength:
    """Slope of the reward's margin on the difference in length, given the human label; all in standard deviations.

    Length is log(1 + words). Beside it stands the same slope of a second person's verdict given a first one's: people prefer longer
    answers too, and one noisy label does not hold all of their taste. Where only one person looked, that is not known.

    Reads
        0 when length earns nothing beyond what people prefer.
    Blind to
        what goes with length.
    Undetermined
        with fewer than 100 pairs, or where no two people judged the same 100 pairs.
    Cost
        a regression for each of 1,000 resamples.
    Source
        Least squares through 0 (a pair has no sign of its own); bootstrap over prompts.

    >>> from holdfast.measures.model.reward.examples import made_run
    >>> from holdfast.measures.reading import Calibration
    >>> RewardLength()(made_run(human=(0.8,), length=1.0, people=2, pairs=600), Calibration()).state
    'beyond'
    """

    name: ClassVar[str] = "reward_length"
    title: ClassVar[str] = "Rewards for length"
    version: ClassVar[int] = 1
    unit: ClassVar[str] = "standard deviations of reward for one of length, given the human label"
    primary: ClassVar[bool] = False

    floor: float = 0.1

    def __call__(self, run: Run, null: Calibration) -> PreferenceReading:
        """Read the slope at the last step."""
        return _read(self.name, self.unit, self.floor, run, (run.length,), null)


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardTeacher:
    """Slope of the reward's margin on closeness to a teacher, given the human label and length; all in standard deviations.

    Closeness is the difference of a voice score that the log gives (`voice_chosen`, `voice_rejected`); without, the verdict of the
    teacher that judged. Beside it stands the slope of a second person's verdict.

    Reads
        0 when the reward has nothing of the teacher beyond people and length.
    Blind to
        whether the teacher is the cause: any taste that goes with its voice shows here.
    Undetermined
        without closeness, with fewer than 100 pairs, or where no two people judged the same 100 pairs.
    Cost
        a regression for each of 1,000 resamples.
    Source
        Least squares through 0; bootstrap over prompts.

    >>> from holdfast.measures.model.reward.examples import made_run
    >>> from holdfast.measures.reading import Calibration
    >>> RewardTeacher()(made_run(human=(0.8,), people=2), Calibration()).state
    'undetermined'
    """

    name: ClassVar[str] = "reward_teacher"
    title: ClassVar[str] = "Rewards for a teacher's voice"
    version: ClassVar[int] = 1
    unit: ClassVar[str] = (
        "standard deviations of reward for one of closeness to the teacher, given the human label and length"
    )
    primary: ClassVar[bool] = False

    floor: float = 0.1

    def __call__(self, run: Run, null: Calibration) -> PreferenceReading:
        """Read the slope at the last step."""
        closeness, how = (
            (run.voice, "voice score")
            if np.isfinite(run.voice).any()
            else (run.judge, "the teacher's verdict")
        )
        if not (np.isfinite(closeness) & run.decided).any():
            reason = (
                "closeness to a teacher is not known of pairs that people labelled: give voice_chosen and voice_rejected in the log, or "
                "the teacher's labels of the same pairs (--judge)"
            )
            return PreferenceReading.unknown(self.name, SUBJECT, self.unit, reason=reason)
        return _read(self.name, self.unit, self.floor, run, (closeness, run.length), null, how, echo=True)


def partial_slope(
    y: NDArray[np.float64], columns: tuple[NDArray[np.float64], ...], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """float64 [draws], slope of the first column given the others, least squares through 0, everything over its root mean square.

    Args:
        y: float64 [p].
        columns: float64 [p] each.
        weights: float64 [draws, p], how often each pair comes.

    >>> x, h = np.array([1.0, -1.0, 1.0, -1.0]), np.array([1.0, 1.0, -1.0, -1.0])
    >>> partial_slope(3.0 * x + 4.0 * h, (x, h), np.ones((1, 4))).round(6).tolist()  # 3 over 5, the root mean square of y
    [0.6]
    """
    X = np.stack([column / _scale(column) for column in columns], axis=1)
    target = y / _scale(y)
    gram = np.einsum("bp,pi,pj->bij", weights, X, X, optimize=True)
    right = np.einsum("bp,pi,p->bi", weights, X, target, optimize=True)
    # A column that is a mixture of the others has no slope of its own; the pseudo-inverse would invent one.
    told = np.linalg.cond(gram) < 1e10
    slopes = np.full(len(weights), np.nan)
    slopes[told] = np.linalg.solve(gram[told], right[told][:, :, None])[:, 0, 0]
    return slopes


def _scale(values: NDArray[np.float64]) -> float:
    return float(np.sqrt((values**2).mean())) or 1.0


def _read(
    name: str,
    unit: str,
    floor: float,
    run: Run,
    columns: tuple[NDArray[np.float64], ...],
    null: Calibration,
    how: str | None = None,
    *,
    echo: bool = False,
) -> PreferenceReading:
    """Read a slope; of an echo only more than people show counts, of a taste less does, too."""
    margin = run.margin[-1]
    known = np.isfinite(margin) & np.isfinite(run.human) & np.all(np.isfinite(columns), axis=0)
    n = int(known.sum())
    if n < LEAST_PAIRS:
        reason = f"{n:,} pairs have a human label and all else that is needed; {LEAST_PAIRS} are needed"
        return PreferenceReading.unknown(name, SUBJECT, unit, reason=reason, n=n)
    counts = draw_prompts(run.cluster, null.rng(name))
    # Every person in turn is the first label, for the model and for a second person alike: both are given one noisy label.
    model, person = _given_one(run, margin, columns, counts), _second(run, columns, counts)
    if model is None:
        whole = tuple(column[known] for column in (*columns, run.human))
        ones = partial_slope(margin[known], whole, np.ones((1, n)))
        draws = partial_slope(margin[known], whole, counts[:, run.cluster[known]])
        model = float(ones[0]), draws
    value, interval = model[0], middle(model[1])
    if not np.isfinite(value):
        reason = "one of the columns is a mixture of the others"
        return PreferenceReading.unknown(name, SUBJECT, unit, reason=reason, n=n)
    effect = None if person is None else value - person[0]
    reach = None if person is None else middle(model[1] - person[1])
    off = (
        effect is not None
        and abs(effect) > floor
        and reach is not None
        and (reach[0] > 0 or (reach[1] < 0 and not echo))
    )
    return PreferenceReading(
        measure=name,
        subject=SUBJECT,
        unit=unit,
        value=value,
        interval=interval,
        reality=None if person is None else person[0],
        reality_interval=None if person is None else middle(person[1]),
        effect=effect,
        effect_interval=reach,
        floor=floor,
        smallest_detectable=DETECTABLE * float(np.nanstd(model[1] - (0.0 if person is None else person[1]))),
        n=n,
        state="undetermined" if person is None else "beyond" if off else "within",
        reason=None
        if person is not None
        else f"no two people judged the same {LEAST_PAIRS} pairs, so that what a second person shows is not known",
        evidence=() if how is None else (f"closeness is read from the {how}",),
    )


_Slope = tuple[float, "NDArray[np.float64]"]


def _given_one(
    run: Run, y: NDArray[np.float64], columns: tuple[NDArray[np.float64], ...], counts: NDArray[np.float64]
) -> _Slope | None:
    """The slope of `y` given one person's label, over all persons in turn; None with fewer than two."""
    if len(run.people) < 2:
        return None
    return _averaged([(y, first) for first in run.people], run, columns, counts)


def _second(run: Run, columns: tuple[NDArray[np.float64], ...], counts: NDArray[np.float64]) -> _Slope | None:
    """The slope of a second person's verdict given a first one's, over all ordered pairs of persons."""
    pairs = [(second, first) for first in run.people for second in run.people if first is not second]
    return _averaged(pairs, run, columns, counts)


def _averaged(
    pairs: list[tuple[NDArray[np.float64], NDArray[np.float64]]],
    run: Run,
    columns: tuple[NDArray[np.float64], ...],
    counts: NDArray[np.float64],
) -> _Slope | None:
    found, weights = [], []
    for y, first in pairs:
        known = np.isfinite(y) & np.isfinite(first) & np.all(np.isfinite(columns), axis=0)
        if known.sum() < LEAST_PAIRS:
            continue
        whole = tuple(column[known] for column in (*columns, first))
        once = partial_slope(y[known], whole, np.ones((1, int(known.sum()))))
        found.append(np.concatenate([once, partial_slope(y[known], whole, counts[:, run.cluster[known]])]))
        weights.append(float(known.sum()))
    if not found:
        return None
    mean = np.average(np.array(found), axis=0, weights=weights)
    return float(mean[0]), mean[1:]
