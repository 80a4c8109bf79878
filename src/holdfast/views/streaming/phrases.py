"""Phrases across blocks: sifted, counted and looked up where the words are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.views.phrase_counts import (
    LEAST_ROWS,
    PhraseCounts,
    add_sifted,
    count_cells,
    count_phrases,
    merge_counts,
    no_counts,
    sift_phrases,
)
from holdfast.views.phrases import PhraseTable, find_words, table_of
from holdfast.views.streaming.digest import digest_of
from holdfast.views.streaming.jobs import Jobs, bundle
from holdfast.views.streaming.keeping import chain, count_steady
from holdfast.views.streaming.phrase_sums import (
    NEW,
    PhraseSums,
    find_sums,
    grown_sieve,
    keep_sums,
    real_sums,
    settle_places,
    sums_key,
    take_away,
)
from holdfast.views.streaming.words import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from holdfast.backends.engines import Engine
    from holdfast.backends.store import Key
    from holdfast.views.streaming.words import BlockWords
    from holdfast.views.tokens import Tokens

Job = tuple[Any, "NDArray[np.int64]", int]
"""A reference to a block, the rows of it that are counted, and where its words begin in the set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sifting:
    """What jobs share that look for phrases.

    Attributes:
        words: Reads the words of a block.
        cells: Cells that phrases are sifted in.
        sifted: What may stand in enough rows, once it is known.
        wanted: What a cell holds whose phrases are counted.
    """

    words: BlockWords
    cells: int
    sifted: NDArray[np.uint8] | None = None
    wanted: int = LEAST_ROWS


def sift_blocks(shared: Sifting, jobs: Sequence[Job]) -> dict[str, NDArray[Any]]:
    """The phrases of some blocks, sifted."""
    sifted = np.zeros(shared.cells, np.uint8)
    for block, rows, _ in jobs:
        sift_phrases(shared.words.text(block).words, rows, shared.cells, sifted)
    return {"sifted": sifted}


def count_blocks(shared: Sifting, jobs: Sequence[Job]) -> dict[str, Any]:
    """The phrases of some blocks that may stand in enough rows, counted."""
    words, sifted = shared.words, shared.sifted
    return plain(
        merge_counts(
            count_phrases(words.text(block).words, rows, sifted, first, wanted=shared.wanted)
            for block, rows, first in jobs
        )
    )


def find_phrases_across(
    engine: Engine,
    words: BlockWords,
    blocks: Sequence[Any],
    starts: NDArray[np.int64],
    counts: NDArray[np.int64],
    rows: NDArray[np.int64],
    anchor: Tokens,
    anchor_rows: NDArray[np.int64],
) -> PhraseTable:
    """Phrases over-represented in a candidate; positions are places in the words of the whole set.

    Args:
        engine: Where blocks are read.
        words: Reads the words of a block.
        blocks: References to the blocks.
        starts: int64 [blocks + 1], where each begins in the set.
        counts: int64 [n], words of each row.
        rows: int64, the distinct rows of the set.
        anchor: Words of the anchor.
        anchor_rows: int64, its distinct rows.
    """
    counted = np.zeros(len(counts), bool)
    counted[rows] = True
    ends = np.cumsum(counts)
    search = _Search(
        engine=engine,
        words=words,
        blocks=blocks,
        starts=starts,
        begins=np.concatenate([[0], ends])[starts],
        steady=count_steady(starts),
    )
    cells = count_cells(int(search.begins[-1]) + len(anchor.words))
    keys = search.keys((anchor.words, anchor.row_starts, anchor_rows), cells)
    sums = find_sums(words.shelf, keys, counted, starts, cells)
    if sums is None:
        head = search.sift(counted, 0, search.steady, sift_phrases(anchor, anchor_rows, cells))
    else:
        head = search.sift(counted[: len(sums.counted)] & ~sums.counted, 0, sums.blocks, sums.cells)
        head = search.sift(counted, sums.blocks, search.steady, head)
    sieve = search.sift(counted, search.steady, len(blocks), head)
    found = search.count(counted, sums, sieve)
    grown = None if sums is None else grown_sieve(sums, sieve)
    if sums is not None and grown is None:
        real = sums.real
    else:
        real = real_sums(anchor, anchor_rows, sums, sieve if grown is None else grown)
    if len(keys) > 1:
        kept = PhraseSums(
            blocks=search.steady,
            cells=head,
            passed=sieve >= LEAST_ROWS,
            counted=counted[: int(starts[search.steady])],
            found=found[0],
            real=real,
        )
        keep_sums(words.shelf, keys[-1], kept)
    table = table_of(merge_counts(found), real, len(rows), len(anchor_rows))
    return settle_places(table, counted, ends, starts, lambda at: words.text(blocks[at]).words)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    """Phrases that are looked for across blocks.

    Attributes:
        engine: Where blocks are read.
        words: Reads the words of a block.
        blocks: References to the blocks.
        starts: int64 [blocks + 1], where each begins in the set.
        begins: int64 [blocks + 1], where its words do.
        steady: How many blocks a set that grew will still have.
    """

    engine: Engine
    words: BlockWords
    blocks: Sequence[Any]
    starts: NDArray[np.int64]
    begins: NDArray[np.int64]
    steady: int

    def keys(self, real: Any, cells: int) -> list[Key]:
        """What sums of so many first blocks are kept under, from none on."""
        if not self.words.shelf.on:
            return []
        digest = digest_of(real)
        chained = chain([self.words.reader.digest(block) for block in self.blocks[: self.steady]])
        return [sums_key(one, digest, cells) for one in chained]

    def jobs(self, wanted: NDArray[np.bool_], start: int, stop: int) -> Jobs[Sequence[Job]]:
        """Blocks from one to another, several together, and their rows among those that are wanted; blocks without any are left out."""
        holding = [at for at in range(start, stop) if wanted[self.starts[at] : self.starts[at + 1]].any()]

        def make(number: int) -> Job:
            at = holding[number]
            rows = np.flatnonzero(wanted[self.starts[at] : self.starts[at + 1]])
            return self.blocks[at], rows, int(self.begins[at])

        return bundle(Jobs(len(holding), make), self.engine.workers)

    def sift(
        self, wanted: NDArray[np.bool_], start: int, stop: int, cells: NDArray[np.uint8]
    ) -> NDArray[np.uint8]:
        """A sieve with rows of some blocks more."""
        sifting = Sifting(words=self.words, cells=len(cells))
        for _, answer in self.engine.map(sift_blocks, self.jobs(wanted, start, stop), sifting):
            cells = add_sifted(cells, answer["sifted"])
        return cells

    def counted(
        self, jobs: Sequence[Sequence[Job]], sieve: NDArray[np.uint8], least: int = LEAST_ROWS
    ) -> PhraseCounts:
        """Phrases of rows of some blocks that pass."""
        if not len(jobs):
            return no_counts()
        shared = Sifting(words=self.words, cells=len(sieve), sifted=sieve, wanted=least)
        answers = self.engine.map(count_blocks, jobs, shared)
        return merge_counts(PhraseCounts(**answer) for _, answer in answers)

    def count(
        self, rows: NDArray[np.bool_], sums: PhraseSums | None, sieve: NDArray[np.uint8]
    ) -> list[PhraseCounts]:
        """Phrases that pass, of the blocks that will stay and of the others."""
        if sums is None:
            head = self.counted(self.jobs(rows, 0, self.steady), sieve)
        else:
            known = rows[: len(sums.counted)]
            before = np.where(sums.passed, np.uint8(LEAST_ROWS), np.uint8(0))
            head = sums.found
            for some, sign in ((known & ~sums.counted, 1), (sums.counted & ~known, -1)):
                jobs = self.jobs(some, 0, sums.blocks)
                if len(jobs):
                    counts = self.counted(jobs, before)
                    head = merge_counts([head, counts]) if sign > 0 else take_away(head, counts)
            parts = [head]
            grown = grown_sieve(sums, sieve)
            if grown is not None:
                parts.append(self.counted(self.jobs(known, 0, sums.blocks), grown, NEW))
            parts.append(self.counted(self.jobs(rows, sums.blocks, self.steady), sieve))
            head = merge_counts(parts)
        return [head, self.counted(self.jobs(rows, self.steady, len(self.blocks)), sieve)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutting:
    """What jobs share that count what templates would take.

    Attributes:
        words: Reads the words of a block.
        table: The templates.
    """

    words: BlockWords
    table: PhraseTable


def count_hits(shared: Cutting, block: Any) -> dict[str, int]:
    """Words that templates would take of a block, and words in it."""
    words = shared.words.text(block).words
    return {"hits": int(find_words(words, shared.table).sum()), "words": len(words.words), "rows": len(words)}


class WordsElsewhere:
    """Words of a set that was read block by block, where a few of them are asked for.

    Args:
        words: Reads the words of a block.
        blocks: References to the blocks.
        starts: int64 [blocks + 1], where each begins in the set.
        counts: int [n], words of each row, in any bytes.
    """

    def __init__(
        self, words: BlockWords, blocks: Sequence[Any], starts: NDArray[np.int64], counts: NDArray[Any]
    ) -> None:
        self._words = words
        self._blocks = blocks
        self._begins = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])[starts]
        self._held: tuple[int, Tokens] | None = None
        self._counts = counts

    @property
    def counts(self) -> NDArray[np.int64]:
        """int64 [n], words of each row."""
        return self._counts.astype(np.int64, copy=False)

    def spell(self, position: int, words: int = 1) -> str:
        """The folded text of `words` words from `position` on, as it was written."""
        tokens, first = self._block_at(position)
        return tokens.spell(position - first, words)

    def hashes(self, positions: NDArray[np.int64], sizes: NDArray[np.int64]) -> NDArray[np.uint64]:
        """uint64 [p, longest], so many words from each position on; zeros behind the last one."""
        found = np.zeros((len(positions), int(sizes.max(initial=0))), np.uint64)
        for row in np.argsort(positions, kind="stable").tolist():
            tokens, first = self._block_at(int(positions[row]))
            begin, size = int(positions[row]) - first, int(sizes[row])
            found[row, :size] = tokens.words[begin : begin + size]
        return found

    def _block_at(self, position: int) -> tuple[Tokens, int]:
        """The words of a block, and where they begin. Phrases point to where they first stand: one block serves most of them."""
        at = int(np.searchsorted(self._begins, position, side="right")) - 1
        if self._held is None or self._held[0] != at:
            self._held = (at, self._words.text(self._blocks[at]).words)
        return self._held[1], int(self._begins[at])
