"""What a set teaches about the order of words: how often it says what an exam of real rows asks for, by part of the set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from holdfast.kernels import compiled
from holdfast.views.likeness import FOLDS, JUDGES, by_content, deal_parts
from holdfast.views.tally import tally
from holdfast.views.view import Learnt
from holdfast.views.word_order import ORDERS, Exam, Model, model_of, read_lessons, set_exam

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from holdfast.views.sides import Sides
    from holdfast.views.view import Block, Facts, Merge

CELLS = 2 * FOLDS
"""What is counted apart: each part of a set, and what copies each part of the anchor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """An exam, and who copied from it.

    Attributes:
        judges: int64 [e], the anchor rows that are asked.
        exam: They, beside themselves shuffled.
        folds: int8 [m], the part of every anchor row.
        compiled: Kernels pay.
    """

    judges: NDArray[np.int64]
    exam: Exam
    folds: NDArray[np.int8]
    compiled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WordLessons:
    """N-grams of the candidate that real rows ask for, counted by cell (see `CELLS`).

    Attributes:
        entropy: Where the stream of random numbers begins that chooses the rows that ask, and then shuffles their words.
    """

    name: ClassVar[str] = "word lessons"
    version: ClassVar[int] = 1
    merges: ClassVar[Mapping[str, Merge]] = {"counts": "tally", "words": "sum"}
    uses: ClassVar[tuple[str, ...]] = ("copied", "parts")
    holds: ClassVar[tuple[type, ...]] = (Course, Exam)

    entropy: tuple[int, ...]

    def depends(self, sides: Sides) -> tuple[Any, ...]:  # noqa: ARG002 - words are enough
        """Nothing but words."""
        return ()

    def learn(self, sides: Sides) -> Learnt:
        """Set the exam."""
        anchor, rng = sides.anchor, np.random.default_rng(self.entropy)
        judges = by_content(anchor.keys, draw_salt(rng))[:JUDGES]
        course = Course(
            judges=judges,
            exam=set_exam(anchor.tokens, judges, rng),
            folds=deal_parts(anchor.keys, anchor.duplicates.units),
            compiled=compiled(len(anchor) + len(sides.candidate)),
        )
        return Learnt(model=course, real={})

    def read(self, model: Course, block: Block) -> Facts:
        """Count: `cell * n-grams + n-gram` by key, and words read, int64 [CELLS]."""
        lessons = read_lessons(model.exam, block.tokens, fast=model.compiled)
        offsets = model.exam.offsets
        lengths = np.diff(lessons.starts)
        words, keys = np.zeros(CELLS, np.int64), []
        for first, cell in cells_of(model.folds, block):
            rows = np.flatnonzero(cell >= 0)
            words[first : first + FOLDS] = np.bincount(
                cell[rows], lengths[rows], minlength=FOLDS
            )  # far below 2^53
            base = np.repeat(np.where(cell >= 0, first + cell, -1), lengths)
            for order in range(ORDERS):
                use = np.flatnonzero((lessons.places[order] >= 0) & (base >= 0))
                keys.append(base[use] * offsets[-1] + offsets[order] + lessons.places[order, use])
        return {"counts": tally(np.concatenate(keys)), "words": words}


def draw_salt(rng: np.random.Generator) -> int:
    """What decides, with their content, which rows judge: the first number of a stream."""
    return int(rng.integers(2**32))


def cells_of(folds: NDArray[np.int8], block: Block) -> list[tuple[int, NDArray[np.int64]]]:
    """The first cell of each kind, and the one of each row counted from there, -1 where it has none.

    Args:
        folds: int8 [m], the part of every anchor row.
        block: Rows of the candidate.
    """
    copies = np.where(block.copied >= 0, folds[block.copied], -1)
    return [(0, block.parts.astype(np.int64)), (FOLDS, copies.astype(np.int64))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What a candidate taught, put together from its cells.

    Attributes:
        exam: The exam.
        total: int64 [n-grams], of all parts.
        counts: int64 [t, 2], see `WordLessons.read`.
        words: int64 [CELLS].
    """

    exam: Exam
    total: NDArray[np.int64]
    counts: NDArray[np.int64]
    words: NDArray[np.int64]

    @classmethod
    def of(cls, exam: Exam, facts: Facts) -> Counted:
        """Put cells together."""
        counts, size = facts["counts"], int(exam.offsets[-1])
        parts = counts[: np.searchsorted(counts[:, 0], FOLDS * size)]
        total = np.zeros(size, np.int64)
        np.add.at(total, parts[:, 0] % max(size, 1), parts[:, 1])
        return cls(exam=exam, total=total, counts=counts, words=facts["words"])

    def without(self, cell: int) -> Model:
        """A model that has read the candidate but one cell."""
        size = len(self.total)
        start, stop = np.searchsorted(self.counts[:, 0], [cell * size, (cell + 1) * size])
        left = self.total.copy()
        left[self.counts[start:stop, 0] - cell * size] -= self.counts[start:stop, 1]
        return model_of(self.exam, left, float(self.words[:FOLDS].sum() - self.words[cell]))
