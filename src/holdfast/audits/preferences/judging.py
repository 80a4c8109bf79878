"""Judge: readings of preferences become alarms and a verdict.

An alarm needs all of it: an effect beyond the floor and beyond what its control reaches by chance, an interval without 0, and, in the
family that was fixed beforehand, significance after Benjamini and Hochberg at the level that this look may spend. What
cannot be told because the judge cannot tell good from bad is undetermined.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from holdfast.stats.multiplicity import adjusted_discovery

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from holdfast.measures.preference import PreferenceMeasure, PreferenceReading

Severity = Literal["fail", "warn"]

GATED = (
    *("length", "headers", "list_items", "bold", "exclamations", "emoji", "hedges", "first_person"),
    *("label_voice", "author_preference"),
)
"""Readings that say nothing of a judge who cannot tell good from bad."""
FAILS = ("agreement", "position", "length")
"""Alarms of these fail a set; the others warn: thresholds that were never confirmed on data of their own must not stop anybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A reading, judged.

    Attributes:
        measure: Its measure.
        reading: The reading.
        adjusted_p: The p-value after the rest of its family; None outside of it and without one.
        alarm: Whether it alarms.
        severity: What the alarm means; None without one.
    """

    measure: PreferenceMeasure
    reading: PreferenceReading
    adjusted_p: float | None = None
    alarm: bool = False
    severity: Severity | None = None

    @property
    def title(self) -> str:
        """What a reader calls the reading; one measure may return several."""
        return str(self.reading.details.get("title", self.measure.title))


def judge(
    results: Sequence[tuple[PreferenceMeasure, PreferenceReading]],
    *,
    level: float,
    beyond_chance: Mapping[str, bool | None],
) -> tuple[Judged, ...]:
    """Judge readings.

    Args:
        results: Measures and one of their readings each.
        level: The rate that this look may spend.
        beyond_chance: Of each judge, whether it is known to agree with people beyond chance; None where that could not be asked.
    """
    held = [(measure, _gated(reading, beyond_chance)) for measure, reading in results]
    family = [
        at
        for at, (_, reading) in enumerate(held)
        if reading.primary and reading.p_value is not None and reading.state in ("beyond", "within")
    ]
    readings = [held[at][1] for at in family]
    plain = adjusted_discovery([reading.p_value or 0.0 for reading in readings])
    # What stays below its floor cannot alarm, however surely it is not 0, and must not make it easier for others to.
    able = adjusted_discovery(
        [reading.p_value or 0.0 if reading.state == "beyond" else 1.0 for reading in readings]
    )
    adjusted = {
        at: able[place] if readings[place].state == "beyond" else plain[place]
        for place, at in enumerate(family)
    }
    return tuple(
        _judge_one(measure, reading, adjusted.get(at), level) for at, (measure, reading) in enumerate(held)
    )


def _gated(reading: PreferenceReading, beyond_chance: Mapping[str, bool | None]) -> PreferenceReading:
    if (
        reading.measure not in GATED
        or reading.state == "not_asked"
        or beyond_chance.get(reading.subject) is not False
    ):
        return reading
    reason = (
        "the judge is not known to agree with people beyond chance, so what it prefers cannot be told from noise that leans one way; "
        "give it a task it can do, or another judge"
    )
    # What was measured stays visible in the details of the JSON; it is no reading of the judge.
    return replace(
        reading,
        state="undetermined",
        reason=reason,
        effect=None,
        effect_interval=None,
        p_value=None,
        evidence=(),
    )


def _judge_one(
    measure: PreferenceMeasure, reading: PreferenceReading, adjusted: float | None, level: float
) -> Judged:
    alarm = reading.state == "beyond"
    if alarm and reading.primary and adjusted is not None:
        alarm = adjusted <= level
    if alarm and reading.control is not None and reading.effect is not None:
        alarm = abs(reading.effect) > reading.control
    severity: Severity | None = ("fail" if reading.measure in FAILS else "warn") if alarm else None
    return Judged(measure=measure, reading=reading, adjusted_p=adjusted, alarm=alarm, severity=severity)
