"""What a set teaches about labels: weighed words by label, as far as an exam of real rows asks for them, by part of the set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from holdfast.kernels import compiled
from holdfast.views.features import COLUMNS, unit_frequencies, weigh
from holdfast.views.likeness import JUDGES, by_content, deal_parts
from holdfast.views.tally import tally
from holdfast.views.view import BLOCK_ROWS, Learnt
from holdfast.views.word_lessons import CELLS, cells_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from holdfast.views.features import Features
    from holdfast.views.sides import Sides
    from holdfast.views.view import Block, Facts, Merge

SCALE = float(1 << 36)
"""Weights are counted in such parts of 1, as whole numbers: these add up alike in any order. 100 million rows fit, and a weight is
off by less than a hundred-thousand-millionth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeighedRows:
    """Weighed rows, as far as the exam asks for their words.

    Attributes:
        starts: int64 [n + 1], where each row begins.
        columns: int64 [nnz], words that the exam asks for, by number, ascending inside a row.
        values: float32 [nnz], their weights.
        mass: float64 [n], weight of each row, all words counted.
    """

    starts: NDArray[np.int64]
    columns: NDArray[np.int64]
    values: NDArray[np.float32]
    mass: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelCourse:
    """An exam of labels, and who copied from it.

    Attributes:
        judges: int64 [e], the anchor rows that are asked.
        exam: They, weighed.
        frequencies: int32 [COLUMNS], units of the anchor that each feature occurs in.
        units: Units of the anchor.
        numbers: int32 [COLUMNS], the number of each feature that the exam asks for, or -1.
        asked: How many features it asks for.
        folds: int8 [m], the part of every anchor row.
        labels: How many labels there are.
        compiled: Kernels pay.
    """

    judges: NDArray[np.int64]
    exam: WeighedRows
    frequencies: NDArray[np.int32]
    units: int
    numbers: NDArray[np.int32]
    asked: int
    folds: NDArray[np.int8]
    labels: int
    compiled: bool

    def weigh(self, features: Features, *, own: bool) -> WeighedRows:
        """Rows as the exam sees them: the anchor's `own`, or new ones."""
        return _weigh(features, self.frequencies, self.units, self.numbers, own=own)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelLessons:
    """Weighed words of the candidate by label and cell (see `CELLS`); near-copies are one piece of evidence together.

    Attributes:
        salt: Decides, with their content, which rows are asked.
    """

    name: ClassVar[str] = "label lessons"
    version: ClassVar[int] = 1
    merges: ClassVar[Mapping[str, Merge]] = {"sums": "tally", "rows": "sum", "mass": "sum"}
    uses: ClassVar[tuple[str, ...]] = ("strata", "copied", "parts", "alike")
    holds: ClassVar[tuple[type, ...]] = (LabelCourse, WeighedRows)

    salt: int

    def depends(self, sides: Sides) -> tuple[Any, ...]:
        """Labels of the anchor, and how many there are in all."""
        return sides.anchor.strata, len(sides.labels)

    def learn(self, sides: Sides) -> Learnt:
        """Set the exam."""
        judges = by_content(sides.anchor.keys, self.salt)[:JUDGES]
        return Learnt(model=set_label_exam(sides, judges[sides.anchor.strata[judges] >= 0]), real={})

    def read(self, model: LabelCourse, block: Block) -> Facts:
        """Add up, in parts of 1 / `SCALE`.

        `sums` holds `(cell * labels + label) * words + word` by key; `rows` and `mass` are int64 [CELLS, labels].
        """
        weighed = model.weigh(block.features, own=False)
        share = np.where(block.strata >= 0, 1.0 / np.maximum(block.alike, 1), 0.0) * SCALE
        groups, rows = [], []
        for first, cell in cells_of(model.folds, block):
            use = np.flatnonzero((cell >= 0) & (block.strata >= 0))
            groups.append((first + cell[use]) * model.labels + block.strata[use])
            rows.append(use)
        group, row = np.concatenate(groups), np.concatenate(rows)
        order = np.argsort(group, kind="stable")
        group, row = group[order], row[order]
        counts, mass = (np.zeros(CELLS * model.labels, np.int64) for _ in range(2))
        np.add.at(counts, group, np.rint(share[row]).astype(np.int64))
        np.add.at(mass, group, np.rint(weighed.mass[row] * share[row]).astype(np.int64))
        return {
            "sums": _sum_words(weighed, group, row, share, model),
            "rows": counts.reshape(CELLS, -1),
            "mass": mass.reshape(CELLS, -1),
        }


def _sum_words(
    weighed: WeighedRows,
    group: NDArray[np.int64],
    row: NDArray[np.int64],
    share: NDArray[np.float64],
    course: LabelCourse,
) -> NDArray[np.int64]:
    """The tally of words by group.

    Args:
        weighed: Rows of a block.
        group: int64 [t], groups, ascending.
        row: int64 [t], a row of each.
        share: float64 [n], what each row counts.
        course: The exam.
    """
    lengths = np.diff(weighed.starts)[row]
    total = int(lengths.sum())
    if course.compiled:
        from holdfast.kernels.labels import sum_words

        found = np.empty((total, 2), np.int64)
        taken = sum_words(
            weighed.starts, weighed.columns, weighed.values, group, row, share, course.asked, found
        )
        return found[:taken].copy()
    ends = np.cumsum(lengths)
    take = np.repeat(weighed.starts[row] - ends + lengths, lengths) + np.arange(total)
    amounts = np.rint(weighed.values[take].astype(np.float64) * np.repeat(share[row], lengths))
    keys = np.repeat(group, lengths) * course.asked + weighed.columns[take]
    return tally(keys, amounts.astype(np.int64))


def set_label_exam(sides: Sides, judges: NDArray[np.int64]) -> LabelCourse:
    """Ask real rows for their labels.

    Args:
        sides: Both sides.
        judges: int64 [e], the anchor rows that are asked; each has a label.
    """
    anchor = sides.anchor
    asked = anchor.features.select(judges)
    used = np.zeros(COLUMNS, bool)
    used[asked.columns] = True
    numbers = np.where(used, np.cumsum(used) - 1, -1).astype(np.int32)
    frequencies = unit_frequencies(anchor.features, anchor.duplicates.units)
    return LabelCourse(
        judges=judges,
        exam=_weigh(asked, frequencies, anchor.units, numbers, own=True),
        frequencies=frequencies,
        units=anchor.units,
        numbers=numbers,
        asked=int(used.sum()),
        folds=deal_parts(anchor.keys, anchor.duplicates.units),
        labels=len(sides.labels),
        compiled=compiled(len(anchor) + len(sides.candidate)),
    )


def _weigh(
    features: Features,
    frequencies: NDArray[np.int32],
    units: int,
    numbers: NDArray[np.int32],
    *,
    own: bool,
) -> WeighedRows:
    lengths, columns, values, masses = [], [], [], []
    for start in range(0, max(len(features), 1), BLOCK_ROWS):
        some = features.select(np.arange(start, min(start + BLOCK_ROWS, len(features))))
        weighed = weigh(some, frequencies, units, own=own)
        number, row_of = numbers[some.columns], some.rows
        use = np.flatnonzero(number >= 0)
        lengths.append(np.bincount(row_of[use], minlength=len(some)))
        columns.append(number[use].astype(np.int64))
        values.append(weighed.data[use])
        masses.append(np.bincount(row_of, weighed.data, minlength=len(some)))
    return WeighedRows(
        starts=np.concatenate([[0], np.cumsum(np.concatenate(lengths))]),
        columns=np.concatenate(columns),
        values=np.concatenate(values),
        mass=np.concatenate(masses),
    )
