"""A learner of labels: multinomial naive Bayes over weighed words, tested on unseen real rows.

Cheap, because what it learns are sums: a training set of any size is read once. Near-copies in a training set count
as one row, so that repetition is not mistaken for evidence. It is another family than the linear models that users
train, so that agreement with them means something.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

PSEUDO = 100.0
"""Weight of what all classes have in common, in rows' worth of features."""
_PRIOR = 0.5
_HOTTEST, _COLDEST = -6.0, 4.0
"""Logarithms of what scores are multiplied by."""
_CLOSE, _STEPS = 1e-6, 60


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
    return losses_of(*_scores(sums, rows), strata)[0]


def losses_of(
    scores: NDArray[np.float64],
    prior: NDArray[np.float64],
    strata: NDArray[np.int64],
    cold: float = 1.0,
) -> tuple[NDArray[np.float64], float]:
    """Bits it takes to name the class of each row, float64 [n], at the temperature that suits the scores best.

    How cold is best is found by Newton's method between bounds: bits are convex in what scores are multiplied by.

    Args:
        scores: float64 [n, k], log-likelihood ratios.
        prior: float64 [k], log prior.
        strata: int64 [n], the true classes.
        cold: Where to begin looking.

    Returns:
        The bits, and what the scores were multiplied by.
    """
    place = np.arange(len(strata))
    own = scores[place, strata]
    low, high = exp(_HOTTEST), exp(_COLDEST)
    untried = {low, high}
    cold = min(max(cold, low), high)
    for _ in range(_STEPS):
        logits = cold * scores
        logits += prior
        logits -= logits.max(axis=1, keepdims=True)
        chance = np.exp(logits, out=logits)
        total = chance.sum(axis=1)
        mean = np.einsum("ij,ij->i", chance, scores) / total
        slope = float((mean - own).mean())
        curve = float((np.einsum("ij,ij,ij->i", chance, scores, scores) / total - mean**2).mean())
        if slope == 0:
            break
        low, high = (low, cold) if slope > 0 else (cold, high)
        untried.discard(cold)
        # Where every guess is sure, rightly or wrongly, nothing says how far to go.
        after = cold - slope / curve if curve > 0 else -slope * inf
        if not low < after < high:
            # A step that leaves what is known goes to its end, and where that is known too, half the way.
            end = high if after >= high else low
            after = end if end in untried else sqrt(low * high)
        if abs(after - cold) <= _CLOSE * cold:
            break
        cold = after
    logits = cold * scores
    logits += prior
    logits -= logits.max(axis=1, keepdims=True)
    carried = logits[place, strata]
    lost = (np.log(np.exp(logits, out=logits).sum(axis=1)) - carried) / np.log(2.0)
    return np.asarray(lost, np.float64), cold


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
    own = np.asarray(rows.sum(axis=1)).ravel()
    return finish_scores((rows @ seen.T).toarray(), own, mass, sums.rows)


def ratios(weights: NDArray[np.float64], words: NDArray[np.int64], total: float) -> NDArray[np.float64]:
    """float64 [t], log-likelihood ratios of words that a class has said.

    Args:
        weights: float64 [t], summed weight of a word in a class.
        words: int64 [t], the word.
        total: Weight of all words of all classes.
    """
    common = PSEUDO * np.maximum(np.bincount(words, weights), 1e-12) / max(total, 1e-12)
    return np.log1p(weights / common[words])


def finish_scores(
    scores: NDArray[np.float64],
    own: NDArray[np.float64],
    mass: NDArray[np.float64],
    rows: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Scores with what classes have not said, and the log prior.

    Args:
        scores: float64 [n, k], summed ratios of the words of n rows.
        own: float64 [n], weight of each of these rows.
        mass: float64 [k], weight of all words of a class.
        rows: float64 [k], rows of a class.
    """
    scores = scores + own[:, None] * np.log(PSEUDO / (mass + PSEUDO))[None, :]
    # A class that was never read is no one's guess, and not impossible either.
    read = rows > 0
    if read.any():
        scores[:, ~read] = scores[:, read].min(axis=1, keepdims=True)
    prior = np.log((rows + _PRIOR) / (rows.sum() + _PRIOR * len(rows)))
    return np.asarray(scores, np.float64), prior
