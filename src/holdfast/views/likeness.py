"""Likeness: how close reality comes to each of its own rows, and how close a candidate comes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from holdfast.views.tokens import mix

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEVELS = 256
"""Similarity is read in this many steps."""
FOLDS = 10
"""Parts each side is dealt into, for standard errors and cross-fitting."""
JUDGES = 3_000
"""Most real rows that judge; more sharpen the answer little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """Real rows as judges of closeness.

    A judge does not see itself nor its near-duplicates, on either side. Where both sides bring labels, rows of another
    label are nothing like it, however they read.

    Attributes:
        judges: int64 [e], the anchor rows that judge.
        folds: int8 [m], the part of every anchor row; near-duplicates share one.
        pool: int32 [e, FOLDS, LEVELS], anchor rows by part and by closeness to the judge.
        nearest: int16 [e, FOLDS], level of the closest candidate row in each part of the candidate.
        source: int64 [e], the closest candidate row, or -1 where no row shares anything.
    """

    judges: NDArray[np.int64]
    folds: NDArray[np.int8]
    pool: NDArray[np.int32]
    nearest: NDArray[np.int16]
    source: NDArray[np.int64]

    @property
    def best(self) -> NDArray[np.int64]:
        """int64 [e], level of the closest candidate row."""
        return np.asarray(self.nearest.max(axis=1), np.int64)

    @property
    def best_without(self) -> NDArray[np.int64]:
        """int64 [FOLDS, e], level of the closest candidate row outside each part of the candidate."""
        top, order = self.nearest.argmax(axis=1), np.sort(self.nearest, axis=1)
        left_out = np.arange(FOLDS)[:, None] == top[None, :]
        return np.asarray(np.where(left_out, order[:, -2], order[:, -1]), np.int64)


def deal_parts(keys: NDArray[np.uint64], units: NDArray[np.int64]) -> NDArray[np.int8]:
    """int8 [n], the part of each row: by the content of its unit, evenly.

    Args:
        keys: uint64 [n], a hash of each row's words (`row_hashes`).
        units: int64 [n], its unit.
    """
    leader = np.zeros(int(units.max(initial=-1)) + 1, np.uint64)
    np.maximum.at(leader, units, keys)
    # Units in the order of their hash, dealt in turn: parts of equal size, whatever the content.
    order = np.argsort(mix(leader + np.uint64(7)), kind="stable")
    sizes = np.bincount(units, minlength=len(leader))[order]
    part = np.empty(len(leader), np.int8)
    part[order] = (np.cumsum(sizes) - sizes // 2 - 1) * FOLDS // max(int(sizes.sum()), 1)
    return part[units]


def by_content(keys: NDArray[np.uint64], salt: int) -> NDArray[np.int64]:
    """int64 [n], all rows in an order that their content and a salt decide, whatever their order in the file.

    Args:
        keys: uint64 [n], a hash of each row's words (`row_hashes`).
        salt: Another one, another order.
    """
    hashes = mix(keys + np.uint64(salt))
    return np.asarray(np.argsort(hashes, kind="stable"), np.int64)
