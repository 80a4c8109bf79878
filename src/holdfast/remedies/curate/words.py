"""Words that nobody holds yet: what a selection for vocabulary looks for first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.sides import Sides


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Words of made rows that no real row holds.

    Attributes:
        starts: int64 [n + 1], where each row begins.
        ids: int64 [t], its words, each once; numbered without gaps.
        count: Different words.
    """

    starts: NDArray[np.int64]
    ids: NDArray[np.int64]
    count: int

    def of(self, row: int) -> NDArray[np.int64]:
        """Words of a row."""
        return self.ids[self.starts[row] : self.starts[row + 1]]

    def missing(self, kept: NDArray[np.bool_]) -> Missing:
        """Those that can still be had from the rows that are left."""
        rows = np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))
        open_ = np.zeros(self.count, bool)
        open_[self.ids[kept[rows]]] = True
        return Missing(words=self, open=open_)


@dataclass(slots=True, kw_only=True)
class Missing:
    """Words that nobody holds yet, while rows are chosen.

    Attributes:
        words: The words.
        open: bool [count], whether nobody holds it.
    """

    words: Words
    open: NDArray[np.bool_]

    def count(self, row: int) -> int:
        """How many a row would bring."""
        return int(np.count_nonzero(self.open[self.words.of(row)]))

    def take(self, rows: NDArray[np.int64]) -> None:
        """These rows are chosen."""
        for row in rows.tolist():
            self.open[self.words.of(row)] = False

    def copy(self) -> Missing:
        """The same, to go on with by itself."""
        return Missing(words=self.words, open=self.open.copy())


def words_of(sides: Sides) -> Words:
    """Words of the candidate's rows that no real row of the anchor holds."""
    made = sides.candidate.tokens
    new = ~np.isin(made.words, sides.anchor.tokens.words)
    rows = made.rows[new]
    names, place = np.unique(made.words[new], return_inverse=True)
    # Each word once a row, row after row.
    keys = np.unique(rows * max(len(names), 1) + place)
    rows, ids = np.divmod(keys, max(len(names), 1))
    starts = np.zeros(len(made) + 1, np.int64)
    np.cumsum(np.bincount(rows, minlength=len(made)), out=starts[1:])
    return Words(starts=starts, ids=ids, count=len(names))
