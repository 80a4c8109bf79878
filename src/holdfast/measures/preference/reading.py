"""What a measure of preferences returns: a value, what people score in its place, and what could have been seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

State = Literal["beyond", "within", "undetermined", "not_asked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceReading:
    """A reading of one judge, author or teacher.

    Attributes:
        measure: Name of the measure.
        subject: The judge, author, teacher or student it speaks of.
        unit: Completes "0.12 ...".
        value: The reading; None where it cannot be known.
        interval: 95 % interval of the value.
        reality: What people score in its place; None where no two people can be compared.
        reality_interval: 95 % interval of that.
        effect: The value against reality, oriented so that farther from 0 is worse; None where it cannot be known.
        effect_interval: 95 % interval of the effect.
        p_value: Two-sided, of the effect being 0.
        floor: Smallest effect that matters; the larger of the default and what `control` says is used.
        control: 99th percentile of the absolute effect where nothing can be there (shuffled labels, halves of one author's outputs,
            placebo teachers); None where no such control was run.
        smallest_detectable: Smallest effect seen in 80 % of draws, two-sided at 5 %.
        n: Pairs (or prompts) the reading rests on.
        state: `beyond`: it leaves reality by more than the floor, and the interval of the effect excludes 0, before other measures
            are accounted for; `within`; `undetermined`; `not_asked` where the question makes no sense for these data.
        reason: Why it is undetermined or not asked, and what would be needed to know.
        primary: Whether it belongs to the family that decides; all else is exploratory and shown beside it.
        rows: Rows of `Preferences.pairs` that show it best, most telling first.
        evidence: Sentences with the figures behind it.
        details: Plain values that reports draw pictures from.
    """

    measure: str
    subject: str
    unit: str
    value: float | None = None
    interval: tuple[float, float] | None = None
    reality: float | None = None
    reality_interval: tuple[float, float] | None = None
    effect: float | None = None
    effect_interval: tuple[float, float] | None = None
    p_value: float | None = None
    floor: float = 0.0
    control: float | None = None
    smallest_detectable: float | None = None
    n: int = 0
    state: State
    reason: str | None = None
    primary: bool = False
    rows: tuple[int, ...] = ()
    evidence: tuple[str, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def unknown(
        cls, measure: str, subject: str, unit: str, *, reason: str, n: int = 0, primary: bool = False
    ) -> PreferenceReading:
        """A question that these data cannot answer."""
        return cls(
            measure=measure,
            subject=subject,
            unit=unit,
            state="undetermined",
            reason=reason,
            n=n,
            primary=primary,
        )
