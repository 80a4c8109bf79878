"""Vocabulary: the anchor's distinct words, numbered and spelled, and the words of any rows as its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from holdfast.views.letters import Letters, Spelling, learn_spelling, read_letters
from holdfast.views.lookup import Lookup, number
from holdfast.views.real_rows import real_folds
from holdfast.views.support import FOLDS
from holdfast.views.view import Viewed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.sides import Sides
    from holdfast.views.tokens import Tokens

WORDS_READ = 200
"""Words of a row that are read: enough to tell a language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The anchor's words.

    Attributes:
        words_read: Words of a row that are read.
        words: Their hashes.
        letters: What is known of each.
        spelling: How they are spelled, for words that the anchor does not hold.
    """

    words_read: int
    words: Lookup
    letters: Letters
    spelling: Spelling

    def read(self, tokens: Tokens) -> WordsRead:
        """The first words of some rows.

        Args:
            tokens: Words of n rows.
        """
        take, rows = first_words(tokens, self.words_read)
        places = self.words.find(tokens.words[take])
        new = np.flatnonzero(places < 0)
        _, first, others = np.unique(tokens.words[take[new]], return_index=True, return_inverse=True)
        places[new] = others.reshape(-1) + len(self.words)
        return WordsRead(
            rows=rows,
            places=places,
            known=self.letters,
            new=read_letters(self.spelling, _spell(tokens, take, rows, new[first])),
        )


VOCABULARY: tuple[type, ...] = (Vocabulary, Letters, Spelling, Lookup)
"""What a vocabulary is made of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsRead:
    """Words of some rows.

    Attributes:
        rows: int64 [t], the row of every word.
        places: int64 [t], which word of the vocabulary it is; from the number of those on, which new one.
        known: What is known of the vocabulary's words.
        new: What is known of the new ones.
    """

    rows: NDArray[np.int64]
    places: NDArray[np.int64]
    known: Letters
    new: Letters

    def of(self, column: str, places: NDArray[np.int64]) -> NDArray[np.generic]:
        """A column of `Letters` for words at some places; one of those by fold takes the rows of all folds."""
        mine, others = getattr(self.known, column), getattr(self.new, column)
        found = np.empty((len(places), *mine.shape[1:]), mine.dtype)
        old = places < len(mine)
        found[old] = mine[places[old]]
        found[~old] = others[places[~old] - len(mine)]
        return found

    def by_fold(self, column: str, places: NDArray[np.int64], folds: NDArray[np.int8]) -> NDArray[np.float64]:
        """float64, a column of `Letters` for words at some places, under the models that leave these folds out."""
        mine, others = getattr(self.known, column), getattr(self.new, column)
        found = np.empty(len(places), np.float64)
        old = places < len(mine)
        found[old] = mine[places[old], folds[old]]
        found[~old] = others[places[~old] - len(mine), folds[~old]]
        return found


def vocabulary_of(sides: Sides, words_read: int) -> Vocabulary:
    """The vocabulary of the anchor of two sides, made once."""

    def make() -> Viewed:
        anchor = sides.anchor
        rows = len(anchor) + len(sides.candidate)
        vocabulary = learn_vocabulary(anchor.tokens, real_folds(sides), words_read=words_read, rows=rows)
        return Viewed(model=vocabulary, real={}, candidate={})

    found: Vocabulary = sides.memo.get(("vocabulary", words_read), make).model
    return found


def learn_vocabulary(
    anchor: Tokens, folds: NDArray[np.int8], *, words_read: int = WORDS_READ, rows: int = 0
) -> Vocabulary:
    """Learn the anchor's words.

    Args:
        anchor: Words of m anchor rows.
        folds: int8 [m], the fold of each.
        words_read: Words of a row that are read.
        rows: Rows that will be read, which say whether kernels are worth it.
    """
    take, of_row = first_words(anchor, words_read)
    keys, first, places = number(anchor.words[take], rows)
    held = np.zeros((len(keys), FOLDS), bool)
    held[places, folds[of_row]] = True
    words = _spell(anchor, take, of_row, first)
    spelling, letters = learn_spelling(words, (held.sum(axis=1)[:, None] - held) > 0, rows)
    return Vocabulary(
        words_read=words_read,
        words=Lookup.of(keys, rows),
        letters=letters,
        spelling=spelling,
    )


def first_words(tokens: Tokens, words_read: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The places of the first words of every row, and the row of each."""
    lengths = np.minimum(tokens.counts, words_read)
    rows = np.repeat(np.arange(len(tokens)), lengths)
    before = np.cumsum(lengths) - lengths
    return np.arange(len(rows)) - before[rows] + tokens.row_starts[rows], rows


def _spell(
    tokens: Tokens, take: NDArray[np.int64], rows: NDArray[np.int64], at: NDArray[np.int64]
) -> list[str]:
    begins, ends = tokens.begins[take[at]].tolist(), tokens.ends[take[at]].tolist()
    return [tokens.folded[row][b:e] for row, b, e in zip(rows[at].tolist(), begins, ends, strict=True)]
