"""Surprisal: how many bits a row costs a language model of the anchor.

An interpolated word trigram; a word it never read is spelled, letter by letter, by the model of `views/letters.py`. There
are as many models as folds of the anchor. A real row is read by the model that has not seen its fold, and a new row by the
model that left out the fold it picks, so both are read by models of the same size that do not know them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from holdfast.views.letters import WORDS_READ, Letters, read_letters
from holdfast.views.support import FOLDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.tokens import Tokens

_DISCOUNTS = (0.9, 0.9, 1.0)
"""What every count of a word, a pair and a triple gives to the order below (absolute discounting, Ney et al. 1994).

A triple that stands once counts as none: a row that resembles one real row too little to be its near-duplicate would
otherwise look more ordinary than real rows, whose like are left out with them."""
_MOST_BITS = 900.0  # of one word; a longer one would cost more than a number can hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Surprisal:
    """What the words of some rows cost.

    Attributes:
        bits: float64 [n], the first words of each row, one end of word included in each.
        alone: float64 [n], what the same words cost without the words before them.
        words: int64 [n], how many they are.
        bytes: int64 [n], bytes of those words, one for the space after each included.
    """

    bits: NDArray[np.float64]
    alone: NDArray[np.float64]
    words: NDArray[np.int64]
    bytes: NDArray[np.int64]

    @property
    def rate(self) -> NDArray[np.float64]:
        """float64 [n], bits per byte; not a number where a row has no words."""
        return np.where(self.bytes > 0, self.bits / np.maximum(self.bytes, 1), np.nan)

    @property
    def saved(self) -> NDArray[np.float64]:
        """float64 [n], bits per word that the words before it save; not a number where a row has no words.

        Hardly anything in words whose order says nothing, whatever the words.
        """
        return np.where(self.words > 0, (self.alone - self.bits) / np.maximum(self.words, 1), np.nan)


def read_surprisal(
    anchor: Tokens,
    candidate: Tokens,
    folds: tuple[NDArray[np.int8], NDArray[np.int8]],
    *,
    words_read: int = WORDS_READ,
) -> tuple[Surprisal, Surprisal]:
    """What the rows of both sides cost.

    Args:
        anchor: Words of m anchor rows.
        candidate: Words of n candidate rows.
        folds: int8 [m] and int8 [n], the fold each row is in, or leaves out.
        words_read: Words of a row that are read.
    """
    letters = read_letters(anchor, candidate, folds[0], words_read=words_read)
    split = len(letters.rows[0])
    words = np.concatenate(letters.places)
    rows = np.concatenate([letters.rows[0], letters.rows[1] + len(folds[0])])
    fold = np.concatenate(folds)[rows]
    orders = _orders(words, rows, len(letters))
    bits = np.empty((len(orders), len(words)))
    for left_out in range(FOLDS):
        known, asked = np.flatnonzero(fold[:split] != left_out), np.flatnonzero(fold == left_out)
        p = 2.0 ** -np.minimum(letters.bits[words[asked], left_out], _MOST_BITS)
        for found, order, discount in zip(bits, orders, _DISCOUNTS, strict=True):
            p = order.probability(known, asked, discount, p)
            found[asked] = -np.log2(p)
    return _of_side(letters, bits[:, :split], 0, len(folds[0])), _of_side(
        letters, bits[:, split:], 1, len(folds[1])
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """N-grams of one length at every word, numbered, and what stands before the last word of each.

    Attributes:
        grams: int64 [t], which n-gram ends at the word.
        before: int64 [t], which words stand before it.
        history: int64 [g], the same by n-gram.
    """

    grams: NDArray[np.int64]
    before: NDArray[np.int64]
    history: NDArray[np.int64]

    def probability(
        self,
        known: NDArray[np.int64],
        asked: NDArray[np.int64],
        discount: float,
        below: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """float64 [a], probability of the words asked for, from the words known and the order below."""
        count = np.bincount(self.grams[known], minlength=len(self.history))
        histories = int(self.history.max(initial=-1)) + 1
        total = np.bincount(self.before[known], minlength=histories)
        followers = np.bincount(self.history, count > 0, minlength=histories)
        before = self.before[asked]
        kept = np.maximum(count[self.grams[asked]] - discount, 0.0)
        given = discount * followers[before] * below
        return np.where(total[before] > 0, (kept + given) / np.maximum(total[before], 1), below)


def _of_side(letters: Letters, bits: NDArray[np.float64], side: int, count: int) -> Surprisal:
    rows, sizes = letters.rows[side], letters.bytes[letters.places[side]] + 1
    return Surprisal(
        bits=np.bincount(rows, bits[-1], minlength=count).astype(np.float64),
        alone=np.bincount(rows, bits[0], minlength=count).astype(np.float64),
        words=np.bincount(rows, minlength=count).astype(np.int64),
        bytes=np.bincount(rows, sizes, minlength=count).astype(np.int64),
    )


def _orders(words: NDArray[np.int64], rows: NDArray[np.int64], count: int) -> tuple[_Order, ...]:
    """Words, pairs and triples, none across rows."""
    at = np.arange(len(words)) - np.searchsorted(rows, rows)
    base = count + 2
    last = np.where(
        at >= 1, np.roll(words, 1), count
    )  # what stands before a row's first and second word is no word
    last_two = _number(np.where(at >= 2, np.roll(words, 2), count + 1) * base + last)
    return tuple(
        _order(_number(before * base + words), before) for before in (np.zeros_like(words), last, last_two)
    )


def _order(grams: NDArray[np.int64], before: NDArray[np.int64]) -> _Order:
    history = np.zeros(int(grams.max(initial=-1)) + 1, np.int64)
    history[grams] = before
    return _Order(grams=grams, before=before, history=history)


def _number(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.asarray(np.unique(keys, return_inverse=True)[1].reshape(-1), np.int64)
