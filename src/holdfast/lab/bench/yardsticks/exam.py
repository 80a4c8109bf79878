"""The exam: what a fixed, cheap model that learns from the candidate is worse at than one that learns from real rows.

With labels: a classifier, and the recall it loses, as a mean over strata (macro) and over the rare strata alone.
Without: a trigram model, and the bits per byte it needs more on unseen real text, overall and on the rarest words.

Both models sit the exam five times; each time another fifth of either training set is left out (rows made from one real
row stay together, and the same real rows are left out on both sides). The mean is the harm, the spread its standard
error.
"""

from __future__ import annotations

import math
import zlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from holdfast.lab.bench.pools import texts_of
from holdfast.lab.bench.yardsticks.classifier import Lessons, read_texts, recalls
from holdfast.lab.continuations import END, probability, read_steps
from holdfast.lab.ngram import NgramModel
from holdfast.lab.words import TIE, split_words
from holdfast.stats.rarefaction import jackknife

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from holdfast.lab.bench.corpus import Row
    from holdfast.lab.bench.pools import Pools
    from holdfast.views.features import Features

SITTINGS = 5
"""Science.md 8.3 asks for at least five."""
RAREST = 0.1
"""Part of the words of unseen text, the rarest first, that counts as rare.

Of words that as many real rows teach: words that no learner meets cost their spelling, whatever the set.
"""
LEAST_STRATA = 6
"""Strata from which on the recall of the rare third means something of its own.

Of two strata the recall of one falls whenever a learner leans to the other, in either direction: no harm, but a threshold.
"""
_SPELLING_BITS = 5.0
"""Bits per byte of a word the model never read: one of 32 letters. Else a small vocabulary would make words cheap."""
_TEXTS_READ = 500
"""Test rows of a corpus without labels that are read."""

Unit = Literal["recall", "bits_per_byte"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Harm:
    """What a learner loses; above 0 is worse than real rows.

    Attributes:
        unit: Recall lost (0 to 1), or bits per byte needed more.
        overall: Over all strata, or all words.
        overall_error: Its standard error.
        rare: Over the rare strata, or the rarest words; None where there are fewer than
            `LEAST_STRATA` strata, or none is rare.
        rare_error: Its standard error.
        base_overall: What real rows score: recall, or bits per byte.
        base_rare: The same on what is rare.
    """

    unit: Unit
    overall: float
    overall_error: float
    rare: float | None
    rare_error: float | None
    base_overall: float
    base_rare: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelExam:
    """An exam for classifiers.

    Attributes:
        strata: The classes.
        rare: bool [k], which are rare.
        test: Features of the test rows.
        classes: int64 [m], their classes.
    """

    strata: tuple[str, ...]
    rare: NDArray[np.bool_]
    test: Features
    classes: NDArray[np.int64]
    unit: Unit = "recall"

    def sit(self, rows: Sequence[Row]) -> NDArray[np.float64]:
        """float64 [SITTINGS, 2], macro recall and macro recall of the rare strata (NaN where none is rare)."""
        # What the anchor does not know is a class, too: a learner may take a known row for it.
        strange = sorted({row.stratum for row in rows} - set(self.strata))
        place = {stratum: at for at, stratum in enumerate((*self.strata, *strange))}
        found = np.full((SITTINGS, 2), np.nan)
        classes = np.array([place[row.stratum] for row in rows], np.int64)
        lessons = Lessons.read(texts_of(rows), classes, len(place))
        products = lessons.ask(self.test)
        parts = parts_of(rows)
        for sitting in range(SITTINGS):
            use = np.flatnonzero(parts != sitting)
            if len(use) == 0:
                found[sitting] = 0.0
                continue
            guesses = lessons.answer(products, use).argmax(axis=1)
            recall = recalls(guesses, self.classes, len(self.strata))
            found[sitting, 0] = np.nanmean(recall)
            if self.rare.any():
                found[sitting, 1] = np.nanmean(recall[self.rare])
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class TextExam:
    """An exam for models of text.

    Attributes:
        texts: Unseen real text, as tokens.
        rare: For every text, which of its tokens are rare.
    """

    texts: tuple[tuple[str, ...], ...]
    rare: tuple[tuple[bool, ...], ...]
    unit: Unit = "bits_per_byte"

    def sit(self, rows: Sequence[Row]) -> NDArray[np.float64]:
        """float64 [SITTINGS, 2], bits per byte of all words and of the rare ones, negated: larger is better."""
        parts = parts_of(rows)
        found = np.zeros((SITTINGS, 2))
        for sitting in range(SITTINGS):
            texts = [row.text for row, part in zip(rows, parts.tolist(), strict=True) if part != sitting]
            found[sitting] = self._read(NgramModel.train(texts, order=3))
        return -found

    def _read(self, model: NgramModel) -> tuple[float, float]:
        numbers = {word: number for number, word in enumerate(model.words)}
        size = len(numbers)
        bits, octets = np.zeros(2), np.zeros(2)  # of all tokens, of the rare ones
        for tokens, rare in zip(self.texts, self.rare, strict=True):
            read = [numbers.get(token, size) for token in tokens]
            steps = list(read_steps(read, (), model.order))
            for at, (context, word) in enumerate(steps):
                surprise = -math.log2(probability(model.after, context, word, size))
                length = 1 if word == END else _octets(tokens[at])
                if word == size:
                    surprise += _SPELLING_BITS * length
                bits[0] += surprise
                octets[0] += length
                if word != END and rare[at]:
                    bits[1] += surprise
                    octets[1] += length
        return float(bits[0] / octets[0]), float(bits[1] / max(octets[1], 1.0))


Exam = LabelExam | TextExam


def set_exam(pools: Pools, known: Collection[str]) -> Exam:
    """Make an exam of the test rows.

    Args:
        pools: The world.
        known: The strata that are asked for.
    """
    if pools.labelled:
        strata = tuple(stratum for stratum in pools.strata if stratum in known)
        place = {stratum: at for at, stratum in enumerate(strata)}
        test = [row for row in pools.test if row.stratum in place]
        return LabelExam(
            strata=strata,
            rare=np.isin(strata, pools.rare) & (len(strata) >= LEAST_STRATA),
            test=read_texts(texts_of(test)),
            classes=np.array([place[row.stratum] for row in test], np.int64),
        )
    texts = [tuple(split_words(row.text)) for row in pools.test[:_TEXTS_READ]]
    texts = [tokens for tokens in texts if tokens]
    counts = Counter(token for row in pools.source for token in split_words(row.text))
    ranked = sorted(counts[token] for tokens in texts for token in tokens if token in counts)
    edge = ranked[int(RAREST * len(ranked))] if ranked else 0
    return TextExam(
        texts=tuple(texts),
        rare=tuple(tuple(0 < counts[token] <= edge for token in tokens) for tokens in texts),
    )


def compare(exam: Exam, base: NDArray[np.float64], candidate: NDArray[np.float64]) -> Harm:
    """What the candidate's learner loses.

    Args:
        exam: The exam both sat.
        base: float64 [SITTINGS, 2], what learners of real rows scored.
        candidate: float64 [SITTINGS, 2], what learners of the candidate scored.
    """
    lost = base - candidate
    errors = jackknife(lost)
    known = not np.isnan(lost[:, 1]).any()
    sign = 1.0 if exam.unit == "recall" else -1.0
    return Harm(
        unit=exam.unit,
        overall=float(lost[:, 0].mean()),
        overall_error=float(errors[0]),
        rare=float(lost[:, 1].mean()) if known else None,
        rare_error=float(errors[1]) if known else None,
        base_overall=sign * float(base[:, 0].mean()),
        base_rare=sign * float(base[:, 1].mean()) if known else None,
    )


def parts_of(rows: Sequence[Row]) -> NDArray[np.int64]:
    """int64 [n], the part each row belongs to; what was made from one real row goes with it."""
    return np.array([zlib.crc32(row.origins[0].encode()) % SITTINGS for row in rows], np.int64)


def _octets(token: str) -> int:
    return len(token.replace(TIE, "").encode()) + 1
