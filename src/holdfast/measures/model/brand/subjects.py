"""Subjects: what documents are about, so that another subject is not taken for another voice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from holdfast.measures.text.two_samples import area_under_curve

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from numpy.typing import NDArray

    from holdfast.measures.model.brand.features import Counted

MOST_SUBJECTS = 8
DOCUMENTS_EACH = 40
"""Approved documents for each subject, on average: their mean voice has to be known."""
_MOST_GROUPS = 50
_WORDS = 1_000
_DIMENSIONS = 24
_TURNS = 25
_RIDGE = 1.0
_TOLD = 0.2
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
        points: float64 [n, d], the approved documents.
    """

    count: int
    approved: NDArray[np.int64]
    share: NDArray[np.float64]
    words: tuple[str, ...]
    weight: NDArray[np.float64]
    axes: NDArray[np.float64]
    centres: NDArray[np.float64]
    strange: float
    points: NDArray[np.float64]

    def mixture(self, counted: Counted) -> NDArray[np.float64]:
        """float64 [count + 1], shares of other documents by subject; the last is on none of them, beyond what is usual."""
        if self.count < 2:
            return np.array([1.0, 0.0])
        points = _points(counted, self.words, self.weight, self.axes)
        likeness = points @ self.centres.T
        strange = likeness.max(axis=1) < self.strange
        shares = np.bincount(likeness.argmax(axis=1)[~strange], minlength=self.count).astype(float)
        shares /= max(shares.sum(), 1.0)
        beyond = max(0.0, (float(strange.mean()) - _STRANGE) / (1.0 - _STRANGE))
        # Axes of the approved words show little of what others bring: where they show something at all, subjects may all be others.
        beyond = 1.0 if self._told(points) > _TOLD else beyond
        return np.append(shares * (1.0 - beyond), beyond)

    def _told(self, points: NDArray[np.float64]) -> float:
        """How well words of content alone tell other documents from the approved ones: 0 by chance, 1 for each of them."""
        own = self.points
        half = [np.arange(len(side)) % 2 == 0 for side in (own, points)]
        areas = []
        for turn in (True, False):
            first, second = own[half[0] == turn], points[half[1] == turn]
            spread = np.cov(np.vstack([first - first.mean(axis=0), second - second.mean(axis=0)]).T)
            axis = np.linalg.solve(
                spread + _RIDGE * np.trace(spread) / len(spread) * np.eye(len(spread)),
                second.mean(axis=0) - first.mean(axis=0),
            )
            scores = np.concatenate([own[half[0] != turn], points[half[1] != turn]]) @ axis
            areas.append(
                area_under_curve(
                    scores.astype(np.float32), np.arange(len(scores)) >= int((half[0] != turn).sum())
                )
            )
        return max(0.0, 2.0 * float(np.mean(areas)) - 1.0)

    def apart(self, mixture: NDArray[np.float64]) -> float:
        """Sum of squared differences of two mixtures of subjects: 0 for the same, 1 and more for a subject of its own."""
        return float(((mixture - np.append(self.share, 0.0)) ** 2).sum())


def find_subjects(
    counted: Counted,
    small: AbstractSet[str],
    rng: np.random.Generator,
    groups: Sequence[str | None] = (),
) -> Subjects:
    """Group the approved documents by their words of content.

    Args:
        counted: The approved documents.
        small: Words that are no content.
        rng: Draws where the search begins.
        groups: Of each document where the user has grouped them, by folder or label; then these are the subjects.
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
    known_groups = _numbered(groups)
    if known_groups is not None:
        count = int(known_groups.max()) + 1
    centres = points[rng.choice(total, count, replace=False)]
    of = np.zeros(total, np.int64)
    for _ in range(_TURNS):
        of = (points @ centres.T).argmax(axis=1)
        sums = np.zeros_like(centres)
        np.add.at(sums, of, points)
        empty = np.linalg.norm(sums, axis=1) < 1e-9
        sums[empty] = points[rng.choice(total, int(empty.sum()))]
        centres = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
    if known_groups is not None:
        of = known_groups
        sums = np.zeros((count, points.shape[1]))
        np.add.at(sums, of, points)
        centres = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
    likeness = points @ centres.T
    of = likeness.argmax(axis=1) if known_groups is None else of
    return Subjects(
        count=count,
        approved=of,
        share=np.bincount(of, minlength=count) / total,
        words=words,
        weight=weight,
        axes=axes,
        centres=centres,
        strange=float(np.quantile(likeness.max(axis=1), _STRANGE)),
        points=points,
    )


def _numbered(groups: Sequence[str | None]) -> NDArray[np.int64] | None:
    """int64 [n], the group of each document; None where these are no groups of use."""
    names, back = np.unique([name or "" for name in groups], return_inverse=True)
    if not 2 <= len(names) <= _MOST_GROUPS or np.bincount(back).max() == len(groups):
        return None
    return np.asarray(back, np.int64)


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
        points=np.zeros((total, 1)),
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
