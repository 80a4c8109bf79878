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
    """Four words in five in common, in whatever order."""

    name: ClassVar[str] = "paraphrases"
    title: ClassVar[str] = "rows that say the same as an earlier row in nearly the same words"

    def __call__(self, sides: Sides) -> Marks | str:
        """Mark all but the first of each group."""
        return _marks(sides, "related", "says the same as")


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
