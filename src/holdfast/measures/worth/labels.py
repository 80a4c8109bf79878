"""A learner of labels: what naive Bayes makes of unseen real rows after reading parts of either side."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from holdfast.kernels import compiled
from holdfast.views import label_learner
from holdfast.views.label_lessons import SCALE
from holdfast.views.likeness import FOLDS, by_content

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from holdfast.views.label_lessons import LabelCourse, WeighedRows
    from holdfast.views.sides import Sides
    from holdfast.views.view import Viewed

_TABLE = 8_000_000
"""Words times labels that are held at once."""
_DENSE = 0.25
"""Share of labels that have said a word, from which on a table is quicker."""


class Labels:
    """The labels of rows, in bits short of certainty."""

    name: ClassVar[str] = "labels"

    def __init__(self, sides: Sides, viewed: Viewed) -> None:
        course: LabelCourse = viewed.model
        anchor = sides.anchor
        self.judges, self.folds = course.judges, course.folds
        self._course, self._anchor = course, anchor
        self._rows: WeighedRows | None = None
        self._truth = anchor.strata[self.judges]
        self._facts = _Candidate(course, viewed)
        self._fast = compiled(len(anchor) + len(sides.candidate))
        self.table = _TABLE
        self._everyone = np.ones(len(self.judges), bool)
        self._asked: dict[bytes, _Asked] = {}
        self.weight = np.ones(len(self.judges))
        order = by_content(anchor.keys, 0)
        self.students = order[anchor.strata[order] >= 0]

    @property
    def depends(self) -> tuple[Any, ...]:
        """The exam, and labels."""
        return self._course, self._anchor.strata

    @property
    def tuned(self) -> NDArray[np.float64]:
        """float64 [FOLDS], the temperature that suited the last set that each part was asked after."""
        return np.array([self._ask(self.folds[self.judges] == part).cold for part in range(FOLDS)])

    @tuned.setter
    def tuned(self, found: NDArray[np.float64]) -> None:
        for part, cold in enumerate(found.tolist()):
            self._ask(self.folds[self.judges] == part).cold = cold

    def real(self, order: NDArray[np.int64], sizes: NDArray[np.int64], part: int) -> NDArray[np.float64]:
        """Bits, negative, after learning from these anchor rows; each has a label."""
        if self._rows is None:
            self._rows = self._course.weigh(self._anchor.features, own=True)
        rows, strata = self._rows, self._anchor.strata
        steps = list(self._steps(order, sizes))
        asked = self._ask(self.folds[self.judges] == part)
        counts, mass = (np.zeros((len(sizes), self._course.labels)) for _ in range(2))
        for i, (new, weights) in enumerate(steps):
            counts[i:] += np.bincount(strata[new], weights, minlength=self._course.labels)
            mass[i:] += np.bincount(strata[new], weights * rows.mass[new], minlength=self._course.labels)
        scores = np.zeros((len(sizes), asked.count, self._course.labels))
        for piece in asked.pieces:
            # Words and labels that meet in the largest set do so in all others, or do not meet.
            met = _met(rows, order[: sizes[-1]], strata, piece, self._course.labels, fast=self._fast)
            labels, words = np.divmod(np.flatnonzero(met), piece.lines)
            numbers = np.zeros(len(met), np.int32)
            numbers[met] = np.arange(len(words))
            by_word = np.argsort(words, kind="stable")
            words, labels = words[by_word], labels[by_word]
            sums = np.zeros(len(words))
            for i, (new, weights) in enumerate(steps):
                _add_rows(rows, new, strata[new], weights, piece, numbers, sums, fast=self._fast)
                said = sums[by_word]
                use = np.flatnonzero(said > 0)
                found = label_learner.ratios(said[use], words[use], float(mass[i].sum()))
                piece.score(words[use], labels[use], found, scores[i], fast=self._fast)
        return np.array([self._lost(asked, *part) for part in zip(scores, mass, counts, strict=True)])

    def candidate(self, part: int) -> float:
        """Bits, negative, after learning from the candidate."""
        return self._examine(FOLDS + part, self._ask(self.folds[self.judges] == part))

    def without(self, part: int) -> float:
        """Bits, negative, after learning from the other parts of the candidate."""
        return self._examine(part, self._ask(self._everyone))

    def _ask(self, which: NDArray[np.bool_]) -> _Asked:
        """These rows of the exam; each part is asked again and again."""
        key = which.tobytes()
        if key not in self._asked:
            self._asked[key] = _Asked(self._course, which, self.table)
        return self._asked[key]

    def _examine(self, cell: int, asked: _Asked) -> float:
        scores = np.zeros((asked.count, self._course.labels))
        mass, counts = self._facts.mass_without(cell), self._facts.rows_without(cell)
        for piece in asked.pieces:
            words, labels, sums = self._facts.sums_without(cell, piece.places)
            found = label_learner.ratios(sums, words, float(mass.sum()))
            piece.score(words, labels, found, scores, fast=self._fast)
        return self._lost(asked, scores, mass, counts)

    def _lost(
        self,
        asked: _Asked,
        scores: NDArray[np.float64],
        mass: NDArray[np.float64],
        counts: NDArray[np.float64],
    ) -> float:
        if asked.count == 0 or not counts.any():
            return -float(np.log2(max(self._course.labels, 2)) * asked.count)
        finished, prior = label_learner.finish_scores(scores, asked.own, mass, counts)
        lost, asked.cold = label_learner.losses_of(finished, prior, self._truth[asked.use], asked.cold)
        return -float(lost.sum())

    def _steps(
        self, order: NDArray[np.int64], sizes: NDArray[np.int64]
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]:
        """Rows whose weight changes from size to size, and by how much: near-copies are one piece of evidence together."""
        near = self._anchor.duplicates.near
        strata = self._anchor.strata
        several = np.bincount(near)[near] > 1
        seen = np.zeros(int(near.max(initial=-1)) + 1, np.int64)
        old = np.empty(0, np.int64)
        for start, stop in zip([0, *sizes[:-1]], sizes.tolist(), strict=True):
            new = order[start:stop]
            new = np.sort(new)
            new = new[np.argsort(strata[new], kind="stable")]  # rows of a label write to the same places
            before = seen[near[old]]
            seen += np.bincount(near[new], minlength=len(seen))
            after = seen[near[old]]
            grew = np.flatnonzero(before < after)
            yield (
                np.concatenate([old[grew], new]),
                np.concatenate([1.0 / after[grew] - 1.0 / before[grew], 1.0 / seen[near[new]]]),
            )
            old = np.concatenate([old, new[several[new]]])


class _Asked:
    """Some rows of the exam, with the words that they ask for, some words at a time."""

    def __init__(self, course: LabelCourse, which: NDArray[np.bool_], table: int) -> None:
        self._exam, self._course, self._table = course.exam, course, table
        self.use = np.flatnonzero(which)
        self.count = len(self.use)
        self.own = course.exam.mass[self.use]
        self.cold = 1.0  # the temperature that suited the last set: the next one is not far off

    @cached_property
    def pieces(self) -> list[_Piece]:
        """The words, so many of them that a table of words and labels is not large."""
        return list(self._cut())

    def _cut(self) -> Iterator[_Piece]:
        lengths = np.diff(self._exam.starts)[self.use]
        starts = np.concatenate([[0], np.cumsum(lengths)])
        take = np.repeat(self._exam.starts[self.use] - starts[:-1], lengths) + np.arange(starts[-1])
        row_of = np.repeat(np.arange(self.count), lengths)
        columns, values = self._exam.columns[take], self._exam.values[take].astype(np.float64)
        used = np.flatnonzero(np.bincount(columns, minlength=self._course.asked))
        size = max(self._table // max(self._course.labels, 1), 1)
        for start in range(0, len(used), size):
            some = used[start : start + size]
            places = np.full(self._course.asked, -1, np.int64)
            places[some] = np.arange(len(some))
            mine = np.flatnonzero(places[columns] >= 0)
            yield _Piece(
                places=places,
                lines=len(some),
                starts=np.searchsorted(row_of[mine], np.arange(self.count + 1)),
                words=places[columns[mine]],
                values=values[mine],
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """Some words of some rows of the exam.

    Attributes:
        places: int64 [words of the exam], the number of each among these, or -1.
        lines: How many they are.
        starts: int64 [n + 1], where each row begins.
        words: int64 [t], words of the rows.
        values: float64 [t], their weights.
    """

    places: NDArray[np.int64]
    lines: int
    starts: NDArray[np.int64]
    words: NDArray[np.int64]
    values: NDArray[np.float64]

    def score(
        self,
        words: NDArray[np.int64],
        labels: NDArray[np.int64],
        found: NDArray[np.float64],
        scores: NDArray[np.float64],
        *,
        fast: bool,
    ) -> None:
        """Add what these words say.

        Args:
            words: int64 [p], words that a label has said, ascending.
            labels: int64 [p], the label.
            found: float64 [p], how much that speaks for it.
            scores: float64 [n, k], written to.
            fast: Kernels pay.
        """
        said = np.bincount(words, minlength=self.lines)
        ends = np.concatenate([[0], np.cumsum(said)])
        if fast:
            from holdfast.kernels.labels import add_scores

            # Words that many labels have said are quicker in a table, others one by one.
            common = said > _DENSE * scores.shape[1]
            lines = np.where(common, np.cumsum(common) - 1, -1)
            table = np.zeros((int(common.sum()), scores.shape[1]))
            mine = np.flatnonzero(common[words])
            table[lines[words[mine]], labels[mine]] = found[mine]
            add_scores(self.starts, self.words, self.values, lines, table, ends, labels, found, scores)
            return
        from scipy.sparse import csr_array

        rows = csr_array((self.values, self.words, self.starts), shape=(len(self.starts) - 1, self.lines))
        scores += (rows @ csr_array((found, labels, ends), shape=(self.lines, scores.shape[1]))).toarray()


class _Candidate:
    """What the candidate teaches, put together from its cells."""

    def __init__(self, course: LabelCourse, viewed: Viewed) -> None:
        sums, size = viewed.candidate["sums"], course.labels * course.asked
        # Keys are cell, label and word: put together what differs by cell alone.
        pairs = sums[:, 0] % max(size, 1)
        order = np.argsort(pairs, kind="stable")
        pairs, self._amount = pairs[order], sums[order, 1]
        self._cell = (sums[:, 0] // max(size, 1))[order]
        first = np.ones(len(pairs), bool)
        first[1:] = pairs[1:] != pairs[:-1]
        label, word = np.divmod(pairs[first], max(course.asked, 1))
        by_word = np.argsort(word, kind="stable")
        self._word, self._label = word[by_word], label[by_word]
        place = np.empty(len(by_word), np.int64)
        place[by_word] = np.arange(len(by_word))
        self._of = place[np.cumsum(first) - 1]
        # What is copied stands in its part as well, and is only taken off.
        self._whole = np.zeros(len(self._word), np.int64)
        np.add.at(self._whole, self._of[self._cell < FOLDS], self._amount[self._cell < FOLDS])
        self._rows, self._mass = viewed.candidate["rows"], viewed.candidate["mass"]

    def rows_without(self, cell: int) -> NDArray[np.float64]:
        """float64 [k], rows of each label outside a cell."""
        return np.asarray((self._rows[:FOLDS].sum(axis=0) - self._rows[cell]) / SCALE, np.float64)

    def mass_without(self, cell: int) -> NDArray[np.float64]:
        """float64 [k], weight of all words of each label outside a cell."""
        return np.asarray((self._mass[:FOLDS].sum(axis=0) - self._mass[cell]) / SCALE, np.float64)

    def sums_without(
        self, cell: int, places: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Words that have a place, labels, and what was said outside a cell, where anything was."""
        left = self._whole.copy()
        mine = self._cell == cell
        left[self._of[mine]] -= self._amount[mine]
        use = np.flatnonzero((places[self._word] >= 0) & (left > 0))
        return places[self._word[use]], self._label[use], left[use] / SCALE


def _entries(
    rows: WeighedRows, new: NDArray[np.int64], places: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Of words that have a place: which of the new rows they stand in, their place, and their weight."""
    lengths = np.diff(rows.starts)[new]
    ends = np.cumsum(lengths)
    take = np.repeat(rows.starts[new] - ends + lengths, lengths) + np.arange(int(lengths.sum()))
    place = places[rows.columns[take]]
    use = np.flatnonzero(place >= 0)
    return (
        np.repeat(np.arange(len(new)), lengths)[use],
        place[use],
        rows.values[take[use]].astype(np.float64),
    )


def _met(
    rows: WeighedRows,
    order: NDArray[np.int64],
    strata: NDArray[np.int64],
    piece: _Piece,
    labels: int,
    *,
    fast: bool,
) -> NDArray[np.bool_]:
    """bool [labels * words], where a row of a label has a word: all that a row reads and writes lies close together."""
    met = np.zeros(labels * piece.lines, bool)
    if fast:
        from holdfast.kernels.labels import mark_rows

        mark_rows(rows.starts, rows.columns, order, strata[order], piece.places, piece.lines, met)
    else:
        of, place, _ = _entries(rows, order, piece.places)
        met[strata[order][of] * piece.lines + place] = True
    return met


def _add_rows(
    rows: WeighedRows,
    new: NDArray[np.int64],
    labels: NDArray[np.int64],
    weights: NDArray[np.float64],
    piece: _Piece,
    numbers: NDArray[np.int32],
    sums: NDArray[np.float64],
    *,
    fast: bool,
) -> None:
    """Add rows to sums; `numbers` holds the place in `sums` of words and labels that meet."""
    if fast:
        from holdfast.kernels.labels import add_rows

        add_rows(
            rows.starts,
            rows.columns,
            rows.values,
            new,
            labels,
            weights,
            piece.places,
            piece.lines,
            numbers,
            sums,
        )
        return
    of, place, values = _entries(rows, new, piece.places)
    np.add.at(sums, numbers[labels[of] * piece.lines + place], weights[of] * values)
