"""Homogenization, or over-aggressive filtering: everything is there, and everything is typical."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from holdfast.measures.reading import percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdfast.measures.reading import Reading


@dataclass(frozen=True, slots=True)
class Homogenization:
    """Strata keep their shares and lose their variety: rare phrasings give way to common ones, or a filter keeps the typical."""

    id: ClassVar[str] = "homogenization"
    title: ClassVar[str] = "Homogenization or over-filtering"
    asks: ClassVar[tuple[str, ...]] = (
        "stratum_shrinkage",
        "lexical_diversity",
        "surprisal",
        "length_and_format",
    )
    confirm: ClassVar[str] = (
        "Run the filter on real rows and audit what it keeps: if the same readings leave their bands, the filter did it. "
        "Without a filter, compare one prompt's answers at a higher temperature."
    )
    remedy: ClassVar[str] = (
        "Loosen the filter inside the strata it empties, stop filtering by likelihood, confidence or length, and ask for "
        "phrasings as real rows have them, by example."
    )

    def severity(self, readings: Mapping[str, Reading]) -> str | None:
        """How much of the variety inside strata is left."""
        inside = readings.get("stratum_shrinkage")
        words = readings.get("lexical_diversity")
        if inside is not None and inside.effect > 0:
            return f"{percent(inside.value)} of the variety of real rows is left inside strata"
        return None if words is None else f"its words are {percent(words.value)} as varied as reality's"
