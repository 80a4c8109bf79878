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
        coefficients: float32 [FOLDS, m, k], dual coefficients of the model that leaves each fold out.
    """

    fit_rows: NDArray[np.int64]
    coefficients: NDArray[np.float32]


def row_hashes(tokens: Tokens) -> NDArray[np.uint64]:
    """uint64 [n], a hash of each row's words in any order: equal rows share it, whatever their place in the file."""
    if len(tokens) == 0:
        return np.empty(0, np.uint64)
    sums = np.add.reduceat(np.append(tokens.words, np.uint64(0)), tokens.row_starts[:-1])
    sums[tokens.counts == 0] = 0
    return mix(sums)


def deal_folds(tokens: Tokens, units: NDArray[np.int64]) -> NDArray[np.int8]:
    """int8 [n], the fold of each row, real or new: by the content of its unit, and by nothing else.

    A real row is read by the model that leaves its fold out; a new row by the same rule. Folds are not balanced by stratum on purpose. Then what a model was trained on says nothing about the rows it
    reads, and a real row meets it exactly as a new row does; balanced folds would give a real row's own stratum one
    more training row than a new row finds.
    """
    leader = np.zeros(int(units.max(initial=-1)) + 1, np.uint64)
    np.maximum.at(leader, units, row_hashes(tokens))
    return (mix(leader + np.uint64(1)) % np.uint64(FOLDS)).astype(np.int8)[units]


def choose_fit_rows(
    strata: NDArray[np.int64], units: NDArray[np.int64], order: NDArray[np.uint64], folds: NDArray[np.int8]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Stratum-balanced training rows.

    Args:
        strata: int64 [n], stratum of each row; negative rows are not used.
        units: int64 [n], unit of each row; one row of a unit trains.
        order: uint64 [n], a content hash that decides, so that the choice does not depend on row order.
        folds: int8 [n], fold of each row.

    Returns:
        int64 [m] rows that some model is trained on, and bool [FOLDS, m] by which of them the model that leaves
        each fold out is trained: a choice among the rows of the other folds alone.
    """
    by_hash = np.lexsort((order, strata))
    by_hash = by_hash[strata[by_hash] >= 0]
    _, first = np.unique(units[by_hash], return_index=True)
    distinct = by_hash[np.sort(first)]
    used = np.zeros((FOLDS, len(distinct)), bool)
    for fold in range(FOLDS):
        others = np.flatnonzero(folds[distinct] != fold)
        stratum = strata[distinct[others]]
        place = np.arange(len(others)) - np.searchsorted(stratum, stratum)
        used[fold, others] = place < _cap(np.bincount(stratum), FIT_ROWS) if len(others) else False
    kept = used.any(axis=0)
    return distinct[kept], used[:, kept]


def train(rows: Any, strata: NDArray[np.int64], used: NDArray[np.bool_], count: int) -> NDArray[np.float32]:
    """Dual coefficients of the models that leave each fold out.

    Args:
        rows: csr_array float32 [m, features], weighed training rows.
        strata: int64 [m], their strata.
        used: bool [FOLDS, m], by which rows each model is trained.
        count: k, number of strata.

    Returns:
        float32 [FOLDS, m, k], zero on the rows a model is not trained on.
    """
    from scipy.linalg import cho_factor, cho_solve

    coefficients = np.zeros((FOLDS, len(strata), count), np.float32)
    if len(strata) == 0:
        return coefficients
    kernel = (rows @ rows.T).toarray().astype(np.float32)
    for fold in range(FOLDS):
        kept = np.flatnonzero(used[fold])
        if len(kept) == 0:
            continue
        targets = np.full((len(kept), count), -1.0 / count, np.float32)
        targets[np.arange(len(kept)), strata[kept]] += 1.0
        sizes = np.bincount(strata[kept], minlength=count)[strata[kept]]
        weights = np.minimum(sizes.max() / sizes, _HEAVIEST)
        part = kernel[np.ix_(kept, kept)]
        part[np.diag_indices_from(part)] += (RIDGE * weights.mean() / weights).astype(np.float32)
        coefficients[fold, kept] = cho_solve(cho_factor(part, lower=True, overwrite_a=True), targets)
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
