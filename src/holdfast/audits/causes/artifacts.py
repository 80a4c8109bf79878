"""Synthetic artifacts: frames, openers and formats around rows that are otherwise whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from holdfast.measures.reading import percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdfast.measures.reading import Reading


@dataclass(frozen=True, slots=True)
class Artifacts:
    """A template, an opener, a sign-off or a format that reality does not use: cosmetic until a measure of loss says more."""

    id: ClassVar[str] = "artifacts"
    title: ClassVar[str] = "Synthetic artifacts"
    asks: ClassVar[tuple[str, ...]] = ("artifacts",)
    confirm: ClassVar[str] = (
        "Strip the phrases named here and audit again: if nothing else was wrong, everything returns to reality's band."
    )
    remedy: ClassVar[str] = (
        "Strip the template, ask for the bare text, and vary the prompt that produces it. This alone costs a learner little."
    )

    def severity(self, readings: Mapping[str, Reading]) -> str | None:
        """The share of rows that hold one."""
        found = readings.get("artifacts")
        return (
            None
            if found is None
            else f"{percent(max(found.effect, 0.0))} of rows hold one that reality hardly knows"
        )
