"""Ridge regression on sparse rows, with what each row would have been told without itself (Hoerl and Kennard 1970; Allen 1974).

Up to a few thousand rows the system of rows is solved, which is exact. Above, columns are hashed with signs into 4,096 (Weinberger and
others 2009) and the system of columns is solved: memory no longer grows with the rows, and products of two rows are off by about
one part in sixty-four of their lengths.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

RIDGE = 1.0
"""For rows of unit length, this is the weight of one row."""
MOST_ROWS = 3_000
HASHED = 4_096
_CHUNK = 2_048


def fold_columns(rows: Any, learnt: int) -> Any:
    """The same rows, in fewer columns if there are too many rows to solve for: call it once, on all rows at once.

    Args:
        rows: csr_array [n, columns].
        learnt: Rows that will be learnt from at most.
    """
    from scipy.sparse import csr_array

    if learnt <= MOST_ROWS:
        return rows
    width = rows.shape[1]
    rng = np.random.default_rng(0)  # which columns meet must not depend on anything
    signs = rng.choice(np.array([-1.0, 1.0]), width)
    place = rng.integers(0, HASHED, width)
    fold = csr_array((signs, (np.arange(width), place)), shape=(width, HASHED))
    return csr_array(rows @ fold)


def signs(strata: NDArray[np.int64], count: int) -> NDArray[np.float64]:
    """float64 [n, k], targets of a classifier: 1 for the own class, -1 for the others."""
    found = np.full((len(strata), count), -1.0)
    found[np.arange(len(strata)), strata] = 1.0
    return found


class Ridge:
    """A fit of float64 [n, k] targets to csr_array [n, columns] rows, without an intercept.

    Attributes:
        leverage: float64 [n], how far each row pulls its own fit, 0 to 1.
    """

    def __init__(self, rows: Any) -> None:
        self._rows = rows
        count, width = rows.shape
        self._by_rows = count <= max(MOST_ROWS, width)
        products = ((rows @ rows.T) if self._by_rows else (rows.T @ rows)).toarray().astype(np.float64)
        products[np.diag_indices_from(products)] += RIDGE
        self._inverse = _inverse(products)
        if self._by_rows:
            self.leverage: NDArray[np.float64] = 1.0 - RIDGE * np.diag(self._inverse)
        else:
            self.leverage = np.concatenate(
                [
                    np.asarray(part.multiply(part @ self._inverse).sum(axis=1)).ravel()
                    for part in (rows[at : at + _CHUNK] for at in range(0, count, _CHUNK))
                ]
            )

    def weights(self, targets: NDArray[np.float64]) -> NDArray[np.float64]:
        """float64 [columns, k], what is learnt."""
        if self._by_rows:
            return np.asarray(self._rows.T @ (self._inverse @ targets))
        return np.asarray(self._inverse @ (self._rows.T @ targets))

    def unseen(
        self, targets: NDArray[np.float64], weights: NDArray[np.float64] | None = None
    ) -> NDArray[np.float64]:
        """float64 [n, k], where the fit to all other rows puts each row."""
        fitted = self._rows @ (self.weights(targets) if weights is None else weights)
        left = (targets - fitted) / np.maximum(1.0 - self.leverage, 1e-9)[:, None]
        return np.asarray(targets - left)

    def spread(self, pull: NDArray[np.float64]) -> NDArray[np.float64]:
        """float64 [columns, k], how the weights move where rows pull so much: the inverse of rows' rows + ridge, times it."""
        if self._by_rows:
            through = self._rows.T @ (self._inverse @ (self._rows @ pull))
            return np.asarray(pull - through) / RIDGE
        return np.asarray(self._inverse @ pull)


def _inverse(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.linalg import lapack

    factor, failed = lapack.dpotrf(matrix, lower=True, overwrite_a=True)
    if failed or not np.isfinite(factor).all():
        raise ValueError("rows are not finite")
    half, _ = lapack.dpotri(factor, lower=True, overwrite_c=True)
    return np.asarray(np.tril(half) + np.tril(half, -1).T)
