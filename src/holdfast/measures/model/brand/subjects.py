"""Subjects: what documents are about, so that another subject is not taken for another voice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from numpy.typing import NDArray

    from holdfast.measures.model.brand.features import Counted

MOST_SUBJECTS = 8
DOCUMENTS_EACH = 40
"""Approved documents for each subject, on average: their mean voice has to be known."""
_WORDS = 1_000
_DIMENSIONS = 24
_TURNS = 25
_STRANGE = 0.05
"""A document is on none of the subjects when it is less like any than all but this share of the approved documents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subjects:
    """Groups of the approved documents by their words of content.

    Attributes:
        count: How many subjects there are.
        approved: int64 [n], the subject of each approved document.
        share: float64 [count], of the approved documents.
        words: Content words that are read.
        weight: float64 [words], rarer words weigh more.
        axes: float64 [words, d].
        centres: float64 [count, d], of length 1.
        strange: A document less like every centre than this is on none of them.
    """

    count: int
    approved: NDArray[np.int64]
    share: NDArray[np.float64]
    words: tuple[str, ...]
    weight: NDArray[np.float64]
    axes: NDArray[np.float64]
    centres: NDArray[np.float64]
    strange: float

    def mixture(self, counted: Counted) -> NDArray[np.float64]:
        """float64 [count + 1], shares of other documents by subject; the last is on none of them, beyond what is usual."""
        if self.count < 2:
            return np.array([1.0, 0.0])
        likeness = _points(counted, self.words, self.weight, self.axes) @ self.centres.T
        strange = likeness.max(axis=1) < self.strange
        shares = np.bincount(likeness.argmax(axis=1)[~strange], minlength=self.count).astype(float)
        shares /= max(shares.sum(), 1.0)
        beyond = max(0.0, (float(strange.mean()) - _STRANGE) / (1.0 - _STRANGE))
        return np.append(shares * (1.0 - beyond), beyond)

    def apart(self, mixture: NDArray[np.float64]) -> float:
        """Sum of squared differences of two mixtures of subjects: 0 for the same, 1 and more for a subject of its own."""
        return float(((mixture - np.append(self.share, 0.0)) ** 2).sum())


def find_subjects(counted: Counted, small: AbstractSet[str], rng: np.random.Generator) -> Subjects:
    """Group the approved documents by their words of content.

    Args:
        counted: The approved documents.
        small: Words that are no content.
        rng: Draws where the search begins.
    """
    held: dict[str, int] = {}
    for own in counted.words:
        for word in own:
            held[word] = held.get(word, 0) + 1
    total = len(counted)
    known = [word for word, count in held.items() if word not in small and 3 <= count <= 0.3 * total]
    words = tuple(sorted(known, key=lambda word: (-held[word], word))[:_WORDS])
    count = min(MOST_SUBJECTS, total // DOCUMENTS_EACH)
    weight = np.log(total / np.array([held[word] for word in words], float)) if words else np.zeros(0)
    if count < 2 or len(words) < 10:
        return _single(total)
    table = _table(counted, words) * weight
    table /= np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-12)
    values, vectors = np.linalg.eigh(table.T @ table)
    axes = vectors[:, np.argsort(-values)[:_DIMENSIONS]]
    points = _points(counted, words, weight, axes)
    centres = points[rng.choice(total, count, replace=False)]
    of = np.zeros(total, np.int64)
    for _ in range(_TURNS):
        of = (points @ centres.T).argmax(axis=1)
        sums = np.zeros_like(centres)
        np.add.at(sums, of, points)
        empty = np.linalg.norm(sums, axis=1) < 1e-9
        sums[empty] = points[rng.choice(total, int(empty.sum()))]
        centres = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
    likeness = points @ centres.T
    of = likeness.argmax(axis=1)
    return Subjects(
        count=count,
        approved=of,
        share=np.bincount(of, minlength=count) / total,
        words=words,
        weight=weight,
        axes=axes,
        centres=centres,
        strange=float(np.quantile(likeness.max(axis=1), _STRANGE)),
    )


def _single(total: int) -> Subjects:
    return Subjects(
        count=1,
        approved=np.zeros(total, np.int64),
        share=np.ones(1),
        words=(),
        weight=np.zeros(0),
        axes=np.zeros((0, 1)),
        centres=np.zeros((1, 1)),
        strange=0.0,
    )


def _table(counted: Counted, words: tuple[str, ...]) -> NDArray[np.float64]:
    at = {word: column for column, word in enumerate(words)}
    table = np.zeros((len(counted), len(words)))
    for row, own in enumerate(counted.words):
        for word, count in own.items():
            column = at.get(word)
            if column is not None:
                table[row, column] = 1.0 + np.log(count)
    return table


def _points(
    counted: Counted, words: tuple[str, ...], weight: NDArray[np.float64], axes: NDArray[np.float64]
) -> NDArray[np.float64]:
    points = (_table(counted, words) * weight) @ axes
    return np.asarray(points / np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1e-12))
