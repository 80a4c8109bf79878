"""The stratum labeller: which stratum would a row belong to, read so that its errors cancel.

A linear ridge classifier is trained on stratum-balanced real rows, cross-fitted: a real row is read by the model of
the folds it is not in, a new row by the model its own text picks. Given the models, real and new rows are read
alike, so the labeller's errors show up equally on both sides and cancel in every comparison.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.views.tokens import mix

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.tokens import Tokens

FOLDS = 5
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
        fit_folds: int8 [m], the fold of each.
        folds: int8 [n], the fold whose model reads each anchor row.
        coefficients: float32 [FOLDS, m, k], dual coefficients of the model that leaves each fold out.
    """

    fit_rows: NDArray[np.int64]
    fit_folds: NDArray[np.int8]
    folds: NDArray[np.int8]
    coefficients: NDArray[np.float32]


def row_hashes(tokens: Tokens) -> NDArray[np.uint64]:
    """uint64 [n], a hash of each row's words in any order: equal rows share it, whatever their place in the file."""
    if len(tokens) == 0:
        return np.empty(0, np.uint64)
    sums = np.add.reduceat(np.append(tokens.words, np.uint64(0)), tokens.row_starts[:-1])
    sums[tokens.counts == 0] = 0
    return mix(sums)


def pick_fold(tokens: Tokens) -> NDArray[np.int8]:
    """int8 [n], the fold whose model reads each row; a row always picks the same."""
    return (row_hashes(tokens) % np.uint64(FOLDS)).astype(np.int8)


def choose_fit_rows(
    strata: NDArray[np.int64], units: NDArray[np.int64], order: NDArray[np.uint64]
) -> tuple[NDArray[np.int64], NDArray[np.int8], NDArray[np.int8]]:
    """Stratum-balanced training rows, their folds, and the fold whose model reads each row.

    Every stratum gives every fold equally many training rows. Otherwise a real row, which lies in a full fold more
    often than in a poor one, would meet fewer rows of its own stratum in training than a new row does.

    Args:
        strata: int64 [n], stratum of each row; negative rows are not used.
        units: int64 [n], unit of each row; one row of a unit trains, and none of it is read by that model.
        order: uint64 [n], a content hash that decides, so that the choice does not depend on row order.

    Returns:
        int64 [m] rows, int8 [m] their folds, int8 [n] the fold whose model reads each row.
    """
    by_hash = np.lexsort((order, strata))
    by_hash = by_hash[strata[by_hash] >= 0]
    _, first = np.unique(units[by_hash], return_index=True)
    distinct = by_hash[np.sort(first)]
    counts = np.bincount(strata[distinct])
    cap = np.minimum(counts, _cap(counts, FIT_ROWS))
    cap = np.where(cap >= FOLDS, cap - cap % FOLDS, 0)
    place = np.arange(len(distinct)) - np.searchsorted(strata[distinct], strata[distinct])
    rows = distinct[place < cap[strata[distinct]]]
    folds = (place[place < cap[strata[distinct]]] % FOLDS).astype(np.int8)
    reads = (order % np.uint64(FOLDS)).astype(np.int8)
    fold_of_unit = np.full(int(units.max(initial=-1)) + 1, -1, np.int8)
    fold_of_unit[units[rows]] = folds
    return rows, folds, np.where(fold_of_unit[units] >= 0, fold_of_unit[units], reads)


def train(rows: Any, strata: NDArray[np.int64], folds: NDArray[np.int8], count: int) -> NDArray[np.float32]:
    """Dual coefficients of the models that leave each fold out.

    Args:
        rows: csr_array float32 [m, features], weighed training rows.
        strata: int64 [m], their strata.
        folds: int8 [m], their folds.
        count: k, number of strata.

    Returns:
        float32 [FOLDS, m, k], zero on the rows left out.
    """
    from scipy.linalg import cho_factor, cho_solve

    if len(strata) == 0:
        return np.zeros((FOLDS, 0, count), np.float32)
    kernel = (rows @ rows.T).toarray().astype(np.float32)
    targets = np.full((len(strata), count), -1.0 / count, np.float32)
    targets[np.arange(len(strata)), strata] += 1.0
    sizes = np.bincount(strata, minlength=count)[strata]
    weights = np.minimum(sizes.max() / sizes, _HEAVIEST)
    coefficients = np.zeros((FOLDS, len(strata), count), np.float32)
    for fold in range(FOLDS):
        kept = np.flatnonzero(folds != fold)
        if len(kept) == 0:
            continue
        part = kernel[np.ix_(kept, kept)]
        part[np.diag_indices_from(part)] += (RIDGE * weights[kept].mean() / weights[kept]).astype(np.float32)
        coefficients[fold, kept] = cho_solve(cho_factor(part, lower=True, overwrite_a=True), targets[kept])
    return coefficients


def predict(
    coefficients: NDArray[np.float32], fit: Any, rows: Any, folds: NDArray[np.int8]
) -> NDArray[np.int64]:
    """int64 [n], the stratum of each row as read by the model of its fold.

    Args:
        coefficients: float32 [FOLDS, m, k].
        fit: csr_array [m, features], the weighed training rows.
        rows: csr_array [n, features], the weighed rows to read.
        folds: int8 [n], which fold's model reads each row.
    """
    strata = np.empty(rows.shape[0], np.int64)
    transposed = fit.T.tocsr()
    for fold in range(FOLDS):
        mine = np.flatnonzero(folds == fold)
        for start in range(0, len(mine), 4_096):
            part = mine[start : start + 4_096]
            similarity = (rows[part] @ transposed).toarray()
            strata[part] = np.argmax(similarity @ coefficients[fold], axis=1)
    return strata


def _cap(counts: NDArray[np.int64], budget: int) -> int:
    """The largest per-stratum cap whose total stays within the budget."""
    low, high = 1, max(int(counts.max(initial=1)), 1)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if int(np.minimum(counts, middle).sum()) <= budget else (low, middle - 1)
    return low
