"""Repeats across blocks: what each block contributes travels, and not its rows.

Every block sends the rarest items of its rows; rows that share one are pairs to be looked at; the blocks send the sets of those rows, and
no others.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.backends.store import Key
from holdfast.views.items import Items, bags, join_items, number_contents, shingles
from holdfast.views.joining import SIMILARITY, Crowd, rank, share
from holdfast.views.links import Links
from holdfast.views.matching import match
from holdfast.views.near import Duplicates
from holdfast.views.prefixes import (
    RANGES,
    SLOTS,
    Prefixes,
    count_first,
    count_items,
    first_prefixes,
    grade,
    merge_prefixes,
    read_prefixes,
)
from holdfast.views.streaming.digest import digest_of
from holdfast.views.streaming.keeping import chain, count_steady
from holdfast.views.streaming.words import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from holdfast.backends.engines import Engine
    from holdfast.views.streaming.words import BlockWords
    from holdfast.views.tokens import Tokens

SETS_HELD = 40_000_000
"""Items of compared rows that are held at once."""
PAIRS_AT_ONCE = 4_000_000
"""Pairs, about, that are compared at once: every time, all blocks are asked for sets."""
_SHIFT, _LOW = np.uint64(32), np.uint64(0xFFFFFFFF)
KINDS = ("characters", "words")
_VERSION = 2


def sets_of(tokens: Tokens, rows: NDArray[np.int64], kind: str) -> Items:
    """The sets that these rows are compared by."""
    if kind == "characters":
        return shingles([tokens.folded[row] for row in rows.tolist()])
    return bags(tokens, rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """What jobs of the join share.

    Attributes:
        words: Reads the words of a block.
        kind: Which sets rows are compared by.
        grades: uint8 [SLOTS], how common items are; None while they are counted.
        digest: Of what was counted; None where prefixes are not kept.
        least: How often an item must have been counted.
    """

    words: BlockWords
    kind: str
    grades: NDArray[np.uint8] | None = None
    digest: str | None = None
    least: int = 0


def count_block(shared: Joining, job: tuple[Any, NDArray[np.int64]]) -> dict[str, NDArray[Any]]:
    """How often the items of some rows of a block occur, slot by slot."""
    block, rows = job
    return {"counts": count_items(sets_of(shared.words.tokens(block), rows, shared.kind))}


def prefix_block(shared: Joining, job: tuple[Any, NDArray[np.int64]]) -> dict[str, NDArray[Any]]:
    """The rarest items of some rows of a block."""
    block, rows = job
    words, grades = shared.words, shared.grades
    assert grades is not None  # noqa: S101 - for the type checker: they were counted first
    keeps = words.shelf.on and shared.digest is not None
    parts = (digest_of(rows), shared.digest or "", str(shared.least))
    key = words.key(f"rarest {shared.kind}", _VERSION, block, *parts)
    found = words.shelf.get(key) if keeps else None
    if found is None:
        items = sets_of(words.tokens(block), rows, shared.kind)
        found = plain(read_prefixes(items, grades, SIMILARITY, least=shared.least))
        if keeps:
            words.shelf.put(key, found)
    return found


def sets_of_block(shared: Joining, job: tuple[Any, NDArray[np.int64]]) -> dict[str, NDArray[Any]]:
    """The sets of some rows of a block."""
    block, rows = job
    items = sets_of(shared.words.tokens(block), rows, shared.kind)
    return {"starts": items.starts, "values": items.values}


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
    search = _Search(engine=engine, words=words, blocks=blocks, starts=starts, rows=rows)
    joins = [search.prepare(kind, contents) for kind in KINDS]
    near, related = _linked(search, joins)
    return Duplicates(exact=exact, near=near[exact], related=related[exact], units=related[exact])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Join:
    """Rows that are going to be joined by one kind of set.

    Attributes:
        shared: What its jobs share.
        prefixes: The rarest items of all rows.
    """

    shared: Joining
    prefixes: Prefixes

    def of_first(self, rows: int) -> _Join:
        """The same of so many first rows."""
        return replace(self, prefixes=first_prefixes(self.prefixes, rows))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    """Rows across blocks; `rows` stand for all that say the same, and are numbered as links do.

    Attributes:
        engine: Where blocks are read.
        words: Reads the words of a block.
        blocks: References to the blocks.
        starts: int64 [blocks + 1], where each begins in the set.
        rows: int64 [d], the rows.
    """

    engine: Engine
    words: BlockWords
    blocks: Sequence[Any]
    starts: NDArray[np.int64]
    rows: NDArray[np.int64]

    def prepare(self, kind: str, contents: NDArray[np.uint64]) -> _Join:
        """The rarest items of all rows; how common items are, the first of them say."""
        shared = Joining(words=self.words, kind=kind)
        first = self.rows[: count_first(len(self.rows))]
        shelf, cut = self.words.shelf, self.words.cut_digest
        digest = digest_of(contents[first]) if shelf.on else None
        key = Key(kind=f"common {kind}", version=_VERSION, parts=(cut, digest or ""))
        kept = shelf.get(key) if shelf.on else None
        if kept is None:
            counts = np.zeros(SLOTS, np.uint32)
            jobs = list(_by_block(self.blocks, self.starts, first))
            for _, answer in self.engine.map(count_block, jobs, shared):
                counts += answer["counts"]
            if shelf.on:
                shelf.put(key, {"counts": counts})
        else:
            counts = kept["counts"]
        least = 2 if len(first) == len(self.rows) else 0
        shared = replace(shared, grades=grade(counts), digest=digest, least=least)
        jobs = list(_by_block(self.blocks, self.starts, self.rows))
        found = [Prefixes(**answer) for _, answer in self.engine.map(prefix_block, jobs, shared)]
        return _Join(shared=shared, prefixes=merge_prefixes(found))

    def keys(self, shared: Joining, blocks: int) -> list[Key]:
        """What links in so many first blocks are kept under, from none on."""
        digests = chain([self.words.reader.digest(block) for block in self.blocks[:blocks]])
        parts = (self.words.cut_digest, shared.digest or "", str(shared.least))
        return [Key(kind="links", version=_VERSION, parts=(one, *parts)) for one in digests]

    def known(self, keys: Sequence[Key]) -> list[NDArray[np.int32]] | None:
        """Links that are kept, of the most blocks."""
        for blocks in range(len(keys) - 1, 0, -1):
            kept = self.words.shelf.get(keys[blocks])
            if kept is not None and set(kept) == set(KINDS):
                found = [kept[kind] for kind in KINDS]
                rows = int(np.searchsorted(self.rows, self.starts[blocks]))
                return found if rows and all(len(labels) == rows for labels in found) else None
        return None

    def link(self, join: _Join, links: Links, *, since: int = 0, wary: bool = False) -> bool:
        """Link rows that are alike.

        Args:
            join: The rows.
            links: What is known, and found.
            since: The first row that is new: of each pair, one at least is.
            wary: Leave off where so many rows share an item that not all are held against each other.

        Returns:
            Whether every row was held against all that it might be alike to.
        """
        prefixes = join.prefixes
        ranked = rank(prefixes)
        sizes = ranked.sizes[ranked.ranks]
        crowd = Crowd()
        waiting: list[NDArray[np.uint64]] = []
        for place in range(RANGES):
            waiting += share(
                prefixes, ranked, (place, place + 1), SIMILARITY, links=links, since=since, crowd=crowd
            )
            if crowd.seen and wary:
                return False
            if sum(map(len, waiting)) > PAIRS_AT_ONCE or (place == RANGES - 1 and waiting):
                codes = np.unique(np.concatenate(waiting))
                pairs = np.stack([codes >> _SHIFT, codes & _LOW], 1).astype(np.int64)
                _compare(self.engine, join.shared, self.blocks, self.starts, self.rows, pairs, sizes, links)
                waiting = []
        return not crowd.seen


def _compare(
    engine: Engine,
    joining: Joining,
    blocks: Sequence[Any],
    starts: NDArray[np.int64],
    rows: NDArray[np.int64],
    pairs: NDArray[np.int64],
    sizes: NDArray[np.int32],
    links: Links,
) -> None:
    for part in _affordable(pairs, sizes):
        apart = part[links.labels[part[:, 0]] != links.labels[part[:, 1]]]
        asked, place = np.unique(apart, return_inverse=True)
        if not len(asked):
            continue
        jobs = list(_by_block(blocks, starts, rows[asked]))
        sets = [Items(**answer) for _, answer in engine.map(sets_of_block, jobs, joining)]
        items = join_items(sets)
        links.add(apart[match(items, items, place.reshape(-1, 2), SIMILARITY)])


def _linked(search: _Search, joins: Sequence[_Join]) -> list[NDArray[np.int64]]:
    """int64 [d] for each kind of sets, groups of rows by this kind and those before it.

    Which rows of the first blocks are alike is kept: of a set that grew, pairs with a new row are looked at. That gives what all pairs would
    have given, unless rows crowd: then which of them are held against each other depends on all of them.
    """
    shelf, count = search.words.shelf, count_steady(search.starts)
    first = int(np.searchsorted(search.rows, search.starts[count]))
    if shelf.on and first:
        keys = search.keys(joins[0].shared, count)
        known = search.known(keys)
        if known is None or len(known[0]) < first:
            known = _links_through(search, [join.of_first(first) for join in joins], known)
            if known is not None:
                shelf.put(keys[-1], dict(zip(KINDS, known, strict=True)))
        found = None if known is None else _links_through(search, joins, known)
        if found is not None:
            return [np.asarray(np.unique(labels, return_inverse=True)[1], np.int64) for labels in found]
    links = Links.none(len(search.rows))
    groups = []
    for join in joins:
        search.link(join, links)
        groups.append(links.groups)
    return groups


def _links_through(
    search: _Search, joins: Sequence[_Join], known: Sequence[NDArray[np.int32]] | None
) -> list[NDArray[np.int32]] | None:
    """For each kind of sets the first row of the group of each row; None where rows crowd.

    Args:
        search: The rows.
        joins: Those of them that are joined, from the first on.
        known: The same for fewer of them, or None.
    """
    links = Links.none(len(joins[0].prefixes))
    found = []
    for number, join in enumerate(joins):
        since = 0
        if known is not None:
            since = len(known[number])
            links.add(np.stack([np.arange(since), known[number].astype(np.int64)], 1))
        if not search.link(join, links, since=since, wary=True):
            return None
        found.append(links.labels.copy())
    return found


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


def _by_block(
    blocks: Sequence[Any], starts: NDArray[np.int64], rows: NDArray[np.int64]
) -> Iterator[tuple[Any, NDArray[np.int64]]]:
    """Rows of the set as rows of their blocks, in order; blocks without any are left out."""
    cuts = np.searchsorted(rows, starts)
    for place, block in enumerate(blocks):
        mine = rows[cuts[place] : cuts[place + 1]]
        if len(mine):
            yield block, mine - starts[place]
