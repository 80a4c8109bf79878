"""Phrase sums: what the first blocks of a set hold of phrases, kept, so that of a set that grew the new rows are counted.

Three things add up: how full each cell of the sieve is, in how many rows each phrase stands that passed it, and which rows were counted. When
rows are added, more cells pass: the phrases behind them, which nobody has counted, are counted in all rows, and no others. A row that counts
no more, because a new row shows that it repeats another, is taken away. Cells keep what they had from it, and some phrases pass that need
not: they are counted, and found to stand in too few rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.backends.store import Key
from holdfast.views.phrase_counts import (
    LEAST_ROWS,
    WORDS_READ,
    PhraseCounts,
    count_phrases,
    merge_counts,
)
from holdfast.views.phrase_places import find_places
from holdfast.views.sides import select_tokens
from holdfast.views.streaming.keeping import WORTH_IT
from holdfast.views.streaming.words import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from holdfast.backends.store import Store
    from holdfast.views.phrases import PhraseTable
    from holdfast.views.tokens import Tokens

_KIND, _VERSION = "phrase sums", 1
_COUNTS = ("code", "key", "rows", "position")
NEW = LEAST_ROWS + 1
"""What a cell holds that passes now and did not before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhraseSums:
    """What the first blocks of a set, and the anchor, hold.

    Attributes:
        blocks: How many blocks they are.
        cells: uint8 [cells], what the sieve holds of them and of the anchor; more, perhaps, than rows that still count gave.
        passed: bool [cells], cells whose phrases are in `found` and `real`.
        counted: bool [n], the rows that `found` counts.
        found: Phrases of the blocks. A phrase whose place is in a row that does not count stands first elsewhere.
        real: Phrases of the anchor.
    """

    blocks: int
    cells: NDArray[np.uint8]
    passed: NDArray[np.bool_]
    counted: NDArray[np.bool_]
    found: PhraseCounts
    real: PhraseCounts


def find_sums(
    store: Store, keys: Sequence[Key], counted: NDArray[np.bool_], starts: NDArray[np.int64], cells: int
) -> PhraseSums | None:
    """The sums that are kept of the most blocks, if they help.

    Args:
        store: Where they are kept.
        keys: The key of so many first blocks, from none on.
        counted: bool [n], rows that count now.
        starts: int64 [blocks + 1], where blocks begin.
        cells: Cells of the sieve.
    """
    for blocks in range(len(keys) - 1, 0, -1):
        kept = store.get(keys[blocks])
        if kept is None:
            continue
        rows = int(starts[blocks])
        if len(kept["cells"]) * 2 != cells or len(kept["counted"]) != rows:
            return None
        if np.count_nonzero(kept["counted"] != counted[:rows]) > WORTH_IT * rows:
            return None
        halves = kept["cells"]
        full = np.empty(cells, np.uint8)
        full[0::2], full[1::2] = halves & np.uint8(15), halves >> np.uint8(4)
        return PhraseSums(
            blocks=blocks,
            cells=full,
            passed=np.unpackbits(kept["passed"], count=cells).view(bool),
            counted=kept["counted"],
            found=PhraseCounts(**{name: kept[f"found {name}"] for name in _COUNTS}),
            real=PhraseCounts(**{name: kept[f"real {name}"] for name in _COUNTS}),
        )
    return None


def keep_sums(store: Store, key: Key, sums: PhraseSums) -> None:
    """Keep the sums of some blocks."""
    facts: dict[str, Any] = {
        "cells": sums.cells[0::2] | (sums.cells[1::2] << np.uint8(4)),
        "passed": np.packbits(sums.passed),
        "counted": sums.counted,
    }
    for name, counts in (("found", sums.found), ("real", sums.real)):
        facts |= {f"{name} {column}": value for column, value in plain(counts).items()}
    store.put(key, facts)


def sums_key(chained: str, real: str, cells: int) -> Key:
    """What sums are kept under.

    Args:
        chained: A hash of the digests of the blocks.
        real: The digest of the anchor's words and of its rows that count.
        cells: Cells of the sieve.
    """
    return Key(kind=_KIND, version=_VERSION, parts=(chained, real, str(cells)))


def grown_sieve(sums: PhraseSums, cells: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """The sieve in which cells that pass now and did not before hold `NEW`; None where there are none.

    Args:
        sums: Sums of the first blocks.
        cells: uint8 [cells], the sieve of all blocks.
    """
    fresh = (cells >= LEAST_ROWS) & ~sums.passed
    if not fresh.any():
        return None
    return np.where(fresh, np.uint8(NEW), cells)


def take_away(counts: PhraseCounts, taken: PhraseCounts) -> PhraseCounts:
    """Counts without rows that count no more; their places stay, and may be in such a row."""
    less = PhraseCounts(
        code=taken.code,
        key=taken.key,
        rows=-taken.rows,
        position=np.full(len(taken), np.iinfo(np.int64).max),
    )
    found = merge_counts([counts, less])
    left = found.rows > 0
    return PhraseCounts(**{name: getattr(found, name)[left] for name in _COUNTS})


def real_sums(
    anchor: Tokens, rows: NDArray[np.int64], sums: PhraseSums | None, sieve: NDArray[np.uint8]
) -> PhraseCounts:
    """Phrases of the anchor that pass.

    Args:
        anchor: Its words.
        rows: int64, its rows that count.
        sums: What was counted of it before, or None.
        sieve: The sieve, or where sums are given what `grown_sieve` made of it.
    """
    if sums is None:
        return count_phrases(anchor, rows, sieve)
    return merge_counts([sums.real, count_phrases(anchor, rows, sieve, wanted=NEW)])


def settle_places(
    table: PhraseTable,
    counted: NDArray[np.bool_],
    ends: NDArray[np.int64],
    starts: NDArray[np.int64],
    words_of: Callable[[int], Tokens],
) -> PhraseTable:
    """The table with places that are in rows that count: where a phrase's first row counts no more, the next one is looked for.

    Args:
        table: Phrases.
        counted: bool [n], rows that count.
        ends: int64 [n], where the words of each row end in the set.
        starts: int64 [blocks + 1], where blocks begin.
        words_of: Words of a block.
    """
    from dataclasses import replace

    row = np.searchsorted(ends, table.position, side="right")
    lost = np.flatnonzero(~counted[row])
    if not len(lost):
        return table
    position = table.position.copy()
    # What comes before a place that counted once holds no row with the phrase that does.
    block = int(np.searchsorted(starts, row[lost].min(), side="right")) - 1
    while len(lost):
        first, last = int(starts[block]), int(starts[block + 1])
        rows = np.flatnonzero(counted[first:last])
        words = words_of(block)
        some = select_tokens(words, rows)
        which, where, at = find_places(table.key[lost], table.words[lost], table.place[lost], some)
        within = at - some.row_starts[where]
        use = within < WORDS_READ
        which, where, within = which[use], where[use], within[use]
        new = np.unique(which, return_index=True)
        begins = ends[first + rows[where[new[1]]]] - words.counts[rows[where[new[1]]]]
        position[lost[new[0]]] = begins + within[new[1]]
        lost = np.delete(lost, new[0])
        block += 1
    return replace(table, position=position)
