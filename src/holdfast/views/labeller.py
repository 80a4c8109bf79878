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
_WEIGHTS_AT_ONCE = 8_000_000
_ROWS_AT_ONCE = 4_096


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
    from scipy.sparse import csr_array

    # What each column says for each stratum, some strata at a time so that memory stays small: a row then takes its own columns
    # alone, in the order in which they stand, whatever rows are read with it. Columns that trained nothing say nothing.
    columns = np.flatnonzero(np.bincount(fit.indices, minlength=fit.shape[1]))
    place = np.full(fit.shape[1], -1, np.int32)
    place[columns] = np.arange(len(columns))
    trained = csr_array((fit.data, place[fit.indices], fit.indptr), shape=(fit.shape[0], len(columns)))
    use = place[rows.indices] >= 0
    starts = np.concatenate([[0], np.cumsum(use)])[rows.indptr]
    asked = csr_array((rows.data[use], place[rows.indices[use]], starts), shape=(rows.shape[0], len(columns)))
    strata = np.zeros(rows.shape[0], np.int64)
    best = np.full(rows.shape[0], -np.inf)
    step = max(_WEIGHTS_AT_ONCE // max(len(columns), 1), 1)
    for first in range(0, coefficients.shape[1], step):
        weights = trained.T @ coefficients[:, first : first + step].astype(np.float64)
        for start in range(0, len(strata), _ROWS_AT_ONCE):
            some = slice(start, start + _ROWS_AT_ONCE)
            scores = asked[some] @ weights
            top = scores.argmax(axis=1)
            found = scores[np.arange(len(top)), top]
            better = found > best[some]
            strata[some] = np.where(better, first + top, strata[some])
            best[some] = np.where(better, found, best[some])
    return strata


def _cap(counts: NDArray[np.int64], budget: int) -> int:
    """The largest per-stratum cap whose total stays within the budget."""
    low, high = 1, max(int(counts.max(initial=1)), 1)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if int(np.minimum(counts, middle).sum()) <= budget else (low, middle - 1)
    return low
