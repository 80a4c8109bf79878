"""Shared errors: does a reward model err where its teacher errs?"""

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
class SharedErrors:
    """Agreement beyond chance of who errs where: Cohen's kappa of the model's errors and the judge's, on human pairs.

    Two that err alike on hard pairs share errors without sharing anything else; so beside it stands the same kappa of two people's
    errors, measured against a third person, where three judged the same pairs. The model and the judge are then measured against one
    person at a time, too.

    Reads
        0 when errors fall independently, 1 when both err on the same pairs.
    Blind to
        which of the two leads.
    Undetermined
        with fewer than 100 pairs that people, the judge and the model decided, or with fewer than ten errors of either; without three
        people, the comparison.
    Cost
        linear in pairs, and 1,000 resamples.
    Source
        Cohen 1960, Educational and Psychological Measurement 20:37; on errors, as in Goel et al. 2025, arXiv:2502.04313.

    >>> from holdfast.measures.model.reward.examples import made_run
    >>> from holdfast.measures.reading import Calibration
    >>> SharedErrors()(made_run(human=(0.8,)), Calibration()).state
    'undetermined'
    """

    name: ClassVar[str] = "reward_errors"
    title: ClassVar[str] = "Errors shared with the judge"
    version: ClassVar[int] = 1
    unit: ClassVar[str] = "kappa of the model's errors and the judge's"
    primary: ClassVar[bool] = False

    floor: float = 0.1

    def __call__(self, run: Run, null: Calibration) -> PreferenceReading:
        """Read what errors the model shares with the judge, at the last step."""
        model, judge = np.sign(run.margin[-1]), np.sign(run.judge)
        counts = draw_prompts(run.cluster, null.rng(self.name))
        truths = [np.sign(own) for own in run.people] if len(run.people) > 2 else [np.sign(run.human)]
        own = _kappas([(model, judge, truth) for truth in truths], run.cluster, counts)
        if own is None:
            reason = (
                f"fewer than {LEAST_PAIRS} pairs were decided by people, the judge and the model, or one of them errs on fewer than 10; "
                "the judge's labels of the anchor's pairs are needed (--judge)"
            )
            return PreferenceReading.unknown(self.name, SUBJECT, self.unit, reason=reason)
        people = None
        if len(run.people) > 2:
            people = _kappas(
                [
                    (np.sign(one), np.sign(other), np.sign(truth))
                    for at, one in enumerate(run.people)
                    for other in run.people[at + 1 :]
                    for truth in run.people
                    if truth is not one and truth is not other
                ],
                run.cluster,
                counts,
            )
        value, interval, n = own.value, middle(own.draws), own.n
        effect = None if people is None else value - people.value
        reach = None if people is None else middle(own.draws - people.draws)
        off = effect is not None and effect > self.floor and reach is not None and reach[0] > 0
        return PreferenceReading(
            measure=self.name,
            subject=SUBJECT,
            unit=self.unit,
            value=value,
            interval=interval,
            reality=None if people is None else people.value,
            reality_interval=None if people is None else middle(people.draws),
            effect=effect,
            effect_interval=reach,
            floor=self.floor,
            smallest_detectable=DETECTABLE
            * float(np.nanstd(own.draws if people is None else own.draws - people.draws)),
            n=n,
            state="undetermined" if people is None else "beyond" if off else "within",
            reason=None
            if people is not None
            else "no three people judged the same pairs, so that what two people share is not known",
        )


def kappa(
    both: NDArray[np.float64], first: NDArray[np.float64], second: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Cohen's kappa of two marks, from the shares that bear both, the first and the second.

    >>> kappa(np.array([0.2]), np.array([0.3]), np.array([0.4])).round(4).tolist()  # observed 0.7, by chance 0.54
    [0.3478]
    """
    observed = 1.0 - first - second + 2.0 * both
    chance = first * second + (1.0 - first) * (1.0 - second)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(chance < 1.0, (observed - chance) / (1.0 - chance), np.nan)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kappa:
    value: float
    draws: NDArray[np.float64]
    n: int


def _kappas(
    triples: list[tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]],
    cluster: NDArray[np.int64],
    counts: NDArray[np.float64],
) -> _Kappa | None:
    """The mean kappa of errors of the first two against the third, over all triples that have enough."""
    found, sizes = [], []
    weights = np.vstack([np.ones(counts.shape[1]), counts])
    for one, other, truth in triples:
        decided = [np.isfinite(sign) & (np.nan_to_num(sign) != 0) for sign in (one, other, truth)]
        known = decided[0] & decided[1] & decided[2]
        errs = one[known] != truth[known], other[known] != truth[known]
        if known.sum() < LEAST_PAIRS or min(errs[0].sum(), errs[1].sum()) < 10:
            continue
        of = cluster[known]
        sums = [
            weights @ np.bincount(of, mark.astype(float), minlength=counts.shape[1])
            for mark in (np.ones(len(of)), errs[0] & errs[1], *errs)
        ]
        with np.errstate(invalid="ignore", divide="ignore"):
            found.append(kappa(sums[1] / sums[0], sums[2] / sums[0], sums[3] / sums[0]))
        sizes.append(int(known.sum()))
    if not found:
        return None
    mean = np.mean(found, axis=0)
    return _Kappa(value=float(mean[0]), draws=mean[1:], n=min(sizes))
