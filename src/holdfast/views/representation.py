"""Representations: what the closeness of two rows is read from.

A row must be as close to a judge whether it is real or new. What is counted over the real rows (how rare a feature is)
holds a real row and not a new one, so each representation takes the row out again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np

from holdfast.views.features import COLUMNS, count_features, unit_frequencies
from holdfast.views.level import length_limits
from holdfast.views.sides import select_tokens
from holdfast.views.tokens import mix

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.embeddings import Embeddings
    from holdfast.views.features import Features
    from holdfast.views.sides import Sides
    from holdfast.views.tokens import Tokens

_EDGE = np.uint64(0x9AE16A3B2F90404F)
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class PairJudges:
    """What e real rows ask other rows for: word pairs and triples in common, weighed by the root of their rarity.

    Attributes:
        frequencies: int32 [COLUMNS], units of the anchor that each feature occurs in.
        units: Units of the anchor.
        count: e, the judges.
        starts: int32 [COLUMNS + 1], where the judges of each feature begin.
        seats: int32 [nnz], judges that have the feature, ascending: 0 to e - 1.
        new: float32 [nnz], what a new row that has it gains with the judge.
        real: float32 [nnz], what a real row does.
        longer: float32 [nnz], by how much a judge's squared length grows without the real row, in parts of it.
    """

    name: ClassVar[str] = "word pairs and word triples in common with the nearest row"
    blind_to: ClassVar[str] = (
        "meaning in other words: a paraphrase that shares no pair of neighbouring words with reality counts little"
    )

    frequencies: NDArray[np.int32]
    units: int
    count: int
    starts: NDArray[np.int32]
    seats: NDArray[np.int32]
    new: NDArray[np.float32]
    real: NDArray[np.float32]
    longer: NDArray[np.float32]

    @classmethod
    def of(cls, features: Features, units: NDArray[np.int64], judges: NDArray[np.int64]) -> PairJudges:
        """Seat some real rows.

        Args:
            features: Word pairs and triples of all real rows.
            units: int64 [m], their units.
            judges: int64 [e], the rows that judge.
        """
        frequencies, total = unit_frequencies(features, units), int(units.max(initial=-1)) + 1
        asked = features.select(judges)
        order = np.argsort(asked.columns, kind="stable")  # judges stay in their order
        # What two rows share occurs in both. Of two real rows both are in the frequencies, of a real and a new row
        # only the judge. A judge's length still holds the other row where that is real; `longer` takes it out.
        once, twice = (_values(asked, frequencies, total, taken) for taken in (1, 2))
        lengths = _lengths(asked, once)[asked.rows]
        return cls(
            frequencies=frequencies,
            units=total,
            count=len(judges),
            starts=np.searchsorted(asked.columns[order], np.arange(COLUMNS + 1)).astype(np.int32),
            seats=asked.rows[order].astype(np.int32),
            new=(once / lengths).astype(np.float32)[order],
            real=(twice / lengths).astype(np.float32)[order],
            longer=((twice**2 - once**2) / lengths**2).astype(np.float32)[order],
        )

    def weigh_real(self, features: Features) -> NDArray[np.float32]:
        """float32 [nnz], weights of real rows, each taken out of the frequencies, and once more where it is multiplied."""
        lengths = _lengths(features, _values(features, self.frequencies, self.units, 1))
        return self._weigh(features, lengths, 2)

    def weigh_new(self, features: Features) -> NDArray[np.float32]:
        """float32 [nnz], weights of new rows."""
        lengths = _lengths(features, _values(features, self.frequencies, self.units, 0))
        return self._weigh(features, lengths, 1)

    def _weigh(self, features: Features, lengths: NDArray[np.float64], taken: int) -> NDArray[np.float32]:
        values = _values(features, self.frequencies, self.units, taken)
        return np.asarray(values / lengths[features.rows], np.float32)

    def meet_new(self, features: Features, weights: NDArray[np.float32]) -> Met:
        """New rows and the judges that they share something with."""
        return _met(self._multiply(features, weights, self.new))

    def meet_real(self, features: Features, weights: NDArray[np.float32]) -> Met:
        """Real rows and the judges that they share something with."""
        met = _met(self._multiply(features, weights, self.real))
        grown = self._multiply(features, np.ones_like(weights), self.longer).toarray()
        longer = np.sqrt(1.0 + grown[met.rows, met.seats])
        return Met(rows=met.rows, seats=met.seats, closeness=met.closeness / longer)

    def _multiply(self, features: Features, weights: NDArray[np.float32], asking: NDArray[np.float32]) -> Any:
        """csr_array float32 [n, e]."""
        from scipy.sparse import csr_array

        starts = features.starts.astype(np.int32)
        rows = csr_array((weights, features.columns, starts), shape=(len(features), COLUMNS))
        return rows @ csr_array((asking, self.seats, self.starts), shape=(COLUMNS, self.count))


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """Rows and judges that have something in common.

    Attributes:
        rows: int64 [t], rows, ascending.
        seats: int32 [t], judges, in any order.
        closeness: float32 [t].
    """

    rows: NDArray[np.int64]
    seats: NDArray[np.int32]
    closeness: NDArray[np.float32]

    def dense(self, rows: int, count: int) -> NDArray[np.float32]:
        """float32 [rows, count], 0 where they have nothing in common."""
        found = np.zeros((rows, count), np.float32)
        found[self.rows, self.seats] = self.closeness
        return found


def _met(products: Any) -> Met:
    rows = np.repeat(np.arange(products.shape[0]), np.diff(products.indptr))
    return Met(rows=rows, seats=products.indices, closeness=products.data)


def _values(
    features: Features, frequencies: NDArray[np.int32], units: int, taken: int
) -> NDArray[np.float64]:
    """float64 [nnz], weights, so many rows taken off the frequencies."""
    seen = np.maximum(frequencies[features.columns] - taken, 0)
    rarity = np.log((1.0 + units) / (1.0 + np.arange(int(seen.max(initial=0)) + 1))) + 1.0
    return np.asarray((1.0 + np.log(features.counts)) * np.sqrt(rarity)[seen], np.float64)


def _lengths(features: Features, values: NDArray[np.float64]) -> NDArray[np.float64]:
    squares = np.bincount(features.rows, values**2, minlength=len(features))
    return np.sqrt(np.where(squares > 0, squares, 1.0))


class WordPairs:
    """Word pairs and word triples in common, the ends of a row included, weighed by the root of their rarity.

    Words alone do not count, so that a row with its words shuffled is like nothing. The root, so that a product weighs
    what is shared once by its rarity, not twice: the rare pairs that shuffling leaves by chance would count for too much.
    """

    def __init__(self, sides: Sides, judges: NDArray[np.int64]) -> None:
        self._sides = sides
        self._features = ordered_features(sides.anchor.tokens)
        self.judges = PairJudges.of(self._features, sides.anchor.duplicates.units, judges)
        # A row that says two things is close to neither of two judges: length is not distance.
        self._limits = length_limits(sides.anchor.tokens.counts, sides.candidate.tokens.counts)[1]
        self.name, self.blind_to = PairJudges.name, PairJudges.blind_to

    def real(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """float32 [r, e], closeness of these anchor rows."""
        features = self._features.select(rows)
        return self.judges.meet_real(features, self.judges.weigh_real(features)).dense(
            len(rows), self.judges.count
        )

    def new(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """float32 [r, e], closeness of these candidate rows."""
        features = ordered_features(select_tokens(self._sides.candidate.tokens, rows), self._limits[rows])
        return self.judges.meet_new(features, self.judges.weigh_new(features)).dense(
            len(rows), self.judges.count
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


def ordered_features(tokens: Tokens, limits: NDArray[np.int64] | None = None) -> Features:
    """Word pairs and triples of every row, hashed; the ends of a row count as words.

    Args:
        tokens: Words of n rows.
        limits: int64 [n], at most so many words of each row are read; None for all.
    """
    counts = tokens.counts
    lengths = counts if limits is None else np.minimum(limits, counts)
    words, starts = tokens.words, tokens.row_starts
    if (lengths < counts).any():
        starts = np.concatenate([[0], np.cumsum(lengths)])
        words = words[np.repeat(tokens.row_starts[:-1] - starts[:-1], lengths) + np.arange(starts[-1])]
    row_of = np.repeat(np.arange(len(lengths)), lengths)
    rows, hashes, grams = [], [], words
    for size in (2, 3):
        grams = mix(grams[: max(len(words) - size + 1, 0)] * _FACTOR + words[size - 1 :])
        inside = np.flatnonzero(row_of[: len(grams)] == row_of[size - 1 :])
        rows.append(row_of[inside])
        hashes.append(grams[inside])
    filled = np.flatnonzero(lengths > 0)
    first, last = words[starts[filled]], words[starts[filled + 1] - 1]
    rows += [filled, filled]
    hashes += [mix(first ^ _EDGE), mix((last ^ _EDGE) + np.uint64(1))]
    return count_features(np.concatenate(rows), np.concatenate(hashes), len(tokens))
