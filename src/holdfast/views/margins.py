"""Margins: how much each row speaks for its label against the best other one, to a judge that has not read it.

A judge is multinomial naive Bayes over weighed words (as `views/label_learner.py`, with the same constants). There are ten, each
taught by nine tenths of the anchor; a real row is judged by the one that its own tenth did not teach, and a new row by the one of the
tenth it is dealt to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from holdfast.kernels import WORTH_IT, compiled
from holdfast.views.features import COLUMNS, unit_frequencies, weigh
from holdfast.views.label_learner import PSEUDO
from holdfast.views.likeness import FOLDS
from holdfast.views.real_rows import read_real, real_parts
from holdfast.views.view import Learnt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from holdfast.views.features import Features
    from holdfast.views.sides import Sides
    from holdfast.views.view import Block, Facts, Merge

_WRITTEN_OUT = 1 / 3
"""Columns that so many of the labels show are written out for all of them: adding nothing is quicker than looking where to add."""
_AT_ONCE = 2_048
_PRIOR = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Judges:
    """Ten judges of labels.

    Attributes:
        frequencies: int32 [COLUMNS], units of the anchor each column occurs in.
        units: Units in the anchor.
        place: int32 [COLUMNS], the number of each column that any judge read, -1 of others.
        starts: int64 [c + 1], where each of these begins in `labels`.
        labels: int32 [s], the labels that show it.
        ratios: float64 [FOLDS, s], what it says for each of them, by judge: the logarithm of a likelihood ratio.
        unseen: float64 [FOLDS, k], what a column says for a label that never showed it.
        prior: float64 [FOLDS, k], logarithm of the share of each label.
        known: bool [FOLDS, k], labels that a judge read; all of them where it read none.
        many: Whether so many rows are read in all that kernels are worth it.
    """

    frequencies: NDArray[np.int32]
    units: int
    place: NDArray[np.int32]
    starts: NDArray[np.int64]
    labels: NDArray[np.int32]
    ratios: NDArray[np.float64]
    unseen: NDArray[np.float64]
    prior: NDArray[np.float64]
    known: NDArray[np.bool_]
    many: bool

    def read(
        self,
        features: Features,
        strata: NDArray[np.int64],
        parts: NDArray[np.int8],
        *,
        own: bool,
    ) -> NDArray[np.float64]:
        """float64 [n], how much each row speaks for its label against the best other one; above 0, it is the best guess.

        Args:
            features: n rows.
            strata: int64 [n], their labels; a row without one is read as if it had the first.
            parts: int8 [n], the judge of each.
            own: The rows are the anchor's own.
        """
        weighed = weigh(features, self.frequencies, self.units, own=own)
        total = np.asarray(weighed.sum(axis=1)).ravel()
        carried = np.maximum(strata, 0)
        place = self.place[weighed.indices]
        margins = np.zeros(len(features))
        for part in range(FOLDS):
            mine = np.flatnonzero(parts == part)
            if self.many and compiled(WORTH_IT):
                from holdfast.kernels.margins import judge

                judge(
                    (features.starts, place, weighed.data),
                    mine,
                    total,
                    carried,
                    (self.starts, self.labels),
                    self.ratios[part],
                    (self.unseen[part], self.prior[part], self.known[part]),
                    margins,
                )
                continue
            for start in range(0, len(mine), _AT_ONCE):
                some = mine[start : start + _AT_ONCE]
                margins[some] = self._judge(part, weighed[some], total[some], carried[some])
        return margins

    def _judge(
        self, part: int, rows: Any, total: NDArray[np.float32], strata: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """As the kernel does it: in the same order, and so to the bit."""
        from scipy.sparse import csr_array

        place = self.place[rows.indices]
        use = place >= 0
        starts = np.concatenate([[0], np.cumsum(use)])[rows.indptr]
        shape = (len(self.starts) - 1, self.prior.shape[1])
        read = csr_array((rows.data[use], place[use], starts), shape=(len(strata), shape[0]))
        seen = csr_array((self.ratios[part], self.labels, self.starts), shape=shape)
        scores = (read @ seen).toarray() + total[:, None] * self.unseen[part][None, :]
        known = self.known[part]
        scores[:, ~known] = scores[:, known].min(axis=1, keepdims=True)
        logits = scores + self.prior[part]
        at = np.arange(len(strata))
        carried = logits[at, strata].copy()
        logits[at, strata] = -np.inf
        return np.asarray(carried - logits.max(axis=1), np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginsView:
    """The `margin` of every row; it says nothing of rows without a label."""

    name: ClassVar[str] = "margins"
    version: ClassVar[int] = 1
    merges: ClassVar[Mapping[str, Merge]] = {"margin": "rows"}
    uses: ClassVar[tuple[str, ...]] = ("strata", "parts")
    holds: ClassVar[tuple[type, ...]] = (Judges,)

    def depends(self, sides: Sides) -> tuple[Any, ...]:
        """Labels of the anchor, and how many there are in all."""
        return sides.anchor.strata, len(sides.labels)

    def learn(self, sides: Sides) -> Learnt:
        """Teach the judges."""
        judges = _teach(sides)
        real = read_real(sides, self.merges, lambda block: _read(judges, block, own=True))
        return Learnt(model=judges, real=real)

    def read(self, model: Judges, block: Block) -> Facts:
        """Let the judges read the rows."""
        return _read(model, block, own=False)


MARGINS = MarginsView()


def _read(judges: Judges, block: Block, *, own: bool) -> Facts:
    return {"margin": judges.read(block.features, block.strata, block.parts, own=own)}


def _teach(sides: Sides) -> Judges:
    """Teach every judge what the other tenths of the anchor show. Near-copies count as one row."""
    anchor, count = sides.anchor, len(sides.labels)
    frequencies = unit_frequencies(anchor.features, anchor.duplicates.units)
    parts = real_parts(sides)
    # The most frequent columns stand together, where the nearest caches keep them: a fifth sooner.
    used = np.flatnonzero(frequencies)
    used = used[np.argsort(-frequencies[used], kind="stable")]
    place = np.full(COLUMNS, -1, np.int32)
    place[used] = np.arange(len(used))
    rows = weigh(anchor.features, frequencies, anchor.units, own=True)
    groups = anchor.duplicates.near
    weights = np.where(anchor.strata >= 0, 1.0 / np.bincount(groups)[groups], 0.0)
    class_of = np.maximum(anchor.strata, 0) * FOLDS + parts.astype(np.int64)
    sizes = np.bincount(class_of, weights, minlength=count * FOLDS).astype(np.float64)
    sizes = sizes.reshape(count, FOLDS).T.copy()
    starts, labels, sums = _sum(rows, place, len(used), class_of, weights, count)
    _leave_out(sums)
    _leave_out(sizes)
    column = np.repeat(np.arange(len(used)), np.diff(starts))
    unseen = np.empty((FOLDS, count))
    for part in range(FOLDS):
        # In place, since there may be many: what was summed becomes what it says.
        mine = sums[part]
        everything = np.bincount(column, mine, minlength=len(used))
        total = max(float(everything.sum()), 1e-12)
        unseen[part] = np.log(PSEUDO / (np.bincount(labels, mine, minlength=count) + PSEUDO))
        mine /= (PSEUDO * np.maximum(everything, 1e-12) / total)[column]
        np.log1p(mine, out=mine)
    return Judges(
        frequencies=frequencies,
        units=anchor.units,
        place=place,
        starts=starts,
        labels=labels,
        ratios=sums,
        unseen=unseen,
        prior=np.log((sizes + _PRIOR) / (sizes.sum(axis=1, keepdims=True) + _PRIOR * count)),
        known=(sizes > 0) | ~(sizes > 0).any(axis=1, keepdims=True),
        many=compiled(len(anchor) + len(sides.candidate)),
    )


def _sum(
    rows: Any,
    place: NDArray[np.int32],
    width: int,
    class_of: NDArray[np.int64],
    weights: NDArray[np.float64],
    count: int,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
    """Where the labels of each column begin, those labels, and float64 [FOLDS, s], summed weights by tenth of the anchor."""
    from scipy.sparse import csr_array

    use = np.flatnonzero(weights > 0)
    use = use[np.argsort(class_of[use], kind="stable")]
    first = np.searchsorted(class_of[use], np.arange(count * FOLDS + 1))
    member = csr_array((weights[use], use, first), shape=(count * FOLDS, rows.shape[0]))
    narrow = csr_array((rows.data, place[rows.indices], rows.indptr), shape=(rows.shape[0], width))
    found = (member @ narrow).tocsc()  # by column, then label, then part
    column = np.repeat(np.arange(width), np.diff(found.indptr))
    label, part = found.indices // FOLDS, found.indices % FOLDS
    new = np.ones(len(label), bool)
    new[1:] = (label[1:] != label[:-1]) | (column[1:] != column[:-1])
    shown = np.bincount(column[new], minlength=width)
    full = shown > _WRITTEN_OUT * count
    starts = np.concatenate([[0], np.cumsum(np.where(full, count, shown))])
    rank = np.cumsum(new) - 1 - (np.cumsum(shown) - shown)[column]
    at = starts[column] + np.where(full[column], label, rank)
    labels = (np.arange(starts[-1]) - np.repeat(starts[:-1], np.diff(starts))).astype(np.int32)
    labels[at] = label
    sums = np.zeros((FOLDS, len(labels)))
    sums[part, at] = found.data
    return starts, labels, sums


def _leave_out(by_part: NDArray[np.float64]) -> None:
    """Turn the sums of all parts into sums of all other parts: from those before and those after, so that nothing is taken away."""
    after = np.zeros_like(by_part)
    for part in range(len(by_part) - 2, -1, -1):
        np.add(after[part + 1], by_part[part + 1], out=after[part])
    before = np.zeros_like(by_part[0])
    for part in range(len(by_part)):
        own = by_part[part].copy()
        np.add(before, after[part], out=by_part[part])
        before += own
