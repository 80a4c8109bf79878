"""Cause: what would explain a pattern of readings, how sure that is, what would confirm it, and what helps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdfast.measures.reading import Reading

State = Literal["likely", "possible", "excluded", "unknown"]
"""`excluded` says "not this": what it would show would have been seen, and is not there."""


class Suspect(Protocol):
    """A cause before a pattern is held against it: one file, one suspect.

    Attributes:
        id: The word for it in columns and reports.
        title: The same for a reader.
        asks: Measures that must be able to answer; where half of them cannot, the state is unknown.
        confirm: What would confirm it.
        remedy: What fits it.
    """

    id: ClassVar[str]
    title: ClassVar[str]
    asks: ClassVar[tuple[str, ...]]
    confirm: ClassVar[str]
    remedy: ClassVar[str]

    def severity(self, readings: Mapping[str, Reading]) -> str | None:
        """How bad it is, in the cause's own unit; None where that cannot be told.

        Severities of different causes cannot be compared: a template on every row costs less than a lost stratum.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A cause, held against a pattern.

    Attributes:
        id: The word for it.
        title: The same for a reader.
        state: `likely`, `possible`, `excluded` or `unknown`.
        confidence: Share of planted sets with such a pattern that had this cause; None where unknown, or where
            there is no finding to explain.
        speaks_for: Readings that speak for it, strongest first.
        speaks_against: Readings that speak against it, strongest first.
        missing: Measures that could have told and could not answer.
        severity: How bad it is, in the cause's own unit, where it is likely or possible.
        confirm: What would confirm it.
        remedy: What fits it.
    """

    id: str
    title: str
    state: State
    confidence: float | None
    speaks_for: tuple[str, ...]
    speaks_against: tuple[str, ...]
    missing: tuple[str, ...]
    severity: str | None
    confirm: str
    remedy: str
