"""Learners: cheap models that are trained on parts of either side and examined on real rows they have not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np

from holdfast.views import word_order
from holdfast.views.likeness import FOLDS, by_content
from holdfast.views.word_lessons import Counted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.sides import Sides
    from holdfast.views.view import Viewed


class Learner(Protocol):
    """A learner and its exam.

    Attributes:
        name: What it learns, as reports call it.
        judges: int64 [e], the anchor rows it is examined on.
        weight: float64 [e], how much each of them counts.
        students: int64 [r], anchor rows it can learn from, in the order of their content.
        folds: int8 [m], the part of every anchor row; an exam has as many parts.
        tuned: float64, what it found out about itself on the way, and begins with when it is asked next.
    """

    name: ClassVar[str]
    judges: NDArray[np.int64]
    weight: NDArray[np.float64]
    students: NDArray[np.int64]
    folds: NDArray[np.int8]
    tuned: NDArray[np.float64]

    @property
    def depends(self) -> Any:
        """What it learns from real rows by, besides their words and repeats."""
        ...

    def real(self, order: NDArray[np.int64], sizes: NDArray[np.int64], part: int) -> NDArray[np.float64]:
        """float64 [s], total score on a part of the exam after learning from the first so many of these anchor rows; larger is better."""
        ...

    def candidate(self, part: int) -> float:
        """The same after learning from the candidate without what it copied from that part of the anchor."""
        ...

    def without(self, part: int) -> float:
        """Total score on the whole exam after learning from the candidate without this part of it."""
        ...


class Language:
    """The order of words, in bits saved."""

    name: ClassVar[str] = "language"

    def __init__(self, sides: Sides, viewed: Viewed) -> None:
        course = self.depends = viewed.model
        self.tuned = np.empty(0)
        self.judges, self.folds = course.judges, course.folds
        self._exam, self._fast = course.exam, course.compiled
        self._tokens = sides.anchor.tokens
        self._lessons: word_order.Lessons | None = None
        self._counted = Counted.of(course.exam, viewed.candidate)
        self._smoothing: dict[tuple[str, int], NDArray[np.float64]] = {}
        self.weight = self._exam.bytes.astype(np.float64)
        self.students = by_content(sides.anchor.keys, 0)

    def real(self, order: NDArray[np.int64], sizes: NDArray[np.int64], part: int) -> NDArray[np.float64]:
        """Bits saved after reading these anchor rows."""
        if self._lessons is None:
            self._lessons = word_order.read_lessons(self._exam, self._tokens, fast=self._fast)
        asked, model, scores = self.folds[self.judges] == part, None, []
        for start, stop in zip([0, *sizes[:-1]], sizes.tolist(), strict=True):
            model = word_order.learn_more(
                self._exam, self._lessons, np.sort(order[start:stop]), model, fast=self._fast
            )
            scores.append(self._score(model, ("real", stop), asked))
        return np.array(scores)

    def candidate(self, part: int) -> float:
        """Bits saved after reading the candidate."""
        return self._score(
            self._counted.without(FOLDS + part), ("candidate", -1), self.folds[self.judges] == part
        )

    def without(self, part: int) -> float:
        """Bits saved after reading the other parts of the candidate."""
        return self._score(self._counted.without(part), ("candidate", part), np.ones(len(self.judges), bool))

    def _score(self, model: word_order.Model, key: tuple[str, int], asked: NDArray[np.bool_]) -> float:
        # Smoothing depends on the size of a set and hardly on which part is asked: it is tuned once for a size.
        if key not in self._smoothing:
            self._smoothing[key] = word_order.tune(self._exam, model, asked)
        return float(word_order.gains(self._exam, model, self._smoothing[key], asked).sum())
