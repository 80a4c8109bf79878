"""Distribution mismatch: rows from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from holdfast.measures.reading import percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdfast.measures.reading import Reading


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Another domain, task, register or language than the anchor's: the rows may be good, and are not of this reality."""

    id: ClassVar[str] = "mismatch"
    title: ClassVar[str] = "Distribution mismatch"
    asks: ClassVar[tuple[str, ...]] = ("off_anchor", "two_samples")
    confirm: ClassVar[str] = (
        "Read ten of the rows that are unlike anything real beside ten real ones, and ask whether users would send them. "
        "If they would, reality has grown: freeze a new anchor (holdfast anchor diff tells how it moved)."
    )
    remedy: ClassVar[str] = (
        "Show the generator real rows of the task as examples, name domain, register and language in the prompt, and leave "
        "out rows unlike anything real."
    )

    def severity(self, readings: Mapping[str, Reading]) -> str | None:
        """The share of rows unlike anything real."""
        off = readings.get("off_anchor")
        language = readings.get("off_language")
        if language is not None and (off is None or language.effect > off.effect):
            return f"{percent(max(language.effect, 0.0))} of rows are in another language, beyond what reality shows"
        if off is None:
            return None
        return f"{percent(max(off.effect, 0.0))} of rows are unlike anything real, beyond what reality shows"
