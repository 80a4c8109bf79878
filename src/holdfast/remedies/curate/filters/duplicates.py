"""Rows that repeat an earlier row of the candidate: exactly, nearly, or in other words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from holdfast.remedies.curate.filters.marks import Marks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.near import Duplicates
    from holdfast.views.sides import Sides

_LEAST_WINDOW = 100
_CHUNK = 1_024


@dataclass(frozen=True, slots=True, kw_only=True)
class ExactDuplicates:
    """Equal text, white space and case aside."""

    name: ClassVar[str] = "exact_duplicates"
    title: ClassVar[str] = "rows that repeat an earlier row word for word"

    def __call__(self, sides: Sides) -> Marks | str:
        """Mark all but the first of each group."""
        return _marks(sides, "exact", "repeats")


@dataclass(frozen=True, slots=True, kw_only=True)
class NearDuplicates:
    """Character 5-grams with a Jaccard similarity of 0.8 or more."""

    name: ClassVar[str] = "near_duplicates"
    title: ClassVar[str] = "rows that nearly repeat an earlier row"

    def __call__(self, sides: Sides) -> Marks | str:
        """Mark all but the first of each group."""
        return _marks(sides, "near", "nearly repeats")


@dataclass(frozen=True, slots=True, kw_only=True)
class Paraphrases:
    """Four words in five in common, in whatever order; with a sentence encoder, closer than real rows come to each other."""

    name: ClassVar[str] = "paraphrases"
    title: ClassVar[str] = "rows that say the same as an earlier row in other words"

    takes: float = 0.01  # of reality, with an encoder

    def __call__(self, sides: Sides) -> Marks | str:
        """Mark all but the first of each group; with an encoder, rows too close to an earlier one."""
        if sides.embeddings is None:
            return _marks(sides, "related", "says the same as")
        # As many other rows are looked at on both sides: among more rows some come closer by chance.
        first = np.unique(sides.anchor.duplicates.units, return_index=True)[1]
        window = len(first) // 2
        if window < _LEAST_WINDOW:
            return f"with an encoder {2 * _LEAST_WINDOW:,} different real rows are needed"
        real = _nearest_shuffled(sides.embeddings.anchor, window)[0]
        found, nearest = _nearest_shuffled(sides.embeddings.candidate, window)
        # Copies in reality say nothing of how close different rows come.
        different = _nearest_earlier(sides.embeddings.anchor[_shuffled(first)], window)[0]
        cut = float(np.quantile(different[window:], 1 - self.takes, method="higher"))
        ids = sides.candidate.ids
        taken = found > cut
        return Marks(
            candidate=taken,
            real=real > cut,
            reason=lambda row: f"says the same as {ids[nearest[row]]} (cosine {found[row]:.2f})",
            scores=(-found, -real),
            cut=-cut,
            sources={int(row): ids[nearest[row]] for row in np.flatnonzero(taken)},
        )


def _shuffled(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """The rows in an order that has nothing to do with theirs: files are often written stratum by stratum."""
    return rows[np.random.default_rng(0).permutation(len(rows))]


def _nearest_shuffled(
    vectors: NDArray[np.float32], window: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """As `_nearest_earlier`, of rows in an order that has nothing to do with theirs; places are those of the rows as given."""
    order = _shuffled(np.arange(len(vectors)))
    close, which = _nearest_earlier(vectors[order], window)
    best, nearest = np.empty(len(order)), np.empty(len(order), np.int64)
    best[order] = close
    nearest[order] = np.where(which >= 0, order[which], -1)
    return best, nearest


def _nearest_earlier(
    vectors: NDArray[np.float32], window: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Cosine to the nearest of the `window` rows before each row, and which that is; -1 and -1 for the first row."""
    count = len(vectors)
    best, which = np.full(count, -1.0), np.full(count, -1)
    for start in range(0, count, _CHUNK):
        rows = np.arange(start, min(start + _CHUNK, count))
        first = max(0, start - window)
        near = vectors[rows] @ vectors[first : rows[-1] + 1].T
        others = np.arange(first, rows[-1] + 1)
        near[(others >= rows[:, None]) | (others < rows[:, None] - window)] = -np.inf
        at = near.argmax(axis=1)
        value = near[np.arange(len(rows)), at]
        seen = np.isfinite(value)
        best[rows[seen]], which[rows[seen]] = value[seen], others[at[seen]]
    return best, which


def _marks(sides: Sides, kind: str, word: str) -> Marks:
    first, real = (_first(side.duplicates, kind) for side in (sides.candidate, sides.anchor))
    ids = sides.candidate.ids
    taken = first != np.arange(len(first))
    return Marks(
        candidate=taken,
        real=real != np.arange(len(real)),
        reason=lambda row: f"{word} {ids[first[row]]}",
        sources={int(row): ids[first[row]] for row in np.flatnonzero(taken)},
    )


def _first(duplicates: Duplicates, kind: str) -> NDArray[np.int64]:
    """int64 [n], for each row the first of its group."""
    groups: NDArray[np.int64] = getattr(duplicates, kind)
    first = np.full(int(groups.max(initial=-1)) + 1, len(groups))
    np.minimum.at(first, groups, np.arange(len(groups)))
    return np.asarray(first[groups], np.int64)
