"""Likeness: how close reality comes to each of its own rows, and how close a candidate comes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from holdfast.views.representation import represent
from holdfast.views.tokens import mix, row_hashes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.representation import Representation
    from holdfast.views.sides import Sides
    from holdfast.views.tokens import Tokens

LEVELS = 256
"""Similarity is read in this many steps."""
FOLDS = 10
"""Parts each side is dealt into, for standard errors and cross-fitting."""
JUDGES = 3_000
"""Most real rows that judge; more sharpen the answer little."""
_CHUNK = 2_048


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """Real rows as judges of closeness.

    A judge does not see itself nor its near-duplicates, on either side. Where both sides bring labels, rows of another
    label are nothing like it, however they read.

    Attributes:
        judges: int64 [e], the anchor rows that judge.
        folds: int8 [m], the part of every anchor row; near-duplicates share one.
        pool: int32 [e, FOLDS, LEVELS], anchor rows by part and by closeness to the judge.
        nearest: int16 [e, FOLDS], level of the closest candidate row in each part of the candidate.
        source: int64 [e], the closest candidate row, or -1 where no row shares anything.
    """

    judges: NDArray[np.int64]
    folds: NDArray[np.int8]
    pool: NDArray[np.int32]
    nearest: NDArray[np.int16]
    source: NDArray[np.int64]

    @property
    def best(self) -> NDArray[np.int64]:
        """int64 [e], level of the closest candidate row."""
        return np.asarray(self.nearest.max(axis=1), np.int64)

    @property
    def best_without(self) -> NDArray[np.int64]:
        """int64 [FOLDS, e], level of the closest candidate row outside each part of the candidate."""
        top, order = self.nearest.argmax(axis=1), np.sort(self.nearest, axis=1)
        left_out = np.arange(FOLDS)[:, None] == top[None, :]
        return np.asarray(np.where(left_out, order[:, -2], order[:, -1]), np.int64)


def deal_parts(tokens: Tokens, units: NDArray[np.int64]) -> NDArray[np.int8]:
    """int8 [n], the part of each row: by the content of its unit, evenly."""
    leader = np.zeros(int(units.max(initial=-1)) + 1, np.uint64)
    np.maximum.at(leader, units, row_hashes(tokens))
    # Units in the order of their hash, dealt in turn: parts of equal size, whatever the content.
    order = np.argsort(mix(leader + np.uint64(7)), kind="stable")
    sizes = np.bincount(units, minlength=len(leader))[order]
    part = np.empty(len(leader), np.int8)
    part[order] = (np.cumsum(sizes) - sizes // 2 - 1) * FOLDS // max(int(sizes.sum()), 1)
    return part[units]


def by_content(tokens: Tokens, salt: int) -> NDArray[np.int64]:
    """int64 [n], all rows in an order that their content and a salt decide, whatever their order in the file."""
    hashes = mix(row_hashes(tokens) + np.uint64(salt))
    return np.asarray(np.argsort(hashes, kind="stable"), np.int64)


def read_likeness(sides: Sides, judges: NDArray[np.int64]) -> tuple[Likeness, Representation]:
    """Let real rows judge how close reality and the candidate come to them.

    Args:
        sides: Both sides.
        judges: int64 [e], the anchor rows that judge.

    Returns:
        How close they come, and what that was read from.
    """
    anchor = sides.anchor
    representation = represent(sides, judges)
    folds = deal_parts(anchor.tokens, anchor.duplicates.units)
    groups = anchor.duplicates.related
    pool = np.zeros((len(judges), FOLDS, LEVELS), np.int32)
    for start in range(0, len(anchor), _CHUNK):
        rows = np.arange(start, min(start + _CHUNK, len(anchor)))
        level = _levels(representation.real(rows))
        level[_of_other_label(sides, anchor.strata[rows], anchor.strata[judges])] = 0
        # A judge's own group is counted nowhere.
        level[groups[rows][:, None] == groups[judges][None, :]] = LEVELS
        key = (np.arange(len(judges))[None, :] * FOLDS + folds[rows][:, None]) * (LEVELS + 1) + level
        counts = np.bincount(key.ravel(), minlength=len(judges) * FOLDS * (LEVELS + 1))
        pool += counts.reshape(len(judges), FOLDS, LEVELS + 1)[:, :, :LEVELS].astype(np.int32)
    nearest, source = _nearest(sides, judges, representation)
    found = Likeness(judges=judges, folds=folds, pool=pool, nearest=nearest, source=source)
    return found, representation


def _nearest(
    sides: Sides, judges: NDArray[np.int64], representation: Representation
) -> tuple[NDArray[np.int16], NDArray[np.int64]]:
    candidate = sides.candidate
    parts = deal_parts(candidate.tokens, candidate.duplicates.units)
    groups = sides.anchor.duplicates.related
    copied = np.where(sides.copied >= 0, groups[sides.copied], -1)
    nearest = np.zeros((len(judges), FOLDS), np.int16)
    best, source = np.zeros(len(judges), np.int64), np.full(len(judges), -1, np.int64)
    order = np.argsort(parts, kind="stable")
    for start in range(0, len(candidate), _CHUNK):
        rows = order[start : start + _CHUNK]
        level = _levels(representation.new(rows))
        level[_of_other_label(sides, candidate.strata[rows], sides.anchor.strata[judges])] = 0
        level[copied[rows][:, None] == groups[judges][None, :]] = 0
        for part in np.unique(parts[rows]):
            mine = level[parts[rows] == part].max(axis=0)
            nearest[:, part] = np.maximum(nearest[:, part], mine)
        top = level.argmax(axis=0)
        found = level[top, np.arange(len(judges))]
        better = found > best
        best[better], source[better] = found[better], rows[top[better]]
    return nearest, source


def _of_other_label(sides: Sides, rows: NDArray[np.int64], judges: NDArray[np.int64]) -> NDArray[np.bool_]:
    """bool [rows, judges], whether a row's own label is another than the judge's."""
    if sides.origin != "column":
        return np.zeros((len(rows), len(judges)), bool)
    return np.asarray((rows[:, None] != judges[None, :]) & (judges >= 0)[None, :], np.bool_)


def _levels(closeness: NDArray[np.float32]) -> NDArray[np.int64]:
    """int64 [rows, judges], how close each row is to each judge."""
    return np.asarray(np.clip(closeness * LEVELS, 0, LEVELS - 1), np.int64)
