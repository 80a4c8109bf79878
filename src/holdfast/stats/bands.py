"""Rarity bands: strata by how much of reality is rarer than they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BANDS = (
    ("rarest tenth", 0.0, 0.1),
    ("tenth to quarter", 0.1, 0.25),
    ("quarter to half", 0.25, 0.5),
    ("head half", 0.5, 1.0),
)
"""Name and place in the cumulated mass of reality, rarest first."""


def membership(weights: NDArray[np.float64]) -> NDArray[np.int64]:
    """int64 [..., k], the band of each stratum: by the middle of its place in the cumulated mass, rarest first.

    >>> membership(np.array([70.0, 20.0, 10.0])).tolist()
    [3, 1, 0]
    """
    order = np.argsort(weights, axis=-1, kind="stable")
    ordered = np.take_along_axis(weights, order, axis=-1)
    ends = np.cumsum(ordered, axis=-1)
    middle = (ends - ordered / 2) / ends[..., -1:]
    bands = np.searchsorted([low for _, low, _ in BANDS], middle, side="right") - 1
    # However coarse the strata, the rarest one stands for the rarest tenth.
    first = np.argmax(ordered > 0, axis=-1)
    np.put_along_axis(bands, first[..., None], 0, axis=-1)
    result = np.empty_like(bands)
    np.put_along_axis(result, order, bands, axis=-1)
    return result
