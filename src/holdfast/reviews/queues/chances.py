"""Chances: with which each row is drawn by any part of a design, and the draw itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from holdfast.errors import UsageError
from holdfast.stats.unequal import draw_systematic, inclusion_probabilities

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from holdfast.reviews.queues.parts import Part
    from holdfast.reviews.queues.pool import Pool

_STEPS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Chances:
    """The chances of every row.

    Attributes:
        parts: float64 [parts, n], the chance of each row with each part.
        groups: int64 [parts, n], over which each part spreads its draw.
        chance: float64 [n], the chance of being drawn by any.
    """

    parts: NDArray[np.float64]
    groups: NDArray[np.int64]
    chance: NDArray[np.float64]

    def draw(self, rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Draws once.

        Returns:
            int64 [m], rows that were drawn, ascending; int64 [m], the first part that drew each.
        """
        first = np.full(self.chance.shape, -1, np.int64)
        for number, (chances, groups) in enumerate(zip(self.parts, self.groups, strict=True)):
            drawn = draw_systematic(chances, groups, rng)
            first[drawn[first[drawn] < 0]] = number
        rows = np.flatnonzero(first >= 0)
        return rows, first[rows]


def chances_of(pool: Pool, design: Sequence[Part], rows: int, reality: Mapping[str, int]) -> Chances:
    """The chances by which a design draws so many rows, on average.

    Parts draw from the same rows and may meet in some: their numbers are raised until as many different rows are expected as were asked for.

    Args:
        pool: What can be drawn.
        design: The parts; each draws its share.
        rows: How many rows.
        reality: Rows of each stratum in reality; empty where nothing is known.

    Raises:
        UsageError: A part does not fit the rows, or has no share.
    """
    if not design:
        raise UsageError("a design has at least one part")
    shares = np.array([part.share for part in design], np.float64)
    if not (shares > 0).all():
        raise UsageError("the share of a part is above 0")
    shares /= shares.sum()
    given = [part.sizes(pool, reality) for part in design]
    sizes = [one for one, _ in given]
    groups = np.stack([two for _, two in given])

    def chances(number: float) -> NDArray[np.float64]:
        return np.stack(
            [inclusion_probabilities(one, number * share) for one, share in zip(sizes, shares, strict=True)]
        )

    if rows >= len(pool):
        parts = np.ones((len(design), len(pool)))
        return Chances(parts=parts, groups=groups, chance=np.ones(len(pool)))
    low, high = float(rows), float(rows) if len(design) == 1 else len(pool) / float(shares.min())
    for _ in range(_STEPS):
        if high - low < 1e-6:
            break
        middle = (low + high) / 2.0
        low, high = (middle, high) if _any(chances(middle)).sum() < rows else (low, middle)
    parts = chances(high)
    return Chances(parts=parts, groups=groups, chance=_any(parts))


def _any(parts: NDArray[np.float64]) -> NDArray[np.float64]:
    """float64 [n], the chance of being drawn by any of several draws that do not know of each other."""
    if len(parts) == 1:
        return np.asarray(parts[0])
    return np.asarray(1.0 - np.prod(1.0 - parts, axis=0))
