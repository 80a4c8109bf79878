"""Matching: two sets compared item by item, where cheaper looks could not tell them apart."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from holdfast.kernels import compiled

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from holdfast.views.items import Items

_PAIRS_AT_ONCE = 200_000
_ITEMS_AT_ONCE = 20_000_000


def compare(
    pairs: NDArray[np.int64],
    make: Callable[[NDArray[np.int64]], Items] | Items,
    similarity: float,
    *,
    fast: bool | None = None,
) -> NDArray[np.int64]:
    """The pairs whose sets are alike.

    Args:
        pairs: int64 [p, 2].
        make: Makes the sets of some rows; or the sets of all rows, where they are at hand.
        similarity: The least Jaccard similarity.
        fast: Whether kernels pay; None where these pairs are all there are.
    """
    found = [np.empty((0, 2), np.int64)]
    for start in range(0, len(pairs), _PAIRS_AT_ONCE):
        part = pairs[start : start + _PAIRS_AT_ONCE]
        if not callable(make):
            if fast:
                found.append(part[match(make, make, part, similarity, fast=True)])
                continue
            make = make.at
        rows, place = np.unique(part, return_inverse=True)
        items = make(rows)
        found.append(part[match(items, items, place.reshape(-1, 2), similarity, fast=fast)])
    return np.concatenate(found)


def match(
    items: Items, others: Items, pairs: NDArray[np.int64], similarity: float, *, fast: bool | None = None
) -> NDArray[np.bool_]:
    """bool [p], whether a set of the one side and one of the other are alike.

    Args:
        items: Sets of the one side.
        others: Sets of the other.
        pairs: int64 [p, 2], a row of each.
        similarity: The least Jaccard similarity.
        fast: Whether kernels pay; None where these sets are all there are.
    """
    sizes = items.sizes[pairs[:, 0]] + others.sizes[pairs[:, 1]]
    need = needed(int(sizes.max(initial=0)), similarity)
    if compiled(max(len(items), len(others), len(pairs))) if fast is None else fast:
        from holdfast.kernels import joining

        found = joining.match(items.starts, items.values, others.starts, others.values, pairs, need)
    else:
        found = _common(items, others, pairs) >= need[sizes]
    return np.asarray(found, bool)


@lru_cache(maxsize=64)
def needed(most: int, similarity: float) -> NDArray[np.int32]:
    """int32 [most + 1], by the sum of the sizes of two sets, how many items they must share to be alike. Nobody writes to it: it is asked for often.

    >>> needed(10, 0.8).tolist()
    [1, 1, 1, 2, 2, 3, 3, 4, 4, 4, 5]
    """
    total = np.arange(most + 1)
    common = np.maximum(np.floor(similarity * total / (1 + similarity)).astype(np.int64) - 1, 1)
    for _ in range(3):
        common = common + (common / np.maximum(total - common, 1) < similarity - 1e-9)
    return np.asarray(common, np.int32)


def _common(items: Items, others: Items, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """int64 [p], items that the sets of each pair share."""
    from scipy.sparse import csr_array

    both = [items] if items is others else [items, others]
    values = np.concatenate([part.values for part in both])
    columns: NDArray[np.int32] = np.unique(values, return_inverse=True)[1].astype(np.int32)
    width = int(columns.max(initial=0)) + 1
    ends = np.cumsum([0, *(len(part.values) for part in both)])
    laid = [
        csr_array(
            (np.ones(stop - start, np.float32), columns[start:stop], part.starts), shape=(len(part), width)
        )
        for part, start, stop in zip(both, ends[:-1], ends[1:], strict=True)
    ]
    one, other = laid[0], laid[-1]
    result = np.empty(len(pairs), np.int64)
    # Chunks are cut by items, not pairs, so that long records do not multiply memory.
    work = np.cumsum(items.sizes[pairs[:, 0]] + others.sizes[pairs[:, 1]])
    start = 0
    while start < len(pairs):
        before = work[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(work, before + _ITEMS_AT_ONCE)))
        left, right = pairs[start:stop].T
        result[start:stop] = one[left].multiply(other[right]).sum(axis=1)
        start = stop
    return result
