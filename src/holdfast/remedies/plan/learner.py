"""The learner that blends are tried on: least squares on the labels, with a ridge (Hoerl and Kennard 1970).

Its squared loss orders blends as accuracy on unseen real rows does, where the loss of naive Bayes and counts of errors do not
(design/0004-repair.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.stats.ridge import Ridge, signs

if TYPE_CHECKING:
    from numpy.typing import NDArray


def squared_losses(
    rows: Any,
    strata: NDArray[np.int64],
    exam: Any,
    truth: NDArray[np.int64],
    count: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Squared error of each row of the exam: from 1 for its class, and the mean from -1 for the others.

    Args:
        rows: csr_array [n, columns], rows to learn from, of about unit length.
        strata: int64 [n], their classes.
        exam: csr_array [m, columns], unseen rows.
        truth: int64 [m], their classes.
        count: k, number of classes.

    Returns:
        float64 [m], where classes start from their shares in the rows, as with an intercept that costs nothing; and where all start
        alike, so that rows which only shift the shares change nothing.
    """
    wanted = signs(truth, count)
    # Where classes are many, errors on the others would drown that on the own one.
    weight = np.where(wanted > 0, 1.0, 1.0 / max(count - 1, 1))
    if not len(strata):
        nothing = np.asarray(weight.sum(axis=1))
        return nothing, nothing
    targets = signs(strata, count)
    fit = Ridge(rows)

    def losses(start: NDArray[np.float64]) -> NDArray[np.float64]:
        placed = exam @ fit.weights(targets - start) + start
        return np.asarray((weight * (placed - wanted) ** 2).sum(axis=1), np.float64)

    return losses(targets.mean(axis=0)), losses(np.full(count, 2.0 / count - 1.0))
