"""Flagged rows: the share of rows with some property, candidate against anchor. Shared by several measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from holdfast.measures.reading import BAND_DRAWS
from holdfast.stats.excess import Excess
from holdfast.stats.permutation import deal, rank
from holdfast.views.units import count_units, real_draws

if TYPE_CHECKING:
    from numpy.typing import NDArray


def flagged_excess(
    anchor_flags: NDArray[np.bool_],
    anchor_units: NDArray[np.int64],
    candidate_flags: NDArray[np.bool_],
    candidate_units: NDArray[np.int64],
    draws: int,
    rng: np.random.Generator,
) -> Excess:
    """Share of flagged rows on both sides, with units dealt anew for the null.

    Args:
        anchor_flags: bool [m].
        anchor_units: int64 [m].
        candidate_flags: bool [n].
        candidate_units: int64 [n].
        draws: Null draws.
        rng: Source of randomness.
    """
    types = count_units(
        anchor_flags.astype(np.int64), anchor_units, candidate_flags.astype(np.int64), candidate_units
    )

    def share(units: NDArray[np.int64]) -> NDArray[np.float64]:
        rows = types.rows_by_key(units, 2)
        return np.asarray(rows[..., 1] / np.maximum(rows.sum(axis=-1), 1.0))

    value, real = float(share(types.candidate)), float(share(types.anchor))

    def per_unit(units: NDArray[np.int64]) -> NDArray[np.float64]:
        # Deals keep the number of units and not that of rows: over rows, one flagged row would weigh a little more or less
        # with every deal, and never be a tie.
        return np.asarray(types.rows_by_key(units, 2)[..., 1] / np.maximum(units.sum(axis=-1), 1))

    dealt = deal(types.pooled, int(types.candidate.sum()), draws, rng)
    null = share(dealt) - share(types.pooled - dealt)
    observed = float(per_unit(types.candidate) - per_unit(types.anchor))
    return Excess(
        value=value,
        real=real,
        null=null,
        reality=share(real_draws(types, BAND_DRAWS, rng)[1]),
        place=rank(observed, per_unit(dealt) - per_unit(types.pooled - dealt), rng),
    )
