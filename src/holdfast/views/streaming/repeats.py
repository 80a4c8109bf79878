"""Repeats across blocks: what each block contributes travels, and not its rows.

Every block sends the rarest items of its rows; rows that share one are pairs to be looked at; the blocks send the sets of those rows, and
no others.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.backends.store import Key
from holdfast.views.items import Items, join_items, number_contents
from holdfast.views.joining import SIMILARITY, Crowd, share
from holdfast.views.links import Links
from holdfast.views.matching import match
from holdfast.views.narrow import narrowed
from holdfast.views.near import Duplicates
from holdfast.views.prefixes import RANGES, SLOTS, Prefixes, count_first, grade
from holdfast.views.streaming.compared import Compared
from holdfast.views.streaming.digest import digest_of
from holdfast.views.streaming.jobs import Jobs, bundle
from holdfast.views.streaming.keeping import chain, count_steady
from holdfast.views.streaming.repeat_jobs import (
    VERSION,
    Job,
    Joining,
    count_blocks,
    prefix_block,
    sets_of_block,
)
from holdfast.views.streaming.spread import SpreadPrefixes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from holdfast.backends.engines import Engine
    from holdfast.views.streaming.words import BlockWords

SETS_HELD = 40_000_000
"""Items of compared rows that are held at once."""
PAIRS_AT_ONCE = 4_000_000
"""Pairs, about, that are compared at once: every time, all blocks are asked for sets."""
_SHIFT, _LOW = np.uint64(32), np.uint64(0xFFFFFFFF)
KINDS = ("characters", "words")


def find_duplicates_across(
    engine: Engine,
    words: BlockWords,
    blocks: Sequence[Any],
    starts: NDArray[np.int64],
    contents: NDArray[np.uint64],
) -> Duplicates:
    """Groups of repeated rows over all blocks.

    Args:
        engine: Where blocks are read.
        words: Reads the words of a block.
        blocks: References to the blocks.
        starts: int64 [blocks + 1], where each begins in the set.
        contents: uint64 [n, 2], what each row says.
    """
    exact = number_contents(contents)
    rows = np.asarray(np.unique(exact, return_index=True)[1], np.int64)
    first = contents[rows[: count_first(len(rows))]]
    search = _Search(engine=engine, words=words, blocks=blocks, starts=starts, rows=rows, first=first)
    del contents  # what rows say is not asked again
    near, related = (narrowed(groups) for groups in _linked(search))
    related = related[exact]
    return Duplicates(exact=narrowed(exact), near=near[exact], related=related, units=related)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Join:
    """Rows that are going to be joined by one kind of set.

    Attributes:
        shared: What its jobs share.
        prefixes: The rarest items of all rows.
    """

    shared: Joining
    prefixes: SpreadPrefixes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    """Rows across blocks; `rows` stand for all that say the same, and are numbered as links do.

    Attributes:
        engine: Where blocks are read.
        words: Reads the words of a block.
        blocks: References to the blocks.
        starts: int64 [blocks + 1], where each begins in the set.
        rows: int64 [d], the rows.
        first: uint64 [f, 2], what the first of them say, which items are counted in.
    """

    engine: Engine
    words: BlockWords
    blocks: Sequence[Any]
    starts: NDArray[np.int64]
    rows: NDArray[np.int64]
    first: NDArray[np.uint64]

    def prepare(self, kind: str) -> _Join:
        """The rarest items of all rows; how common items are, the first of them say."""
        shared = Joining(words=self.words, kind=kind)
        first = self.rows[: count_first(len(self.rows))]
        shelf, cut = self.words.shelf, self.words.cut_digest
        digest = digest_of(self.first) if shelf.on else None
        key = Key(kind=f"common {kind}", version=VERSION, parts=(cut, digest or ""))
        kept = shelf.get(key) if shelf.on else None
        if kept is None:
            counts = np.zeros(SLOTS, np.uint32)
            jobs = bundle(_by_block(self.blocks, self.starts, first), self.engine.workers)
            for _, answer in self.engine.map(count_blocks, jobs, shared):
                counts += answer["counts"]
            if shelf.on:
                shelf.put(key, {"counts": counts})
        else:
            counts = kept["counts"]
        least = 2 if len(first) == len(self.rows) else 0
        shared = replace(shared, grades=grade(counts), digest=digest, least=least)
        prefixes = SpreadPrefixes()
        blocks = _by_block(self.blocks, self.starts, self.rows)
        for _, answer in self.engine.map(prefix_block, blocks, shared):
            prefixes.add(Prefixes(**answer))
        return _Join(shared=shared, prefixes=prefixes)

    def keys(self, shared: Joining, blocks: int, kind: str = "links") -> list[Key]:
        """What links in so many first blocks, or other facts of pairs in them, are kept under, from none on."""
        digests = chain([self.words.reader.digest(block) for block in self.blocks[:blocks]])
        parts = (self.words.cut_digest, shared.digest or "", str(shared.least))
        return [Key(kind=kind, version=VERSION, parts=(one, *parts)) for one in digests]

    def known(self, keys: Sequence[Key]) -> list[NDArray[np.int32]] | None:
        """Links that are kept, of the most blocks."""
        for blocks in range(len(keys) - 1, 0, -1):
            kept = self.words.shelf.get(keys[blocks])
            if kept is not None and set(kept) == set(KINDS):
                found = [kept[kind] for kind in KINDS]
                rows = int(np.searchsorted(self.rows, self.starts[blocks]))
                return found if rows and all(len(labels) == rows for labels in found) else None
        return None

    def link(
        self,
        join: _Join,
        links: Links,
        *,
        since: int = 0,
        wary: bool = False,
        last: bool = False,
        compared: Compared | None = None,
    ) -> bool:
        """Link rows that are alike.

        Args:
            join: The rows.
            links: What is known of the first of them, or of all, and found.
            since: The first row that is new: of each pair, one at least is.
            wary: Leave off where so many rows share an item that not all are held against each other.
            last: The rows are not joined again: what has been joined is let go.
            compared: Pairs that are not compared again; those that are compared now are added. None notes nothing.

        Returns:
            Whether every row was held against all that it might be alike to.
        """
        rows = len(links.labels)
        prefixes = join.prefixes.first(rows) if rows < len(join.prefixes) else join.prefixes
        ranked = join.prefixes.ranked(rows, last=last)
        sizes = ranked.sizes[ranked.ranks]
        crowd = Crowd()
        waiting: list[NDArray[np.uint64]] = []
        for place in range(RANGES):
            waiting += share(
                prefixes, ranked, (place, place + 1), SIMILARITY, links=links, since=since, crowd=crowd
            )
            if last:
                join.prefixes.let_go(place)
            if crowd.seen and wary:
                return False
            if sum(map(len, waiting)) > PAIRS_AT_ONCE or (place == RANGES - 1 and waiting):
                codes = np.unique(np.concatenate(waiting))
                pairs = np.stack([codes >> _SHIFT, codes & _LOW], 1).astype(np.int64)
                if compared is not None:
                    known, alike = compared.find(pairs)
                    links.add(pairs[alike])
                    pairs = pairs[~known]
                self.compare(join.shared, pairs, sizes, links, compared)
                waiting = []
        return not crowd.seen

    def compare(
        self,
        shared: Joining,
        pairs: NDArray[np.int64],
        sizes: NDArray[np.int32],
        links: Links,
        compared: Compared | None,
    ) -> None:
        """Compare pairs of rows that do not belong together yet, item by item, and link those that are alike.

        Args:
            shared: What jobs share.
            pairs: int64 [p, 2].
            sizes: int32 [d], items of the set of each row.
            links: What is known.
            compared: Is told what was compared.
        """
        for part in _affordable(pairs, sizes):
            apart = part[links.labels[part[:, 0]] != links.labels[part[:, 1]]]
            asked, place = np.unique(apart, return_inverse=True)
            if not len(asked):
                continue
            jobs = _by_block(self.blocks, self.starts, self.rows[asked])
            sets = [Items(**answer) for _, answer in self.engine.map(sets_of_block, jobs, shared)]
            items = join_items(sets)
            alike = match(items, items, place.reshape(-1, 2), SIMILARITY)
            links.add(apart[alike])
            if compared is not None:
                compared.add(apart, alike)


def _linked(search: _Search) -> list[NDArray[np.int64]]:
    """int64 [d] for each kind of sets, groups of rows by this kind and those before it."""
    first = int(np.searchsorted(search.rows, search.starts[count_steady(search.starts)]))
    begun: list[_Join] = []
    found = _linked_since(search, first, begun) if search.words.shelf.on and first else None
    if found is not None:
        return found
    links, groups = Links.none(len(search.rows)), []
    for kind in KINDS:
        join = begun.pop() if begun and begun[-1].shared.kind == kind else search.prepare(kind)
        keys = search.keys(join.shared, count_steady(search.starts), f"pairs {kind}") if first else []
        compared = Compared.kept(search.words.shelf, keys) if search.words.shelf.on and first else None
        search.link(join, links, last=True, compared=compared)
        if compared is not None:
            compared.keep(search.words.shelf, keys[-1], first)
        groups.append(links.groups)
    return groups


def _linked_since(search: _Search, first: int, begun: list[_Join]) -> list[NDArray[np.int64]] | None:
    """The same; which rows of the first blocks are alike is kept, and of a set that grew, pairs with a new row are looked at.

    That gives what all pairs would have given, unless rows crowd: then which of them are held against each other depends on all of
    them, and the answer is None.

    Args:
        search: The rows.
        first: How many rows there are in blocks that the set will still have when it grows.
        begun: Where the join stands that was at hand when rows crowded.
    """
    head, links = Links.none(first), Links.none(len(search.rows))
    known: list[NDArray[np.int32]] | None = None
    keys: list[Key] = []
    heads, groups = [], []
    for number, kind in enumerate(KINDS):
        begun[:] = [search.prepare(kind)]
        join = begun[0]
        if not keys:
            keys = search.keys(join.shared, count_steady(search.starts))
            known = search.known(keys)
        since = 0 if known is None else len(known[number])
        if known is not None:
            head.add(_labelled(known[number]))
        if since < first and not search.link(join, head, since=since, wary=True):
            return None
        heads.append(head.labels.copy())
        links.add(_labelled(heads[-1]))
        if not search.link(join, links, since=first, wary=True):
            return None
        groups.append(links.groups)
    if known is None or len(known[0]) < first:
        search.words.shelf.put(keys[-1], dict(zip(KINDS, heads, strict=True)))
    begun.clear()
    return groups


def _labelled(labels: NDArray[np.int32]) -> NDArray[np.int64]:
    """Pairs of each row and the first of its group."""
    return np.stack([np.arange(len(labels)), labels.astype(np.int64)], 1)


def _affordable(pairs: NDArray[np.int64], sizes: NDArray[np.int32]) -> Iterator[NDArray[np.int64]]:
    """Pairs in parts whose sets can be held at once."""
    if not len(pairs):
        return
    work = np.cumsum(sizes[pairs].sum(axis=1, dtype=np.int64))
    cuts = np.searchsorted(work, np.arange(SETS_HELD, int(work[-1]) + SETS_HELD, SETS_HELD), side="right")
    start = 0
    for stop in np.unique(np.minimum(cuts, len(pairs))).tolist():
        yield pairs[start:stop]
        start = stop


def _by_block(blocks: Sequence[Any], starts: NDArray[np.int64], rows: NDArray[np.int64]) -> Jobs[Job]:
    """Rows of the set as rows of their blocks, in order; blocks without any are left out."""
    cuts = np.searchsorted(rows, starts)
    holding = np.flatnonzero(np.diff(cuts))

    def make(at: int) -> Job:
        block = int(holding[at])
        return blocks[block], rows[cuts[block] : cuts[block + 1]] - starts[block]

    return Jobs(len(holding), make)
