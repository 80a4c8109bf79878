"""Likeness: how close reality comes to each of its own rows, and how close a candidate comes.

Two rows are alike when they share word pairs and word triples, the ends of a row included; words alone do not count,
so that a row with its words shuffled is like nothing. Blind to paraphrases that share no pair of neighbouring words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.views.features import COLUMNS, Features, unit_frequencies
from holdfast.views.tokens import mix, ngrams, row_hashes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.sides import Side, Sides
    from holdfast.views.tokens import Tokens

LEVELS = 256
"""Similarity is read in this many steps."""
FOLDS = 10
"""Parts each side is dealt into, for standard errors and cross-fitting."""
JUDGES = 3_000
"""Most real rows that judge; more sharpen the answer little."""
_CHUNK = 2_048
_EDGE = np.uint64(0x9AE16A3B2F90404F)


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """Real rows as judges of closeness.

    A judge does not see itself nor its near-duplicates, on either side. Where both sides bring labels, rows of another
    label are nothing like it, however they read.

    Attributes:
        judges: int64 [e], the anchor rows that judge.
        folds: int8 [m], the part of every anchor row; near-duplicates share one.
        pool: int32 [e, FOLDS, LEVELS], anchor rows by part and by closeness to the judge.
        nearest: int16 [e, FOLDS], level of the closest candidate row in each part of the candidate.
        source: int64 [e], the closest candidate row, or -1 where no row shares anything.
    """

    judges: NDArray[np.int64]
    folds: NDArray[np.int8]
    pool: NDArray[np.int32]
    nearest: NDArray[np.int16]
    source: NDArray[np.int64]

    @property
    def best(self) -> NDArray[np.int64]:
        """int64 [e], level of the closest candidate row."""
        return np.asarray(self.nearest.max(axis=1), np.int64)

    @property
    def best_without(self) -> NDArray[np.int64]:
        """int64 [FOLDS, e], level of the closest candidate row outside each part of the candidate."""
        top, order = self.nearest.argmax(axis=1), np.sort(self.nearest, axis=1)
        left_out = np.arange(FOLDS)[:, None] == top[None, :]
        return np.asarray(np.where(left_out, order[:, -2], order[:, -1]), np.int64)


def deal_parts(tokens: Tokens, units: NDArray[np.int64]) -> NDArray[np.int8]:
    """int8 [n], the part of each row: by the content of its unit, evenly."""
    leader = np.zeros(int(units.max(initial=-1)) + 1, np.uint64)
    np.maximum.at(leader, units, row_hashes(tokens))
    # Units in the order of their hash, dealt in turn: parts of equal size, whatever the content.
    order = np.argsort(mix(leader + np.uint64(7)), kind="stable")
    sizes = np.bincount(units, minlength=len(leader))[order]
    part = np.empty(len(leader), np.int8)
    part[order] = (np.cumsum(sizes) - sizes // 2 - 1) * FOLDS // max(int(sizes.sum()), 1)
    return part[units]


def by_content(tokens: Tokens, salt: int) -> NDArray[np.int64]:
    """int64 [n], all rows in an order that their content and a salt decide, whatever their order in the file."""
    hashes = mix(row_hashes(tokens) + np.uint64(salt))
    return np.asarray(np.argsort(hashes, kind="stable"), np.int64)


def read_likeness(sides: Sides, judges: NDArray[np.int64]) -> Likeness:
    """Let real rows judge how close reality and the candidate come to them.

    Args:
        sides: Both sides.
        judges: int64 [e], the anchor rows that judge.
    """
    anchor, candidate = sides.anchor, sides.candidate
    features = ordered_features(anchor.tokens)
    frequencies = unit_frequencies(features, anchor.duplicates.units)
    weighed = _weigh(features, frequencies, anchor.units, own=1, shared=2)
    transposed = weighed[judges].T.tocsr()
    lengthening = _lengthening(features.select(judges), frequencies, anchor.units).T.tocsr()
    folds = deal_parts(anchor.tokens, anchor.duplicates.units)
    groups = anchor.duplicates.related
    pool = np.zeros((len(judges), FOLDS, LEVELS), np.int32)
    for start in range(0, len(anchor), _CHUNK):
        rows = np.arange(start, min(start + _CHUNK, len(anchor)))
        level = _levels(weighed[rows], transposed, lengthening)
        level[_of_other_label(sides, anchor.strata[rows], anchor.strata[judges])] = 0
        # A judge's own group is counted nowhere.
        level[groups[rows][:, None] == groups[judges][None, :]] = LEVELS
        key = (np.arange(len(judges))[None, :] * FOLDS + folds[rows][:, None]) * (LEVELS + 1) + level
        counts = np.bincount(key.ravel(), minlength=len(judges) * FOLDS * (LEVELS + 1))
        pool += counts.reshape(len(judges), FOLDS, LEVELS + 1)[:, :, :LEVELS].astype(np.int32)
    asking = _weigh(features.select(judges), frequencies, anchor.units, own=1, shared=1)
    nearest, source = _nearest(sides, candidate, judges, asking.T.tocsr(), frequencies)
    return Likeness(judges=judges, folds=folds, pool=pool, nearest=nearest, source=source)


def _nearest(
    sides: Sides,
    candidate: Side,
    judges: NDArray[np.int64],
    transposed: Any,
    frequencies: NDArray[np.int32],
) -> tuple[NDArray[np.int16], NDArray[np.int64]]:
    weighed = _weigh(ordered_features(candidate.tokens), frequencies, sides.anchor.units, own=0, shared=1)
    parts = deal_parts(candidate.tokens, candidate.duplicates.units)
    groups = sides.anchor.duplicates.related
    copied = np.where(sides.copied >= 0, groups[sides.copied], -1)
    nearest = np.zeros((len(judges), FOLDS), np.int16)
    best, source = np.zeros(len(judges), np.int64), np.full(len(judges), -1, np.int64)
    order = np.argsort(parts, kind="stable")
    for start in range(0, len(candidate), _CHUNK):
        rows = order[start : start + _CHUNK]
        level = _levels(weighed[rows], transposed)
        level[_of_other_label(sides, candidate.strata[rows], sides.anchor.strata[judges])] = 0
        level[copied[rows][:, None] == groups[judges][None, :]] = 0
        for part in np.unique(parts[rows]):
            mine = level[parts[rows] == part].max(axis=0)
            nearest[:, part] = np.maximum(nearest[:, part], mine)
        top = level.argmax(axis=0)
        found = level[top, np.arange(len(judges))]
        better = found > best
        best[better], source[better] = found[better], rows[top[better]]
    return nearest, source


def _weigh(features: Features, frequencies: NDArray[np.int32], units: int, *, own: int, shared: int) -> Any:
    """TF-IDF rows of length 1 whose products treat a real and a new row alike.

    What two rows share occurs in both of them. Of two real rows both are in the frequencies, of a real and a new row
    only the first: `shared` of them are taken off where rows are multiplied, `own` where a row's length is taken. A
    judge's length still holds the other row where that is real; `_lengthening` takes it out.
    """
    from scipy.sparse import csr_array

    lengths = _lengths(features, frequencies, units, own)
    data = (_values(features, frequencies, units, shared) / lengths[features.rows]).astype(np.float32)
    return csr_array((data, features.columns, features.starts), shape=(len(features), COLUMNS))


def _values(
    features: Features, frequencies: NDArray[np.int32], units: int, taken: int
) -> NDArray[np.float64]:
    """float64 [nnz], weights, so many rows taken off the frequencies.

    The root of the inverse frequency, so that a product weighs what is shared once by its rarity, not twice: the rare
    pairs that shuffling leaves by chance would count for too much.
    """
    seen = np.maximum(frequencies[features.columns] - taken, 0)
    rarity = np.log((1.0 + units) / (1.0 + seen)) + 1.0
    return np.asarray((1.0 + np.log(features.counts)) * np.sqrt(rarity), np.float64)


def _lengths(
    features: Features, frequencies: NDArray[np.int32], units: int, taken: int
) -> NDArray[np.float64]:
    squares = np.bincount(
        features.rows, _values(features, frequencies, units, taken) ** 2, minlength=len(features)
    )
    return np.sqrt(np.where(squares > 0, squares, 1.0))


def _lengthening(features: Features, frequencies: NDArray[np.int32], units: int) -> Any:
    """By how much a judge's squared length grows, for every feature that it shares with a real row, without that row.

    Returns:
        csr_array float32 [n, COLUMNS], in parts of the squared length.
    """
    from scipy.sparse import csr_array

    with_it, without = (_values(features, frequencies, units, taken) ** 2 for taken in (1, 2))
    grown = (without - with_it) / _lengths(features, frequencies, units, 1)[features.rows] ** 2
    return csr_array(
        (grown.astype(np.float32), features.columns, features.starts), shape=(len(features), COLUMNS)
    )


def _of_other_label(sides: Sides, rows: NDArray[np.int64], judges: NDArray[np.int64]) -> NDArray[np.bool_]:
    """bool [rows, judges], whether a row's own label is another than the judge's."""
    if sides.origin != "column":
        return np.zeros((len(rows), len(judges)), bool)
    return np.asarray((rows[:, None] != judges[None, :]) & (judges >= 0)[None, :], np.bool_)


def _levels(rows: Any, transposed: Any, lengthening: Any = None) -> NDArray[np.int64]:
    """int64 [rows, judges], how close each row is to each judge."""
    from scipy.sparse import csr_array

    similarity = (rows @ transposed).toarray()
    if lengthening is not None:
        shared = csr_array((np.ones_like(rows.data), rows.indices, rows.indptr), shape=rows.shape)
        similarity /= np.sqrt(1.0 + (shared @ lengthening).toarray())
    return np.asarray(np.clip(similarity * LEVELS, 0, LEVELS - 1), np.int64)


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
    row, column = np.concatenate(rows), np.concatenate(hashes) % np.uint64(COLUMNS)
    keys = row.astype(np.uint64) * np.uint64(COLUMNS) + column
    keys.sort()
    first_of = np.ones(len(keys), bool)
    first_of[1:] = keys[1:] != keys[:-1]
    at = np.flatnonzero(first_of)
    counted = (keys[at] // np.uint64(COLUMNS)).astype(np.int64)
    return Features(
        starts=np.searchsorted(counted, np.arange(len(tokens) + 1)).astype(np.int64),
        columns=(keys[at] % np.uint64(COLUMNS)).astype(np.int32),
        counts=np.diff(np.append(at, len(keys))).astype(np.float32),
    )
