"""Anchor copies: does the candidate only repeat the rows it was made from?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from holdfast.measures.reading import (
    Band,
    Calibration,
    Reading,
    Undetermined,
    counted,
    detectable,
    fewest_hits,
    too_few,
)
from holdfast.measures.text.flagged import flagged_excess

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.sides import Sides


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorCopies:
    """Share of candidate rows that repeat a real row, exactly or nearly, beyond what real rows repeat each other.

    Reads
        0.0 when every row is new; 1.0 when the candidate is the anchor again.
    Blind to
        edited copies that change more than one character 5-gram in five.
    Undetermined
        with fewer than `least_rows` rows on a side.
    Cost
        one near-duplicate join over both sides.
    Source
        Jaccard similarity of character 5-grams at 0.8; null: real rows that repeat another real row.

    >>> from holdfast.measures.examples import text_sides
    >>> rows = [f"row number {i * 7919} says {i}" for i in range(80)]
    >>> AnchorCopies()(text_sides(real=rows, candidate=rows), Calibration(draws=199)).value
    1.0
    """

    name: ClassVar[str] = "anchor_copies"
    title: ClassVar[str] = "Copies of real rows"
    version: ClassVar[int] = 1
    unit: ClassVar[str] = "of rows repeat a real row"
    percent: ClassVar[bool] = True
    judged: ClassVar[bool] = True
    decisive: ClassVar[bool] = False
    of_shares: ClassVar[bool] = False

    tolerance: float = 0.05
    least_rows: int = 30

    def __call__(self, sides: Sides, null: Calibration) -> Reading | Undetermined:
        """Read the share of copied rows."""
        rng = null.rng(self.name)
        if min(len(sides.anchor), len(sides.candidate)) < self.least_rows:
            return too_few(len(sides.anchor), len(sides.candidate), self.least_rows)
        flags = sides.copied >= 0
        excess = flagged_excess(
            sides.repeated,
            sides.anchor.duplicates.units,
            flags,
            _by_source(sides),
            null.draws,
            rng,
        )
        rows = np.flatnonzero(flags)
        least = fewest_hits(null.level, sides.candidate.units, sides.anchor.units) / len(sides.candidate)
        return Reading(
            value=excess.value,
            null=Band.of(excess.reality),
            p_value=excess.place.p_value,
            randomized=excess.place.randomized,
            effect=excess.value - excess.real,
            smallest_detectable=detectable(excess.null, null.level, least=least),
            rows=tuple(int(row) for row in rows),
            evidence=(
                f"{counted(len(rows), 'row')} of {len(flags):,} come from "
                f"{counted(len(np.unique(sides.copied[rows])), 'real row')}",
            ),
            details={
                "real": excess.real,
                "copied_from": {int(row): int(sides.copied[row]) for row in rows[:1_000]},
            },
        )


def _by_source(sides: Sides) -> NDArray[np.int64]:
    """int64 [n], units of the candidate, where rows that repeat the same real row are one: they came up together."""
    units = sides.candidate.duplicates.units
    source = sides.anchor.duplicates.near[np.maximum(sides.copied, 0)] + int(units.max(initial=-1)) + 1
    return np.where(sides.copied >= 0, source, units)
