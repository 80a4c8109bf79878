"""Units by type: near-duplicate groups counted by stratum and size, the raw material of every deal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_KNOWN = 0.5
"""Where at least this part of a candidate's rows is of strata the anchor knows, the others are new, and take nothing from
those. Below it, the anchor's strata are gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTypes:
    """Units of both sides, counted by type.

    Attributes:
        key: int64 [t], what the units of a type have in common besides their size (a stratum, a flag).
        size: int64 [t], rows per unit.
        anchor: int64 [t], units of the anchor.
        candidate: int64 [t], units of the candidate.
    """

    key: NDArray[np.int64]
    size: NDArray[np.int64]
    anchor: NDArray[np.int64]
    candidate: NDArray[np.int64]

    @property
    def pooled(self) -> NDArray[np.int64]:
        """int64 [t], units of both sides."""
        return self.anchor + self.candidate

    def rows_by_key(self, units: NDArray[np.int64], keys: int) -> NDArray[np.float64]:
        """Rows per key of units given by type.

        Args:
            units: int64 [..., t].
            keys: Number of keys k.

        Returns:
            float64 [..., k].
        """
        indicator = np.zeros((len(self.key), keys))
        indicator[np.arange(len(self.key)), self.key] = self.size
        return np.asarray(units @ indicator)


def count_units(
    anchor_keys: NDArray[np.int64],
    anchor_groups: NDArray[np.int64],
    candidate_keys: NDArray[np.int64],
    candidate_groups: NDArray[np.int64],
) -> UnitTypes:
    """Count units by key and size. Rows with a negative key are left out; a group with several keys is cut by key."""
    pieces = []
    for keys, groups in ((anchor_keys, anchor_groups), (candidate_keys, candidate_groups)):
        use = keys >= 0
        # One number for a pair of numbers: sorting rows of a table takes ten times as long.
        pair, sizes = np.unique(_pairs(keys[use], groups[use]), return_counts=True)
        pieces.append((pair // _span(groups[use]), sizes))
    key, size = (np.concatenate(part) for part in zip(*pieces, strict=True))
    types, inverse = np.unique(_pairs(key, size), return_inverse=True)
    span = _span(size)
    split = len(pieces[0][0])
    return UnitTypes(
        key=types // span,
        size=types % span,
        anchor=np.bincount(inverse[:split], minlength=len(types)),
        candidate=np.bincount(inverse[split:], minlength=len(types)),
    )


def real_draws(
    types: UnitTypes, draws: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pseudo-anchors and pseudo-candidates of the given sizes, both drawn from the anchor: what reality would score.

    Args:
        types: Units of both sides.
        draws: Number of pairs.
        rng: Source of randomness.

    Returns:
        int64 [draws, t] twice: units of each type in the pseudo-anchor and in the pseudo-candidate.
    """
    total = int(types.anchor.sum())
    share = types.anchor / total
    return (
        rng.multinomial(total, share, size=draws).astype(np.int64),
        rng.multinomial(int(types.candidate.sum()), share, size=draws).astype(np.int64),
    )


def split_groups(groups: NDArray[np.int64], largest: int) -> NDArray[np.int64]:
    """Cut groups into pieces of at most `largest` rows (at least two).

    Args:
        groups: int64 [n], group of each row.
        largest: Rows in the largest group that reality shows.

    Returns:
        int64 [n], piece of each row.

    >>> np.bincount(split_groups(np.array([0, 0, 0, 0, 0, 1]), 2)).tolist()
    [2, 2, 1, 1]
    """
    order = np.argsort(groups, kind="stable")
    place = np.arange(len(groups)) - np.searchsorted(groups[order], groups[order])
    piece = np.empty(len(groups), np.int64)
    piece[order] = _pairs(groups[order], place // max(largest, 2))
    return np.asarray(np.unique(piece, return_inverse=True)[1], np.int64)


def _pairs(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    """int64, a number for every pair, in the order of pairs."""
    return first * _span(second) + second


def _span(values: NDArray[np.int64]) -> int:
    return int(values.max(initial=0)) + 1
