"""Part of reality: which real rows are read where there are more than an anchor holds.

The part is drawn row by row in an order that content gives, so it is what a smaller collection of the same reality would have been: every
null that is drawn from it is valid, at its size. Rows of strata that would be thin are read beyond it. They teach what reality says, and
no share counts them: beside the part they would make their strata look frequent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.data.string_hashes import string_hashes
from holdfast.views.read_rows import choose_rows, row_keys
from holdfast.views.tokens import cut_texts, mix, read_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

ANCHOR_ROWS = 200_000
"""Real rows that are read, unless their words are too many."""
ANCHOR_WORDS = 20_000_000
"""Words of real rows that are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Census:
    """Strata of all real rows, where a part of them is read and rows bring labels.

    Attributes:
        strata: int64 [n], the stratum of each row by its label, -1 where it has none.
        units: int64 [n], rows that are not independent share a number, as far as is known: equal rows, and what the rows that were read show.
    """

    strata: NDArray[np.int64]
    units: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class RealPart:
    """Which real rows are read.

    Attributes:
        rows: int64 [r], their places in the whole, ascending.
        extra: bool [r], read beyond the part that content decides, for the sake of their strata: no share counts them.
        strata: int64 [n], for every row of the whole the place of its label among the sorted ones, -1 where it has none.
        equal: int64 [n], rows of the whole with equal text share a number.
    """

    rows: NDArray[np.int64]
    extra: NDArray[np.bool_]
    strata: NDArray[np.int64]
    equal: NDArray[np.int64]

    @property
    def counted(self) -> NDArray[np.int64]:
        """int64, which of the rows that are read are the part."""
        return np.flatnonzero(~self.extra)

    def census(self, units: NDArray[np.int64]) -> Census | None:
        """The strata of all rows, or None where no row has one.

        Args:
            units: int64 [r], the unit of each row that was read.
        """
        if not (self.strata >= 0).any():
            return None
        # Rows that were not read join the unit of the rows that they equal; those that equal none stand alone.
        known = np.full(int(self.equal.max(initial=-1)) + 1, -1, np.int64)
        known[self.equal[self.rows]] = units
        found = known[self.equal]
        own = self.equal + int(units.max(initial=-1)) + 1
        return Census(strata=self.strata, units=np.where(found >= 0, found, own))


def choose_real(
    texts: pa.ChunkedArray, strata: pa.ChunkedArray, *, rows: int = ANCHOR_ROWS, words: int = ANCHOR_WORDS
) -> RealPart | None:
    """Choose the real rows that are read; None where that is all of them.

    Equal rows are told apart by their count: what a row is called, and where it stands, decides nothing.

    Args:
        texts: Arrow strings [n].
        strata: Arrow strings [n], labels, null where there is none.
        rows: Rows that are read at most, but for those of thin strata.
        words: Words that are read at most, but for those of thin strata.
    """
    if len(texts) <= rows and _most_words(texts) <= words:
        return None
    said = string_hashes(texts)
    codes = _codes(strata)
    keys = row_keys(mix(said ^ mix((codes + 2).astype(np.uint64))))
    counts = _count_words(texts, keys, rows) if _most_words(texts) > words else np.zeros(len(texts), np.int64)
    if len(texts) <= rows and int(counts.sum()) <= words:
        return None
    # Which other rows a row resembles is not known yet: each is a unit of its own.
    chosen, extra = choose_rows(keys, np.arange(len(keys)), counts, codes, rows=rows, most_words=words)
    if len(chosen) == len(texts):
        return None
    return RealPart(rows=chosen, extra=extra, strata=codes, equal=_numbers(said))


def _most_words(texts: Any) -> int:
    """No fewer than the words there are: one takes two bytes with what parts it from the next, or three of a script without spaces."""
    import pyarrow.compute as pc

    return (int(pc.sum(pc.binary_length(texts)).as_py() or 0) + len(texts)) // 2


def _count_words(texts: Any, keys: NDArray[np.uint64], rows: int) -> NDArray[np.int64]:
    """int64 [n], words of the rows that may be read; of the others none."""
    first = np.sort(np.argsort(keys, kind="stable")[:rows])
    counts = np.zeros(len(texts), np.int64)
    some: Sequence[str] = texts.take(first).to_pylist()
    for start, stop in cut_texts(some):
        counts[first[start:stop]] = read_tokens(some[start:stop]).counts
    return counts


def _codes(strata: Any) -> NDArray[np.int64]:
    """int64 [n], the place of each label among the sorted ones, -1 without."""
    labels = sorted(label for label in strata.unique().to_pylist() if label is not None)
    number: dict[str | None, int] = {label: at for at, label in enumerate(labels)} | {None: -1}
    return np.fromiter((number[label] for label in strata.to_pylist()), np.int64, len(strata))


def _numbers(hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
    return np.asarray(np.unique(hashes, return_inverse=True)[1], np.int64)
