"""Nearest centres and sums of clusters, compiled: what `stats/published/clusters.py` does block by block."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(nogil=True, cache=True)
def find_nearest(
    products: NDArray[np.float32],
    squares: NDArray[np.float32],
    names: NDArray[np.int64],
    values: NDArray[np.float32],
    labels: NDArray[np.int64],
) -> None:
    """Find the nearest centre of every row of a block, among those given and the one known so far; of equals the first.

    Args:
        products: float32 [a, k], inner products of rows and centres.
        squares: float32 [k], squared lengths of centres.
        names: int64 [k], numbers of centres, ascending.
        values: float32 [a], squared distance less the row's squared length, so far; changed in place.
        labels: int64 [a], numbers of centres so far; changed in place.
    """
    two = np.float32(2.0)
    for i in range(products.shape[0]):
        best, label = values[i], labels[i]
        for j in range(products.shape[1]):
            value = squares[j] - two * products[i, j]
            if value < best or (value == best and names[j] < label):
                best, label = value, names[j]
        values[i], labels[i] = best, label


@njit(nogil=True, cache=True)
def add_up(rows: NDArray[np.float32], labels: NDArray[np.int64], sums: NDArray[np.float64]) -> None:
    """Add rows to the sums of their clusters, in the order of rows.

    Args:
        rows: float32 [n, d].
        labels: int64 [n].
        sums: float64 [k, d]; added to.
    """
    for i in range(rows.shape[0]):
        label = labels[i]
        for j in range(rows.shape[1]):
            sums[label, j] += rows[i, j]
