"""Rows that repeat the anchor: one-sided, the anchor never loses a row to a candidate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from holdfast.remedies.curate.filters.marks import Marks

if TYPE_CHECKING:
    from holdfast.views.sides import Sides


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorCopies:
    """Exact and near copies of a real row: they add nothing to the real rows, and leak where those are an exam."""

    name: ClassVar[str] = "anchor_copies"
    title: ClassVar[str] = "rows that repeat a real row"

    def __call__(self, sides: Sides) -> Marks | str:
        """Mark candidate rows; of real rows, those that repeat another one would have been."""
        ids = sides.anchor.ids
        taken = sides.copied >= 0
        return Marks(
            candidate=taken,
            real=sides.repeated,
            reason=lambda row: f"repeats the real row {ids[sides.copied[row]]}",
            sources={int(row): ids[sides.copied[row]] for row in np.flatnonzero(taken)},
        )
