"""Repeats across blocks: what each block contributes travels, and not its rows.

Every block sends the rarest items of its rows; rows that share one are pairs to be looked at; the blocks send the sets of those rows, and
no others.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.views.items import Items, bags, join_items, number_contents, shingles
from holdfast.views.joining import SIMILARITY, rank, share
from holdfast.views.links import Links
from holdfast.views.matching import match
from holdfast.views.near import Duplicates
from holdfast.views.prefixes import (
    RANGES,
    SLOTS,
    Prefixes,
    count_items,
    merge_prefixes,
    read_prefixes,
)
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
        counts: uint32 [SLOTS], how common items are; None while they are counted.
    """

    words: BlockWords
    kind: str
    counts: NDArray[np.uint32] | None = None


def count_block(shared: Joining, job: tuple[Any, NDArray[np.int64]]) -> dict[str, NDArray[Any]]:
    """How often the items of some rows of a block occur, slot by slot."""
    block, rows = job
    return {"counts": count_items(sets_of(shared.words.tokens(block), rows, shared.kind))}


def prefix_block(shared: Joining, job: tuple[Any, NDArray[np.int64]]) -> dict[str, NDArray[Any]]:
    """The rarest items of some rows of a block."""
    block, rows = job
    assert shared.counts is not None  # noqa: S101 - for the type checker: they were counted first
    items = sets_of(shared.words.tokens(block), rows, shared.kind)
    return plain(read_prefixes(items, shared.counts, SIMILARITY))


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
    links = Links.none(len(rows))
    found = []
    for kind in KINDS:
        _link(engine, Joining(words=words, kind=kind), blocks, starts, rows, links)
        found.append(links.groups[exact])
    return Duplicates(exact=exact, near=found[0], related=found[1], units=found[1])


def _link(
    engine: Engine,
    joining: Joining,
    blocks: Sequence[Any],
    starts: NDArray[np.int64],
    rows: NDArray[np.int64],
    links: Links,
) -> None:
    """Link rows that are alike; `rows` stand for all that say the same, and are numbered as `links` does."""
    jobs = list(_by_block(blocks, starts, rows))
    counts = np.zeros(SLOTS, np.uint32)
    for _, answer in engine.map(count_block, jobs, joining):
        counts += answer["counts"]
    joining = replace(joining, counts=counts)
    prefixes = merge_prefixes([Prefixes(**answer) for _, answer in engine.map(prefix_block, jobs, joining)])
    ranked = rank(prefixes)
    sizes = ranked.sizes[ranked.ranks]
    waiting: list[NDArray[np.uint64]] = []
    for place in range(RANGES):
        waiting += share(prefixes, ranked, (place, place + 1), SIMILARITY, links=links)
        if sum(map(len, waiting)) > PAIRS_AT_ONCE or (place == RANGES - 1 and waiting):
            codes = np.unique(np.concatenate(waiting))
            pairs = np.stack([codes >> _SHIFT, codes & _LOW], 1).astype(np.int64)
            _compare(engine, joining, blocks, starts, rows, pairs, sizes, links)
            waiting = []


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
