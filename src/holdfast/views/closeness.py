"""Closeness: who comes closest to each real row that judges, by part of a set, and how close real rows come to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from holdfast.kernels import compiled
from holdfast.views.likeness import FOLDS, JUDGES, LEVELS, Likeness, by_content, deal_parts
from holdfast.views.reading import block_of, cut
from holdfast.views.representation import Nearness, PairJudges, ordered_features
from holdfast.views.view import BLOCK_ROWS, Learnt, merge
from holdfast.views.winners import levels_of, rows_of, winners

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from holdfast.views.features import Features
    from holdfast.views.sides import Sides
    from holdfast.views.view import Block, Facts, Merge

_CHUNK = 1_024


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """Real rows as judges, seated by their label.

    Attributes:
        by: What they judge by.
        order: int64 [e], the place of each seat's judge among those who were asked.
        groups: int64 [e], the group of each seat: a judge sees nothing of its own.
        starts: int64 [k + 1], where seats without a label end, and those of each label do.
        hidden: int64 [m], the group of every anchor row.
        labelled: Rows of another label are nothing like a judge.
        compiled: Kernels pay.
    """

    by: PairJudges | Nearness
    order: NDArray[np.int64]
    groups: NDArray[np.int64]
    starts: NDArray[np.int64]
    hidden: NDArray[np.int64]
    labelled: bool
    compiled: bool

    @classmethod
    def of(cls, sides: Sides, judges: NDArray[np.int64], features: Features | None) -> Judging:
        """Seat judges.

        Args:
            sides: Both sides.
            judges: int64 [e], the anchor rows that judge.
            features: Word pairs and triples of the anchor; None where an encoder judges.
        """
        anchor, labelled = sides.anchor, sides.origin == "column"
        labels = anchor.strata[judges] if labelled else np.zeros(len(judges), np.int64)
        order = np.argsort(labels, kind="stable")
        seated, groups = judges[order], anchor.duplicates.related
        if features is None:
            assert sides.embeddings is not None  # noqa: S101 - else there are features
            by: PairJudges | Nearness = Nearness(sides.embeddings, seated)
        else:
            by = PairJudges.of(features, anchor.duplicates.units, seated)
        return cls(
            by=by,
            order=order,
            groups=groups[seated],
            starts=np.searchsorted(labels[order], np.arange(len(sides.labels) + 1 if labelled else 2)),
            hidden=groups,
            labelled=labelled,
            compiled=compiled(len(anchor) + len(sides.candidate)),
        )

    def count_pool(
        self, features: Features | None, labels: NDArray[np.int64], folds: NDArray[np.int8]
    ) -> NDArray[np.int32]:
        """int32 [e, FOLDS, LEVELS], anchor rows by part and by closeness to the judge.

        Args:
            features: Word pairs and triples of the anchor; None where an encoder judges.
            labels: int64 [m], the stratum of each row.
            folds: int8 [m], its part.
        """
        pool = np.zeros((len(self.order), FOLDS, LEVELS), np.int32)
        if self.compiled and features is not None and isinstance(self.by, PairJudges):
            from holdfast.kernels.closeness import count_levels

            for rows in _chunks(len(folds), BLOCK_ROWS):
                some = features.select(rows)
                count_levels(
                    some.starts,
                    some.columns,
                    self.by.weigh_real(some),
                    self.hidden[rows],
                    self._seen_as(labels[rows]),
                    folds[rows],
                    self.by.starts,
                    self.by.seats,
                    self.by.real,
                    self.by.longer,
                    self.groups,
                    self.starts,
                    pool,
                )
        else:
            flat = pool.reshape(-1)
            for rows in _chunks(len(folds), _CHUNK):
                at, seats, levels = self._meet(rows, features, self.hidden[rows], labels[rows], new=False)
                np.add.at(flat, (seats * FOLDS + folds[rows[at]]) * LEVELS + levels, np.int32(1))
        # Whoever has nothing in common is as far as can be; a judge's own group is counted nowhere.
        own = np.bincount(
            self.hidden * FOLDS + folds, minlength=(int(self.hidden.max(initial=-1)) + 1) * FOLDS
        )
        others = np.bincount(folds, minlength=FOLDS) - own.reshape(-1, FOLDS)[self.groups]
        pool[:, :, 0] = others - pool[:, :, 1:].sum(axis=2)
        return pool[np.argsort(self.order, kind="stable")]

    def find_closest(
        self, features: Features | None, rows: NDArray[np.int64], block: Block
    ) -> NDArray[np.int64]:
        """int64 [e, FOLDS], for every judge and part of the candidate the level and the number of the closest row.

        Args:
            features: Word pairs and triples of the block; None where an encoder judges.
            rows: int64 [n], the rows' numbers in the candidate.
            block: The rows.
        """
        groups = np.where(block.copied >= 0, self.hidden[block.copied], -1)
        closest = np.zeros((len(self.order), FOLDS), np.int64)
        if self.compiled and features is not None and isinstance(self.by, PairJudges):
            from holdfast.kernels.closeness import find_closest

            find_closest(
                features.starts,
                features.columns,
                self.by.weigh_new(features),
                groups,
                self._seen_as(block.strata),
                block.parts,
                block.first,
                self.by.starts,
                self.by.seats,
                self.by.new,
                self.groups,
                self.starts,
                LEVELS,
                closest,
            )
        else:
            flat = closest.reshape(-1)
            for some in _chunks(len(rows), _CHUNK):
                at, seats, levels = self._meet(
                    some if features is not None else rows[some],
                    features,
                    groups[some],
                    block.strata[some],
                    new=True,
                )
                found = winners(levels, rows[some[at]])
                np.maximum.at(flat, seats * FOLDS + block.parts[some[at]], found)
        return closest[np.argsort(self.order, kind="stable")]

    def _meet(
        self,
        rows: NDArray[np.int64],
        features: Features | None,
        groups: NDArray[np.int64],
        labels: NDArray[np.int64],
        *,
        new: bool,
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Places among these rows, seats, and levels, of all that see each other; others are as far as can be."""
        if isinstance(self.by, Nearness):
            dense = (self.by.new if new else self.by.real)(rows)
            at, seats = (place.astype(np.int64) for place in np.nonzero(dense > 0))
            closeness = dense[at, seats]
        else:
            assert features is not None  # noqa: S101 - only an encoder does without
            some = features.select(rows)
            weigh, meet = (
                (self.by.weigh_new, self.by.meet_new) if new else (self.by.weigh_real, self.by.meet_real)
            )
            met = meet(some, weigh(some))
            at, seats, closeness = met.rows, met.seats.astype(np.int64), met.closeness
        kept = self.groups[seats] != groups[at]
        if self.labelled:
            low, high = self.starts[np.maximum(labels, 0)], self.starts[np.maximum(labels, 0) + 1]
            kept &= (seats < self.starts[0]) | ((labels[at] >= 0) & (seats >= low[at]) & (seats < high[at]))
        levels = np.clip(closeness[kept] * LEVELS, 0, LEVELS - 1).astype(np.int64)
        return at[kept], seats[kept], levels

    def _seen_as(self, labels: NDArray[np.int64]) -> NDArray[np.int64]:
        return labels if self.labelled else np.zeros_like(labels)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closeness:
    """The row of the candidate that comes closest to each judge.

    Attributes:
        salt: Decides, with their content, which rows judge.
    """

    name: ClassVar[str] = "closeness"
    version: ClassVar[int] = 1
    merges: ClassVar[Mapping[str, Merge]] = {"closest": "winners"}
    uses: ClassVar[tuple[str, ...]] = ("strata", "copied", "parts", "limits", "first")
    holds: ClassVar[tuple[type, ...]] = (Judging, PairJudges)

    salt: int

    def depends(self, sides: Sides) -> tuple[Any, ...]:
        """Labels, where rows of another label are nothing like a judge."""
        return (sides.anchor.strata, len(sides.labels)) if sides.origin == "column" else ()

    def learn(self, sides: Sides) -> Learnt:
        """Choose judges, and see how close real rows come to them."""
        return _learn(sides, by_content(sides.anchor.keys, self.salt)[:JUDGES])

    def read(self, model: Judging, block: Block) -> Facts:
        """The closest rows of a block, `int64 [e, FOLDS]`, by part (see `views/winners.py`)."""
        return _read(model, block)


def likeness_of(real: Facts, candidate: Facts) -> Likeness:
    """Likeness from what `Closeness` has read.

    Args:
        real: Facts of the anchor.
        candidate: Facts of the candidate.
    """
    closest = candidate["closest"]
    nearest = levels_of(closest).astype(np.int16)
    best = closest[np.arange(len(closest)), nearest.argmax(axis=1)]
    return Likeness(
        judges=real["judges"],
        folds=real["folds"],
        pool=real["pool"],
        nearest=nearest,
        source=rows_of(best),
    )


def _learn(sides: Sides, judges: NDArray[np.int64]) -> Learnt:
    anchor = sides.anchor
    features = ordered_features(anchor.tokens) if sides.embeddings is None else None
    folds = deal_parts(anchor.keys, anchor.duplicates.units)
    judging = Judging.of(sides, judges, features)
    pool = judging.count_pool(features, anchor.strata, folds)
    return Learnt(model=judging, real={"judges": judges, "folds": folds, "pool": pool})


def _read(judging: Judging, block: Block) -> Facts:
    features = None if isinstance(judging.by, Nearness) else ordered_features(block.tokens, block.limits)
    rows = np.arange(block.first, block.first + len(block))
    return {"closest": judging.find_closest(features, rows, block)}


def _chunks(count: int, size: int) -> Iterator[NDArray[np.int64]]:
    for start in range(0, count, size):
        yield np.arange(start, min(start + size, count))


def read_likeness(sides: Sides, judges: NDArray[np.int64]) -> tuple[Likeness, PairJudges | Nearness]:
    """Let chosen real rows judge how close reality and the candidate come to them.

    Args:
        sides: Both sides.
        judges: int64 [e], the anchor rows that judge.

    Returns:
        How close they come, and what they judge by.
    """
    learnt = _learn(sides, judges)
    blocks = cut(sides.candidate.tokens.counts)
    found = merge(Closeness.merges, [_read(learnt.model, block_of(sides, *rows)) for rows in blocks])
    return likeness_of(learnt.real, found), learnt.model.by
