"""Cause: what would explain what a judge does, and what helps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.audits.preferences.judging import Judged


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceCause:
    """A cause, held against the readings.

    Attributes:
        name: The word for it.
        title: The same for a reader.
        state: `likely` where its own reading alarms, `possible` where it leaves its floor and does not survive the other questions.
        sentence: What it is.
        evidence: What speaks for it.
        do: What fits it.
    """

    name: str
    title: str
    state: Literal["likely", "possible"]
    sentence: str
    evidence: tuple[str, ...]
    do: str


class PreferenceSuspect(Protocol):
    """A cause before readings are held against it: one file, one suspect.

    Attributes:
        name: The word for it in columns and reports.
        title: The same for a reader.
        measures: Readings that speak for it.
        sentence: What it is.
        do: What fits it.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    measures: ClassVar[tuple[str, ...]]
    sentence: ClassVar[str]
    do: ClassVar[str]


def hold(suspect: PreferenceSuspect, judged: Sequence[Judged]) -> PreferenceCause | None:
    """The cause, where a reading speaks for it; None where none does."""
    own = [one for one in judged if one.reading.measure in suspect.measures]
    alarms = [one for one in own if one.alarm]
    found = alarms or [one for one in own if one.reading.state == "beyond"]
    if not found:
        return None
    return PreferenceCause(
        name=suspect.name,
        title=suspect.title,
        state="likely" if alarms else "possible",
        sentence=suspect.sentence,
        evidence=tuple(one.reading.evidence[0] for one in found if one.reading.evidence)[:4],
        do=suspect.do,
    )
