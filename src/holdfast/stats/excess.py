"""Excess of a flagged share: does the candidate hold more of something than reality does?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.stats.permutation import Rank


@dataclass(frozen=True, slots=True, kw_only=True)
class Excess:
    """A share on both sides, and what chance makes of the difference.

    Attributes:
        value: Share on the candidate's side.
        real: Share on the real side.
        null: float64 [draws], candidate share minus real share when units are dealt anew.
        reality: float64 [draws], the candidate's share if it were drawn from the anchor.
        place: Where the observed difference stands in its null.
    """

    value: float
    real: float
    null: NDArray[np.float64]
    reality: NDArray[np.float64]
    place: Rank


def equal_size(groups: NDArray[np.int64], rows: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Group numbers of a random subset of rows, so that two sets can be compared at equal size.

    >>> len(equal_size(np.zeros(10, np.int64), 4, np.random.default_rng(0)))
    4
    """
    return groups if len(groups) <= rows else groups[np.sort(rng.permutation(len(groups))[:rows])]
