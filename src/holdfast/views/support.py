"""Support: how much of a row reality has said before, in words and parts of words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from holdfast.views.features import COLUMNS
from holdfast.views.tokens import mix

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.features import Features

FOLDS = 5


def deal_folds(keys: NDArray[np.uint64], units: NDArray[np.int64]) -> NDArray[np.int8]:
    """int8 [n], the fold of each row, real or new: by the content of its unit, and by nothing else.

    Args:
        keys: uint64 [n], a hash of each row's words (`row_hashes`).
        units: int64 [n], its unit.
    """
    leader = np.zeros(int(units.max(initial=-1)) + 1, np.uint64)
    np.maximum.at(leader, units, keys)
    return (mix(leader + np.uint64(1)) % np.uint64(FOLDS)).astype(np.int8)[units]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Which features the anchor has, fold by fold.

    Attributes:
        folds: uint8 [COLUMNS], a bit for each fold that has the feature.
    """

    folds: NDArray[np.uint8]

    @classmethod
    def of(cls, anchor: Features, folds: NDArray[np.int8]) -> Known:
        """What these rows have.

        Args:
            anchor: m anchor rows.
            folds: int8 [m], the fold of each.
        """
        found, of = np.zeros(COLUMNS, np.uint8), folds[anchor.rows]
        for fold in range(FOLDS):
            found[anchor.columns[of == fold]] |= np.uint8(1 << fold)
        return cls(folds=found)

    def support(self, rows: Features, folds: NDArray[np.int8]) -> NDArray[np.float64]:
        """Share of a row's distinct features that occur in the anchor outside the row's fold.

        A real row lies in its fold with all its near-duplicates, so it cannot support itself; a new row leaves out the fold
        it picks, and both are held against the same share of reality.

        Args:
            rows: n rows to read.
            folds: int8 [n], the fold each row leaves out.

        Returns:
            float64 [n]; 1.0 for a row without features.
        """
        sizes = np.diff(rows.starts)
        others = np.repeat(~(np.uint8(1) << folds.astype(np.uint8)), sizes)
        known = (self.folds[rows.columns] & others) > 0
        ends = np.concatenate([[0], np.cumsum(known)])
        sums = (ends[rows.starts[1:]] - ends[rows.starts[:-1]]).astype(np.float64)
        return np.where(sizes > 0, sums / np.maximum(sizes, 1), 1.0)
