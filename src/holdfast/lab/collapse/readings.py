"""Readings of a generation, taken on a sealed exam: what its rows teach, what its model still knows, how varied its rows are.

The classifier is fixed: ridge regression on hashed TF-IDF rows, one against the rest, no setting of which depends on the data. It stands for the
model that a user would train on these rows. Bits are those of the learner itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.lab.bench.yardsticks.classifier import RIDGE, read_texts
from holdfast.stats.hill import Tally, hill_numbers
from holdfast.views.features import Features, narrow, unit_frequencies, weigh
from holdfast.views.tokens import ngrams, read_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from holdfast.lab.bench.corpus import Row
    from holdfast.lab.collapse.world import World
    from holdfast.lab.learners.learner import Trained

_WORDS = 0.85
"""Of the words of generation 0: diversity is counted in so many words of every generation. Texts may come out shorter."""
_DENSE = 8_000
"""Rows up to which the normal equations are solved at once; above, by steps, to the same end."""
_STEPS, _ENOUGH = 100, 1e-2


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read of a generation.

    Attributes:
        generation: Its number; 0 learnt from real rows alone.
        rows: Rows its model learnt from.
        real: Real ones among them.
        written: Rows that models wrote for it.
        accuracy: Of the classifier on the exam: the share of its rows that are right, as benchmarks have it. None without labels.
        weighted_accuracy: The same, each stratum by its share of reality.
        rare_recall: Mean recall over the rare strata that the exam has. None without labels.
        bits_per_byte: Of the learner's model on the exam.
        tail_bits_per_byte: The same on the exam's rows of rare strata; None without labels.
        words: Diversity of its rows by words: Hill numbers of order 0, 1 and 2, at an equal number of words.
        row_words: Different words in as many rows as generation 0 has, or in all of them where there are fewer.
        pairs: The same by pairs of neighbouring words.
        strata: Strata that have a row, of those of reality.
        right: Exam rows that the classifier got right, as `0` and `1` in the exam's order; empty without labels.
        worth: What the audit says: `rows` and `rare_rows` in real rows, `verdict`; None where it was not asked.
        halted: Why the loop went no further, or None.
        gates: What each gate said, by name.
    """

    generation: int
    rows: int
    real: int
    written: int
    accuracy: float | None
    weighted_accuracy: float | None
    rare_recall: float | None
    bits_per_byte: float
    tail_bits_per_byte: float | None
    words: tuple[float, float, float]
    row_words: int
    pairs: tuple[float, float, float]
    strata: int
    right: str
    worth: dict[str, Any] | None = None
    halted: str | None = None
    gates: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Examiner:
    """Who reads generations of one world.

    Attributes:
        world: Whose exam it is.
    """

    world: World

    @cached_property
    def _features(self) -> Features:
        return read_texts([row.text for row in self.world.exam])

    @cached_property
    def _classes(self) -> NDArray[np.int64]:
        place = {stratum: at for at, stratum in enumerate(self.world.shares)}
        return np.array([place.get(row.stratum, -1) for row in self.world.exam], np.int64)

    @cached_property
    def _bytes(self) -> NDArray[np.float64]:
        return np.array([len(row.text.encode()) for row in self.world.exam], np.float64)

    @cached_property
    def _budget(self) -> int:
        return int(_WORDS * len(read_tokens([row.text for row in self.world.origin]).words))

    def read(
        self,
        generation: int,
        rows: Sequence[Row],
        model: Trained,
        *,
        real: int,
        written: int,
        rng: np.random.Generator,
    ) -> Reading:
        """Reads a generation.

        Args:
            generation: Its number.
            rows: What its model learnt from.
            model: That model.
            real: How many of the rows are real.
            written: How many rows models wrote for it.
            rng: Decides which words diversity is counted in, where there are more than enough.
        """
        exam = self.world.exam
        bits = model.bits(
            [row.text for row in exam], [row.stratum for row in exam] if self.world.labelled else None
        )
        rare = np.isin([row.stratum for row in exam], self.world.rare)
        right = self._answers(rows) if self.world.labelled else None
        recalls = None if right is None else self._recalls(right)
        shares = np.array(list(self.world.shares.values()))
        # A stratum with no row in the exam is not asked about, which is not the same as never being right.
        asked = np.bincount(self._classes[self._classes >= 0], minlength=len(shares)) > 0
        rare_asked = np.isin(list(self.world.shares), self.world.rare) & asked
        words, row_words, pairs = self._diversity(rows, rng)
        return Reading(
            generation=generation,
            rows=len(rows),
            real=real,
            written=written,
            accuracy=None if right is None else float(right.mean()),
            weighted_accuracy=None
            if recalls is None
            else float((shares * recalls)[asked].sum() / shares[asked].sum()),
            rare_recall=None
            if recalls is None or not rare_asked.any()
            else float(recalls[rare_asked].mean()),
            bits_per_byte=self._weighed(bits, np.ones(len(exam), bool)),
            tail_bits_per_byte=self._weighed(bits, rare) if rare.any() else None,
            words=words,
            row_words=row_words,
            pairs=pairs,
            strata=len({row.stratum for row in rows} & set(self.world.shares)),
            right="" if right is None else "".join("1" if one else "0" for one in right.tolist()),
        )

    def _weighed(self, bits: NDArray[np.float64], use: NDArray[np.bool_]) -> float:
        """Bits per byte; a stratum of the exam counts as its share of reality, whatever its rows."""
        if not self.world.labelled:
            return float(bits[use].sum() / self._bytes[use].sum())
        known = self._classes >= 0
        rows = np.bincount(self._classes[known], minlength=len(self.world.shares))
        shares = np.array(list(self.world.shares.values()))
        weight = np.where(known, shares[self._classes] / np.maximum(rows[self._classes], 1), 0.0) * use
        return float((weight * bits).sum() / (weight * self._bytes).sum())

    def _recalls(self, right: NDArray[np.bool_]) -> NDArray[np.float64]:
        known = self._classes >= 0
        rows = np.bincount(self._classes[known], minlength=len(self.world.shares))
        hits = np.bincount(self._classes[known & right], minlength=len(self.world.shares))
        return np.asarray(hits / np.maximum(rows, 1), np.float64)

    def _answers(self, rows: Sequence[Row]) -> NDArray[np.bool_]:
        """bool [exam], whether the classifier is right after learning from these rows."""
        known = [row for row in rows if row.stratum in self.world.shares]
        if not known:
            return np.zeros(len(self.world.exam), bool)
        said = answer([row.text for row in known], [row.stratum for row in known], self._features)
        return np.asarray(said == np.array([row.stratum for row in self.world.exam], object), np.bool_)

    def _diversity(
        self, rows: Sequence[Row], rng: np.random.Generator
    ) -> tuple[tuple[float, float, float], int, tuple[float, float, float]]:
        """Hill numbers by words, different words, and Hill numbers by pairs, in the first words or rows in random order."""
        tokens = read_tokens([rows[at].text for at in rng.permutation(len(rows))])
        cut = tokens.words[: self._budget]
        hashes, positions = ngrams(tokens, 2)
        pairs = hashes[positions < self._budget - 1]
        of_rows = tokens.words[: tokens.row_starts[min(len(rows), self.world.size)]]
        return _profile(cut), len(np.unique(of_rows)), _profile(pairs)


def answer(
    texts: Sequence[str], labels: Sequence[str], asked: Features | Sequence[str]
) -> NDArray[np.object_]:
    """object [m], the label that the fixed classifier gives each text asked, after learning from labelled texts."""
    names = sorted(set(labels))
    place = {name: at for at, name in enumerate(names)}
    questions = asked if isinstance(asked, Features) else read_texts(asked)
    features = read_texts(texts)
    frequencies = unit_frequencies(features, np.arange(len(texts)))
    learnt, questioned = narrow(
        weigh(features, frequencies, len(texts), own=False),
        weigh(questions, frequencies, len(texts), own=False),
    )
    targets = np.zeros((len(texts), len(names)), np.float32)
    targets[np.arange(len(texts)), [place[label] for label in labels]] = 1.0
    prior = targets.mean(axis=0)
    fits = questioned @ (learnt.T @ _solve(learnt, targets - prior)) + prior
    said: NDArray[np.object_] = np.array(names, object)[fits.argmax(axis=1)]
    return said


def _profile(kinds: NDArray[np.uint64]) -> tuple[float, float, float]:
    counts = np.unique(kinds, return_counts=True)[1].astype(np.int64)
    found = hill_numbers(Tally.of(counts))
    return float(found[0]), float(found[1]), float(found[2])


def _solve(learnt: Any, targets: NDArray[np.float32]) -> NDArray[np.float32]:
    """float32 [n, k], weights of the rows: (X X' + ridge) w = targets.

    Above a few thousand rows by conjugate gradients, all classes side by side (Hestenes and Stiefel 1952): nothing of n x n is held.
    """
    from scipy.linalg import cho_factor, cho_solve

    if len(targets) <= _DENSE:
        kernel = (learnt @ learnt.T).toarray().astype(np.float32)
        kernel[np.diag_indices_from(kernel)] += RIDGE
        factor = cho_factor(kernel, lower=True, overwrite_a=True, check_finite=False)
        return np.asarray(cho_solve(factor, targets, check_finite=False), np.float32)
    turned = learnt.T.tocsr()
    weights = np.zeros_like(targets)
    left, way = targets.copy(), targets.copy()
    size = (left**2).sum(axis=0)
    start = np.maximum(size, 1e-12)
    for _ in range(_STEPS):
        ahead = learnt @ (turned @ way) + RIDGE * way
        stride = size / np.maximum((way * ahead).sum(axis=0), 1e-12)
        weights += stride * way
        left -= stride * ahead
        new = (left**2).sum(axis=0)
        if (new <= _ENOUGH**2 * start).all():
            break
        way = left + new / np.maximum(size, 1e-12) * way
        size = new
    return weights
