"""Items: every row as a set of numbers, which near-duplicates are found by.

Two sets are made of a row: its character 5-grams, and its words as a bag, the second "the" of a row being another item than the
first. They are made row by row, so that any block of rows gives what the whole would, and can be made again where only some rows
are looked at twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.kernels import compiled
from holdfast.views.tokens import character_codes, cut_texts, mix

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from holdfast.views.tokens import Tokens

SHINGLE = 5
SHINGLES_READ = 256
"""Items compared of one record: those with the smallest hashes, a fair sample of a longer record (a bottom-k sketch,
Cohen and Kaplan 2007), which puts a similarity of 0.8 at 0.8 plus or minus 0.025. Shorter records are compared whole."""
WORDS_FOR_RELATED = 8
"""Below eight words a single shared word decides; short rows are related only by their characters."""
_LETTERS_HELD = 20_000_000
_LAST_BLANK = 0x3001
"""No code point from here on is white space (Unicode 16, PropList.txt)."""
_PRIME = np.uint64(0x100000001B3)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


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

    def at(self, rows: NDArray[np.int64]) -> Items:
        """The sets of these rows, in this order."""
        lengths = self.sizes[rows]
        starts = np.zeros(len(rows) + 1, np.int64)
        np.cumsum(lengths, out=starts[1:])
        take = np.repeat(self.starts[rows] - starts[:-1], lengths) + np.arange(starts[-1])
        return Items(starts=starts, values=self.values[take])


def join_items(parts: Sequence[Items]) -> Items:
    """Sets of blocks, laid end to end."""
    sizes = np.concatenate([np.zeros(1, np.int64), *(part.sizes for part in parts)])
    return Items(
        starts=np.cumsum(sizes), values=np.concatenate([np.empty(0, np.uint64), *(p.values for p in parts)])
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Letters:
    """The letters of texts, white space collapsed, for whoever asks for them twice: four bytes each.

    Attributes:
        codes: uint32, code points, text after text.
        starts: int64 [n + 1], where each text begins.
    """

    codes: NDArray[np.uint32]
    starts: NDArray[np.int64]

    @property
    def content_keys(self) -> NDArray[np.uint64]:
        """What the function of that name gives of the texts."""
        from holdfast.kernels.hashing import content_hashes

        return np.asarray(content_hashes(self.codes, self.starts), np.uint64)

    def shingles(self, rows: NDArray[np.int64]) -> Items:
        """What the function of that name gives of some of them."""
        from holdfast.kernels.hashing import shingle

        starts, values = shingle(self.codes, self.starts, rows, SHINGLE, SHINGLES_READ)
        return Items(starts=starts, values=values)


def read_letters(folded: Sequence[str]) -> Letters | None:
    """The letters of texts, where kernels read them and they are not too many to be held."""
    if not compiled(len(folded)) or sum(map(len, folded)) > _LETTERS_HELD:
        return None
    parts = [_collapse(folded[start:stop]) for start, stop in cut_texts(folded)]
    sizes = np.concatenate([np.zeros(1, np.int64), *(np.diff(starts) for _, starts in parts)])
    return Letters(codes=np.concatenate([codes for codes, _ in parts]), starts=np.cumsum(sizes))


def shingles(folded: Sequence[str]) -> Items:
    """The character 5-grams of every text, white space collapsed; a shorter text is one item."""
    if compiled(len(folded)):
        codes, starts = _collapse(folded)
        return Letters(codes=codes, starts=starts).shingles(np.arange(len(folded)))
    padded = [" ".join(text.split()).ljust(SHINGLE) for text in folded]
    codes, starts = character_codes(padded)
    count = len(codes) - SHINGLE + 1
    if count <= 0:
        return Items(starts=np.zeros(len(folded) + 1, np.int64), values=np.empty(0, np.uint64))
    hashes = np.zeros(count, np.uint64)
    for offset in range(SHINGLE):
        hashes = hashes * _PRIME + codes[offset : offset + count]
    row = np.repeat(np.arange(len(folded)), np.diff(starts))
    at = np.flatnonzero(row[:count] == row[SHINGLE - 1 :])
    return _distinct(row[at], mix(hashes[at]), len(folded))


def bags(tokens: Tokens, rows: NDArray[np.int64]) -> Items:
    """The words of these rows; a script whose words are single characters is compared by its characters alone, and has none."""
    if compiled(len(rows)):
        from holdfast.kernels.hashing import bag

        starts, values = bag(
            tokens.words,
            tokens.row_starts,
            tokens.begins,
            tokens.ends,
            rows,
            WORDS_FOR_RELATED,
            SHINGLES_READ,
        )
        return Items(starts=starts, values=values)
    counts = tokens.counts[rows]
    where, row = _places(tokens.row_starts[rows], counts)
    letters = np.bincount(row, tokens.ends[where] - tokens.begins[where], minlength=len(rows))
    counts = np.where((counts >= WORDS_FOR_RELATED) & (letters >= 2 * counts), counts, 0)
    where, row = _places(tokens.row_starts[rows], counts)
    words = tokens.words[where]
    words = sort_within(row, words, len(rows))
    new = np.ones(len(row), bool)
    new[1:] = (row[1:] != row[:-1]) | (words[1:] != words[:-1])
    first = np.flatnonzero(new)
    nth = np.arange(len(row)) - np.repeat(first, np.diff(np.append(first, len(row))))
    return _distinct(row, mix(words + nth.astype(np.uint64)), len(rows))


def content_keys(folded: Sequence[str]) -> NDArray[np.uint64]:
    """uint64 [n, 2], two hashes of what each text says, white space collapsed: equal rows share both, wherever they stand."""
    if compiled(len(folded)):
        from holdfast.kernels.hashing import content_hashes

        found = np.empty((len(folded), 2), np.uint64)
        for start, stop in cut_texts(folded):  # letters take more room than their rows
            found[start:stop] = content_hashes(*_collapse(folded[start:stop]))
        return found
    codes, starts = character_codes([" ".join(text.split()) for text in folded])
    place = (np.arange(len(codes)) - np.repeat(starts[:-1], np.diff(starts))).astype(np.uint64) * _GOLDEN
    salted = mix(codes.astype(np.uint64) + np.uint64(1) + place)
    ends = np.diff(starts).astype(np.uint64) * _GOLDEN
    one, other = (
        np.diff(np.concatenate([[np.uint64(0)], np.cumsum(part, dtype=np.uint64)])[starts])
        for part in (salted, mix(salted + _PRIME))
    )
    return np.stack([mix(one + ends), mix(other ^ ends)], 1)


def number_contents(keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    """int64 [n], a number per distinct content, in the order in which contents first occur.

    >>> number_contents(np.array([[7, 1], [3, 1], [7, 1], [0, 9]], np.uint64)).tolist()
    [0, 1, 0, 2]
    """
    one, other = np.ascontiguousarray(keys.T)
    order = np.argsort(one, kind="stable")
    new, apart = np.ones((2, len(keys)), bool)
    new[1:], apart[1:] = _changes(one[order]), _changes(other[order])
    if (apart & ~new).any():  # a hash that two contents share: seldom enough to begin again
        order = np.lexsort((other, one))
        new[1:] = _changes(one[order]) | _changes(other[order])
    # The sort keeps the order of rows that are equal: the first of a group is its first row.
    first = order[new]
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    numbers = np.empty(len(keys), np.int64)
    numbers[order] = rank[np.cumsum(new) - 1]
    return numbers


def _changes(values: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Whether each value but the first is another than the one before."""
    return np.asarray(values[1:] != values[:-1])


def _collapse(folded: Sequence[str]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    from holdfast.kernels.hashing import collapse

    codes, starts = collapse(*character_codes(folded), _blanks())
    return codes, starts


@cache
def _blanks() -> NDArray[np.bool_]:
    return np.array([chr(code).isspace() for code in range(_LAST_BLANK)], bool)


def _places(
    starts: NDArray[np.int64], lengths: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of runs that begin and last so, every place, and the run it belongs to."""
    run = np.repeat(np.arange(len(lengths)), lengths)
    before = np.cumsum(lengths) - lengths
    return (starts - before)[run] + np.arange(len(run)), run


def sort_within(rows: NDArray[Any], values: NDArray[np.uint64], count: int) -> NDArray[np.uint64]:
    """Values, ascending inside each row.

    Args:
        rows: The row of each, ascending.
        values: uint64, spread over all their bits.
        count: Number of rows.
    """
    # One sort of row and value in one number is many times faster than one by both; bits that find no room seldom decide.
    bits = np.uint64(max(count - 1, 1).bit_length())
    found = values[np.argsort((rows.astype(np.uint64) << (np.uint64(64) - bits)) | (values >> bits))]
    if ((found[1:] < found[:-1]) & (rows[1:] == rows[:-1])).any():
        found = values[np.lexsort((values, rows))]
    return found


def _distinct(rows: NDArray[np.int64], values: NDArray[np.uint64], count: int) -> Items:
    values = sort_within(rows, values, count)
    keep = np.ones(len(rows), bool)
    keep[1:] = (rows[1:] != rows[:-1]) | (values[1:] != values[:-1])
    rows, values = rows[keep], values[keep]
    starts = np.searchsorted(rows, np.arange(count + 1)).astype(np.int64)
    place = np.arange(len(rows)) - starts[rows]
    short = place < SHINGLES_READ
    starts = np.concatenate([[0], np.cumsum(np.minimum(np.diff(starts), SHINGLES_READ))]).astype(np.int64)
    return Items(starts=starts, values=values[short])
