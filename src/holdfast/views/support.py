"""Support: how much of a row reality has said before, in words and parts of words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from holdfast.views.features import COLUMNS
from holdfast.views.tokens import mix, row_hashes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.features import Features
    from holdfast.views.tokens import Tokens

FOLDS = 5


def deal_folds(tokens: Tokens, units: NDArray[np.int64]) -> NDArray[np.int8]:
    """int8 [n], the fold of each row, real or new: by the content of its unit, and by nothing else."""
    leader = np.zeros(int(units.max(initial=-1)) + 1, np.uint64)
    np.maximum.at(leader, units, row_hashes(tokens))
    return (mix(leader + np.uint64(1)) % np.uint64(FOLDS)).astype(np.int8)[units]


def support(
    rows: Features, anchor: Features, folds: NDArray[np.int8], anchor_folds: NDArray[np.int8]
) -> NDArray[np.float64]:
    """Share of a row's distinct features that occur in the anchor outside the row's fold.

    A real row lies in its fold with all its near-duplicates, so it cannot support itself; a new row leaves out the fold
    it picks, and both are held against the same share of reality.

    Args:
        rows: n rows to read.
        anchor: m anchor rows.
        folds: int8 [n], the fold each row leaves out.
        anchor_folds: int8 [m], the fold of each anchor row.

    Returns:
        float64 [n]; 1.0 for a row without features.
    """
    present = np.zeros((FOLDS, COLUMNS), bool)
    present[anchor_folds[anchor.rows], anchor.columns] = True
    holders = present.sum(axis=0, dtype=np.int8)
    left_out = folds[rows.rows]
    known = holders[rows.columns] - present[left_out, rows.columns] > 0
    sizes = np.diff(rows.starts)
    sums = (
        np.add.reduceat(np.append(known.astype(np.float64), 0.0), rows.starts[:-1])
        if len(rows)
        else np.empty(0)
    )
    return np.where(sizes > 0, sums / np.maximum(sizes, 1), 1.0)
