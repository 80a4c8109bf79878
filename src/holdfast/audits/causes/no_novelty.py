"""No true novelty: rows that repeat each other, or the anchor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from holdfast.measures.reading import percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdfast.measures.reading import Reading


@dataclass(frozen=True, slots=True)
class NoNovelty:
    """The generator returns to the same rows, or to the real rows it was shown: weight is added, information is not."""

    id: ClassVar[str] = "no_novelty"
    title: ClassVar[str] = "No true novelty"
    asks: ClassVar[tuple[str, ...]] = ("near_duplicates", "anchor_copies", "mode_share")
    confirm: ClassVar[str] = (
        "Drop the repeats (one row of each group) and audit again: what a repeat hid stays lost, everything else returns "
        "to reality's band. Compare distinct rows with rows asked for, prompt by prompt."
    )
    remedy: ClassVar[str] = (
        "Deduplicate before training, and make the prompts differ: other seeds, strata, personas and examples for "
        "every row. If copies of real rows are wanted, put the real rows in themselves."
    )

    def severity(self, readings: Mapping[str, Reading]) -> str | None:
        """The larger share of rows that add nothing."""
        shares = {
            "of rows repeat another": readings.get("near_duplicates"),
            "of rows copy a real one": readings.get("anchor_copies"),
        }
        known = {what: reading for what, reading in shares.items() if reading is not None}
        if not known:
            return None
        worst = max(known, key=lambda what: known[what].effect)
        return f"{percent(max(known[worst].effect, 0.0))} {worst}, beyond what reality shows"
