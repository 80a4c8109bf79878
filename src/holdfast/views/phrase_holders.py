"""Phrase holders: which rows hold the phrases that the candidate says more often than reality does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from holdfast.views.phrases import holders
from holdfast.views.tally import tally
from holdfast.views.view import Learnt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from holdfast.views.phrases import PhraseTable
    from holdfast.views.sides import Sides
    from holdfast.views.view import Block, Facts, Merge

_ROWS = 1 << 40
"""More than a set has: a phrase and a row are one number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhraseHolders:
    """Which rows hold each phrase of some: `holds`, a tally of phrase and row.

    Attributes:
        least_ratio: Phrases are looked for that are so many times as frequent as in reality at least,
        least_share: in such a share of the distinct rows at least,
        most: and of those the most frequent.
    """

    name: ClassVar[str] = "phrase_holders"
    version: ClassVar[int] = 1
    merges: ClassVar[Mapping[str, Merge]] = {"holds": "tally"}
    uses: ClassVar[tuple[str, ...]] = ("first",)
    holds: ClassVar[tuple[type, ...]] = ()

    least_ratio: float
    least_share: float
    most: int

    def choose(self, table: PhraseTable) -> PhraseTable:
        """The phrases that are looked for, most frequent first."""
        wanted = (table.ratio >= self.least_ratio) & (
            table.candidate >= self.least_share * table.candidate_rows
        )
        table = table.at(wanted)
        return table.at(np.lexsort((-table.words, -table.candidate))[: self.most])

    def depends(self, sides: Sides) -> None:  # noqa: ARG002 - whatever they are
        """The phrases are the candidate's."""
        return

    def learn(self, sides: Sides) -> Learnt:
        """The phrases, and the real rows that hold them."""
        table = self.choose(sides.phrases)
        return Learnt(model=table, real={"holds": _held(holders(table, sides.anchor.tokens), 0)})

    def read(self, model: PhraseTable, block: Block) -> Facts:
        """The rows that hold the phrases, as they were written."""
        return {"holds": _held(holders(model, block.words), block.first)}


def _held(rows: list[NDArray[np.int64]], first: int) -> NDArray[np.int64]:
    keys = [phrase * _ROWS + first + held for phrase, held in enumerate(rows)]
    return tally(np.concatenate([np.empty(0, np.int64), *keys]))


def rows_by_phrase(holds: NDArray[np.int64], phrases: int) -> list[NDArray[np.int64]]:
    """For every phrase int64, the rows that hold it, ascending.

    >>> [rows.tolist() for rows in rows_by_phrase(_held([np.array([3, 5]), np.array([4])], 10), 2)]
    [[13, 15], [14]]
    """
    phrase, rows = np.divmod(holds[:, 0], _ROWS)
    return np.split(rows, np.searchsorted(phrase, np.arange(1, phrases)))[:phrases]
