"""Near-duplicates: which rows repeat each other, exactly or almost.

Two rows are near-duplicates when the Jaccard similarity of their sets of character 5-grams is at least 0.8. They are
*related* (not independent draws, kept together in every test) when that holds, or when it holds for their words,
so that an edited sentence with one word in ten replaced is found as well.

The join is exact: rows are compared only if they share one of their rarest items (prefix filter: two sets with
Jaccard >= t must share an item among the |x| - ceil(t |x|) + 1 rarest of each; Bayardo et al. 2007, Xiao et al. 2008),
then the true similarity is computed. No random sketch, so no seed and no misses, except in groups of more than
`CROWD` rows that share an item, where each row is compared with its `CROWD` nearest in order of size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from holdfast.backends.threads import count_threads, work_together
from holdfast.views.tokens import character_codes, mix

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from holdfast.views.tokens import Tokens

SIMILARITY = 0.8
SHINGLE = 5
SHINGLES_READ = 256
"""Shingles compared of one record: those with the smallest hashes, a fair sample of a longer record (a bottom-k sketch,
Cohen and Kaplan 2007), which puts a similarity of 0.8 at 0.8 plus or minus 0.025. Shorter records are compared whole."""
GLANCE = 48
"""Items of a row that are looked at first; their similarity strays from the whole by 0.07, half the threshold by 0.4."""
WORDS_FOR_RELATED = 8
"""Below eight words a single shared word decides; short rows are related only by their characters."""
CROWD = 256
_SHIFT, _LOW = np.uint64(32), np.uint64(0xFFFFFFFF)
_PAIRS_COMPARED = 2_000_000
_PAIRS_AT_ONCE = 4_000_000
_ITEMS_AT_ONCE = 20_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicates:
    """Groups of repeated rows among n rows.

    Attributes:
        exact: int64 [n], rows with equal folded text (white space aside) share a number.
        near: int64 [n], near-duplicate rows share a number.
        related: int64 [n], related rows share a number.
        units: int64 [n], what chance deals: related rows, no more together than reality ever shows together.
    """

    exact: NDArray[np.int64]
    near: NDArray[np.int64]
    related: NDArray[np.int64]
    units: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.exact)


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """A set of integers per row: `values[starts[i]:starts[i + 1]]`, ascending, distinct."""

    starts: NDArray[np.int64]
    values: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def sizes(self) -> NDArray[np.int64]:
        """int64 [n], items per row."""
        return np.diff(self.starts)


def find_pairs(tokens: Sequence[Tokens]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Repeated rows over several sets of rows taken as one list.

    Args:
        tokens: Sets of rows; row numbers run through them.

    Returns:
        exact: int64 [n], a number per distinct folded text.
        near: int64 [p, 2], pairs of rows that stand for their exact group and are near-duplicates.
        related: int64 [q, 2], the same for related rows that are not near-duplicates.
    """
    folded = [text for part in tokens for text in part.folded]
    exact = _number([" ".join(text.split()) for text in folded])
    first = np.full(int(exact.max(initial=-1)) + 1, len(folded))
    np.minimum.at(first, exact, np.arange(len(folded)))
    stand_in = np.sort(first)
    near, related = work_together(
        join, [shingles([folded[i] for i in stand_in]), _bags(tokens, stand_in)], threads=count_threads()
    )
    return exact, stand_in[near], stand_in[related]


def group(rows: int, exact: NDArray[np.int64], *pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """int64 [rows], connected components of equal rows and the given pairs."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    order = np.argsort(exact, kind="stable")
    same = exact[order][1:] == exact[order][:-1]
    edges = np.concatenate([np.stack([order[:-1][same], order[1:][same]], 1), *pairs])
    graph = coo_array((np.ones(len(edges), np.int8), (edges[:, 0], edges[:, 1])), shape=(rows, rows))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def find_duplicates(tokens: Tokens) -> Duplicates:
    """Groups of repeated rows inside one set."""
    exact, near, related = find_pairs([tokens])
    groups = group(len(tokens), exact, near, related)
    return Duplicates(exact=exact, near=group(len(tokens), exact, near), related=groups, units=groups)


def shingles(folded: Sequence[str]) -> Items:
    """The character 5-grams of every text, white space collapsed; a shorter text is one item."""
    padded = [" ".join(text.split()).ljust(SHINGLE) for text in folded]
    codes, starts = character_codes(padded)
    count = len(codes) - SHINGLE + 1
    if count <= 0:
        return Items(starts=np.zeros(len(folded) + 1, np.int64), values=np.empty(0, np.uint64))
    hashes = np.zeros(count, np.uint64)
    for offset in range(SHINGLE):
        hashes = hashes * np.uint64(0x100000001B3) + codes[offset : offset + count]
    row = np.repeat(np.arange(len(folded)), np.diff(starts))
    at = np.flatnonzero(row[:count] == row[SHINGLE - 1 :])
    return _distinct(row[at], mix(hashes[at]), len(folded))


def join(items: Items, similarity: float = SIMILARITY) -> NDArray[np.int64]:
    """All pairs of rows whose sets have at least this Jaccard similarity.

    Args:
        items: One set per row; empty sets match nothing.
        similarity: Threshold in (0, 1].

    Returns:
        int64 [p, 2], each pair once, smaller row first.
    """
    prefix_rows, prefix_items = _prefixes(items, similarity)
    codes = _share(prefix_rows, prefix_items, items.sizes, similarity)
    compared = _Compared(items)
    found = [np.empty((0, 2), np.int64)]
    # Far more pairs share an item than are alike: they are taken apart and compared a slice at a time.
    for start in range(0, len(codes), _PAIRS_COMPARED):
        part = codes[start : start + _PAIRS_COMPARED]
        pairs = np.stack([part >> _SHIFT, part & _LOW], 1).astype(np.int64)
        pairs = pairs[pairs[:, 0] != pairs[:, 1]]
        found.append(pairs[compared.similarity(pairs, similarity) >= similarity - 1e-9])
    return np.concatenate(found)


def _number(values: Sequence[str]) -> NDArray[np.int64]:
    numbers: dict[str, int] = {}
    return np.fromiter((numbers.setdefault(value, len(numbers)) for value in values), np.int64, len(values))


def _distinct(rows: NDArray[np.int64], values: NDArray[np.uint64], count: int) -> Items:
    order = np.lexsort((values, rows))
    rows, values = rows[order], values[order]
    keep = np.ones(len(rows), bool)
    keep[1:] = (rows[1:] != rows[:-1]) | (values[1:] != values[:-1])
    rows, values = rows[keep], values[keep]
    starts = np.searchsorted(rows, np.arange(count + 1)).astype(np.int64)
    place = np.arange(len(rows)) - starts[rows]
    short = place < SHINGLES_READ
    starts = np.concatenate([[0], np.cumsum(np.minimum(np.diff(starts), SHINGLES_READ))]).astype(np.int64)
    return Items(starts=starts, values=values[short])


def _bags(tokens: Sequence[Tokens], rows: NDArray[np.int64]) -> Items:
    """Words as a bag: the second "the" of a row is another item than the first."""
    words = np.concatenate([part.words for part in tokens])
    counts = np.concatenate([part.counts for part in tokens])
    starts = np.concatenate([[0], np.cumsum(counts)])
    wanted = counts[rows] >= WORDS_FOR_RELATED
    # A script whose words are single characters is compared by its character 5-grams alone.
    letters = np.concatenate([part.ends - part.begins for part in tokens])
    mean_length = np.add.reduceat(np.append(letters, 0), np.minimum(starts[:-1], len(letters)))[
        rows
    ] / np.maximum(counts[rows], 1)
    wanted &= mean_length >= 2
    lengths = np.where(wanted, counts[rows], 0)
    where = (
        np.repeat(starts[rows], lengths)
        + np.arange(lengths.sum())
        - np.repeat(np.cumsum(lengths) - lengths, lengths)
    )
    row = np.repeat(np.arange(len(rows)), lengths)
    bag = words[where]
    order = np.lexsort((bag, row))
    row, bag = row[order], bag[order]
    new = np.ones(len(row), bool)
    new[1:] = (row[1:] != row[:-1]) | (bag[1:] != bag[:-1])
    first = np.flatnonzero(new)
    nth = np.arange(len(row)) - np.repeat(first, np.diff(np.append(first, len(row))))
    return _distinct(row, mix(bag + nth.astype(np.uint64)), len(rows))


def _prefixes(items: Items, similarity: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    rows = np.repeat(np.arange(len(items)), items.sizes)
    _, item, frequency = np.unique(items.values, return_inverse=True, return_counts=True)
    order = np.lexsort((item, frequency[item], rows))
    rows, item = rows[order], item[order]
    place = np.arange(len(rows)) - items.starts[rows]
    sizes = items.sizes
    kept = sizes - np.ceil(similarity * sizes - 1e-9).astype(np.int64) + 1
    use = (place < kept[rows]) & (frequency[item] > 1)
    return rows[use], item[use]


def _share(
    rows: NDArray[np.int64], item: NDArray[np.int64], sizes: NDArray[np.int64], similarity: float
) -> NDArray[np.uint64]:
    """uint64 [p], pairs of rows that share a prefix item and whose sizes allow the similarity.

    The smaller row stands in the upper half of the number. A row may be paired with itself.
    """
    order = np.lexsort((rows, sizes[rows], item))
    rows, item = rows[order], item[order]
    codes = np.empty(0, np.uint64)
    found: list[NDArray[np.uint64]] = []
    waiting = 0
    alive = np.arange(len(rows))
    for gap in range(1, CROWD + 1):
        alive = alive[alive + gap < len(rows)]
        left, right = rows[alive], rows[alive + gap]
        # Sorted by size: once too long, all later partners of this row are too long as well.
        keep = (item[alive] == item[alive + gap]) & (sizes[left] >= similarity * sizes[right] - 1e-9)
        alive, left, right = alive[keep], left[keep], right[keep]
        if len(alive) == 0:
            break
        low, high = np.minimum(left, right).astype(np.uint64), np.maximum(left, right).astype(np.uint64)
        found.append((low << _SHIFT) | high)
        waiting += len(left)
        if waiting > _PAIRS_AT_ONCE:
            codes, found, waiting = _sorted(np.concatenate([codes, *found])), [], 0
    return _sorted(np.concatenate([codes, *found]))


def _sorted(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Distinct values, ascending; sorting beats the hash table of `np.unique` several times over at this size."""
    values.sort()
    keep = np.ones(len(values), bool)
    keep[1:] = values[1:] != values[:-1]
    return values[keep]


class _Compared:
    """Sets laid out for the comparison of many pairs."""

    def __init__(self, items: Items) -> None:
        columns: NDArray[np.int32] = np.unique(items.values, return_inverse=True)[1].astype(np.int32)
        sizes = items.sizes
        place = np.arange(len(columns)) - np.repeat(items.starts[:-1], sizes)
        self._whole = _Sets(columns, items.starts, sizes)
        self._glance = None
        if int(sizes.max(initial=0)) > GLANCE:
            short = np.minimum(sizes, GLANCE)
            starts = np.concatenate([[0], np.cumsum(short)]).astype(np.int64)
            self._glance = _Sets(columns[place < GLANCE], starts, short)

    def similarity(self, pairs: NDArray[np.int64], least: float) -> NDArray[np.float64]:
        """float64 [p], the Jaccard similarity of each pair; 0 where a glance shows that it is far below `least`.

        A glance at the smallest hashes of both rows drops what is clearly different, before the whole is compared.
        """
        result = np.zeros(len(pairs))
        likely = (
            np.arange(len(pairs))
            if self._glance is None
            else np.flatnonzero(self._glance.similarity(pairs) >= least / 2)
        )
        result[likely] = self._whole.similarity(pairs[likely])
        return result


class _Sets:
    """Rows of distinct column numbers."""

    def __init__(
        self, columns: NDArray[np.int32], starts: NDArray[np.int64], sizes: NDArray[np.int64]
    ) -> None:
        from scipy.sparse import csr_array

        shape = (len(sizes), int(columns.max(initial=0)) + 1)
        self._sizes = sizes
        self._matrix = csr_array((np.ones(len(columns), np.float32), columns, starts), shape=shape)

    def similarity(self, pairs: NDArray[np.int64]) -> NDArray[np.float64]:
        """float64 [p], the Jaccard similarity of pairs of rows."""
        sizes, result = self._sizes, np.empty(len(pairs))
        # Chunks are cut by items, not pairs, so that long records do not multiply memory.
        work = np.cumsum(sizes[pairs[:, 0]] + sizes[pairs[:, 1]])
        start = 0
        while start < len(pairs):
            before = work[start - 1] if start else 0
            stop = max(start + 1, int(np.searchsorted(work, before + _ITEMS_AT_ONCE)))
            left, right = pairs[start:stop].T
            common = self._matrix[left].multiply(self._matrix[right]).sum(axis=1)
            result[start:stop] = common / (sizes[left] + sizes[right] - common)
            start = stop
        return result
