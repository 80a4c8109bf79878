"""holdfast's own measures as detectors: one audit answers for the verdict and for every measure of the battery."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from holdfast.audits import audit
from holdfast.data import read_records
from holdfast.lab.bench.detectors.detector import Detection, Shown
from holdfast.measures import MEASURES
from holdfast.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

    from holdfast.audits import Outcome
    from holdfast.measures import Measure

AUDIT = "holdfast"
"""Name under which the verdict of the whole audit stands; its measures stand beside it as `holdfast:<measure>`."""
_LABEL = "label"
_MOST = 0.99  # so that a total loss by one measure leaves room for the others
_BEYOND_CHANCE = 0.05
_UNSURE = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldfastAudit:
    """`holdfast.audit`, with labels where there are any.

    The strength of the audit is the loss that it stands by: 1 - the product of (1 - effect) over the judged measures that
    are significant over all of them together. Losses beyond chance that are not significant count a thousandth, so that
    they order what is else equal. A measure's own strength is its effect. The audit alarms where it fails the candidate, a
    measure where it fails or, where it is advisory, warns.
    """

    source: ClassVar[str] = "holdfast"
    needs_labels: ClassVar[bool] = False
    name: ClassVar[str] = AUDIT

    measures: tuple[Measure, ...] = MEASURES
    draws: int = 1_999
    labels: bool = True  # False hides the candidate's labels

    @property
    def version(self) -> str:
        """That of the package and of every measure."""
        return "; ".join([__version__, *(f"{m.name} {m.version}" for m in self.measures)])

    def __call__(
        self,
        anchor: Shown,
        candidate: Shown,
        rng: np.random.Generator,
        *,
        declared: Mapping[str, float] | None = None,
    ) -> tuple[Detection, ...]:
        """Audit the candidate."""
        label = None if anchor.labels is None else _LABEL
        made = candidate if self.labels else Shown(texts=candidate.texts, labels=None)
        # A rare stratum may by chance have no row in the anchor; the audit knows nothing of it.
        known = set(anchor.labels or ())
        expect = None if declared is None else {s: share for s, share in declared.items() if s in known}
        found = audit(
            _rows(made),
            real=read_records(_rows(anchor), text="text", label=label),
            label=label,
            expect=expect,
            draws=self.draws,
            seed=int(rng.integers(2**31)),
            measures=self.measures,
        )
        judged = [o for o in found.outcomes if o.measure.judged]
        told = [o for o in judged if o.reading is not None]
        adjusted = [o.p_adjusted for o in judged if o.p_adjusted is not None]
        whole = Detection(
            name=AUDIT,
            strength=strength_of(told, found.settings.alpha) if told else None,
            p_value=min(adjusted, default=None),
            alarm=found.verdict == "fail",
            strata=tuple(found.lost),
            causes=likely(found),
            reason=None if told else "no measure of the battery could say",
        )
        return whole, *(_of_measure(outcome) for outcome in found.outcomes)


def likely(found: object) -> tuple[str, ...]:
    """Ids of the causes that an audit finds likely; none where it names no causes at all."""
    return tuple(cause.id for cause in getattr(found, "causes", ()) if cause.state == "likely")


def _rows(side: Shown) -> list[dict[str, str]]:
    if side.labels is None:
        return [{"text": text} for text in side.texts]
    return [{"text": text, _LABEL: label} for text, label in zip(side.texts, side.labels, strict=True)]


def strength_of(outcomes: Sequence[Outcome], alpha: float) -> float:
    """What an audit says was lost, 0 to 1.

    Args:
        outcomes: Judged outcomes with a reading.
        alpha: Error rate over all of them together.
    """
    sure, beyond_chance = 1.0, 1.0
    for outcome in outcomes:
        reading = outcome.reading
        assert reading is not None  # noqa: S101 - for the type checker; the caller has looked
        left = 1.0 - min(max(reading.effect, 0.0), _MOST)
        if outcome.p_adjusted is not None and outcome.p_adjusted <= alpha:
            sure *= left
        if reading.p_value <= _BEYOND_CHANCE:
            beyond_chance *= left
    return (1.0 - sure) + _UNSURE * (1.0 - beyond_chance)


def _of_measure(outcome: Outcome) -> Detection:
    reading = outcome.reading
    name = f"{AUDIT}:{outcome.measure.name}"
    if reading is None:
        return Detection(name=name, strength=None, alarm=False, reason=outcome.reason)
    return Detection(
        name=name,
        strength=reading.effect if math.isfinite(reading.effect) else None,
        p_value=reading.p_value,
        alarm=outcome.verdict == ("fail" if outcome.measure.judged else "warn"),
        strata=tuple(reading.details.get("lost", ())) if outcome.measure.of_shares else (),
    )
