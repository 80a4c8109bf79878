"""Rare words: how many words of each row are rare in reality."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from holdfast.views.lookup import Lookup, number
from holdfast.views.real_rows import read_real, real_folds
from holdfast.views.support import FOLDS
from holdfast.views.view import Learnt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from holdfast.views.sides import Sides
    from holdfast.views.view import Block, Facts, Merge

RARE = 0.1
"""Part of all words in the text that the rarest ones make up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rarity:
    """Which words are rare.

    Attributes:
        words: The anchor's words.
        rare: bool [w + 1, FOLDS], whether each is rare outside of a fold; an unknown word, which is the last, is not.
    """

    words: Lookup
    rare: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class RareWordsView:
    """Of every row, how many words are `rare`, as the part of the anchor that does not know it counts, and how many `words` there are."""

    name: ClassVar[str] = "rare_words"
    version: ClassVar[int] = 1
    merges: ClassVar[Mapping[str, Merge]] = {"rare": "rows", "words": "rows"}
    uses: ClassVar[tuple[str, ...]] = ("folds",)
    holds: ClassVar[tuple[type, ...]] = (Rarity, Lookup)

    def depends(self, sides: Sides) -> tuple[Any, ...]:  # noqa: ARG002 - words are enough
        """Nothing but words."""
        return ()

    def learn(self, sides: Sides) -> Learnt:
        """Learn which words are rare."""
        anchor = sides.anchor
        rows = len(anchor) + len(sides.candidate)
        keys, _, places = number(anchor.tokens.words, rows)
        at = places * FOLDS + real_folds(sides)[anchor.tokens.rows]
        by_fold = np.bincount(at, minlength=len(keys) * FOLDS).reshape(len(keys), FOLDS)
        rare = np.zeros((len(keys) + 1, FOLDS), bool)
        for fold in range(FOLDS):
            rare[:-1, fold] = rarest(by_fold.sum(axis=1) - by_fold[:, fold])
        model = Rarity(words=Lookup.of(keys, rows), rare=rare)
        return Learnt(model=model, real=read_real(sides, self.merges, lambda block: self.read(model, block)))

    def read(self, model: Rarity, block: Block) -> Facts:
        """Count rare words."""
        tokens = block.tokens
        rare = model.rare[model.words.find(tokens.words), block.folds[tokens.rows]]
        return {
            "rare": np.bincount(tokens.rows, rare, minlength=len(block)).astype(np.int64),
            "words": tokens.counts,
        }


RARE_WORDS = RareWordsView()


def rarest(counts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """bool [w], words up to the count at which they make up a tenth of all; those counted once in any case.

    Args:
        counts: int64 [w], how often each word stands in the text.

    >>> rarest(np.array([0, 1, 3, 2, 30])).tolist()
    [False, True, False, True, False]
    """
    mass = np.cumsum(np.bincount(counts, counts, minlength=1))
    most = max(int(np.searchsorted(mass, RARE * mass[-1], side="right")) - 1, 1)
    return (counts > 0) & (counts <= most)
