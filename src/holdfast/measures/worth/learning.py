"""Worth by a learner: what can be learnt from the candidate, against what can be learnt from so many real rows."""

from __future__ import annotations

from dataclasses import dataclass
from math import isinf
from typing import TYPE_CHECKING

import numpy as np

from holdfast.backends.store import get_model, put_model
from holdfast.measures.worth.estimate import Estimate, estimate
from holdfast.stats.rarefaction import Curve, jackknife
from holdfast.views.learning import key_of_anchor
from holdfast.views.likeness import FOLDS
from holdfast.views.streaming.digest import digest_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.measures.worth.learners import Learner
    from holdfast.views.sides import Sides

_SIZES = 10
_SMALLEST = 8
_LEAST_RISE = 6.0
"""Standard errors by which real rows must teach more than a few of them do."""
_LOOSEST = 1.0
"""Standard error of the logarithm with which a number that is open above says nothing."""
VERSION = 1
"""Of reality's own curve, raised whenever what was kept stops being right."""
_FEW = 1_500
"""Below so many real rows, each part learns from them in two orders, so that the curve is smooth."""


def learn(sides: Sides, learner: Learner, rng: np.random.Generator) -> Estimate | None:
    """The worth of a candidate to a learner.

    Every part of the judges is examined after learning from real rows of the other parts, in growing number, and after
    learning from the candidate without its copies of that part.

    Args:
        sides: Both sides.
        learner: The learner.
        rng: Orders the real rows.

    Returns:
        The worth with the learning curve on real rows and what the candidate taught; None where more real rows do not
        teach more, fewer than 8 are there to learn from, or any number would fit: then the learner cannot tell.
    """
    judged = learner.folds[learner.judges]
    weight = np.bincount(judged, learner.weight, minlength=FOLDS).astype(np.float64)
    left = min(int((learner.folds[learner.students] != part).sum()) for part in range(FOLDS))
    if left < _SMALLEST or np.count_nonzero(weight) < 2:
        return None
    sizes, by_part = _real_curve(sides, learner, rng)
    # A few rows can teach worse than fewer: the curve begins where it is lowest.
    lowest = min(int(by_part.sum(axis=1).argmin()), len(sizes) - 2)
    sizes, by_part = sizes[lowest:], by_part[lowest:]
    curve = Curve(sizes=sizes.astype(np.float64), scores=by_part.sum(axis=1) / weight.sum())
    taught = np.array([learner.candidate(part) for part in range(FOLDS)])
    score = float(taught.sum() / weight.sum())
    at = np.clip(curve.size_of(score), sizes[0], sizes[-1])
    real = np.array([np.interp(np.log(at), np.log(sizes), by_part[:, part]) for part in range(FOLDS)])
    gap = taught - real
    of_judges = float(jackknife((gap.sum() - gap) / (weight.sum() - weight)))
    deleted = [learner.without(part) for part in range(FOLDS)]
    of_candidate = float(jackknife(np.array(deleted) / weight.sum()))
    # Real sets of one size differ from each other as candidates do; those drawn from one reference share rows.
    of_pool = of_candidate * float(np.sqrt(at / sizes[-1]))
    error = float(np.sqrt(of_judges**2 + of_candidate**2 + of_pool**2))
    if _rise(by_part, weight) < _LEAST_RISE:
        return None
    found = estimate(curve, score, error, len(judged), len(sides.candidate))
    return None if isinf(found.worth.high) and found.worth.error > _LOOSEST else found


def _rise(by_part: NDArray[np.float64], weight: NDArray[np.float64]) -> float:
    """How surely the learning curve rises, in standard errors: all real rows against the fewest."""
    gain = by_part[-1] - by_part[0]
    total = float(gain.sum() / weight.sum())
    spread = float(jackknife((gain.sum() - gain) / (weight.sum() - weight)))
    return total / max(spread, 1e-12)


@dataclass(frozen=True, slots=True, kw_only=True)
class RealCurve:
    """What real rows teach: reality's own curve, which no candidate changes.

    Attributes:
        sizes: int64 [s], numbers of real rows.
        scores: float64 [s, FOLDS], the score on each part after learning from so many real rows of the others.
        tuned: float64, what the learner has found out about itself meanwhile (`Learner.tuned`).
    """

    sizes: NDArray[np.int64]
    scores: NDArray[np.float64]
    tuned: NDArray[np.float64]


def _real_curve(
    sides: Sides, learner: Learner, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Sizes, int64 [s], and the score on each part after learning from so many real rows of the others; kept, where there is a store."""
    students = learner.students
    folds = learner.folds[students]
    limit = min(int((folds != part).sum()) for part in range(FOLDS))
    sizes = np.unique(np.round(np.geomspace(_SMALLEST, limit, _SIZES)).astype(np.int64))
    rounds = 2 if len(students) < _FEW else 1
    # Drawn in any case: who draws after this draws the same, whether the curve is kept or not.
    orders = [
        [
            rng.permutation(students[folds != part]) for _ in range(rounds)
        ]  # students stand in the order of their content
        for part in range(FOLDS)
    ]
    key = None
    if sides.shelf is not None:
        asked = digest_of((learner.depends, learner.weight, sizes, orders))
        key = key_of_anchor(sides, f"curve of {learner.name}", VERSION, asked)
    if key is not None and sides.shelf is not None:
        found = get_model(sides.shelf, key, (RealCurve,))
        if isinstance(found, RealCurve):
            learner.tuned = found.tuned
            return found.sizes, found.scores
    scores = np.zeros((len(sizes), FOLDS))
    for part in range(FOLDS):
        for order in orders[part]:
            scores[:, part] += learner.real(order, sizes, part) / rounds
    if key is not None and sides.shelf is not None:
        curve = RealCurve(sizes=sizes, scores=scores, tuned=learner.tuned)
        put_model(sides.shelf, key, curve, (RealCurve,))
    return sizes, scores
