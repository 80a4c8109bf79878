"""Surprisal: how many bits a row costs a language model of the anchor.

An interpolated word trigram; a word it never read is spelled, letter by letter, by the model of `views/letters.py`. There
are as many models as folds of the anchor. A real row is read by the model that has not seen its fold, and a new row by the
model that left out the fold it picks, so both are read by models of the same size that do not know them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from holdfast.views.lookup import Lookup, number
from holdfast.views.real_rows import read_real, real_folds
from holdfast.views.support import FOLDS
from holdfast.views.view import Learnt
from holdfast.views.vocabulary import (
    VOCABULARY,
    WORDS_READ,
    first_words,
    learn_vocabulary,
    vocabulary_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from holdfast.views.sides import Sides
    from holdfast.views.tokens import Tokens
    from holdfast.views.view import Block, Facts, Merge
    from holdfast.views.vocabulary import Vocabulary

_DISCOUNTS = (0.9, 0.9, 1.0)
"""What every count of a word, a pair and a triple gives to the order below (absolute discounting, Ney et al. 1994).

A triple that stands once counts as none: a row that resembles one real row too little to be its near-duplicate would
otherwise look more ordinary than real rows, whose like are left out with them."""
_MOST_BITS = 900.0  # of one word; a longer one would cost more than a number can hold
_USUAL_LENGTH = 0.9
"""Rows are read up to the length that nine real rows in ten keep to."""


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

    @classmethod
    def of(cls, facts: Facts) -> Surprisal:
        """What a view read."""
        return cls(bits=facts["bits"], alone=facts["alone"], words=facts["words"], bytes=facts["bytes"])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """N-grams of one length, and what stands before their last word, as others than each fold say them.

    Attributes:
        grams: The n-grams; of triples those that stand there once are left out, since they count as none.
        count: int32 [g + 1, FOLDS], how often they stand there; none of the last, which is every unknown one.
        total: int32 [h + 1, FOLDS], how often each history stands before a word.
        followers: int32 [h + 1, FOLDS], different words that follow it.
    """

    grams: Lookup
    count: NDArray[np.int32]
    total: NDArray[np.int32]
    followers: NDArray[np.int32]

    def probability(
        self,
        gram: NDArray[np.int64],
        before: NDArray[np.int64],
        fold: NDArray[np.int8],
        discount: float,
        below: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """float64 [t], probability of every word given its history, from that under the order below. What is unknown stands at -1."""
        total = self.total[before, fold].astype(np.float64)
        kept = np.maximum(self.count[gram, fold] - discount, 0.0)
        given = discount * self.followers[before, fold] * below
        return np.where(total > 0, (kept + given) / np.maximum(total, 1.0), below)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigrams:
    """A trigram model of the anchor for every fold that is left out.

    Attributes:
        vocabulary: Its words.
        orders: Words, pairs and triples.
    """

    vocabulary: Vocabulary
    orders: tuple[_Order, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SurprisalView:
    """Bits of every row: `bits`, `alone`, `words` and `bytes`, as in `Surprisal`.

    Attributes:
        words_read: Words of a row that are read at most; None reads rows up to the length that nine real rows in ten keep to.
    """

    name: ClassVar[str] = "surprisal"
    version: ClassVar[int] = 1
    merges: ClassVar[Mapping[str, Merge]] = {
        "bits": "rows",
        "alone": "rows",
        "words": "rows",
        "bytes": "rows",
    }
    uses: ClassVar[tuple[str, ...]] = ("folds",)
    holds: ClassVar[tuple[type, ...]] = (Trigrams, _Order, *VOCABULARY)

    words_read: int | None = None

    def depends(self, sides: Sides) -> tuple[Any, ...]:  # noqa: ARG002 - words are enough
        """Nothing but words."""
        return ()

    def learn(self, sides: Sides) -> Learnt:
        """Learn the anchor's trigrams."""
        anchor = sides.anchor
        most = self.words_read
        if most is None:
            most = int(np.quantile(anchor.counts, _USUAL_LENGTH, method="higher")) if len(anchor) else 1
        rows = len(anchor) + len(sides.candidate)
        vocabulary = vocabulary_of(sides, max(most, 1))
        trigrams = _learn(vocabulary, anchor.tokens, real_folds(sides), rows)
        return Learnt(
            model=trigrams, real=read_real(sides, self.merges, lambda block: self.read(trigrams, block))
        )

    def read(self, model: Trigrams, block: Block) -> Facts:
        """What the rows cost."""
        return _read(model, block.tokens, block.folds)


SURPRISAL = SurprisalView()
SURPRISAL_OF_LONG_ROWS = SurprisalView(words_read=WORDS_READ)


def read_surprisal(
    anchor: Tokens,
    candidate: Tokens,
    folds: tuple[NDArray[np.int8], NDArray[np.int8]],
    *,
    words_read: int = WORDS_READ,
) -> tuple[Surprisal, Surprisal]:
    """What the rows of both sides cost, where there are no `Sides`.

    Args:
        anchor: Words of m anchor rows.
        candidate: Words of n candidate rows.
        folds: int8 [m] and int8 [n], the fold each row is in, or leaves out.
        words_read: Words of a row that are read.
    """
    rows = len(anchor) + len(candidate)
    vocabulary = learn_vocabulary(anchor, folds[0], words_read=words_read, rows=rows)
    model = _learn(vocabulary, anchor, folds[0], rows)
    real, found = (Surprisal.of(_read(model, *side)) for side in ((anchor, folds[0]), (candidate, folds[1])))
    return real, found


def _learn(vocabulary: Vocabulary, anchor: Tokens, folds: NDArray[np.int8], rows: int) -> Trigrams:
    take, of_row = first_words(anchor, vocabulary.words_read)
    words, fold = vocabulary.words.find(anchor.words[take]), folds[of_row]
    count = len(vocabulary.words)
    last = _before(words, of_row, count)
    pairs, _, pair = number(_keys(last, words, count), rows)
    last_two = _before(pair, of_row, len(pairs))
    triples, _, triple = number(_keys(last_two, words, count), rows)
    return Trigrams(
        vocabulary=vocabulary,
        orders=(
            _order(vocabulary.words, words, np.zeros_like(words), fold, 1),
            _order(Lookup.of(pairs, rows), pair, last, fold, count + 1),
            _repeated(_order(Lookup.of(triples, 0), triple, last_two, fold, len(pairs) + 1), rows),
        ),
    )


def _order(
    grams: Lookup,
    gram: NDArray[np.int64],
    before: NDArray[np.int64],
    fold: NDArray[np.int8],
    histories: int,
) -> _Order:
    """Counts of n-grams, from the n-gram, the history and the fold at every word."""
    history = np.zeros(len(grams), np.int64)
    history[gram] = before
    count = _outside(gram, fold, len(grams))
    followers = np.zeros((histories + 1, FOLDS), np.int32)
    for left_out in range(FOLDS):
        followers[:-1, left_out] = np.bincount(history, count[:-1, left_out] > 0, minlength=histories)
    return _Order(grams=grams, count=count, total=_outside(before, fold, histories), followers=followers)


def _outside(places: NDArray[np.int64], fold: NDArray[np.int8], count: int) -> NDArray[np.int32]:
    """int32 [count + 1, FOLDS], how often each place stands outside of each fold; the last is none."""
    found = np.zeros((count + 1, FOLDS), np.int32)
    by_fold = np.bincount(places * FOLDS + fold, minlength=count * FOLDS).reshape(count, FOLDS)
    found[:-1] = by_fold.sum(axis=1, keepdims=True) - by_fold
    return found


def _repeated(order: _Order, rows: int) -> _Order:
    """Without n-grams that stand in no fold's remainder twice: under a discount of 1 they count as none."""
    kept = order.count.max(axis=1, initial=0) > 1
    kept[-1] = True  # the unknown one
    return _Order(
        grams=Lookup.of(order.grams.keys[kept[:-1]], rows),
        count=order.count[kept],
        total=order.total,
        followers=order.followers,
    )


def _read(model: Trigrams, tokens: Tokens, folds: NDArray[np.int8]) -> Facts:
    read = model.vocabulary.read(tokens)
    rows, count = read.rows, len(model.vocabulary.words)
    fold = folds[rows]
    # A new word stands in no n-gram: it is one unknown word, at -1, and so is every history that holds it.
    words = np.where(read.places < count, read.places, -1)
    last = _before(words, rows, count)
    pair = model.orders[1].grams.find(_keys(last, words, count))
    last_two = _before(pair, rows, len(model.orders[1].grams))
    triple = model.orders[2].grams.find(_keys(last_two, words, count))
    p = 2.0 ** -np.minimum(read.by_fold("bits", read.places, fold), _MOST_BITS)
    bits = []
    for order, discount, gram, before in zip(
        model.orders,
        _DISCOUNTS,
        (words, pair, triple),
        (np.zeros_like(words), last, last_two),
        strict=True,
    ):
        p = order.probability(gram, before, fold, discount, p)
        bits.append(p)
    sizes = read.of("bytes", read.places) + 1
    return {
        "bits": np.bincount(rows, -np.log2(bits[-1]), minlength=len(tokens)).astype(np.float64),
        "alone": np.bincount(rows, -np.log2(bits[0]), minlength=len(tokens)).astype(np.float64),
        "words": np.bincount(rows, minlength=len(tokens)).astype(np.int64),
        "bytes": np.bincount(rows, sizes, minlength=len(tokens)).astype(np.int64),
    }


def _before(grams: NDArray[np.int64], rows: NDArray[np.int64], none: int) -> NDArray[np.int64]:
    """What stands before every word of a row: `none` before the first one."""
    found = np.full(len(grams), none, np.int64)
    inside = np.flatnonzero(rows[1:] == rows[:-1]) + 1
    found[inside] = grams[inside - 1]
    return found


def _keys(before: NDArray[np.int64], words: NDArray[np.int64], count: int) -> NDArray[np.uint64]:
    """A number for every word and its history; the largest there is where one of them is unknown, which no known pair has."""
    return np.where((before >= 0) & (words >= 0), before * count + words, -1).astype(np.uint64)
