"""The learner that blends are tried on: least squares on the labels, with a ridge (Hoerl and Kennard 1970).

Its squared loss orders blends as accuracy on unseen real rows does, where the loss of naive Bayes and counts of errors do not
(design/0004-repair.md). What it learns are sums over pairs of rows, so that training on many blends of the same rows costs
little.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

RIDGE = 1.0
"""Rows are of unit length, so that this is the weight of one row."""
_DIRECT = 3_000
"""Rows up to which the system is solved at once; above, step by step, which takes no memory of rows squared."""
_STEPS = 200
_ERROR = 1e-5


def squared_losses(
    rows: Any,
    strata: NDArray[np.int64],
    exam: Any,
    truth: NDArray[np.int64],
    count: int,
) -> NDArray[np.float64]:
    """float64 [m], squared error of each row of the exam: from 1 for its class, and the mean from -1 for the others.

    Args:
        rows: csr_array [n, columns], rows to learn from, of about unit length.
        strata: int64 [n], their classes.
        exam: csr_array [m, columns], unseen rows.
        truth: int64 [m], their classes.
        count: k, number of classes.
    """
    wanted = _signs(truth, count)
    # Where classes are many, errors on the others would drown that on the own one.
    weight = np.where(wanted > 0, 1.0, 1.0 / max(count - 1, 1))
    if not len(strata):
        return np.asarray(weight.sum(axis=1))
    # Classes start from their mean, as with an intercept that costs nothing.
    signs = _signs(strata, count)
    mean = signs.mean(axis=0)
    dual = _solve(rows, signs - mean)
    placed = exam @ (rows.T @ dual) + mean
    return np.asarray((weight * (placed - wanted) ** 2).sum(axis=1), np.float64)


def _signs(strata: NDArray[np.int64], count: int) -> NDArray[np.float64]:
    signs = np.full((len(strata), count), -1.0)
    signs[np.arange(len(strata)), strata] = 1.0
    return signs


def _solve(rows: Any, wanted: NDArray[np.float64]) -> NDArray[np.float64]:
    """float64 [n, k], the solution of (rows rows' + ridge) solution = wanted."""
    if rows.shape[0] <= _DIRECT:
        from scipy.linalg import cho_factor, cho_solve

        products = (rows @ rows.T).toarray().astype(np.float64)
        products[np.diag_indices_from(products)] += RIDGE
        return np.asarray(cho_solve(cho_factor(products, overwrite_a=True), wanted))
    found = np.zeros_like(wanted)
    left = wanted.copy()
    direction = left.copy()
    size = (left**2).sum(axis=0)
    aim = _ERROR**2 * np.maximum(size, 1e-300)
    for _ in range(_STEPS):
        if (size <= aim).all():
            break
        image = rows @ (rows.T @ direction) + RIDGE * direction
        step = size / np.maximum((direction * image).sum(axis=0), 1e-300)
        found += step * direction
        left -= step * image
        now = (left**2).sum(axis=0)
        direction = left + now / np.maximum(size, 1e-300) * direction
        size = now
    return found
