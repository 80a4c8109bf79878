"""Judge: readings become verdicts.

A reading fails when it is significant after Holm's correction over the judged battery *and* its effect exceeds its
tolerance. Significance alone warns. A reading that could not have seen the loss one cares about is undetermined, not
a pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from holdfast.measures.reading import Reading, Undetermined, percent
from holdfast.stats.multiplicity import holm

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from holdfast.measures import Measure

Verdict = Literal["pass", "warn", "fail", "undetermined"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A measure broke; the audit goes on and says so."""

    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAsked:
    """A measure does not apply to what was asked."""

    reason: str


Result = Reading | Undetermined | Failed | NotAsked


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A measure's result, judged.

    Attributes:
        measure: The measure.
        result: What it returned.
        verdict: Its verdict.
        tolerance: The tolerance it was judged by.
        p_adjusted: Holm over the judged readings; None where there is no reading or it is advisory.
        smallest_detectable: Smallest effect that would fail in 80 % of draws; never below the tolerance.
        reason: Why it is undetermined or not asked, else None.
    """

    measure: Measure
    result: Result
    verdict: Verdict
    tolerance: float
    p_adjusted: float | None = None
    smallest_detectable: float | None = None
    reason: str | None = None

    @property
    def reading(self) -> Reading | None:
        """The reading, where there is one."""
        return self.result if isinstance(self.result, Reading) else None


def judge(
    results: Sequence[tuple[Measure, Result]],
    *,
    alpha: float,
    tolerances: Mapping[str, float],
    detectable: float,
) -> tuple[Outcome, ...]:
    """Judge a battery.

    Args:
        results: Measures and what they returned.
        alpha: Family-wise error rate of the judged readings.
        tolerances: Tolerances by measure name; a measure's own where none is given.
        detectable: A pass that could have missed an effect larger than this is undetermined.
    """
    judged = [(m, r) for m, r in results if m.judged and isinstance(r, Reading)]
    adjusted = dict(
        zip((m.name for m, _ in judged), holm([r.p_value for _, r in judged]), strict=True) if judged else ()
    )
    return tuple(
        _judge_one(m, r, alpha, tolerances.get(m.name, m.tolerance), adjusted.get(m.name), detectable)
        for m, r in results
    )


def overall(outcomes: Sequence[Outcome]) -> Verdict:
    """The verdict of the battery: the worst that counts; a pass that most of it could not confirm is none."""
    if any(o.verdict == "fail" for o in outcomes):
        return "fail"
    if any(o.verdict == "undetermined" and o.measure.decisive for o in outcomes):
        return "undetermined"
    if any(o.verdict == "warn" for o in outcomes):
        return "warn"
    told, asked = answered(outcomes)
    return "undetermined" if 2 * told < asked else "pass"


def answered(outcomes: Sequence[Outcome]) -> tuple[int, int]:
    """Of the judged measures that were asked: how many could answer, and how many there are."""
    asked = [o for o in outcomes if o.measure.judged and applies(o.result)]
    return sum(o.verdict != "undetermined" for o in asked), len(asked)


def applies(result: Result) -> bool:
    """Whether the question of a measure was asked, and makes sense for these sets."""
    return not isinstance(result, NotAsked) and (not isinstance(result, Undetermined) or result.applies)


def _judge_one(
    measure: Measure,
    result: Result,
    alpha: float,
    tolerance: float,
    adjusted: float | None,
    detectable: float,
) -> Outcome:
    if isinstance(result, Undetermined):
        # What makes no sense for these sets is not unknown.
        unknown: Verdict = "undetermined" if result.applies else "pass"
        return Outcome(
            measure=measure, result=result, verdict=unknown, tolerance=tolerance, reason=result.reason
        )
    if isinstance(result, Failed):
        broke = f"the measure broke: {result.error}"
        return Outcome(
            measure=measure, result=result, verdict="undetermined", tolerance=tolerance, reason=broke
        )
    if isinstance(result, NotAsked):
        return Outcome(
            measure=measure, result=result, verdict="pass", tolerance=tolerance, reason=result.reason
        )
    smallest = max(result.smallest_detectable, tolerance)
    verdict: Verdict = "pass"
    reason: str | None = None
    if not measure.judged:
        verdict = "warn" if result.effect > tolerance and result.p_value <= alpha else "pass"
    elif adjusted is not None and adjusted <= alpha and result.effect > 0:
        verdict = "fail" if result.effect > tolerance else "warn"
    elif result.smallest_detectable > max(detectable, tolerance):
        verdict = "undetermined"
        reason = (
            f"a loss of {percent(detectable)} would go unseen with so few rows"
            if smallest == float("inf") or smallest > 1
            else f"only a loss above {percent(smallest)} would be seen with so few rows"
        )
    return Outcome(
        measure=measure,
        result=result,
        verdict=verdict,
        tolerance=tolerance,
        p_adjusted=adjusted,
        smallest_detectable=smallest,
        reason=reason,
    )
