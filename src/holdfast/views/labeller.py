"""The stratum labeller: which stratum would a row belong to, read so that its errors cancel.

A linear ridge classifier is trained on stratum-balanced rows of one part of the reference, drawn by content; only the
rest of the reference is counted. Given the model, counted real rows and new rows are fresh draws alike, so its errors
show up equally on both sides and cancel in every comparison.

Cross-fitting would count every real row, but rows that train each other's models vote for each other: counts then vary
more than any dealing of rows shows, and the test alarms too often where strata have few rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FIT_ROWS = 4_000
"""Rows the labeller is trained on at most; the cost is cubic in it, and 27 a stratum serve 150 strata."""
RIDGE = 1.0
_HEAVIEST = 10.0
"""A row of a rare stratum counts at most this many times one of a frequent stratum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labeller:
    """A trained labeller.

    Attributes:
        fit_rows: int64 [m], the anchor rows it was trained on.
        coefficients: float32 [m, k], dual coefficients.
    """

    fit_rows: NDArray[np.int64]
    coefficients: NDArray[np.float32]


def draw_fit_units(units: NDArray[np.int64], hashes: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which rows may train or draw cells: half of the units by content, fewer where there are more than enough.

    Args:
        units: int64 [n], unit of each row; a unit stays together.
        hashes: uint64 [n], content hash of each row.

    Returns:
        bool [n]. The choice knows nothing of labels or of other rows, so the rest stays a fair draw from reality.
    """
    leader = np.zeros(int(units.max(initial=-1)) + 1, np.uint64)
    np.maximum.at(leader, units, hashes)
    uniform = (leader >> np.uint64(11)).astype(float) / 2**53
    share = min(0.5, 2 * FIT_ROWS / max(len(leader), 1))
    # The largest of several hashes is not uniform; its own hash is.
    spread = (uniform * 997.0) % 1.0
    return (spread < share)[units]


def choose_fit_rows(
    strata: NDArray[np.int64], units: NDArray[np.int64], order: NDArray[np.uint64], drawing: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Stratum-balanced training rows among those that may train.

    Args:
        strata: int64 [n], stratum of each row; negative rows are not used.
        units: int64 [n], unit of each row; one row of a unit trains.
        order: uint64 [n], a content hash that decides, so that the choice does not depend on row order.
        drawing: bool [n], rows that may train.

    Returns:
        int64 [m] rows.
    """
    by_hash = np.lexsort((order, strata))
    by_hash = by_hash[(strata[by_hash] >= 0) & drawing[by_hash]]
    _, first = np.unique(units[by_hash], return_index=True)
    distinct = by_hash[np.sort(first)]
    if len(distinct) == 0:
        return distinct
    place = np.arange(len(distinct)) - np.searchsorted(strata[distinct], strata[distinct])
    return np.asarray(distinct[place < _cap(np.bincount(strata[distinct]), FIT_ROWS)], np.int64)


def train(rows: Any, strata: NDArray[np.int64], count: int) -> NDArray[np.float32]:
    """Dual coefficients of the ridge classifier.

    Args:
        rows: csr_array float32 [m, features], weighed training rows.
        strata: int64 [m], their strata.
        count: k, number of strata.

    Returns:
        float32 [m, k].
    """
    from scipy.linalg import cho_factor, cho_solve

    kernel = (rows @ rows.T).toarray().astype(np.float32)
    targets = np.full((len(strata), count), -1.0 / count, np.float32)
    targets[np.arange(len(strata)), strata] += 1.0
    sizes = np.bincount(strata, minlength=count)[strata]
    weights = np.minimum(sizes.max() / sizes, _HEAVIEST)
    kernel[np.diag_indices_from(kernel)] += (RIDGE * weights.mean() / weights).astype(np.float32)
    return np.asarray(cho_solve(cho_factor(kernel, lower=True, overwrite_a=True), targets), np.float32)


def predict(coefficients: NDArray[np.float32], fit: Any, rows: Any) -> NDArray[np.int64]:
    """int64 [n], the stratum of each row.

    Args:
        coefficients: float32 [m, k].
        fit: csr_array [m, features], the weighed training rows.
        rows: csr_array [n, features], the weighed rows to read.
    """
    weights = fit.T.tocsr()
    strata = np.empty(rows.shape[0], np.int64)
    for start in range(0, len(strata), 4_096):
        similarity = (rows[start : start + 4_096] @ weights).toarray()
        strata[start : start + 4_096] = np.argmax(similarity @ coefficients, axis=1)
    return strata


def _cap(counts: NDArray[np.int64], budget: int) -> int:
    """The largest per-stratum cap whose total stays within the budget."""
    low, high = 1, max(int(counts.max(initial=1)), 1)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if int(np.minimum(counts, middle).sum()) <= budget else (low, middle - 1)
    return low
