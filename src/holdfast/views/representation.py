"""Representations: what the closeness of two rows is read from.

A row must be as close to a judge whether it is real or new. What is counted over the real rows (how rare a feature is)
holds a real row and not a new one, so each representation takes the row out again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from holdfast.views.features import COLUMNS, count_features, unit_frequencies
from holdfast.views.level import level_lengths
from holdfast.views.tokens import mix, ngrams

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.embeddings import Embeddings
    from holdfast.views.features import Features
    from holdfast.views.sides import Sides
    from holdfast.views.tokens import Tokens

_EDGE = np.uint64(0x9AE16A3B2F90404F)
_STRANGERS = 1_000
"""Real rows whose nearness to each other says how near strangers are."""


class Representation(Protocol):
    """How close rows of either side come to e judges: 0 strangers, 1 the same.

    Attributes:
        name: What two rows have in common when they are close, as reports say it.
        blind_to: What it cannot see.
    """

    name: str
    blind_to: str

    def real(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """float32 [r, e], closeness of these anchor rows."""
        ...

    def new(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """float32 [r, e], closeness of these candidate rows."""
        ...


def represent(sides: Sides, judges: NDArray[np.int64]) -> Representation:
    """What judges closeness: the user's encoder where there is one, else shared word pairs.

    Args:
        sides: Both sides.
        judges: int64 [e], the anchor rows that judge.
    """
    if sides.embeddings is not None:
        return Nearness(sides.embeddings, judges)
    return WordPairs(sides, judges)


class WordPairs:
    """Word pairs and word triples in common, the ends of a row included, weighed by the root of their rarity.

    Words alone do not count, so that a row with its words shuffled is like nothing. The root, so that a product weighs
    what is shared once by its rarity, not twice: the rare pairs that shuffling leaves by chance would count for too much.
    """

    def __init__(self, sides: Sides, judges: NDArray[np.int64]) -> None:
        anchor = sides.anchor
        features = ordered_features(anchor.tokens)
        self._frequencies = unit_frequencies(features, anchor.duplicates.units)
        self._units = anchor.units
        asked = features.select(judges)
        # What two rows share occurs in both. Of two real rows both are in the frequencies, of a real and a new row
        # only the judge.
        self._real = self._weigh(features, own=1, shared=2)
        # A row that says two things is close to neither of two judges: length is not distance.
        level = level_lengths(anchor.tokens, sides.candidate.tokens)[1]
        self._new = self._weigh(ordered_features(level), own=0, shared=1)
        self._asking_real = self._weigh(asked, own=1, shared=2).T.tocsr()
        self._asking_new = self._weigh(asked, own=1, shared=1).T.tocsr()
        self._lengthening = self._lengthen(asked).T.tocsr()
        self.name = "word pairs and word triples in common with the nearest row"
        self.blind_to = "meaning in other words: a paraphrase that shares no pair of neighbouring words with reality counts little"

    def real(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """float32 [r, e], closeness of these anchor rows."""
        from scipy.sparse import csr_array

        weighed = self._real[rows]
        shared = csr_array((np.ones_like(weighed.data), weighed.indices, weighed.indptr), shape=weighed.shape)
        longer = np.sqrt(1.0 + (shared @ self._lengthening).toarray())
        return np.asarray((weighed @ self._asking_real).toarray() / longer, np.float32)

    def new(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """float32 [r, e], closeness of these candidate rows."""
        return np.asarray((self._new[rows] @ self._asking_new).toarray(), np.float32)

    def _weigh(self, features: Features, *, own: int, shared: int) -> Any:
        """csr_array float32 [n, COLUMNS], rows of length 1 whose products treat a real and a new row alike.

        `shared` rows are taken off the frequencies where rows are multiplied, `own` where a row's length is taken. A
        judge's length still holds the other row where that is real; `_lengthen` takes it out.
        """
        from scipy.sparse import csr_array

        lengths = self._lengths(features, own)
        data = (self._values(features, shared) / lengths[features.rows]).astype(np.float32)
        return csr_array((data, features.columns, features.starts), shape=(len(features), COLUMNS))

    def _values(self, features: Features, taken: int) -> NDArray[np.float64]:
        """float64 [nnz], weights, so many rows taken off the frequencies."""
        seen = np.maximum(self._frequencies[features.columns] - taken, 0)
        rarity = np.log((1.0 + self._units) / (1.0 + seen)) + 1.0
        return np.asarray((1.0 + np.log(features.counts)) * np.sqrt(rarity), np.float64)

    def _lengths(self, features: Features, taken: int) -> NDArray[np.float64]:
        squares = np.bincount(features.rows, self._values(features, taken) ** 2, minlength=len(features))
        return np.sqrt(np.where(squares > 0, squares, 1.0))

    def _lengthen(self, judges: Features) -> Any:
        """By how much a judge's squared length grows, for every feature that it shares with a real row, without that row.

        Returns:
            csr_array float32 [e, COLUMNS], in parts of the squared length.
        """
        from scipy.sparse import csr_array

        with_it, without = (self._values(judges, taken) ** 2 for taken in (1, 2))
        grown = (without - with_it) / self._lengths(judges, 1)[judges.rows] ** 2
        return csr_array(
            (grown.astype(np.float32), judges.columns, judges.starts), shape=(len(judges), COLUMNS)
        )


class Nearness:
    """Nearness in the space of a sentence encoder; two typical real rows are strangers.

    Encoders give any two rows of one field a product far above 0, each encoder its own.
    """

    def __init__(self, embeddings: Embeddings, judges: NDArray[np.int64]) -> None:
        self._embeddings = embeddings
        self._asking = embeddings.anchor[judges].T
        some = embeddings.anchor[judges[:_STRANGERS]]
        pairs = (some @ some.T)[np.triu_indices(len(some), 1)]
        self._floor = float(np.clip(np.median(pairs), 0.0, 0.99)) if len(pairs) else 0.0
        self.name = f"nearness to the closest row in the embeddings of {embeddings.name}"
        self.blind_to = (
            "what that encoder does not represent: often the order of words, numbers and rare names"
            + (f"; {embeddings.blind_to}" if embeddings.blind_to else "")
        )

    def real(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """float32 [r, e], closeness of these anchor rows."""
        return self._above(self._embeddings.anchor[rows])

    def new(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """float32 [r, e], closeness of these candidate rows."""
        return self._above(self._embeddings.candidate[rows])

    def _above(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray((rows @ self._asking - self._floor) / (1.0 - self._floor), np.float32)


def ordered_features(tokens: Tokens) -> Features:
    """Word pairs and triples of every row, hashed; the ends of a row count as words."""
    rows, hashes = [], []
    for size in (2, 3):
        grams, positions = ngrams(tokens, size)
        rows.append(tokens.rows[positions])
        hashes.append(grams)
    filled = np.flatnonzero(tokens.counts > 0)
    first, last = tokens.words[tokens.row_starts[filled]], tokens.words[tokens.row_starts[filled + 1] - 1]
    rows += [filled, filled]
    hashes += [mix(first ^ _EDGE), mix((last ^ _EDGE) + np.uint64(1))]
    return count_features(np.concatenate(rows), np.concatenate(hashes), len(tokens))
