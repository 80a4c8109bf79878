"""Joining: the pairs of rows whose sets are alike, without looking at all pairs.

Rows that share one of their rarest items are held against each other, a range of items at a time. What they have left to share
after that item (Xiao et al. 2008) and the outlines of both sets (after Sandes et al. 2020) tell nearly all of them apart; what remains
is compared item by item. No random sketch, so no seed and no misses, except in groups of more than `CROWD` rows that share an item,
where each row is held against its `CROWD` nearest in order of size.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from holdfast.backends.threads import count_threads, work_together
from holdfast.kernels import compiled
from holdfast.views.items import Items, join_items
from holdfast.views.matching import compare, needed
from holdfast.views.prefixes import (
    RANGES,
    SLOTS,
    add_items,
    count_first,
    grade,
    merge_prefixes,
    read_prefixes,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from holdfast.views.links import Links
    from holdfast.views.prefixes import Posted, Postings, Prefixes

SIMILARITY = 0.8
CROWD = 256
_BESIDE = 4
"""Where groups alone are asked for, rows are held against the four nearest first: most of a crowd belongs together then."""
_TOUCHED = 1 << 20
"""Slots in which keys that new rows have are marked: a few others fall into them, too."""
_PAIRS_AT_ONCE = 2_000_000
_POSTINGS_AT_ONCE = 4_000_000
_KEPT = 20_000_000
"""Items of all rows up to which sets are kept; beyond, those of compared rows are made again: memory is dearer."""
_BLOCK_ROWS = 20_000
_BLOCK_LETTERS = 4_000_000
_SHIFT, _LOW = np.uint64(32), np.uint64(0xFFFFFFFF)


@dataclass(slots=True)
class Crowd:
    """Whether rows that share an item were too many to hold each against all: then what is found depends on the order of items.

    Attributes:
        seen: Whether there was such a crowd.
    """

    seen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """Rows in the order of the sizes of their sets.

    Attributes:
        order: int64 [n], the row of each rank.
        ranks: int32 [n], the rank of each row.
        sizes: int32 [n], by rank.
        outlines: uint64 [n, 4], by rank.
    """

    order: NDArray[np.int64]
    ranks: NDArray[np.int32]
    sizes: NDArray[np.int32]
    outlines: NDArray[np.uint64]


def rank(prefixes: Prefixes) -> Ranked:
    """Rows by size, rows of one size by number."""
    order = np.argsort(prefixes.sizes, kind="stable")
    ranks = np.empty(len(order), np.int32)
    ranks[order] = np.arange(len(order), dtype=np.int32)
    return Ranked(order=order, ranks=ranks, sizes=prefixes.sizes[order], outlines=prefixes.outlines[order])


def join(items: Items, similarity: float = SIMILARITY) -> NDArray[np.int64]:
    """All pairs of rows whose sets have at least this Jaccard similarity.

    Args:
        items: One set per row; empty sets match nothing.
        similarity: Threshold in (0, 1].

    Returns:
        int64 [p, 2], each pair once, smaller row first, ascending.
    """
    return find_alike(items.at, np.ones(len(items), np.int64), similarity)


def find_alike(
    make: Callable[[NDArray[np.int64]], Items],
    letters: NDArray[np.int64],
    similarity: float = SIMILARITY,
    *,
    links: Links | None = None,
) -> NDArray[np.int64]:
    """Pairs of rows whose sets have at least this Jaccard similarity.

    Args:
        make: Makes the sets of some rows; asked twice for all rows, block by block, and once for those that are compared.
        letters: int64 [n], about how many items each row has, which blocks are cut by.
        similarity: Threshold in (0, 1].
        links: Where groups alone are asked for: rows that belong together already are not compared, and what is found goes
            here. None for all pairs.

    Returns:
        int64 [p, 2], each pair once, smaller row first, ascending; none with `links`.
    """
    prefixes, sets = _read(make, letters, similarity)
    return pair_up(prefixes, sets, similarity, links=links)


def _read(
    make: Callable[[NDArray[np.int64]], Items], letters: NDArray[np.int64], similarity: float
) -> tuple[Prefixes, Callable[[NDArray[np.int64]], Items] | Items]:
    """The prefixes of all rows, and what makes sets from now on, or the sets themselves."""
    blocks = list(cut_blocks(letters))
    keep = int(letters.sum()) <= _KEPT
    counts, lock = np.zeros(SLOTS, np.uint32), Lock()
    counted = count_first(len(letters))

    def count(rows: NDArray[np.int64]) -> Items | None:
        first = rows[rows < counted]
        if not keep and not len(first):
            return None
        items = make(rows if keep else first)
        with lock:
            add_items(items if len(first) == len(items) else items.at(np.arange(len(first))), counts)
        return items if keep else None

    made = work_together(count, blocks, threads=count_threads())
    least = 2 if counted == len(letters) else 0
    grades = grade(counts)
    parts = work_together(
        lambda place: read_prefixes(made[place] or make(blocks[place]), grades, similarity, least=least),
        range(len(blocks)),
        threads=count_threads(),
    )
    return merge_prefixes(parts), join_items([part for part in made if part is not None]) if keep else make


def pair_up(
    prefixes: Prefixes,
    make: Callable[[NDArray[np.int64]], Items] | Items,
    similarity: float,
    *,
    links: Links | None = None,
) -> NDArray[np.int64]:
    """As `find_alike`, the prefixes being known."""
    ranked, found, fast = rank(prefixes), Lock(), compiled(len(prefixes))
    whole = np.empty(0, np.uint64)
    waiting: list[NDArray[np.uint64]] = []

    def search(ranges: tuple[int, int]) -> None:
        nonlocal whole
        gaps = ((1, CROWD),) if links is None else ((1, _BESIDE), (_BESIDE + 1, CROWD))
        for codes in share(prefixes, ranked, ranges, similarity, gaps=gaps, links=links):
            if links is not None:
                links.add(compare(_apart(codes, links), make, similarity, fast=fast))
                continue
            with found:
                waiting.append(codes)
                if sum(map(len, waiting)) > _PAIRS_AT_ONCE + len(whole):
                    whole = _sorted(np.concatenate([whole, *waiting]))
                    waiting.clear()

    work_together(search, list(_ranges(prefixes)), threads=count_threads())
    return compare(_pairs(_sorted(np.concatenate([whole, *waiting]))), make, similarity, fast=fast)


def share(
    prefixes: Postings,
    ranked: Ranked,
    ranges: tuple[int, int],
    similarity: float,
    *,
    gaps: Sequence[tuple[int, int]] = ((1, CROWD),),
    links: Links | None = None,
    since: int = 0,
    crowd: Crowd | None = None,
) -> Iterator[NDArray[np.uint64]]:
    """Pairs of rows that share an item of some ranges and may be alike, a part at a time.

    Args:
        prefixes: Of all rows, the items of these ranges at least.
        ranked: The rows by size.
        ranges: The first range, and one past the last.
        similarity: The least similarity that is asked for.
        gaps: The nearest and the farthest neighbour by size that a row is held against among those that share an item; of several, one
            after the other.
        links: Rows that belong together already are left out.
        since: The first row that is new: of each pair, one at least is.
        crowd: Is told where a row might be held against more neighbours than it was.

    Yields:
        uint64, ascending, distinct: the smaller row in the upper half, the other in the lower.
    """
    postings = _touched(prefixes.postings(*ranges), since)
    if not len(postings[0]):
        return
    need = needed(2 * int(ranked.sizes[-1]), similarity)
    new = ranked.order >= since if since else np.empty(0, bool)
    crowd = crowd or Crowd()
    if not compiled(len(ranked.order)):
        for one in gaps:
            yield _rows(_share(postings, ranked, need, similarity, one, links, new, crowd), ranked)
        return
    from holdfast.kernels import joining

    codes = _packed(*postings, ranked)
    del postings
    out = np.empty(_PAIRS_AT_ONCE, np.uint64)
    for one in gaps:
        at = 0
        while at < len(codes):
            labels = ranked.ranks if links is None else links.labels[ranked.order]
            count, at, more = joining.pair_up(
                codes, ranked.sizes, ranked.outlines, labels, new, need, similarity, one, at, out
            )
            crowd.seen |= more
            if count:
                yield _rows(out[:count], ranked)


def pack(prefixes: Prefixes, ranked: Ranked, part: slice) -> NDArray[np.uint64]:
    """uint64, ascending: the postings of one range, by 26 bits of the key, 30 bits of the rank and 8 bits of the place."""
    return _packed(prefixes.keys[part], prefixes.rows[part], prefixes.places[part], ranked)


def _packed(
    keys: NDArray[np.uint32], rows: NDArray[np.int32], places: NDArray[np.uint8], ranked: Ranked
) -> NDArray[np.uint64]:
    codes = (keys.astype(np.uint64) << np.uint64(38)) | (ranked.ranks[rows].astype(np.uint64) << np.uint64(8))
    codes |= places
    codes.sort()
    return codes


def _touched(postings: Posted, since: int) -> Posted:
    """Postings whose items new rows may have."""
    if not since:
        return postings
    keys, rows, places = postings
    slots = np.uint32(_TOUCHED - 1)
    touched = np.zeros(_TOUCHED, bool)
    touched[keys[rows >= since] & slots] = True
    use = touched[keys & slots]
    return keys[use], rows[use], places[use]


def cut_blocks(letters: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Rows in blocks, by their number and the letters in them; one block at least, of no rows if need be."""
    ends = np.concatenate([[0], np.cumsum(letters)])
    start = 0
    while True:
        stop = int(np.searchsorted(ends, ends[start] + _BLOCK_LETTERS, side="right")) - 1
        stop = min(max(stop, start + 1), start + _BLOCK_ROWS, len(letters))
        yield np.arange(start, stop)
        start = stop
        if start >= len(letters):
            return


def _ranges(prefixes: Prefixes) -> Iterator[tuple[int, int]]:
    """Ranges to be joined at once: each by itself where compiled, else as many as memory allows."""
    start = 0
    while start < RANGES:
        stop = start + 1
        if not compiled(len(prefixes)):
            most = prefixes.bounds[start] + _POSTINGS_AT_ONCE
            stop = max(stop, int(np.searchsorted(prefixes.bounds, most, side="right")) - 1)
        yield start, min(stop, RANGES)
        start = stop


def _share(
    postings: Posted,
    ranked: Ranked,
    need: NDArray[np.int32],
    similarity: float,
    gaps: tuple[int, int],
    links: Links | None,
    new: NDArray[np.bool_],
    crowd: Crowd,
) -> NDArray[np.uint64]:
    """What `kernels.joining.pair_up` finds, in numpy: uint64, pairs of ranks."""
    keys, ranks, places = postings[0], ranked.ranks[postings[1]], postings[2]
    order = np.lexsort((ranks, keys))
    keys, ranks, places = keys[order], ranks[order], places[order]
    sizes = ranked.sizes[ranks]
    left_over = sizes - places
    found = [np.empty(0, np.uint64)]
    alive = np.flatnonzero(left_over >= need[2 * sizes])
    for gap in range(1, gaps[1] + 2):
        alive = alive[alive + gap < len(keys)]
        other = alive + gap
        common = need[sizes[alive] + sizes[other]]
        keep = (
            (keys[alive] == keys[other])
            & (left_over[alive] >= common)
            & (sizes[alive] >= similarity * sizes[other] - 1e-9)
        )
        alive, other, common = alive[keep], other[keep], common[keep]
        if not len(alive):
            break
        if gap > gaps[1]:
            crowd.seen = True
            break
        if gap < gaps[0]:
            continue
        use = left_over[other] >= common
        left, right = ranks[alive[use]], ranks[other[use]]
        keep = left != right
        if links is not None:
            rows = ranked.order
            keep &= links.labels[rows[left]] != links.labels[rows[right]]
        if len(new):
            keep &= new[left] | new[right]
        left, right = left[keep], right[keep]
        differ = np.bitwise_count(ranked.outlines[left] ^ ranked.outlines[right]).sum(axis=1, dtype=np.int64)
        size = ranked.sizes[left] + ranked.sizes[right]
        near = differ <= size - 2 * need[size]
        found.append((left[near].astype(np.uint64) << _SHIFT) | right[near].astype(np.uint64))
    return np.concatenate(found)


def _rows(codes: NDArray[np.uint64], ranked: Ranked) -> NDArray[np.uint64]:
    """Pairs of ranks as pairs of rows, ascending, distinct."""
    one, other = ranked.order[codes >> _SHIFT], ranked.order[codes & _LOW]
    low, high = np.minimum(one, other).astype(np.uint64), np.maximum(one, other).astype(np.uint64)
    return _sorted((low << _SHIFT) | high)


def _pairs(codes: NDArray[np.uint64]) -> NDArray[np.int64]:
    return np.stack([codes >> _SHIFT, codes & _LOW], 1).astype(np.int64)


def _apart(codes: NDArray[np.uint64], links: Links) -> NDArray[np.int64]:
    pairs, labels = _pairs(codes), links.labels
    return np.asarray(pairs[labels[pairs[:, 0]] != labels[pairs[:, 1]]], np.int64)


def _sorted(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Distinct values, ascending; sorting beats the hash table of `np.unique` several times over at this size."""
    values.sort()
    keep = np.ones(len(values), bool)
    keep[1:] = values[1:] != values[:-1]
    return values[keep]
