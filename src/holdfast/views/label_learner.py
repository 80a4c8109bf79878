"""A learner of labels: multinomial naive Bayes over weighed words, tested on unseen real rows.

Cheap, because what it learns are sums: a training set of any size is read once. Near-copies in a training set count
as one row, so that repetition is not mistaken for evidence. It is another family than the linear models that users
train, so that agreement with them means something.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

PSEUDO = 100.0
"""Weight of what all classes have in common, in rows' worth of features."""
_PRIOR = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassSums:
    """What was read of every class.

    Attributes:
        features: csr_array float64 [k, columns], summed weighed rows.
        rows: float64 [k], rows.
    """

    features: Any
    rows: NDArray[np.float64]


def train(rows: Any, strata: NDArray[np.int64], count: int, weights: NDArray[np.float64]) -> ClassSums:
    """Sum rows by class.

    Args:
        rows: csr_array float32 [n, columns], weighed rows.
        strata: int64 [n], their classes.
        count: k, number of classes.
        weights: float64 [n], how much each row counts; 0 leaves it out.
    """
    from scipy.sparse import csr_array

    use = np.flatnonzero(weights > 0)
    use = use[np.argsort(strata[use], kind="stable")]
    starts = np.searchsorted(strata[use], np.arange(count + 1))
    member = csr_array((weights[use], use, starts), shape=(count, rows.shape[0]))
    sizes = np.bincount(strata[use], weights[use], minlength=count).astype(np.float64)
    return ClassSums(features=(member @ rows).tocsr(), rows=sizes)


def losses(sums: ClassSums, rows: Any, strata: NDArray[np.int64]) -> NDArray[np.float64]:
    """float64 [n], bits it takes to name the class of each row, at the temperature that suits the model best.

    Args:
        sums: What was learnt.
        rows: csr_array float32 [n, columns], unseen real rows.
        strata: int64 [n], their true classes.
    """
    from scipy.optimize import minimize_scalar

    scores, prior = _scores(sums, rows)
    place = np.arange(len(strata))

    def bits(log_temperature: float) -> NDArray[np.float64]:
        logits = np.exp(log_temperature) * scores + prior
        logits -= logits.max(axis=1, keepdims=True)
        carried = logits[place, strata]
        return np.asarray((np.log(np.exp(logits).sum(axis=1)) - carried) / np.log(2.0), np.float64)

    found = minimize_scalar(lambda t: float(bits(t).mean()), bounds=(-6.0, 4.0), method="bounded")
    return bits(float(found.x))


def margins(sums: ClassSums, rows: Any, strata: NDArray[np.int64]) -> NDArray[np.float64]:
    """float64 [n], how much each row speaks for its class against the best other one; above 0, it is the best guess.

    Args:
        sums: What was learnt.
        rows: csr_array float32 [n, columns], weighed rows.
        strata: int64 [n], the classes they carry.
    """
    scores, prior = _scores(sums, rows)
    logits = scores + prior
    place = np.arange(len(strata))
    carried = logits[place, strata].copy()
    logits[place, strata] = -np.inf
    return np.asarray(carried - logits.max(axis=1), np.float64)


def _scores(sums: ClassSums, rows: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Log-likelihood ratio of each class against what all have in common, and the log prior."""
    from scipy.sparse import csr_array

    features = sums.features
    everything = np.bincount(features.indices, features.data, minlength=features.shape[1])
    total = max(float(everything.sum()), 1e-12)
    mass = np.asarray(features.sum(axis=1)).ravel()
    common = PSEUDO * np.maximum(everything[features.indices], 1e-12) / total
    ratio = np.log1p(features.data / common)
    seen = csr_array((ratio, features.indices, features.indptr), shape=features.shape)
    unseen = np.log(PSEUDO / (mass + PSEUDO))
    own = np.asarray(rows.sum(axis=1)).ravel()
    scores = (rows @ seen.T).toarray() + own[:, None] * unseen[None, :]
    # A class that was never read is no one's guess, and not impossible either.
    read = sums.rows > 0
    if read.any():
        scores[:, ~read] = scores[:, read].min(axis=1, keepdims=True)
    prior = np.log((sums.rows + _PRIOR) / (sums.rows.sum() + _PRIOR * len(sums.rows)))
    return np.asarray(scores, np.float64), prior
