"""Split: which part of the anchor a real row belongs to, decided by its content alone.

A row's content hash places it; near-duplicates go together, led by the smallest hash among them. The place of a row
does not depend on the order or number of other rows, so a grown set splits as before, save for groups that a new
near-duplicate with a smaller hash joins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from holdfast.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

PARTS = ("reference", "gold", "holdout")
LEAST_REFERENCE = 100
LEAST_PART = 20
"""Rows: below, a gold set or holdout cannot say anything, and a reference cannot carry a null."""


def split(
    content_hashes: Sequence[str], units: NDArray[np.int64], *, gold: float, holdout: float
) -> NDArray[np.int64]:
    """Split rows into parts.

    Args:
        content_hashes: `sha256:<hex>` of each row.
        units: int64 [n], near-duplicate group of each row.
        gold: Share of the gold part.
        holdout: Share of the holdout.

    Returns:
        int64 [n], index into `PARTS`.

    Raises:
        InputError: A part would be too small.
    """
    # 60 bits of the hash: uniform, and exact in a float's neighbourhood of the shares.
    place = np.fromiter((int(text[7:22], 16) for text in content_hashes), np.uint64, len(content_hashes))
    leader = np.full(int(units.max(initial=-1)) + 1, np.iinfo(np.uint64).max, np.uint64)
    np.minimum.at(leader, units, place)
    # The smallest of several hashes is not uniform; a second hash of it is.
    spread = leader * np.uint64(0x9E3779B97F4A7C15)
    spread = (spread ^ (spread >> np.uint64(31))) * np.uint64(0xBF58476D1CE4E5B9)
    uniform = ((spread ^ (spread >> np.uint64(29))) >> np.uint64(11)).astype(float) / 2**53
    part = np.where(uniform < holdout, 2, np.where(uniform < holdout + gold, 1, 0))[units]
    _check(part, gold=gold, holdout=holdout)
    return part


def _check(part: NDArray[np.int64], *, gold: float, holdout: float) -> None:
    sizes = np.bincount(part, minlength=3)
    needs = (LEAST_REFERENCE, LEAST_PART if gold else 0, LEAST_PART if holdout else 0)
    shares = (1.0 - gold - holdout, gold, holdout)
    for name, size, need, share in zip(PARTS, sizes, needs, shares, strict=True):
        if size < need:
            wanted = int(np.ceil(1.5 * need / share))
            raise InputError(
                f"{len(part)} real rows leave only {size} for the {name}; {need} are needed",
                do=f"Give about {wanted} rows, or change --gold and --holdout (0 leaves a part out)",
            )
