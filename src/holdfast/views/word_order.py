"""A learner of language: a trigram model, read by what it knows about the order of words it has not seen.

The model is trained on a set and shown unseen real rows, each beside the same row with its words shuffled. What it
saves on the true order, in bits per byte, is what the set taught it: both rows hold the same words, so knowing more
words earns nothing, and neither shuffled rows nor words drawn by frequency teach anything.

Its smoothing is tuned for every set anew, so that repeating a set eight times changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.views.tokens import mix

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.tokens import Tokens

_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_BEFORE, _LONG_BEFORE = np.uint64(5), np.uint64(7)  # stand before a row's first word
_SPELLING_BITS = 5.0
"""Bits per byte of a word that was never read: one of 32 letters. The same on both sides of every comparison."""
_LONGEST_SPELLING = 1_000.0
"""Bits of the longest word: of a longer one no chance would be left."""
_TUNED_ON = 20_000
"""Words that smoothing is tuned on."""
_FIRST_GUESS = (1_000.0, 100.0, 30.0)
WORDS_READ = 400
"""Words of a row that the model is trained on and tested on."""
ORDERS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Exam:
    """Unseen real rows, beside themselves shuffled.

    Attributes:
        rows: int64 [t], the row of every word, 0 to n - 1.
        bytes: int64 [n], bytes of each row's words.
        known: ORDERS arrays uint64, the n-grams asked for, ascending: words, pairs, triples, and what stands before
            a pair and a triple.
        asked: int64 [2, ORDERS, t], for every word of the true and of the shuffled rows, its place in `known`.
        spelling: float64 [words], probability of a word that was never read.
        shelves: ORDERS arrays int32, where n-grams that begin with the same bits begin in `known`.
    """

    rows: NDArray[np.int64]
    bytes: NDArray[np.int64]
    known: tuple[NDArray[np.uint64], ...]
    asked: NDArray[np.int64]
    spelling: NDArray[np.float64]
    shelves: tuple[NDArray[np.int32], ...]

    @property
    def offsets(self) -> NDArray[np.int64]:
        """int64 [ORDERS + 1], where each order begins when the n-grams of all are numbered one after the other."""
        return np.concatenate([[0], np.cumsum([len(known) for known in self.known])])


@dataclass(frozen=True, slots=True, kw_only=True)
class Lessons:
    """The n-grams of a training set, as far as the exam asks for them.

    Attributes:
        starts: int64 [n + 1], where each row begins.
        places: int32 [ORDERS, t], place of each word's n-grams in `Exam.known`, -1 where the exam does not ask.
    """

    starts: NDArray[np.int64]
    places: NDArray[np.int32]

    @property
    def rows(self) -> NDArray[np.int64]:
        """int64 [t], the row of every word."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))


def set_exam(tokens: Tokens, rows: NDArray[np.int64], rng: np.random.Generator) -> Exam:
    """Turn real rows into an exam.

    Args:
        tokens: Words of the real rows.
        rows: int64 [n], the rows asked.
        rng: Shuffles the words.
    """
    words, row_of, sizes = _words(tokens, rows)
    shuffled = np.lexsort((rng.random(len(words)), row_of))
    sides = [_grams(words, row_of), _grams(words[shuffled], row_of)]
    known, asked = [], np.empty((2, ORDERS, len(words)), np.int64)
    for order in range(ORDERS):
        every, places = np.unique(np.concatenate([side[order] for side in sides]), return_inverse=True)
        known.append(every)
        asked[:, order] = places.reshape(2, -1)
    spelling = np.empty(len(known[0]))
    spelling[asked[0, 0]] = 2.0 ** np.maximum(-_SPELLING_BITS * (sizes + 1), -_LONGEST_SPELLING)
    return Exam(
        rows=row_of,
        bytes=np.bincount(row_of, sizes + 1, minlength=len(rows)).astype(np.int64),
        known=tuple(known),
        asked=asked,
        spelling=spelling,
        shelves=tuple(_shelve(grams) for grams in known),
    )


def read_lessons(exam: Exam, tokens: Tokens, *, fast: bool = False) -> Lessons:
    """Find the exam's n-grams in a training set.

    Args:
        exam: The exam.
        tokens: Words of the training set.
        fast: Kernels pay.
    """
    lengths = np.minimum(tokens.counts, WORDS_READ)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    places = np.empty((int(starts[-1]), ORDERS), np.int32).T  # those of a word stand side by side
    if fast:
        from holdfast.kernels.lessons import find_places

        shifts = np.array([64 - (len(shelves) - 1).bit_length() + 1 for shelves in exam.shelves], np.uint64)
        find_places(tokens.words, tokens.row_starts[:-1], lengths, exam.known, exam.shelves, shifts, places)
        return Lessons(starts=starts, places=places)
    words, row_of, _ = _words(tokens, np.arange(len(tokens)))
    for order, grams in enumerate(_grams(words, row_of)):
        known = exam.known[order]
        place = np.searchsorted(known, grams)
        place[place == len(known)] = 0
        places[order] = np.where(known[place] == grams, place, -1) if len(known) else -1
    return Lessons(starts=starts, places=places)


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Counts of a training set, as far as the exam asks for them.

    Attributes:
        counts: ORDERS arrays of numbers.
        words: Words read.
    """

    counts: tuple[NDArray[Any], ...]
    words: float


def learn_more(
    exam: Exam, lessons: Lessons, rows: NDArray[np.int64], before: Model | None, *, fast: bool = False
) -> Model:
    """A model that has read some rows more.

    Args:
        exam: What will be asked.
        lessons: The training set.
        rows: int64 [r], rows that it had not read.
        before: The model so far; None where nothing was read.
        fast: Kernels pay.
    """
    offsets = exam.offsets
    counts = np.zeros(int(offsets[-1]), np.int64)
    lengths = np.diff(lessons.starts)[rows]
    if fast:
        from holdfast.kernels.lessons import count_places

        count_places(lessons.places, lessons.starts, rows, offsets[:-1], counts)
    else:
        ends = np.cumsum(lengths)
        take = np.repeat(lessons.starts[rows] - ends + lengths, lengths) + np.arange(int(lengths.sum()))
        for order in range(ORDERS):
            place = lessons.places[order, take]
            found = np.bincount(place[place >= 0], minlength=len(exam.known[order]))
            counts[offsets[order] : offsets[order + 1]] = found
    if before is not None:
        counts += np.concatenate(before.counts)
    return model_of(exam, counts, float(lengths.sum()) + (0.0 if before is None else before.words))


def model_of(exam: Exam, counts: NDArray[np.int64], words: float) -> Model:
    """A model from counts of all orders, one after the other."""
    return Model(counts=tuple(np.split(counts, exam.offsets[1:-1])), words=words)


def train(exam: Exam, lessons: Lessons, weights: NDArray[np.float64]) -> Model:
    """Count a training set.

    Args:
        exam: What will be asked.
        lessons: The training set.
        weights: float64 [rows], how much each row counts; 0 leaves it out.
    """
    weight = weights[lessons.rows]
    counts = []
    for order in range(ORDERS):
        place = lessons.places[order]
        use = (place >= 0) & (weight > 0)
        found = np.bincount(place[use], weight[use], minlength=len(exam.known[order]))
        counts.append(found.astype(np.float64))
    return Model(counts=tuple(counts), words=float(weight.sum()))


def tune(exam: Exam, model: Model, asked: NDArray[np.bool_]) -> NDArray[np.float64]:
    """float64 [3], the smoothing under which the model predicts real rows best.

    Args:
        exam: The exam.
        model: What was learnt.
        asked: bool [n], the rows of the exam that may be looked at.
    """
    from scipy.optimize import minimize

    use = np.flatnonzero(asked[exam.rows])
    use = use[:: max(len(use) // _TUNED_ON, 1)]
    if len(use) == 0:
        return np.array(_FIRST_GUESS)

    counted = _look_up(exam, model, 0, use)

    def bits(logs: NDArray[np.float64]) -> float:
        return -float(_log2(counted, np.exp(np.clip(logs, -3, 25))).mean())

    found = minimize(
        bits,
        np.log(_FIRST_GUESS),
        method="Nelder-Mead",
        options={"xatol": 0.1, "fatol": 1e-3, "maxiter": 60},
    )
    return np.asarray(np.exp(np.clip(found.x, -3, 25)), np.float64)


def gains(
    exam: Exam, model: Model, smoothing: NDArray[np.float64], asked: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """float64 [n], bits the model saves on the true order of each row's words; 0 for rows that are not asked.

    Args:
        exam: The exam.
        model: What was learnt.
        smoothing: From `tune`.
        asked: bool [n], rows of the exam to read.
    """
    use = np.flatnonzero(asked[exam.rows])
    told, turned = (_log2(_look_up(exam, model, side, use), smoothing) for side in (0, 1))
    return np.bincount(exam.rows[use], told - turned, minlength=len(exam.bytes)).astype(np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counted:
    """What a model has counted of words that are asked about.

    Attributes:
        word: float64 [t], times the word was read.
        pair: float64 [t], the same of the word after the one before it.
        triple: float64 [t], the same after the two before it.
        before: float64 [t], times the word before it was read.
        long_before: float64 [t], times the two before it were.
        spelling: float64 [t], probability of a word of such letters.
        words: Words read.
    """

    word: NDArray[np.float64]
    pair: NDArray[np.float64]
    triple: NDArray[np.float64]
    before: NDArray[np.float64]
    long_before: NDArray[np.float64]
    spelling: NDArray[np.float64]
    words: float


def _look_up(exam: Exam, model: Model, side: int, use: NDArray[np.int64]) -> _Counted:
    asked = [exam.asked[side, order][use] for order in range(ORDERS)]
    word, pair, triple, before, long_before = (
        counts[place] for counts, place in zip(model.counts, asked, strict=True)
    )
    return _Counted(
        word=word,
        pair=pair,
        triple=triple,
        before=before,
        long_before=long_before,
        spelling=exam.spelling[asked[0]],
        words=model.words,
    )


def _log2(counted: _Counted, smoothing: NDArray[np.float64]) -> NDArray[np.float64]:
    """Interpolated trigram with Dirichlet smoothing (MacKay and Peto 1995), in bits."""
    p = (counted.word + smoothing[0] * counted.spelling) / (counted.words + smoothing[0])
    p = (counted.pair + smoothing[1] * p) / (counted.before + smoothing[1])
    p = (counted.triple + smoothing[2] * p) / (counted.long_before + smoothing[2])
    return np.asarray(np.log2(p), np.float64)


def _shelve(known: NDArray[np.uint64]) -> NDArray[np.int32]:
    """int32 [2^b + 1], where n-grams begin whose first b bits are equal: one or two of them on a shelf."""
    bits = max(len(known).bit_length(), 1)
    firsts = np.arange(1 << bits, dtype=np.uint64) << np.uint64(64 - bits)
    return np.append(np.searchsorted(known, firsts), len(known)).astype(np.int32)


def _words(
    tokens: Tokens, rows: NDArray[np.int64]
) -> tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64]]:
    """Words of these rows, the place of each word's row among them, and the word's bytes."""
    lengths = np.minimum(tokens.counts[rows], WORDS_READ)
    row_of = np.repeat(np.arange(len(rows)), lengths)
    ends = np.cumsum(lengths)
    take = (
        np.arange(int(lengths.sum())) - np.repeat(ends - lengths, lengths) + tokens.row_starts[rows][row_of]
    )
    return tokens.words[take], row_of, (tokens.ends[take] - tokens.begins[take]).astype(np.int64)


def _grams(words: NDArray[np.uint64], row_of: NDArray[np.int64]) -> tuple[NDArray[np.uint64], ...]:
    """Words, pairs, triples, and what stands before a pair and a triple, at every word."""
    at = np.arange(len(words)) - np.searchsorted(row_of, row_of)
    before = np.where(at >= 1, np.roll(words, 1), _BEFORE)
    long_before = mix(np.where(at >= 2, np.roll(words, 2), _LONG_BEFORE) * _FACTOR + before)
    return words, mix(before * _FACTOR + words), mix(long_before * _FACTOR + words), before, long_before
