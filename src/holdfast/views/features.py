"""Features: words, word pairs and character n-grams of every row as a sparse matrix.

The representation needs no download and no vocabulary file: features are hashed into 2^20 columns. It is blind to
meaning that is not carried by shared words or word parts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.backends.threads import count_threads, work_together
from holdfast.kernels import compiled
from holdfast.views.tokens import (
    block_tokens,
    character_classes,
    character_codes,
    cut_texts,
    mix,
    ngrams,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from holdfast.views.tokens import Tokens

COLUMNS = 1 << 20
"""Hashed feature columns; at 50,000 distinct features fewer than one in twenty shares its column."""

CHARACTER_SIZES = (3, 4)
CHARACTERS_READ = 2_000
"""Characters of a record that character n-grams are taken from; words are read further (`tokens`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """Feature counts of n rows.

    Attributes:
        starts: int64 [n + 1], where each row begins.
        columns: int32 [nnz], hashed feature, ascending inside a row.
        counts: float32 [nnz], how often it occurs in the row.
    """

    starts: NDArray[np.int64]
    columns: NDArray[np.int32]
    counts: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def rows(self) -> NDArray[np.int64]:
        """int64 [nnz], the row of every entry."""
        return np.repeat(np.arange(len(self)), np.diff(self.starts))

    def select(self, rows: NDArray[np.int64]) -> Features:
        """The features of these rows, in this order."""
        lengths = np.diff(self.starts)[rows]
        starts = np.zeros(len(rows) + 1, np.int64)
        np.cumsum(lengths, out=starts[1:])
        take = np.repeat(self.starts[rows] - starts[:-1], lengths) + np.arange(starts[-1])
        return Features(starts=starts, columns=self.columns[take], counts=self.counts[take])


def read_features(tokens: Tokens) -> Features:
    """Words, word pairs and character 3- and 4-grams inside words, counted per row."""
    parts = work_together(
        lambda rows: _read(tokens, *rows), list(cut_texts(tokens.folded)), threads=count_threads()
    )
    if len(parts) == 1:
        return parts[0]
    return Features(
        starts=np.cumsum(np.concatenate([np.zeros(1, np.int64), *(np.diff(part.starts) for part in parts)])),
        columns=np.concatenate([part.columns for part in parts]),
        counts=np.concatenate([part.counts for part in parts]),
    )


def _read(tokens: Tokens, start: int, stop: int) -> Features:
    """The features of rows from `start` to `stop`."""
    part = block_tokens(tokens, start, stop)
    if compiled(len(part)):
        from holdfast.kernels.words import count_row_features

        codes, letters = character_codes(part.folded)
        starts, columns, counts = count_row_features(
            part.words, part.row_starts, codes, character_classes(codes), letters, COLUMNS, CHARACTERS_READ
        )
        return Features(starts=starts, columns=columns, counts=counts)
    found = [_word_part(part, size) for size in (1, 2)]
    found += [_character_part(part.folded, size) for size in CHARACTER_SIZES]
    rows, hashes = (np.concatenate(column) for column in zip(*found, strict=True))
    return count_features(rows, hashes, len(part))


def count_features(rows: NDArray[np.int64], hashes: NDArray[np.uint64], count: int) -> Features:
    """Count what occurs in every row.

    Args:
        rows: int64 [t], the row of every occurrence.
        hashes: uint64 [t], what occurs.
        count: Number of rows.
    """
    keys = rows.astype(np.uint64) * np.uint64(COLUMNS) + hashes % np.uint64(COLUMNS)
    keys.sort()
    first = np.ones(len(keys), bool)
    first[1:] = keys[1:] != keys[:-1]
    at = np.flatnonzero(first)
    counted = (keys[at] // np.uint64(COLUMNS)).astype(np.int64)
    return Features(
        starts=np.searchsorted(counted, np.arange(count + 1)).astype(np.int64),
        columns=(keys[at] % np.uint64(COLUMNS)).astype(np.int32),
        counts=np.diff(np.append(at, len(keys))).astype(np.float32),
    )


def unit_frequencies(features: Features, units: NDArray[np.int64]) -> NDArray[np.int32]:
    """int32 [COLUMNS], in how many units each feature occurs; a near-duplicate group counts once."""
    unit_of = units[features.rows].astype(np.int64)
    if int(units.max(initial=-1)) + 1 < len(features):
        pairs = unit_of * COLUMNS + features.columns
        pairs.sort()  # and not `np.unique`, which from numpy 2.3 on hashes: many times slower
        first = np.ones(len(pairs), bool)
        first[1:] = pairs[1:] != pairs[:-1]
        columns = pairs[first] % COLUMNS
    else:
        columns = features.columns
    return np.bincount(columns, minlength=COLUMNS).astype(np.int32)


def weigh(features: Features, frequencies: NDArray[np.int32], units: int, *, own: bool) -> Any:
    """TF-IDF rows of length 1: sublinear counts, smoothed inverse unit frequency.

    Args:
        features: n rows.
        frequencies: int32 [COLUMNS], units of the anchor each feature occurs in.
        units: Units in the anchor.
        own: The rows are the anchor's own: each is weighed as if it were not in the anchor, so that a real row and
            a new one are treated alike.

    Returns:
        scipy.sparse.csr_array, float32 [n, COLUMNS].
    """
    from scipy.sparse import csr_array

    seen = frequencies[features.columns] - (1 if own else 0)
    idf = np.log((1.0 + units) / (1.0 + np.maximum(seen, 0))) + 1.0
    values = (1.0 + np.log(features.counts)) * idf
    squares = np.add.reduceat(np.append(values**2, 0.0), features.starts[:-1]) if len(features) else values
    squares[np.diff(features.starts) == 0] = 1.0
    values = (values / np.sqrt(squares)[features.rows]).astype(np.float32)
    return csr_array((values, features.columns, features.starts), shape=(len(features), COLUMNS))


def narrow(*sides: Any) -> list[Any]:
    """The same rows with the columns that any of them uses, in their order.

    A product sets up memory for every column there is, used or not: of small sets it would do little else.

    Args:
        sides: Sparse arrays of one width.

    >>> from scipy.sparse import csr_array
    >>> one, two = narrow(csr_array([[0, 1, 0, 2]]), csr_array([[0, 0, 0, 3]]))
    >>> one.toarray().tolist(), two.toarray().tolist()
    ([[1, 2]], [[0, 3]])
    """
    from scipy.sparse import csr_array

    used = np.zeros(sides[0].shape[1], bool)
    for rows in sides:
        used[rows.indices] = True
    place = np.cumsum(used) - 1
    width = int(used.sum())
    return [
        csr_array(
            (rows.data, place[rows.indices].astype(np.int32), rows.indptr), shape=(rows.shape[0], width)
        )
        for rows in sides
    ]


def _word_part(tokens: Tokens, size: int) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    hashes, positions = ngrams(tokens, size)
    return tokens.rows[positions], hashes


def _character_part(folded: Sequence[str], size: int) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Character n-grams that do not cross a space, words padded by one space on each side (`char_wb`)."""
    codes, starts = character_codes([f" {text[:CHARACTERS_READ]} " for text in folded])
    count = len(codes) - size + 1
    if count <= 0:
        return np.empty(0, np.int64), np.empty(0, np.uint64)
    space = character_classes(codes) == 0
    letters = np.where(space, np.uint64(32), codes.astype(np.uint64))
    inside = np.ones(count, bool)
    for offset in range(1, size - 1):
        inside &= ~space[offset : offset + count]
    inside &= ~(space[:count] & space[size - 1 :])
    hashes = np.full(count, np.uint64(size))
    for offset in range(size):
        hashes = hashes * np.uint64(0x100000001B3) + letters[offset : offset + count]
    row = np.repeat(np.arange(len(folded)), np.diff(starts))
    inside &= row[:count] == row[size - 1 :]
    at = np.flatnonzero(inside)
    return row[at], mix(hashes[at])


PROJECTION = 256


def sketch(
    features: Features, frequencies: NDArray[np.int32], units: int, *, own: bool
) -> NDArray[np.float32]:
    """Dense rows whose inner products are, on average, those of the weighed rows.

    Args:
        features: n rows.
        frequencies: int32 [COLUMNS], units of the anchor each feature occurs in.
        units: Units in the anchor.
        own: As in `weigh`.

    Returns:
        float32 [n, PROJECTION].

    Source:
        Feature hashing with random signs (Weinberger et al. 2009).
    """
    weighed = weigh(features, frequencies, units, own=own)
    place, sign = _projection()
    key = features.rows * PROJECTION + place[features.columns]
    dense = np.bincount(key, weighed.data * sign[features.columns], minlength=len(features) * PROJECTION)
    return dense.reshape(len(features), PROJECTION).astype(np.float32)


@cache
def _projection() -> tuple[NDArray[np.int16], NDArray[np.int8]]:
    """Where each column goes, and with which sign: it never changes, and takes longer than small sets do."""
    salt = mix(np.arange(COLUMNS, dtype=np.uint64) + np.uint64(0x5DEECE66D))
    place = (salt % np.uint64(PROJECTION)).astype(np.int16)
    sign = np.where((salt >> np.uint64(40)) & np.uint64(1), 1, -1).astype(np.int8)
    return place, sign
