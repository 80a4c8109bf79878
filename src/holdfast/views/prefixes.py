"""Prefixes: the rarest items of every row, which rows that are alike must share one of.

Two sets with a Jaccard similarity of t or more share an item among the |x| - ceil(t |x|) + 1 rarest of each (Chaudhuri et al. 2006,
Bayardo et al. 2007). Any order of items serves, as long as it is one: how often an item occurs is counted in slots that it shares
with a few others, so that counts of blocks add up and take the same memory however many items there are, and graded; items of one grade go
by hash. Counted are the first rows: all of a small set, some thousands of a large one, which are enough to know what is common. When a set
grows the order stays, until it has doubled, and for good where it is large.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from holdfast.kernels import compiled
from holdfast.views.items import sort_within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from holdfast.views.items import Items

    Posted = tuple[NDArray[np.uint32], NDArray[np.int32], NDArray[np.uint8]]

SLOTS = 1 << 20
"""Slots that occurrences are counted in, a power of two: 4 MB. Items that share one seem more common than they are, which costs a
little time and no result."""
RANGES = 64
"""Ranges that items are cut into, each joined by itself."""
_RANGE_BITS = np.uint32(26)
_COUNTED = 1 << 14
"""Rows that are counted at most."""
_EXACT, _STEPS = 16, 8
"""Counts below the one have a grade each, and all between two powers of two so many."""
_PLACE_MOST = 255
_OUTLINE = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefixes:
    """What the join needs of some rows: a few numbers of each, whose blocks are laid end to end.

    Attributes:
        sizes: int32 [n], items of each row's set.
        outlines: uint64 [n, 4], which of 256 bits an odd number of its items falls on. Two sets differ in at least as many items
            as their outlines differ in bits.
        bounds: int64 [RANGES + 1], where each range of items begins below.
        keys: uint32 [p], an item of a row's prefix: the upper half of its hash.
        rows: int32 [p], the row.
        places: uint8 [p], how many items of the row come before it; 255 is 255 or more.
    """

    sizes: NDArray[np.int32]
    outlines: NDArray[np.uint64]
    bounds: NDArray[np.int64]
    keys: NDArray[np.uint32]
    rows: NDArray[np.int32]
    places: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.sizes)

    def postings(self, start: int, stop: int) -> Posted:
        """Keys, rows and places of the items of some ranges."""
        part = slice(int(self.bounds[start]), int(self.bounds[stop]))
        return self.keys[part], self.rows[part], self.places[part]


class Postings(Protocol):
    """Which rows have which items, range by range."""

    def postings(self, start: int, stop: int) -> Posted:
        """Keys, rows and places of the items of some ranges, of each range in the order of the rows."""
        ...


def count_first(rows: int) -> int:
    """How many rows, from the first on, say how common items are: the largest power of two that is no more than all, nor than 16,384.

    >>> [count_first(rows) for rows in (0, 1, 7, 8, 1_000_000)]
    [0, 1, 4, 8, 16384]
    """
    return min(1 << (rows.bit_length() - 1), _COUNTED) if rows else 0


def count_items(items: Items, slots: int = SLOTS) -> NDArray[np.uint32]:
    """uint32 [slots], how many items fall into each slot; adds up over blocks."""
    counts = np.zeros(slots, np.uint32)
    add_items(items, counts)
    return counts


def add_items(items: Items, counts: NDArray[np.uint32]) -> None:
    """Add the items of a block to the counts of others."""
    if compiled(len(items)):
        from holdfast.kernels.joining import count_slots

        count_slots(items.values, len(counts), counts)
        return
    # Few items, many slots: only the slots that are hit are touched.
    slots = np.sort((items.values & np.uint64(len(counts) - 1)).astype(np.int32))
    first = np.flatnonzero(np.concatenate([[True], slots[1:] != slots[:-1]])[: len(slots)])
    counts[slots[first]] += np.diff(np.append(first, len(slots))).astype(np.uint32)


def grade(counts: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """uint8 [slots], how common the items of each slot are: small counts as they are, others by their upper four bits.

    >>> grade(np.array([0, 15, 16, 17, 18, 30, 32, 2**31], np.uint32)).tolist()
    [0, 15, 16, 16, 17, 23, 24, 232]
    """
    found = counts.astype(np.uint8)
    more = np.flatnonzero(counts >= _EXACT)
    mantissa, exponent = np.frexp(counts[more].astype(np.float64))  # from a half to 1
    found[more] = (exponent - 5) * _STEPS + (mantissa * 2 * _STEPS).astype(np.int64) - _STEPS + _EXACT
    return found


def read_prefixes(items: Items, grades: NDArray[np.uint8], similarity: float, *, least: int = 2) -> Prefixes:
    """The prefixes of the rows of a block.

    Args:
        items: Their sets.
        grades: uint8 [slots], from all blocks of the rows that are joined, or of those they are joined with (`grade`).
        similarity: The least similarity that is asked for.
        least: How often an item must have been counted to be kept: 2 where the counted rows are joined with each other (what only
            one row has, no two share), 1 where new rows are joined with those that were counted, 0 where only a part was counted.
    """
    sizes = items.sizes
    kept = np.where(sizes > 0, sizes - np.ceil(similarity * sizes - 1e-9).astype(np.int64) + 1, 0)
    if compiled(len(items)):
        from holdfast.kernels.joining import by_range, outline, prefix

        found = prefix(items.starts, items.values, kept, grades, least)
        bounds, keys, rows, places = by_range(*found, int(_RANGE_BITS), RANGES)
        outlines = outline(items.starts, items.values)
    else:
        keys, rows, places = _prefix(items, kept, grades, least)
        outlines = _outline(items)
        # A sort of small numbers that keeps the order of equal ones goes through them a few times and no more.
        part = (keys >> _RANGE_BITS).astype(np.uint8)
        order = np.argsort(part, kind="stable")
        keys, rows, places = keys[order], rows[order], places[order]
        bounds = np.concatenate([[0], np.cumsum(np.bincount(part, minlength=RANGES))]).astype(np.int64)
    return Prefixes(
        sizes=sizes.astype(np.int32), outlines=outlines, bounds=bounds, keys=keys, rows=rows, places=places
    )


def merge_prefixes(parts: Sequence[Prefixes]) -> Prefixes:
    """Prefixes of blocks, put together in the order of the blocks: what one block of all the rows would have given."""
    if len(parts) == 1:
        return parts[0]
    first = np.concatenate([[0], np.cumsum([len(part) for part in parts])])
    lengths = np.sum([np.diff(part.bounds) for part in parts], axis=0)
    bounds = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    count = int(bounds[-1])
    keys, rows, places = np.empty(count, np.uint32), np.empty(count, np.int32), np.empty(count, np.uint8)
    at = bounds[:-1].copy()
    for start, part in zip(first.tolist(), parts, strict=False):
        for number in range(RANGES):
            source = slice(part.bounds[number], part.bounds[number + 1])
            target = slice(at[number], at[number] + source.stop - source.start)
            keys[target], places[target] = part.keys[source], part.places[source]
            rows[target] = part.rows[source] + np.int32(start)
            at[number] = target.stop
    return Prefixes(
        sizes=np.concatenate([part.sizes for part in parts]),
        outlines=np.concatenate([part.outlines for part in parts]),
        bounds=bounds,
        keys=keys,
        rows=rows,
        places=places,
    )


def _prefix(
    items: Items, kept: NDArray[np.int64], grades: NDArray[np.uint8], least: int
) -> tuple[NDArray[np.uint32], NDArray[np.int32], NDArray[np.uint8]]:
    values = items.values
    rows = np.repeat(np.arange(len(items), dtype=np.int32), items.sizes)
    own = grades[values & np.uint64(len(grades) - 1)].astype(np.uint64)
    ranked = (own << np.uint64(56)) | (values >> np.uint64(8))
    ranked = sort_within(rows, ranked, len(items))
    place = np.arange(len(rows)) - items.starts[rows]
    use = (place < kept[rows]) & (ranked >> np.uint64(56) >= least)
    return (
        ((ranked[use] >> np.uint64(24)) & np.uint64(0xFFFFFFFF)).astype(np.uint32),
        rows[use],
        np.minimum(place[use], _PLACE_MOST).astype(np.uint8),
    )


def _outline(items: Items) -> NDArray[np.uint64]:
    bits = (items.values >> np.uint64(24)) & np.uint64(_OUTLINE - 1)
    at = np.repeat(np.arange(len(items)), items.sizes) * _OUTLINE + bits.astype(np.int64)
    odd = (np.bincount(at, minlength=len(items) * _OUTLINE) & 1).astype(np.uint8).reshape(-1, _OUTLINE)
    return np.packbits(odd, axis=1, bitorder="little").view("<u8").astype(np.uint64, copy=False)
