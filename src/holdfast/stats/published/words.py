"""Words of rows as numbers, and the phrases of n words that they form."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from holdfast.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

_LARGEST = int(np.iinfo(np.int64).max)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Words of n rows, equal words by equal numbers.

    Attributes:
        codes: int64 [w], 0 up to `kinds`.
        row_starts: int64 [n + 1], where rows begin in `codes`, and the end.
        kinds: Different words.
    """

    codes: NDArray[np.int64]
    row_starts: NDArray[np.int64]
    kinds: int

    @classmethod
    def of(cls, rows: Iterable[Sequence[str]]) -> Words:
        """Words of rows, each a list of words. Rows are asked for one by one, and none is kept.

        >>> Words.of([["to", "be"], [], ["to"]]).codes.tolist()
        [0, 1, 0]
        """
        numbers: defaultdict[str, int] = defaultdict()
        numbers.default_factory = numbers.__len__
        lengths = []

        def every() -> Iterator[Sequence[str]]:
            for row in rows:
                lengths.append(len(row))
                yield row

        codes = np.fromiter(map(numbers.__getitem__, chain.from_iterable(every())), np.int64)
        return cls(
            codes=codes,
            row_starts=np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]),
            kinds=len(numbers),
        )

    @classmethod
    def split(cls, texts: Sequence[str], separator: str = " ") -> Words:
        """Words between separators, as `str.split` finds them, several times quicker than lists of words.

        >>> Words.split(["to be", "to  do"]).codes.tolist()
        [0, 1, 0, 2, 3]
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        try:
            column = pa.array(texts, pa.large_string())
        except UnicodeEncodeError:  # half a character, which Arrow does not hold
            return cls.of(text.split(separator) for text in texts)
        rows = pc.split_pattern(column, separator)
        found = rows.flatten().dictionary_encode()
        lengths = np.asarray(pc.list_value_length(rows), np.int64)
        return cls(
            codes=np.asarray(found.indices, np.int64),
            row_starts=np.concatenate([[0], np.cumsum(lengths)]),
            kinds=len(found.dictionary),
        )

    @classmethod
    def of_hashes(cls, hashes: NDArray[np.uint64], row_starts: NDArray[np.int64]) -> Words:
        """Words that are given as hashes, as views read them; those with equal hashes are one word.

        Args:
            hashes: uint64 [w].
            row_starts: int64 [n + 1].
        """
        # The top bit would make a key negative. Keys are numbered twice rather than cut, so that no two words become one.
        upper, _ = number_keys((hashes >> np.uint64(32)).astype(np.int64))
        lower = (hashes & np.uint64(0xFFFFFFFF)).astype(np.int64)
        codes, kinds = number_keys((upper << np.int64(32)) + lower)
        return cls(codes=codes, row_starts=row_starts.astype(np.int64), kinds=kinds)

    def __len__(self) -> int:
        return len(self.row_starts) - 1

    @property
    def lengths(self) -> NDArray[np.int64]:
        """int64 [n], words of every row."""
        return np.diff(self.row_starts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """All phrases of some number of words, equal phrases by equal numbers.

    Attributes:
        numbers: int64 [p], 0 up to `kinds`, in the order of their first words.
        at: int64 [p], the place of the first word of each.
        kinds: Different phrases.
    """

    numbers: NDArray[np.int64]
    at: NDArray[np.int64]
    kinds: int


def phrases(words: Words, longest: int, *, across: bool = False) -> Iterator[Phrases]:
    """The phrases of 1, 2, ... words.

    Args:
        words: Words of rows.
        longest: Words of the longest phrases, at least 1.
        across: Whether phrases may begin in one row and end in another.

    Raises:
        UsageError: `longest` is less than 1.

    >>> [part.kinds for part in phrases(Words.of([["a", "rose", "is", "a", "rose"]]), 3)]
    [3, 3, 3]
    """
    if longest < 1:
        raise UsageError(f"is at least 1, not {longest}", where="longest")
    count = len(words.codes)
    ends = np.full(count, count) if across else np.repeat(words.row_starts[1:], words.lengths)
    numbers, at, kinds = words.codes, np.arange(count), words.kinds
    yield Phrases(numbers=numbers, at=at, kinds=kinds)
    for size in range(2, longest + 1):
        # A phrase is the phrase that lacks its last word, and that word: there are fewer than 2^31 of either.
        whole = at + size <= ends[at]
        at = at[whole]
        numbers, kinds = number_keys(
            numbers[whole] * np.int64(max(words.kinds, 1)) + words.codes[at + size - 1]
        )
        yield Phrases(numbers=numbers, at=at, kinds=kinds)


def number_keys(keys: NDArray[np.int64]) -> tuple[NDArray[np.int64], int]:
    """Number keys in the order of their size, without gaps.

    Args:
        keys: int64 [n], at least 0.

    Returns:
        int64 [n], the number of each key; and how many different ones there are.

    >>> number_keys(np.array([7, 3, 7]))
    (array([1, 0, 1]), 2)
    """
    count = len(keys)
    if count == 0:
        return keys, 0
    bits = np.int64(count.bit_length())
    if int(keys.max()) < _LARGEST >> bits:
        # Sorting key and place as one number is several times quicker than sorting places by key.
        both = keys << bits
        both |= np.arange(count)
        both.sort()
        place = both & ((np.int64(1) << bits) - np.int64(1))
        key = both >> bits
    else:
        place = np.argsort(keys, kind="stable")
        key = keys[place]
    rank = np.zeros(count, np.int64)
    np.cumsum(key[1:] != key[:-1], out=rank[1:])
    found = np.empty(count, np.int64)
    found[place] = rank
    return found, int(rank[-1]) + 1
