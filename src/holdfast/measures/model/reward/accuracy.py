"""Reward accuracy: how often a model gives the larger reward to the response that people prefer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from holdfast.measures.model.reward.resampling import (
    DETECTABLE,
    column_means,
    draw_prompts,
    middle,
    resampled,
)
from holdfast.measures.model.reward.run import LEAST_PAIRS
from holdfast.measures.preference.reading import PreferenceReading
from holdfast.stats.intervals import wilson

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.measures.model.reward.run import Run
    from holdfast.measures.reading import Calibration

SUBJECT = "model"


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardAccuracy:
    """Share of human pairs on which the larger reward goes to the response that people prefer, at the last step; all steps beside it.

    Beside it stand what a second person scores against the others, and what always choosing the longer response scores. Equal
    rewards are half a hit.

    Reads
        1 when the model orders every pair as people do, 0.5 by chance.
    Blind to
        how much better a response is; people's own mistakes, which cap it.
    Undetermined
        with fewer than 100 pairs on which people prefer one.
    Cost
        linear in rows.
    Source
        Wilson 1927, JASA 22:209 (interval); Rafailov et al. 2023, arXiv:2305.18290 (implicit rewards).

    >>> import numpy as np
    >>> from holdfast.measures.model.reward.examples import made_run
    >>> from holdfast.measures.reading import Calibration
    >>> 0.7 < RewardAccuracy()(made_run(human=(0.5, 0.8)), Calibration()).value < 0.9
    True
    """

    name: ClassVar[str] = "reward_accuracy"
    title: ClassVar[str] = "Rewards against people"
    version: ClassVar[int] = 1
    unit: ClassVar[str] = "of human pairs are ordered as people do"
    primary: ClassVar[bool] = False

    def __call__(self, run: Run, null: Calibration) -> PreferenceReading:
        """Read the accuracy of the last step."""
        hits = run.hits(run.human)
        counts = np.isfinite(hits).sum(axis=1)
        n = int(counts[-1])
        if n < LEAST_PAIRS:
            return PreferenceReading.unknown(
                self.name,
                SUBJECT,
                self.unit,
                reason=f"only {n:,} pairs on which people prefer one were scored at the last step; {LEAST_PAIRS} are needed",
                n=n,
            )
        values = column_means(hits)
        value = float(values[-1])
        ceiling = second_person(run)
        interval = wilson(value * n, n)
        rng = null.rng(self.name)
        spread = resampled(hits[-1:], run.cluster, draw_prompts(run.cluster, rng))
        margins = run.margin * np.sign(np.where(run.decided, run.human, np.nan))
        steps = [
            {
                "step": float(step),
                "accuracy": float(at) if np.isfinite(at) else None,
                "interval": list(wilson(float(at * count), int(count))) if count else None,
                "margin": float(margin) if np.isfinite(margin) else None,
                "pairs": int(count),
            }
            for step, at, count, margin in zip(run.steps, values, counts, column_means(margins), strict=True)
        ]
        return PreferenceReading(
            measure=self.name,
            subject=SUBJECT,
            unit=self.unit,
            value=value,
            interval=interval,
            reality=ceiling,
            effect=None if ceiling is None else value - ceiling,
            smallest_detectable=DETECTABLE * float(np.nanstd(spread)),
            n=n,
            state="beyond" if interval[1] < 0.5 else "within",
            rows=_most_wrong(run),
            evidence=self._evidence(run, ceiling),
            details={"steps": steps, **_baseline(run)},
        )

    def _evidence(self, run: Run, ceiling: float | None) -> tuple[str, ...]:
        longest = _baseline(run)["longest"]
        said = [
            "no two people judged the same pairs, so that what a second person would score is not known"
            if ceiling is None
            else f"a second person agrees with the others on {ceiling:.2f} of pairs"
        ]
        if longest is not None:
            said.append(f"choosing the longer response is right on {longest:.2f}")
        return tuple(said)


def second_person(run: Run) -> float | None:
    """Share of pairs on which one person says what the others do, over all persons in turn; None where no two saw a pair."""
    right = seen = 0.0
    for own in run.people:
        others = np.array([other for other in run.people if other is not own])
        if not len(others):
            return None
        known = np.isfinite(others)
        count = known.sum(axis=0)
        rest = np.where(known, others, 0.0).sum(axis=0)
        both = np.isfinite(own) & (count > 0) & (rest != 0)
        right += float(((np.sign(own[both]) * np.sign(rest[both]) + 1.0) / 2.0).sum())
        seen += float(both.sum())
    return right / seen if seen >= LEAST_PAIRS else None


def _baseline(run: Run) -> dict[str, Any]:
    """What always choosing the longer response scores."""
    both = run.decided
    if not both.any():
        return {"longest": None}
    hits = (np.sign(run.length[both]) * np.sign(run.human[both]) + 1.0) / 2.0
    return {"longest": float(hits.mean())}


def _most_wrong(run: Run, shown: int = 20) -> tuple[int, ...]:
    """Pairs on which the last step is surest of what people do not say."""
    margin = run.margin[-1] * np.sign(np.where(run.decided, run.human, np.nan))
    order = np.argsort(np.where(np.isfinite(margin), margin, np.inf), kind="stable")[:shown]
    return tuple(int(run.pair[i]) for i in order if np.isfinite(margin[i]) and margin[i] < 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenLogp:
    """How log p of the response that people prefer moved, from the first step to the last, in nats for each response.

    Training on pairs can lower the probability of both responses as long as it lowers the rejected one more: the margin grows, and the
    model moves away from what people wrote.

    Reads
        0 when it stayed; below 0 when what people prefer has become less likely (likelihood displacement).
    Blind to
        where the probability went.
    Undetermined
        without log probabilities at two steps (or under the reference model), or with fewer than 100 pairs.
    Cost
        linear in rows.
    Source
        Razin et al. 2024, arXiv:2410.08847; paired bootstrap over prompts.

    >>> from holdfast.measures.model.reward.examples import made_run
    >>> from holdfast.measures.reading import Calibration
    >>> ChosenLogp()(made_run(human=(0.5, 0.8)), Calibration()).state
    'undetermined'
    """

    name: ClassVar[str] = "reward_chosen_logp"
    title: ClassVar[str] = "Probability of what people prefer"
    version: ClassVar[int] = 1
    unit: ClassVar[str] = "nats for each response that people prefer"
    primary: ClassVar[bool] = False

    floor: float = 1.0

    def __call__(self, run: Run, null: Calibration) -> PreferenceReading:
        """Read the drift."""
        preferred = np.where(run.human > 0, 0, 1)
        now = _of(run.logp[-1], preferred)
        referred = bool(np.isfinite(run.reference[-1]).any())
        begin = run.reference[-1] if referred else run.logp[0]
        then, since = _of(begin, preferred), "the reference model" if referred else "the first step"
        if len(run.steps) < 2 and not referred:
            then = np.full_like(then, np.nan)
        moved = np.where(run.decided, now - then, np.nan)
        n = int(np.isfinite(moved).sum())
        if n < LEAST_PAIRS:
            reason = f"log probabilities at the last step and at the beginning are known of {n:,} pairs; {LEAST_PAIRS} are needed"
            return PreferenceReading.unknown(self.name, SUBJECT, self.unit, reason=reason, n=n)
        draws = resampled(moved[None], run.cluster, draw_prompts(run.cluster, null.rng(self.name)))[:, 0]
        value, interval = float(np.nanmean(moved)), middle(draws)
        fell = value < -self.floor and interval is not None and interval[1] < 0
        other = np.where(run.decided, _of(run.logp[-1], 1 - preferred) - _of(begin, 1 - preferred), np.nan)
        said = f"since {since}; what people reject moved by {float(np.nanmean(other)):+.2f}"
        return PreferenceReading(
            measure=self.name,
            subject=SUBJECT,
            unit=self.unit,
            value=value,
            interval=interval,
            reality=0.0,
            effect=value,
            effect_interval=interval,
            floor=self.floor,
            smallest_detectable=DETECTABLE * float(np.nanstd(draws)),
            n=n,
            state="beyond" if fell else "within",
            evidence=(said,),
            details={"rejected": float(np.nanmean(other)), "since": since},
        )


def _of(table: NDArray[np.float64], side: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.asarray(table[np.arange(len(table)), side])
