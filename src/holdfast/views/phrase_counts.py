"""Phrase counts: in how many rows each phrase stands, block by block, in memory that does not grow with the text.

Nearly all phrases of a text stand in one row only. A first pass counts, for every phrase, the rows of a cell that it shares with
others by its hash, up to `LEAST_ROWS`: phrases of a cell that holds fewer cannot stand in as many. A second pass counts exactly those
that are left. Both passes add up over blocks, in any order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from holdfast.kernels import compiled
from holdfast.views.tokens import mix

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from holdfast.views.tokens import Tokens

LONGEST = 6
LONGEST_EDGE = 3
"""Words of the longest opener and closer."""
WORDS_READ = 400
"""Words of one record that phrases are looked for in."""
LEAST_ROWS = 5
CODES: tuple[tuple[int, int], ...] = (
    *((size, 0) for size in range(1, LONGEST + 1)),
    *((size, place) for place in (1, 2) for size in range(1, LONGEST_EDGE + 1)),
)
"""Length and place (0 anywhere, 1 opener, 2 closer) of the phrases with each code."""
_CELLS_PER_WORD = 4
_FEWEST_CELLS, _MOST_CELLS = 1 << 16, 1 << 26
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
SALTS = np.arange(1, len(CODES) + 1, dtype=np.uint64) * _GOLDEN
"""uint64 by code, so that an opener is not taken for the same words anywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhraseCounts:
    """Phrases of some rows, in the order of code and key.

    Attributes:
        code: uint8 [p], length and place (`CODES`).
        key: uint64 [p], hash of the words.
        rows: int64 [p], rows that hold it.
        position: int64 [p], where it begins first.
    """

    code: NDArray[np.uint8]
    key: NDArray[np.uint64]
    rows: NDArray[np.int64]
    position: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.key)

    def of(self, code: int) -> slice:
        """Where the phrases of a code stand."""
        return slice(*np.searchsorted(self.code, [code, code + 1]).tolist())


def no_counts() -> PhraseCounts:
    """Counts of no phrase."""
    numbers = np.empty(0, np.int64)
    return PhraseCounts(
        code=np.empty(0, np.uint8), key=np.empty(0, np.uint64), rows=numbers, position=numbers
    )


def count_cells(words: int) -> int:
    """Cells for a text of so many words: more tell more phrases apart, and any number gives the same counts in the end."""
    return min(max(1 << (_CELLS_PER_WORD * words).bit_length(), _FEWEST_CELLS), _MOST_CELLS)


def sift_phrases(
    tokens: Tokens, rows: NDArray[np.int64], cells: int, into: NDArray[np.uint8] | None = None
) -> NDArray[np.uint8]:
    """What a block adds to the first pass: rows in every cell, up to `LEAST_ROWS`.

    Args:
        tokens: Words of the block.
        rows: int64, the rows that count; a repeated row counts once.
        cells: Number of cells, a power of two, the same for all blocks.
        into: What other blocks gave; it is added to.

    Returns:
        uint8 [cells]; blocks are put together by `add_sifted`.
    """
    found = np.zeros(cells, np.uint8) if into is None else into
    if compiled(len(rows)):
        from holdfast.kernels.phrases import sift

        sift(tokens.words, tokens.row_starts, rows, LONGEST, LONGEST_EDGE, WORDS_READ, LEAST_ROWS, found)
        return found
    for code, (keys, _, place) in _stand(tokens, rows).items():
        order = np.argsort(keys, kind="stable")
        once = order[_changes(keys[order]) | _changes(place[order])]
        cell = (names_of(keys[once], code) & np.uint64(cells - 1)).astype(np.int64)
        cell, count = np.unique(cell, return_counts=True)
        found[cell] = np.minimum(found[cell] + count, LEAST_ROWS).astype(np.uint8)
    return found


def add_sifted(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The first passes of two blocks, or of two sides, put together.

    >>> add_sifted(np.array([1, 4], np.uint8), np.array([1, 3], np.uint8)).tolist()
    [2, 5]
    """
    return np.asarray(np.minimum(first + second, LEAST_ROWS), np.uint8)


def count_phrases(
    tokens: Tokens,
    rows: NDArray[np.int64],
    sifted: NDArray[np.uint8] | None,
    first: int = 0,
    *,
    wanted: int = LEAST_ROWS,
) -> PhraseCounts:
    """What a block adds to the second pass: phrases that may stand in `LEAST_ROWS` rows, and the block's rows that hold them.

    Args:
        tokens: Words of the block.
        rows: int64, the rows that count.
        sifted: uint8 [cells], the first pass over all blocks; None counts every phrase.
        first: Where the block's words begin in the text.
        wanted: What a cell must hold for its phrases to be counted, and the longer ones that begin with them; where it is more than
            `LEAST_ROWS`, the others are passed over.
    """
    if sifted is not None and compiled(len(rows)):
        from holdfast.kernels.phrases import count

        return _ordered(
            *count(
                tokens.words,
                tokens.row_starts,
                rows,
                LONGEST,
                LONGEST_EDGE,
                WORDS_READ,
                LEAST_ROWS,
                sifted,
                wanted,
            ),
            first,
        )
    parts = []
    for code, (keys, positions, place) in sorted(_stand(tokens, rows, sifted, wanted).items()):
        order = np.argsort(keys, kind="stable")  # positions, and so rows, ascend for every key
        new = _changes(keys[order])
        at = np.flatnonzero(new)
        once = (new | _changes(place[order])).astype(np.int64)
        counts = np.add.reduceat(once, at) if len(at) else at
        parts.append((np.full(len(at), code, np.uint8), keys[order[at]], counts, positions[order[at]]))
    codes, keys, counts, places = (np.concatenate(part) for part in zip(*parts, strict=True))
    return PhraseCounts(code=codes, key=keys, rows=counts.astype(np.int64), position=places + first)


def merge_counts(parts: Iterable[PhraseCounts]) -> PhraseCounts:
    """Second passes put together as they come: rows add up, the first place counts. One at least.

    One waits until half as much has come after it, so that each phrase is gone through a few times and little more than all is held.
    """
    held: list[PhraseCounts] = []
    for part in parts:
        held.append(part)
        while len(held) > 1 and len(held[-2]) <= 2 * len(held[-1]):
            held[-2:] = [_merge_two(*held[-2:])]
    while len(held) > 1:
        held[-2:] = [_merge_two(*held[-2:])]
    return held[0]


def _merge_two(first: PhraseCounts, second: PhraseCounts) -> PhraseCounts:
    if compiled(len(first) + len(second)):
        from holdfast.kernels.phrases import merge_two

        columns = (
            (first.code, second.code),
            (first.key, second.key),
            (first.rows, second.rows),
            (first.position, second.position),
        )
        code, key, rows, position = merge_two(*columns)
        return PhraseCounts(code=code, key=key, rows=rows, position=position)
    code, key = np.concatenate([first.code, second.code]), np.concatenate([first.key, second.key])
    rows = np.concatenate([first.rows, second.rows])
    position = np.concatenate([first.position, second.position])
    order = np.lexsort((key, code))
    code, key = code[order], key[order]
    at = np.flatnonzero(_changes(key) | _changes(code))
    return PhraseCounts(
        code=code[at],
        key=key[at],
        rows=np.add.reduceat(rows[order], at) if len(at) else rows,
        position=np.minimum.reduceat(position[order], at) if len(at) else position,
    )


def _ordered(
    code: NDArray[np.uint8],
    key: NDArray[np.uint64],
    rows: NDArray[np.int64],
    position: NDArray[np.int64],
    first: int,
) -> PhraseCounts:
    order = np.argsort(key)
    order = order[np.argsort(code[order], kind="stable")]
    return PhraseCounts(code=code[order], key=key[order], rows=rows[order], position=position[order] + first)


def names_of(keys: NDArray[np.uint64], code: int) -> NDArray[np.uint64]:
    """uint64, a hash of phrase and code."""
    return mix(keys + SALTS[code])


def _stand(
    tokens: Tokens,
    rows: NDArray[np.int64],
    sifted: NDArray[np.uint8] | None = None,
    wanted: int = LEAST_ROWS,
) -> dict[int, tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64]]]:
    """By code, what stands where: keys, positions and number of the row, of phrases that pass, in the order of positions."""
    read = np.minimum(tokens.counts[rows], WORDS_READ)
    before = np.cumsum(read) - read
    starts = np.repeat(tokens.row_starts[rows] - before, read) + np.arange(int(read.sum()))
    place = np.repeat(np.arange(len(rows)), read)
    left = tokens.row_starts[rows + 1][place] - starts  # words from here to the end of the row
    opener = starts == tokens.row_starts[rows][place]
    keys = np.zeros(len(starts), np.uint64)
    whole = np.ones(
        len(starts), bool
    )  # shorter phrases from here on have passed: a longer one stands in no more rows
    asked = np.zeros(len(starts), bool)  # one of them is wanted
    found: dict[int, tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64]]] = {}
    for size in range(1, LONGEST + 1):
        use = left >= size
        if size > LONGEST_EDGE:
            use &= whole
        starts, place, left = starts[use], place[use], left[use]
        opener, keys, whole, asked = opener[use], keys[use], whole[use], asked[use]
        word = tokens.words[starts + size - 1]
        keys = mix(keys * _GOLDEN + word) if size > 1 else word
        for code, (long, where) in enumerate(CODES):
            if long != size:
                continue
            passing = (whole, opener, left == size)[where].copy()
            if sifted is not None:
                cell = names_of(keys[passing], code) & np.uint64(len(sifted) - 1)
                holds = np.zeros(len(passing), np.uint8)
                holds[passing] = sifted[cell.astype(np.int64)]
                if where == 0:
                    whole = holds >= LEAST_ROWS
                    asked |= holds >= wanted
                    passing = whole & asked
                else:
                    passing = holds >= wanted
            found[code] = keys[passing], starts[passing], place[passing]
    return found


def _changes(values: NDArray[np.uint64] | NDArray[np.int64] | NDArray[np.uint8]) -> NDArray[np.bool_]:
    """bool [n], where sorted values begin anew."""
    new = np.ones(len(values), bool)
    new[1:] = values[1:] != values[:-1]
    return new
