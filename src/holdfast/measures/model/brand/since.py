"""Since: did an approved voice get lost between two models?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from holdfast.measures.model.brand.distances import resampled_means
from holdfast.measures.model.brand.retention import DRAWS, FLOOR, score_all
from holdfast.measures.model.brand.voices import LEAST_OTHERS, NAME
from holdfast.measures.preference.reading import PreferenceReading

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.measures.model.brand.documents import Documents
    from holdfast.measures.model.brand.voices import Voices
    from holdfast.measures.reading import Calibration

_LEAST_GAP = 3.0
_DETECTABLE = 2.8


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionSince:
    """What is kept now less what was kept before, by prompts that both answered where there are enough of them.

    Answers to the same prompts are about the same things, so that a change of subject cannot pass for a change of voice: nothing
    is added to the floor. Where prompts are not shared, both sets are resampled on their own and subjects may differ.

    Reads
        0 when the later model writes as the earlier one did, -0.2 when a fifth of the way to generic text was gone.
    Blind to
        a voice that was lost before; see `BrandRetention`.
    Undetermined
        as `BrandRetention`, or with fewer than 50 outputs before.
    Cost
        linear in documents.
    Source
        Paired bootstrap over prompts (Efron and Tibshirani 1993, chapter 8).

    >>> from holdfast.measures.model.brand.examples import plain_voices
    >>> from holdfast.measures.reading import Calibration
    >>> RetentionSince()(plain_voices(share=0.1), Calibration()).state
    'not_asked'
    """

    name: ClassVar[str] = "brand_since"
    title: ClassVar[str] = "Brand voice since the last model"
    version: ClassVar[int] = 1
    unit: ClassVar[str] = "of the way from generic text to your voice, now less before"
    primary: ClassVar[bool] = True

    floor: float = FLOOR

    def __call__(self, voices: Voices, null: Calibration) -> PreferenceReading:
        """Read what was lost since."""
        if voices.before is None:
            return PreferenceReading(
                measure=self.name,
                subject=NAME,
                unit=self.unit,
                state="not_asked",
                reason="there are no outputs of an earlier model (--before)",
            )
        rng = null.rng(self.name)
        reason = voices.lacking or voices.lacking_generic
        if reason is None and voices.before.distinct < LEAST_OTHERS:
            reason = f"only {voices.before.distinct:,} different outputs before; {LEAST_OTHERS} are needed"
        if reason is not None:
            return self._unknown(reason)
        assert voices.generic is not None  # noqa: S101 - asked before
        scores = score_all(voices, rng)
        written, before = scores.others
        gaps = resampled_means(scores.generic, voices.generic.units, rng, DRAWS)
        gaps = gaps - resampled_means(scores.approved, voices.approved.units, rng, DRAWS)
        if scores.gap < _LEAST_GAP * float(gaps.std()):
            return self._unknown(
                "the generic texts cannot be told from the approved ones by small words and marks"
            )
        pairs = _paired(voices.outputs, voices.before, written, before)
        if len(pairs) >= LEAST_OTHERS:
            moved = float(pairs.mean())
            drawn = resampled_means(pairs, np.arange(len(pairs)), rng, DRAWS)
            how, n = f"paired by {len(pairs):,} prompts that both answered", len(pairs)
        else:
            moved = float(written.mean() - before.mean())
            drawn = resampled_means(written, voices.outputs.units, rng, DRAWS)
            drawn = drawn - resampled_means(before, voices.before.units, rng, DRAWS)
            how, n = (
                "not paired: too few prompts are shared, and subjects may differ",
                min(len(written), len(before)),
            )
        value, drawn = -moved / scores.gap, -drawn / np.maximum(gaps, scores.gap / 10)
        low, high = (float(end) for end in np.quantile(drawn, [0.025, 0.975]))
        return PreferenceReading(
            measure=self.name,
            subject=NAME,
            unit=self.unit,
            value=value,
            interval=(low, high),
            reality=0.0,
            effect=value,
            effect_interval=(low, high),
            floor=self.floor,
            smallest_detectable=_DETECTABLE * float(drawn.std()),
            n=n,
            state="beyond" if value < -self.floor and high < 0 else "within",
            primary=self.primary,
            evidence=(how,),
            details={"paired_prompts": len(pairs)},
        )

    def _unknown(self, reason: str) -> PreferenceReading:
        return PreferenceReading.unknown(self.name, NAME, self.unit, reason=reason, primary=self.primary)


def _paired(
    now: Documents, then: Documents, written: NDArray[np.float64], before: NDArray[np.float64]
) -> NDArray[np.float64]:
    """float64 [p], the mean score of a prompt's answers now less then, of prompts that both answered."""
    means: list[dict[str, float]] = []
    for side, scores in ((now, written), (then, before)):
        by: dict[str, list[float]] = {}
        for prompt, score in zip(side.prompts, scores, strict=False):
            if prompt is not None:
                by.setdefault(prompt, []).append(float(score))
        means.append({prompt: float(np.mean(values)) for prompt, values in by.items()})
    return np.array([means[0][prompt] - means[1][prompt] for prompt in means[0] if prompt in means[1]])
