"""Learners: cheap models that are trained on parts of either side and examined on real rows they have not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np

from holdfast.views import label_learner, word_order
from holdfast.views.features import narrow, unit_frequencies, weigh
from holdfast.views.likeness import by_content

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.sides import Sides


class Learner(Protocol):
    """A learner and its exam.

    Attributes:
        name: What it learns, as reports call it.
        weight: float64 [e], how much each row of the exam counts.
        students: int64 [r], anchor rows it can learn from, in the order of their content.
    """

    name: ClassVar[str]
    weight: NDArray[np.float64]
    students: NDArray[np.int64]

    def real(self, rows: NDArray[np.int64], asked: NDArray[np.bool_]) -> float:
        """Total score on the asked rows of the exam after learning from these anchor rows; larger is better."""
        ...

    def candidate(self, rows: NDArray[np.int64], asked: NDArray[np.bool_], tuned: int) -> float:
        """The same after learning from these candidate rows; calls with one `tuned` number share what is tuned."""
        ...


class Language:
    """The order of words, in bits saved."""

    name: ClassVar[str] = "language"

    def __init__(self, sides: Sides, judges: NDArray[np.int64], rng: np.random.Generator) -> None:
        self._exam = word_order.set_exam(sides.anchor.tokens, judges, rng)
        self._real = word_order.read_lessons(self._exam, sides.anchor.tokens)
        self._candidate = word_order.read_lessons(self._exam, sides.candidate.tokens)
        self._smoothing: dict[tuple[str, int], NDArray[np.float64]] = {}
        self.weight = self._exam.bytes.astype(np.float64)
        self.students = by_content(sides.anchor.tokens, 0)

    def real(self, rows: NDArray[np.int64], asked: NDArray[np.bool_]) -> float:
        """Bits saved after reading these anchor rows."""
        return self._score(self._real, rows, ("real", len(rows)), asked)

    def candidate(self, rows: NDArray[np.int64], asked: NDArray[np.bool_], tuned: int) -> float:
        """Bits saved after reading these candidate rows."""
        return self._score(self._candidate, rows, ("candidate", tuned), asked)

    def _score(
        self,
        lessons: word_order.Lessons,
        rows: NDArray[np.int64],
        key: tuple[str, int],
        asked: NDArray[np.bool_],
    ) -> float:
        weights = np.zeros(lessons.count)
        weights[rows] = 1.0
        model = word_order.train(self._exam, lessons, weights)
        # Smoothing depends on the size of a set and hardly on which part is asked: it is tuned once for a size.
        if key not in self._smoothing:
            self._smoothing[key] = word_order.tune(self._exam, model, asked)
        return float(word_order.gains(self._exam, model, self._smoothing[key], asked).sum())


class Labels:
    """The labels of rows, in bits short of certainty."""

    name: ClassVar[str] = "labels"

    def __init__(self, sides: Sides, judges: NDArray[np.int64]) -> None:
        anchor, candidate = sides.anchor, sides.candidate
        frequencies = unit_frequencies(anchor.features, anchor.duplicates.units)
        self._strata = (anchor.strata, candidate.strata)
        self._groups = (anchor.duplicates.near, candidate.duplicates.near)
        self._rows = narrow(
            weigh(anchor.features, frequencies, anchor.units, own=True),
            weigh(candidate.features, frequencies, anchor.units, own=False),
        )
        self._count = len(sides.labels)
        self._exam = self._rows[0][judges]
        self._parts: dict[bytes, Any] = {}  # of the exam: each is asked again and again
        self._truth = anchor.strata[judges]
        self.weight = np.ones(len(judges))
        order = by_content(anchor.tokens, 0)
        self.students = order[anchor.strata[order] >= 0]

    def real(self, rows: NDArray[np.int64], asked: NDArray[np.bool_]) -> float:
        """Bits, negative, after learning from these anchor rows."""
        return self._score(0, rows, asked)

    def candidate(self, rows: NDArray[np.int64], asked: NDArray[np.bool_], tuned: int) -> float:
        """Bits, negative, after learning from these candidate rows."""
        del tuned  # the temperature is found anew for every exam
        return self._score(1, rows, asked)

    def _score(self, side: int, rows: NDArray[np.int64], asked: NDArray[np.bool_]) -> float:
        rows = rows[self._strata[side][rows] >= 0]
        use = np.flatnonzero(asked)
        if len(rows) == 0 or len(use) == 0:
            return -float(np.log2(max(self._count, 2)) * len(use))
        # Near-copies are one piece of evidence, however often it stands there.
        group = self._groups[side][rows]
        weights = np.zeros(len(self._strata[side]))
        weights[rows] = 1.0 / np.bincount(group)[group]
        sums = label_learner.train(self._rows[side], self._strata[side], self._count, weights)
        part = use.tobytes()
        if part not in self._parts:
            self._parts[part] = self._exam[use]
        return -float(label_learner.losses(sums, self._parts[part], self._truth[use]).sum())
