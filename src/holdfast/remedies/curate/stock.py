"""Stock: made rows to choose from, beside the real rows that they will join."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.features import Features
    from holdfast.views.sides import Sides


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """What is chosen from, beside the real rows that it will join.

    Attributes:
        real: Wording of the real rows, columns numbered without gaps, together with those of `made`.
        known: int64 [m], their strata, -1 where they have none.
        made: Wording of the made rows.
        strata: int64 [n], their strata; `count` where they have none.
        count: k, number of strata.
        width: Number of columns.
        shares: float64 [k], declared shares of the strata, or None: then real rows are counted.
        labelled: Both sides bring strata of their own, so that a learner can be asked.
    """

    real: Features
    known: NDArray[np.int64]
    made: Features
    strata: NDArray[np.int64]
    count: int
    width: int
    shares: NDArray[np.float64] | None
    labelled: bool

    def without(self, rows: NDArray[np.int64]) -> Stock:
        """The same stock, if these real rows did not exist."""
        left = np.setdiff1d(np.arange(len(self.known)), rows)
        return replace(self, real=self.real.select(left), known=self.known[left])


def stock_of(sides: Sides) -> Stock:
    """The rows of a candidate, beside all rows of its anchor."""
    both = (sides.anchor.features, sides.candidate.features)
    used, place = np.unique(np.concatenate([side.columns for side in both]), return_inverse=True)
    cut = len(both[0].columns)
    real, made = (
        replace(side, columns=part.astype(np.int32))
        for side, part in zip(both, (place[:cut], place[cut:]), strict=True)
    )
    count = len(sides.labels)
    return Stock(
        real=real,
        known=sides.known,
        made=made,
        strata=np.where(sides.candidate.strata >= 0, sides.candidate.strata, count),
        count=count,
        width=len(used),
        shares=sides.declared,
        labelled=sides.origin == "column",
    )
