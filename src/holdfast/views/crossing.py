"""Crossing: new rows held against an index of known ones, block by block.

The index is made once, from the known rows alone; what a new row is found to repeat depends on that row and the index, and on no
other new row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from holdfast.backends.threads import count_threads, work_together
from holdfast.kernels import compiled
from holdfast.views.items import content_keys, shingles
from holdfast.views.joining import CROWD, SIMILARITY, pack, rank
from holdfast.views.matching import match, needed
from holdfast.views.prefixes import SLOTS, Prefixes, count_items, grade, read_prefixes
from holdfast.views.tokens import cut_texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from holdfast.views.items import Items

_AT_ONCE = 1_000_000
_MANY = 20_000
"""Rows whose items are counted in more slots."""
_SHIFT, _LOW = np.uint64(32), np.uint64(0xFFFFFFFF)


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """Known rows, laid out so that repeats of them are found.

    Attributes:
        contents: uint64 [d, 2], what distinct rows say (`content_keys`), ascending.
        firsts: int64 [d], the first row that says so.
        grades: uint8 [slots], how common their items are.
        heads: int64 [65537], where keys that begin with each 16 bits begin below.
        keys: uint32 [p], items of prefixes, ascending.
        ranks: int32 [p], rank of the row by size, ascending for each key.
        places: uint8 [p], how many items of the row come before it.
        order: int64 [d], the row of each rank.
        sizes: int32 [d], items of the row of each rank.
        outlines: uint64 [d, 4], its outline.
        items: The sets, by rank.
    """

    contents: NDArray[np.uint64]
    firsts: NDArray[np.int64]
    grades: NDArray[np.uint8]
    heads: NDArray[np.int64]
    keys: NDArray[np.uint32]
    ranks: NDArray[np.int32]
    places: NDArray[np.uint8]
    order: NDArray[np.int64]
    sizes: NDArray[np.int32]
    outlines: NDArray[np.uint64]
    items: Items


def index_rows(folded: Sequence[str], similarity: float = SIMILARITY) -> Index:
    """Lay rows out so that repeats of them are found.

    Args:
        folded: Their folded texts.
        similarity: The least Jaccard similarity of two sets of character 5-grams that is a repeat.
    """
    keys = content_keys(folded)
    order = np.lexsort((keys[:, 1], keys[:, 0]))
    new = np.ones(len(keys), bool)
    new[1:] = (keys[order][1:] != keys[order][:-1]).any(axis=1)
    firsts = order[new]
    rows = np.sort(firsts)
    items = shingles([folded[row] for row in rows.tolist()])
    # Every row is counted: what a new row has and none of them is not looked up.
    grades = grade(count_items(items, SLOTS if len(items) < _MANY else 4 * SLOTS))
    prefixes = read_prefixes(items, grades, similarity, least=1)
    ranked = rank(prefixes)
    count = len(prefixes.keys)
    found = np.empty(count, np.uint32)
    ranks = np.empty(count, np.int32)
    places = np.empty(count, np.uint8)
    for number, (start, stop) in enumerate(zip(prefixes.bounds[:-1], prefixes.bounds[1:], strict=True)):
        part = slice(int(start), int(stop))
        codes = pack(prefixes, ranked, part)
        found[part] = (codes >> np.uint64(38)) | (np.uint64(number) << np.uint64(26))
        ranks[part] = (codes >> np.uint64(8)) & np.uint64(0x3FFFFFFF)
        places[part] = codes & np.uint64(255)
    return Index(
        contents=keys[firsts],
        firsts=firsts,
        grades=grades,
        heads=np.searchsorted(found >> np.uint32(16), np.arange(65_537)).astype(np.int64),
        keys=found,
        ranks=ranks,
        places=places,
        order=rows[ranked.order],
        sizes=ranked.sizes,
        outlines=ranked.outlines,
        items=items.at(ranked.order),
    )


def find_repeats(index: Index, folded: Sequence[str], similarity: float = SIMILARITY) -> NDArray[np.int64]:
    """For each new row a known one that it repeats: the first that says the same, else the first that is its near-duplicate.

    Args:
        index: The known rows.
        folded: Folded texts of the new ones.
        similarity: As the index was made for, or more.

    Returns:
        int64 [n], -1 where there is none.
    """
    parts = work_together(
        lambda rows: _read(index, folded[rows[0] : rows[1]], similarity),
        list(cut_texts(folded)),
        threads=count_threads(),
    )
    return np.concatenate([np.empty(0, np.int64), *parts])


def _read(index: Index, folded: Sequence[str], similarity: float) -> NDArray[np.int64]:
    source = _say_the_same(index, content_keys(folded))
    rows = np.flatnonzero(source < 0)
    if not len(rows) or not len(index.order):
        return source
    items = shingles([folded[row] for row in rows.tolist()])
    prefixes = read_prefixes(items, index.grades, similarity, least=1)
    need = needed(int(prefixes.sizes.max()) + int(index.sizes[-1]), similarity)
    look = _cross_compiled if compiled(len(rows)) else _cross
    codes = look(index, prefixes, need, similarity)
    pairs = np.stack([codes >> _SHIFT, codes & _LOW], 1).astype(np.int64)
    pairs = pairs[match(items, index.items, pairs, similarity)]
    first = np.full(len(rows), len(index.order) + int(index.order.max(initial=0)))
    np.minimum.at(first, pairs[:, 0], index.order[pairs[:, 1]])
    found = np.unique(pairs[:, 0])
    source[rows[found]] = first[found]
    return source


def _say_the_same(index: Index, keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    source = np.full(len(keys), -1, np.int64)
    if not len(index.firsts):
        return source
    # Two rows with one half in common and not the other are not to be expected in the life of this planet; if they come,
    # the row is read as a new one.
    at = np.searchsorted(index.contents[:, 0], keys[:, 0])
    at[at == len(index.firsts)] = 0
    same = (index.contents[at] == keys).all(axis=1)
    source[same] = index.firsts[at[same]]
    return source


def _cross_compiled(
    index: Index, prefixes: Prefixes, need: NDArray[np.int32], similarity: float
) -> NDArray[np.uint64]:
    from holdfast.kernels import joining

    laid = (index.heads, index.keys, index.ranks, index.places, index.sizes, index.outlines)
    out = np.empty(_AT_ONCE, np.uint64)
    found, at = [np.empty(0, np.uint64)], 0
    while at < len(prefixes.rows):
        count, at = joining.cross(
            prefixes.rows,
            prefixes.keys,
            prefixes.places,
            prefixes.sizes,
            prefixes.outlines,
            laid,
            need,
            similarity,
            CROWD,
            at,
            out,
        )
        found.append(np.unique(out[:count]))
    return np.unique(np.concatenate(found))


def _cross(
    index: Index, prefixes: Prefixes, need: NDArray[np.int32], similarity: float
) -> NDArray[np.uint64]:
    """What `kernels.joining.cross` finds, in numpy."""
    known = (index.keys.astype(np.uint64) << _SHIFT) | index.sizes[index.ranks].astype(np.uint64)
    size = prefixes.sizes[prefixes.rows]
    low = np.searchsorted(known, (prefixes.keys.astype(np.uint64) << _SHIFT) | size.astype(np.uint64))
    found = [np.empty(0, np.uint64)]
    for steps in (range(CROWD), range(-1, -CROWD - 1, -1)):
        alive = np.arange(len(low))
        for step in steps:
            at = low[alive] + step
            alive = alive[(at >= 0) & (at < len(known))]
            at = low[alive] + step
            other = index.sizes[index.ranks[at]]
            own = size[alive]
            same = index.keys[at] == prefixes.keys[alive]
            same &= np.minimum(own, other) >= similarity * np.maximum(own, other) - 1e-9
            alive, at, own, other = alive[same], at[same], own[same], other[same]
            if not len(alive):
                break
            common = need[own + other]
            use = (own - prefixes.places[alive] >= common) & (other - index.places[at] >= common)
            rows, ranks, most = (
                prefixes.rows[alive[use]],
                index.ranks[at[use]],
                (own + other - 2 * common)[use],
            )
            differ = np.bitwise_count(prefixes.outlines[rows] ^ index.outlines[ranks]).sum(1, dtype=np.int64)
            near = differ <= most
            found.append((rows[near].astype(np.uint64) << _SHIFT) | ranks[near].astype(np.uint64))
    return np.unique(np.concatenate(found))
