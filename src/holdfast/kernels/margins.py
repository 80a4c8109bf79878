"""Margins: how much a row speaks for its label against the best other one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(nogil=True, cache=True)
def judge(
    rows: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]],
    mine: NDArray[np.int64],
    own: NDArray[np.float32],
    strata: NDArray[np.int64],
    seen: tuple[NDArray[np.int64], NDArray[np.int32]],
    ratios: NDArray[np.float64],
    classes: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]],
    margins: NDArray[np.float64],
) -> None:
    """Read the margins of some rows by one judge.

    Args:
        rows: Where each row begins, its columns (-1 for one the judge does not know) and its weights.
        mine: int64, the rows to read.
        own: float32 [n], sum of each row's weights.
        strata: int64 [n], the class each row carries.
        seen: Where each column begins, and the classes in which it was read.
        ratios: float64, what each of those says for its class.
        classes: float64 [k] what a column says that was never read there, float64 [k] the prior, bool [k] classes that were read.
        margins: float64 [n], filled at `mine`.
    """
    starts, columns, weights = rows
    first, labels = seen
    unseen, prior, known = classes
    count = len(prior)
    scores = np.empty(count, np.float64)
    for i in mine:
        scores[:] = 0.0
        for at in range(starts[i], starts[i + 1]):
            column = columns[at]
            if column < 0:
                continue
            weight = np.float64(weights[at])
            begin, end = first[column], first[column + 1]
            said = ratios[begin:end]
            if len(said) == count:
                for k in range(count):
                    scores[k] += weight * said[k]
            else:
                shown = labels[begin:end]
                for place in range(len(said)):
                    scores[shown[place]] += weight * said[place]
        margins[i] = _margin(scores, np.float64(own[i]), strata[i], unseen, prior, known)


@njit(nogil=True, cache=True)
def _margin(
    scores: NDArray[np.float64],
    total: float,
    stratum: int,
    unseen: NDArray[np.float64],
    prior: NDArray[np.float64],
    known: NDArray[np.bool_],
) -> float:
    least, best, carried = np.inf, -np.inf, 0.0
    for k in range(len(scores)):
        scores[k] += total * unseen[k]
        if known[k]:
            least = min(least, scores[k])
    for k in range(len(scores)):
        # A class that was never read is no one's guess, and not impossible either.
        logit = (scores[k] if known[k] else least) + prior[k]
        if k == stratum:
            carried = logit
        else:
            best = max(best, logit)
    return carried - best
