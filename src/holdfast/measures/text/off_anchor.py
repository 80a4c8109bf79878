"""Off-anchor rows: how much of the candidate is about something, or in a language, that reality never showed?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from holdfast.measures.reading import (
    Band,
    Calibration,
    Reading,
    Undetermined,
    detectable,
    fewest_hits,
    percent,
    too_few,
)
from holdfast.measures.text.flagged import flagged_excess

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.sides import Sides

_STRANGE = 0.01
"""A row is off-anchor when it is stranger than 99 % of real rows are to the rest of reality."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OffAnchor:
    """Share of candidate rows stranger to the anchor than 99 % of real rows are to each other.

    A row's strangeness is the share of its words, word pairs and character n-grams that no other unit of the anchor
    has. New wording is welcome: hence the wide tolerance.

    Reads
        0.01 for real rows; 1.0 for a set in another language.
    Blind to
        nonsense made of familiar words.
    Undetermined
        with fewer than `least_rows` rows on a side.
    Cost
        linear in characters.
    Source
        Conformal p-value of each row against leave-one-unit-out scores of real rows (Vovk et al. 2005); permutation.

    >>> from holdfast.measures.examples import text_sides
    >>> real = [" ".join(f"word{i * k % 37}" for k in range(2, 9)) for i in range(80)]
    >>> strange = [" ".join(f"strange{i * k % 37}" for k in range(2, 9)) for i in range(80)]
    >>> sides = text_sides(real=real, candidate=strange)
    >>> OffAnchor()(sides, Calibration(draws=199)).value
    1.0
    """

    name: ClassVar[str] = "off_anchor"
    title: ClassVar[str] = "Rows unlike anything real"
    version: ClassVar[int] = 1
    unit: ClassVar[str] = "of rows are unlike anything real"
    percent: ClassVar[bool] = True
    judged: ClassVar[bool] = True
    decisive: ClassVar[bool] = False
    of_shares: ClassVar[bool] = False

    tolerance: float = 0.25
    least_rows: int = 50

    def __call__(self, sides: Sides, null: Calibration) -> Reading | Undetermined:
        """Read the share of off-anchor rows."""
        rng = null.rng(self.name)
        real, found = sides.anchor.support, sides.candidate.support
        if min(len(real), len(found)) < self.least_rows:
            return too_few(len(real), len(found), self.least_rows)
        # The test cuts at a quantile of both sides together, which no dealing changes; the value at reality's own.
        pooled = float(np.quantile(np.concatenate([real, found]), 2 * _STRANGE))
        excess = flagged_excess(
            real <= pooled,
            sides.anchor.duplicates.units,
            found <= pooled,
            sides.candidate.duplicates.units,
            null.draws,
            rng,
        )
        limit = float(np.quantile(real, _STRANGE, method="lower"))
        strange = found < limit
        value = float(strange.mean())
        draws = rng.binomial(len(found), float((real < limit).mean()), size=499) / len(found)
        least = fewest_hits(null.level, sides.candidate.units, sides.anchor.units) / len(found)
        rows = np.flatnonzero(strange)
        return Reading(
            value=value,
            null=Band.of(draws),
            p_value=excess.place.p_value,
            randomized=excess.place.randomized,
            effect=value - float((real < limit).mean()),
            smallest_detectable=detectable(excess.null, null.level, least=least),
            rows=tuple(int(row) for row in rows[np.argsort(found[rows], kind="stable")]),
            evidence=(
                f"{len(rows):,} of {len(found):,} rows share less with reality than 99 % of real rows share with each other",
                *_typical(found, real),
            ),
            details={"limit": limit},
        )


def _typical(found: NDArray[np.float64], real: NDArray[np.float64]) -> tuple[str, ...]:
    mine, theirs = percent(float(np.median(found))), percent(float(np.median(real)))
    said = f"typical row: {mine} of its wording is known to the anchor; for a real row {theirs}"
    return () if mine == theirs else (said,)
