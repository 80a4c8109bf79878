"""Tokens: what every lexical measure reads, as flat integer arrays.

Words are runs of letters, digits and marks; in scripts written without spaces (Chinese, Japanese, Thai, Lao,
Khmer, Burmese) every character is a word of its own, so that n-grams of words are n-grams of characters there.
Text is folded (NFKC, lower case) before it is cut.
"""

from __future__ import annotations

import sys
import unicodedata
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from holdfast.backends.threads import count_threads, work_together
from holdfast.kernels import compiled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

MAXIMUM_CHARACTERS = 20_000
"""Characters of one record that the lexical views read; a longer record is judged by its beginning."""

_SPACE, _WORD, _UNSPACED, _MARK, _UNKNOWN = 0, 1, 2, 3, 255
_APOSTROPHES = (0x27, 0x2019)
# Blocks of scripts that are written without spaces between words (Unicode 16, Blocks.txt).
_UNSPACED_BLOCKS = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x3040, 0x30FF),  # Hiragana, Katakana
    (0x3400, 0x4DBF),  # CJK extension A
    (0x4E00, 0x9FFF),  # CJK
    (0xF900, 0xFAFF),  # CJK compatibility
    (0x20000, 0x3FFFF),  # CJK extensions B and later
)
_BLOCK_ROWS = 20_000
_BLOCK_LETTERS = 2_000_000
"""Blocks of texts that are read together: a block takes some twenty times its letters in memory while it is read."""
_MASK = np.uint64(0xFFFFFFFFFFFFFFFF)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """The words of a list of texts.

    Attributes:
        folded: The folded text of every row, cut at `MAXIMUM_CHARACTERS`.
        words: uint64 [t], a hash of every word, row after row.
        row_starts: int64 [n + 1], where each row begins in `words`.
        begins: int32 [t], where the word begins in its folded row.
        ends: int32 [t], one past where it ends.
        truncated: Rows longer than `MAXIMUM_CHARACTERS`.
    """

    folded: tuple[str, ...]
    words: NDArray[np.uint64]
    row_starts: NDArray[np.int64]
    begins: NDArray[np.int32]
    ends: NDArray[np.int32]
    truncated: int

    def __len__(self) -> int:
        return len(self.folded)

    @property
    def rows(self) -> NDArray[np.int64]:
        """int64 [t], the row of every word."""
        return np.repeat(np.arange(len(self.folded)), np.diff(self.row_starts))

    @property
    def counts(self) -> NDArray[np.int64]:
        """int64 [n], words per row."""
        return np.diff(self.row_starts)

    def spell(self, position: int, words: int = 1) -> str:
        """The folded text of `words` words from `position` on, as it was written."""
        row = int(np.searchsorted(self.row_starts, position, side="right")) - 1
        return self.folded[row][int(self.begins[position]) : int(self.ends[position + words - 1])]

    def hashes(self, positions: NDArray[np.int64], sizes: NDArray[np.int64]) -> NDArray[np.uint64]:
        """uint64 [p, longest], so many words from each position on; zeros behind the last one."""
        found = np.zeros((len(positions), int(sizes.max(initial=0))), np.uint64)
        for offset in range(found.shape[1]):
            use = sizes > offset
            found[use, offset] = self.words[positions[use] + offset]
        return found


def fold(text: str) -> str:
    """Lower case and compatibility forms, so that look-alikes compare equal."""
    text = text[:MAXIMUM_CHARACTERS]
    return (text if text.isascii() else unicodedata.normalize("NFKC", text)).lower()


def fold_all(texts: Sequence[str]) -> list[str]:
    """What `fold` gives for each text: plain ones together, as most of a short text's cost is the call.

    >>> fold_all(["Ab", "\uff21\u00df", ""])
    ['ab', 'a\u00df', '']
    """
    plain = [text for text in texts if text.isascii() and len(text) <= MAXIMUM_CHARACTERS]
    joined = "\0".join(plain)
    if joined.count("\0") != len(plain) - 1:  # somebody writes what they are joined by, or there is none
        return [fold(text) for text in texts]
    lowered = joined.lower().split("\0")
    if len(plain) == len(texts):
        return lowered
    ready = iter(lowered)
    return [
        next(ready) if text.isascii() and len(text) <= MAXIMUM_CHARACTERS else fold(text) for text in texts
    ]


def character_codes(folded: Sequence[str]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """All code points as one array, and where each row begins in it (int64 [n + 1])."""
    joined = "".join(folded).encode("utf-32-le", "surrogatepass")
    starts = np.zeros(len(folded) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, folded), np.int64, len(folded)), out=starts[1:])
    return np.frombuffer(joined, "<u4"), starts


def mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """SplitMix64's finaliser: spreads every input bit over the whole word (Steele et al. 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def ngrams(tokens: Tokens, size: int) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Hashes of all n-grams of words that lie inside one row.

    Args:
        tokens: The words.
        size: Words per n-gram, at least 1.

    Returns:
        uint64 hashes and int64 positions of each n-gram's first word.
    """
    if compiled(len(tokens)):
        from holdfast.kernels.words import word_runs

        hashes, positions = word_runs(tokens.words, tokens.row_starts, size)
        return hashes, positions
    words = tokens.words
    count = len(words) - size + 1
    if count <= 0:
        return np.empty(0, np.uint64), np.empty(0, np.int64)
    rows = tokens.rows
    hashes = words[:count].copy()
    for offset in range(1, size):
        hashes = mix(hashes * np.uint64(0x9E3779B97F4A7C15) + words[offset : offset + count])
    positions = np.flatnonzero(rows[:count] == rows[size - 1 :])
    return hashes[positions], positions


def read_tokens(texts: Sequence[str]) -> Tokens:
    """Cut texts into words.

    Args:
        texts: n texts.

    Returns:
        The words as flat arrays; cost is linear in characters.
    """

    def read(rows: tuple[int, int]) -> Tokens:
        part = texts[rows[0] : rows[1]]
        return _read(fold_all(part), sum(len(text) > MAXIMUM_CHARACTERS for text in part))

    return join_tokens(work_together(read, list(cut_texts(texts)), threads=count_threads()))


def read_folded(folded: Sequence[str], truncated: int = 0) -> Tokens:
    """Cut texts that are folded already into words."""
    parts = work_together(
        lambda rows: _read(folded[rows[0] : rows[1]], 0), list(cut_texts(folded)), threads=count_threads()
    )
    return replace(join_tokens(parts), truncated=truncated)


def cut_texts(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where blocks of texts begin and end, by their number and their length; one block at least.

    >>> list(cut_texts(["a", "b" * 3_000_000, "c"]))
    [(0, 2), (2, 3)]
    """
    start = letters = 0
    for row, text in enumerate(texts):
        if row > start and (letters > _BLOCK_LETTERS or row - start == _BLOCK_ROWS):
            yield start, row
            start, letters = row, 0
        letters += len(text)
    yield start, len(texts)


def _read(folded: Sequence[str], truncated: int) -> Tokens:
    codes, char_starts = character_codes(folded)
    if compiled(len(folded)):
        from holdfast.kernels.words import cut_words

        words, row_starts, first, last = cut_words(codes, character_classes(codes), char_starts)
        return Tokens(
            folded=tuple(folded),
            words=words,
            row_starts=row_starts,
            begins=first,
            ends=last,
            truncated=truncated,
        )
    begins, ends = _word_spans(codes, char_starts)
    hashes = _hash_spans(codes, begins, ends)
    row_of = np.searchsorted(char_starts, begins, side="right") - 1
    row_starts = np.searchsorted(row_of, np.arange(len(folded) + 1)).astype(np.int64)
    offset = char_starts[row_of]
    return Tokens(
        folded=tuple(folded),
        words=hashes,
        row_starts=row_starts,
        begins=(begins - offset).astype(np.int32),
        ends=(ends - offset).astype(np.int32),
        truncated=truncated,
    )


def character_classes(codes: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """0 space, 1 letter of a word, 2 a word of its own (unspaced script), 3 punctuation or symbol."""
    table = _classes()
    found = table[codes]
    if len(found) and found.max() == _UNKNOWN:
        # Threads that meet a new letter at once write the same.
        for code in np.unique(codes[found == _UNKNOWN]).tolist():
            table[code] = _class_of(code)
        found = table[codes]
    return found


@cache
def _classes() -> NDArray[np.uint8]:
    """uint8, by code point, what has been looked up so far."""
    return np.full(sys.maxunicode + 1, _UNKNOWN, np.uint8)


def _class_of(code: int) -> int:
    category = unicodedata.category(chr(code))
    if category[0] in "ZC":
        return _SPACE
    if any(low <= code <= high for low, high in _UNSPACED_BLOCKS) and category[0] in "LM":
        return _UNSPACED
    if category[0] in "LNM" or category == "Pc":
        return _WORD
    return _MARK


def _word_spans(
    codes: NDArray[np.uint32], char_starts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    if len(codes) == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    classes = character_classes(codes)
    inner = np.isin(codes, _APOSTROPHES)
    inner[0] = inner[-1] = False
    first_of_row = np.zeros(len(codes), bool)
    first_of_row[char_starts[:-1][char_starts[:-1] < len(codes)]] = True
    inner[1:-1] &= (classes[:-2] == _WORD) & (classes[2:] == _WORD)
    inner[:-1] &= ~(first_of_row[:-1] | first_of_row[1:])  # its neighbours stand in the same row
    classes = np.where(inner, np.uint8(_WORD), classes)
    is_word = (classes == _WORD) | (classes == _UNSPACED)
    previous = np.empty_like(classes)
    previous[0] = _SPACE
    previous[1:] = classes[:-1]
    starts = is_word & ((classes == _UNSPACED) | (previous != _WORD) | first_of_row)
    begins = np.flatnonzero(starts)
    # A word ends where the next one begins or where the run of letters stops.
    stop = np.empty(len(codes), bool)
    stop[-1] = True
    stop[:-1] = starts[1:] | ~is_word[1:] | first_of_row[1:]
    ends = np.flatnonzero(is_word & stop) + 1
    return begins, ends


def _hash_spans(
    codes: NDArray[np.uint32], begins: NDArray[np.int64], ends: NDArray[np.int64]
) -> NDArray[np.uint64]:
    if len(begins) == 0:
        return np.empty(0, np.uint64)
    lengths = ends - begins
    total = int(lengths.sum())
    offsets = np.zeros(len(begins), np.int64)
    np.cumsum(lengths[:-1], out=offsets[1:])
    place = np.arange(total) - np.repeat(offsets, lengths)
    letters = codes[np.repeat(begins, lengths) + place].astype(np.uint64) + np.uint64(1)
    salted = mix(letters + place.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    return mix(np.add.reduceat(salted, offsets) & _MASK)


def row_hashes(tokens: Tokens) -> NDArray[np.uint64]:
    """uint64 [n], a hash of each row's words in any order: equal rows share it, whatever their place in the file."""
    if len(tokens) == 0:
        return np.empty(0, np.uint64)
    sums = np.add.reduceat(np.append(tokens.words, np.uint64(0)), tokens.row_starts[:-1])
    sums[tokens.counts == 0] = 0
    return mix(sums)


def join_tokens(parts: Sequence[Tokens]) -> Tokens:
    """The words of several lists of texts, one after the other."""
    if len(parts) == 1:
        return parts[0]
    counts = np.concatenate([np.zeros(1, np.int64), *(part.counts for part in parts)])
    return Tokens(
        folded=tuple(text for part in parts for text in part.folded),
        words=np.concatenate([np.empty(0, np.uint64), *(part.words for part in parts)]),
        row_starts=np.cumsum(counts),
        begins=np.concatenate([np.empty(0, np.int32), *(part.begins for part in parts)]),
        ends=np.concatenate([np.empty(0, np.int32), *(part.ends for part in parts)]),
        truncated=sum(part.truncated for part in parts),
    )


def block_tokens(tokens: Tokens, start: int, stop: int) -> Tokens:
    """The words of rows from `start` to `stop`; arrays are shared where they can be."""
    first, last = int(tokens.row_starts[start]), int(tokens.row_starts[stop])
    return Tokens(
        folded=tokens.folded[start:stop],
        words=tokens.words[first:last],
        row_starts=tokens.row_starts[start : stop + 1] - first,
        begins=tokens.begins[first:last],
        ends=tokens.ends[first:last],
        truncated=0,
    )
