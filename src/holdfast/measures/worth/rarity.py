"""Judges by rarity: who judges which band, and what they may know.

Rows that choose a band are used neither for its curve nor for its evaluation: a stratum that came up rarely by chance
would look rare, and be covered badly by the very rows that made it look so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from holdfast.measures.worth.coverage import Bench
from holdfast.stats.bands import BANDS, membership
from holdfast.views.likeness import FOLDS

if TYPE_CHECKING:
    from holdfast.views.likeness import Likeness
    from holdfast.views.sides import Sides

_FEW, _MANY = 2, 4  # parts of ten that choose


def benches_by_band(sides: Sides, likeness: Likeness) -> list[list[Bench]]:
    """For each band its benches; the parts of reality take turns in choosing the bands.

    Args:
        sides: Both sides.
        likeness: Judges.
    """
    strata, judged = sides.known, sides.known[likeness.judges]
    if sides.declared is not None:
        band = membership(sides.declared)[np.maximum(judged, 0)]
        return [[Bench(judges=np.flatnonzero((judged >= 0) & (band == b)))] for b in range(len(BANDS))]
    # More rows choose better, fewer leave a longer curve: the curve must reach the candidate's size.
    left = len(sides.anchor) * (FOLDS - _MANY) / FOLDS
    choosers = _MANY if left >= 1.05 * len(sides.candidate) else _FEW
    count = len(sides.labels)
    present = np.bincount(strata[strata >= 0], minlength=count) > 0
    benches: list[list[Bench]] = [[] for _ in BANDS]
    fold_of = likeness.folds[likeness.judges]
    for turn in range(FOLDS // 2):
        parts = {(2 * turn + i) % FOLDS for i in range(choosers)}
        chooses = np.isin(likeness.folds, list(parts)) & (strata >= 0)
        sizes = np.bincount(strata[chooses], minlength=count) + 0.5
        band = np.where(present, membership(np.where(present, sizes, 0.0)), -1)
        seated = (judged >= 0) & ~np.isin(fold_of, list(parts))
        left_parts = tuple(part for part in range(FOLDS) if part not in parts)
        for b in range(len(BANDS)):
            judges = np.flatnonzero(seated & (band[np.maximum(judged, 0)] == b))
            if len(judges):
                benches[b].append(Bench(judges=judges, parts=left_parts))
    return benches
