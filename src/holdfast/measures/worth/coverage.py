"""Worth by coverage: how close unseen real rows are to the candidate, against how close they are to other real rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from holdfast.measures.worth.estimate import DEVIATES, Estimate, Worth, estimate
from holdfast.stats.rarefaction import Curve, expected_best, jackknife, sizes_up_to
from holdfast.views.likeness import FOLDS, LEVELS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from holdfast.views.likeness import Likeness

_NEAR_END = 0.85  # of the pool: so much is left when one part in ten is taken out


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Judges who sit together, and the parts of reality they know.

    Attributes:
        judges: int64 [j], places in `Likeness.judges`.
        parts: Parts of the anchor that make the curve.
    """

    judges: NDArray[np.int64]
    parts: tuple[int, ...] = tuple(range(FOLDS))


def cover(likeness: Likeness, benches: Sequence[Bench], candidate: int) -> Estimate:
    """The worth of a candidate to these judges.

    Args:
        likeness: How close both sides come to each judge.
        benches: Judges, each bench with the parts of reality it was not chosen by; a judge may sit on several.
        candidate: Rows of the candidate.

    Returns:
        The worth with the curve of reality and the candidate's score on it (mean closeness, 0 to 1).
    """
    sets = [(bench.judges, likeness.pool[bench.judges][:, bench.parts]) for bench in benches]
    total = sum(len(judges) for judges, _ in sets)
    limit = min(int(pool.sum(axis=(1, 2)).mean()) for judges, pool in sets if len(judges))
    sizes = sizes_up_to(limit)
    scores = sum(expected_best(pool.sum(axis=1), sizes).sum(axis=0) for _, pool in sets) / total
    curve = Curve(
        sizes=np.concatenate([[0.0], sizes]), scores=np.concatenate([[0.0], np.asarray(scores)]) / LEVELS
    )
    best = likeness.best
    score = float(sum(best[judges].sum() for judges, _ in sets)) / total / LEVELS
    at = max(min(curve.size_of(score), _NEAR_END * limit), 1.0)
    error = np.hypot(_error_of_reality(likeness, benches, at), _error_of_candidate(likeness, benches))
    judges = len(np.unique(np.concatenate([seated for seated, _ in sets])))
    return estimate(curve, score, float(error), judges, candidate)


def _error_of_reality(likeness: Likeness, benches: Sequence[Bench], at: float) -> float:
    """Standard error from the real rows: one part at a time leaves the judges and the pool."""
    best = likeness.best
    size = np.array([round(at)])
    fold_of = likeness.folds[likeness.judges]
    whole = [likeness.pool[bench.judges][:, bench.parts].sum(axis=1) for bench in benches]
    differences = []
    for part in range(FOLDS):
        total, count = 0.0, 0
        for bench, pool in zip(benches, whole, strict=True):
            others = fold_of[bench.judges] != part
            judges = bench.judges[others]
            left = pool[others] - (likeness.pool[judges, part] if part in bench.parts else 0)
            total += float((best[judges] - expected_best(left, size)[:, 0]).sum())
            count += len(judges)
        differences.append(total / max(count, 1) / LEVELS)
    return float(jackknife(np.array(differences)))


def _error_of_candidate(likeness: Likeness, benches: Sequence[Bench]) -> float:
    """Standard error from the candidate's rows: one part of it is left out at a time."""
    judges = np.concatenate([bench.judges for bench in benches])
    return float(jackknife(likeness.best_without[:, judges].mean(axis=1) / LEVELS))


def added(likeness: Likeness, rows: int) -> tuple[Worth, float]:
    """What the candidate adds to the whole reference, and what as many fresh real rows would have added.

    The gain in closeness, over the gain that one more of the last real rows brought. The curve bends downwards, so
    this is a lower bound: fresh rows bring less and less.

    Args:
        likeness: How close both sides come to each judge.
        rows: Candidate rows.
    """
    counts = likeness.pool.sum(axis=1)
    limit = int(counts.sum(axis=1).mean())
    known = LEVELS - 1 - np.argmax(counts[:, ::-1] > 0, axis=1)
    gain = np.maximum(likeness.best - known, 0)
    step = max(limit // 20, 1)
    before, whole = expected_best(counts, np.array([max(limit - step, 0), limit])).mean(axis=0)
    slope = max(float(whole - before) / step, 1e-12)
    fold_of = likeness.folds[likeness.judges]
    of_judges = jackknife(np.array([gain[fold_of != part].mean() for part in range(FOLDS)]))
    of_candidate = jackknife(np.maximum(likeness.best_without - known, 0).mean(axis=1))
    # Where no judge gains anything, three in so many still might (rule of three), by one level each.
    spread = max(DEVIATES * float(np.hypot(of_judges, of_candidate)), 3.0 / len(gain)) / slope
    # Where the curve is flat, a gain cannot be told in rows; a lower bound may always be lowered.
    value = min(float(gain.mean()) / slope, float(limit))
    base = max(int(limit / (1.0 + rows / max(limit, 1))), 1)
    fresh = expected_best(counts, np.array([max(base - max(base // 20, 1), 0), base, limit])).mean(axis=0)
    real_slope = max((fresh[1] - fresh[0]) / max(base // 20, 1), 1e-12)
    real = float((fresh[2] - fresh[1]) / real_slope) * limit / base
    worth = Worth(
        rows=value,
        low=max(value - spread, 0.0),
        high=value + spread,
        at_least=value > 0,
        limit=float("inf"),
        judges=len(likeness.judges),
        error=spread / DEVIATES / max(value, 1.0),
        p_value=1.0,
    )
    return worth, real


def uncovered(likeness: Likeness, rows: int) -> NDArray[np.float64]:
    """float64 [e], the chance that so many fresh real rows would come no closer to each judge than the candidate does.

    If candidate rows were real, every order of closeness among both sides would be equally likely; that the closest k
    are all of the anchor has the chance C(m, k) / C(m + n, k).
    """
    from scipy.special import gammaln

    counts = likeness.pool.sum(axis=1)
    pool = counts.sum(axis=1).astype(np.float64)
    closer = pool - np.cumsum(counts, axis=1)[np.arange(len(counts)), likeness.best]
    logs = (
        gammaln(pool + 1)
        - gammaln(pool - closer + 1)
        + gammaln(pool + rows - closer + 1)
        - gammaln(pool + rows + 1)
    )
    return np.asarray(np.exp(np.minimum(logs, 0.0)), np.float64)
