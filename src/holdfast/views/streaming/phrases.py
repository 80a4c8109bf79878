"""Phrases across blocks: sifted, counted and looked up where the words are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.views.phrase_counts import (
    PhraseCounts,
    add_sifted,
    count_cells,
    count_phrases,
    merge_counts,
    sift_phrases,
)
from holdfast.views.phrases import PhraseTable, find_words, table_of
from holdfast.views.streaming.words import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from holdfast.backends.engines import Engine
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
    """

    words: BlockWords
    cells: int
    sifted: NDArray[np.uint8] | None = None


def sift_block(shared: Sifting, job: Job) -> dict[str, NDArray[Any]]:
    """The phrases of a block, sifted."""
    block, rows, _ = job
    return {"sifted": sift_phrases(shared.words.text(block).words, rows, shared.cells)}


def count_block(shared: Sifting, job: Job) -> dict[str, Any]:
    """The phrases of a block that may stand in enough rows, counted."""
    block, rows, first = job
    return plain(count_phrases(shared.words.text(block).words, rows, shared.sifted, first))


def find_phrases_across(
    engine: Engine,
    words: BlockWords,
    jobs: Sequence[Job],
    words_in_all: int,
    anchor: Tokens,
    anchor_rows: NDArray[np.int64],
) -> PhraseTable:
    """Phrases over-represented in a candidate; positions are places in the words of the whole set.

    Args:
        engine: Where blocks are read.
        words: Reads the words of a block.
        jobs: The blocks, the distinct rows of each, and where its words begin.
        words_in_all: Words of the set.
        anchor: Words of the anchor.
        anchor_rows: int64, its distinct rows.
    """
    cells = count_cells(words_in_all + len(anchor.words))
    sifting = Sifting(words=words, cells=cells)
    sifted = sift_phrases(anchor, anchor_rows, cells)
    for _, answer in engine.map(sift_block, jobs, sifting):
        sifted = add_sifted(sifted, answer["sifted"])
    counting = Sifting(words=words, cells=cells, sifted=sifted)
    counts = [PhraseCounts(**answer) for _, answer in engine.map(count_block, jobs, counting)]
    return table_of(
        merge_counts(counts),
        count_phrases(anchor, anchor_rows, sifted),
        sum(len(rows) for _, rows, _ in jobs),
        len(anchor_rows),
    )


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
        counts: int64 [n], words of each row.
    """

    def __init__(
        self, words: BlockWords, blocks: Sequence[Any], starts: NDArray[np.int64], counts: NDArray[np.int64]
    ) -> None:
        self._words = words
        self._blocks = blocks
        self._begins = np.concatenate([[0], np.cumsum(counts)])[starts]
        self._held: tuple[int, Tokens] | None = None
        self.counts = counts

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
