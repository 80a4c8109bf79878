"""Coverage: how many fresh real rows would cover as much of unseen reality as a candidate does.

A truth and no measure of holdfast's: unseen real rows are at hand here, and so are more real rows than the candidate
has. What is covered is a pair of neighbouring words under its label.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from holdfast.lab.bench.corpus import group_rows
from holdfast.lab.bench.pools import draw, texts_of
from holdfast.stats.rarefaction import Curve, sizes_up_to
from holdfast.views.tokens import mix, ngrams, read_tokens

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from holdfast.lab.bench.corpus import Row
    from holdfast.lab.bench.pools import Pools

_ORDERS = 4
"""Orders of the real rows that the curve is averaged over."""
_ROUNDING = 1e-9
"""Full coverage is no more than all real rows have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectiveRows:
    """What a candidate's coverage is worth.

    Attributes:
        rows: Fresh real rows with the same coverage of reality.
        rare_rows: Fresh real rows, drawn from reality as a whole, with the same coverage of its rare strata; None where
            there are no rare strata.
        share: `rows` over the rows that the untouched source reads: 1 where nothing is lost.
        rare_share: The same of `rare_rows`.
        at_least: The candidate covers more than all real rows there are; `rows` is then that many.
    """

    rows: float
    rare_rows: float | None
    share: float
    rare_share: float | None
    at_least: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Unseen reality, and what growing numbers of real rows cover of it.

    Attributes:
        types: uint64 [t], the pairs of words of the test rows.
        weight: float64 [t], how much of reality each occurrence stands for; sums to one.
        rare: bool [t], whether it stands in a rare stratum.
        curve: Coverage of reality by number of real rows.
        rare_curve: The same of the rare strata, or None.
        source: Rows that the untouched source reads, of all and of the rare strata.
    """

    types: NDArray[np.uint64]
    weight: NDArray[np.float64]
    rare: NDArray[np.bool_]
    curve: Curve
    rare_curve: Curve | None
    source: tuple[float, float | None]

    def read(self, rows: Sequence[Row]) -> EffectiveRows:
        """What these rows are worth by coverage."""
        count, rare, at_least = self._sizes(rows)
        of_source, rare_of_source = self.source
        return EffectiveRows(
            rows=count,
            rare_rows=rare,
            share=count / max(of_source, 1e-9),
            rare_share=None if rare is None or rare_of_source is None else rare / max(rare_of_source, 1e-9),
            at_least=at_least,
        )

    def _sizes(self, rows: Sequence[Row]) -> tuple[float, float | None, bool]:
        held = np.isin(self.types, _pairs(rows)[0])
        whole = self.curve.size_of(_covered(held, self.weight))
        count = min(whole, self.curve.limit)
        if self.rare_curve is None:
            return count, None, whole > count
        rare = self.rare_curve.size_of(_covered(held[self.rare], self.weight[self.rare]))
        return count, min(rare, self.rare_curve.limit), whole > count


def survey(pools: Pools, known: Collection[str], rng: np.random.Generator) -> Ground:
    """Survey what the test rows hold.

    Args:
        pools: The world.
        known: The strata that count.
        rng: Orders the real rows.
    """
    test = [row for row in pools.test if row.stratum in known]
    types, row_of = _pairs(test)
    groups = group_rows(test)
    in_reality = np.array([pools.shares[row.stratum] / len(groups[row.stratum]) for row in test])
    # A row counts as its stratum's share has it, whatever its length.
    weight = (in_reality / np.maximum(np.bincount(row_of, minlength=len(test)), 1))[row_of]
    rare_rows = np.isin([row.stratum for row in test], [s for s in pools.rare if s in known])
    rare = np.asarray(rare_rows[row_of], np.bool_)
    real = [row for row in _real_rows(pools, rng) if row.stratum in known]
    sizes = sizes_up_to(len(real))
    first = np.stack(
        [_first_places(types, [real[i] for i in rng.permutation(len(real))]) for _ in range(_ORDERS)]
    )
    curve = _curve(first, weight, sizes)
    ground = Ground(
        types=types,
        weight=weight / weight.sum(),
        rare=rare,
        curve=curve,
        rare_curve=_curve(first[:, rare], weight[rare], sizes) if rare.any() else None,
        source=(1.0, None),
    )
    count, rare_count, _ = ground._sizes([row for row in pools.source if row.stratum in known])  # noqa: SLF001
    return replace(ground, source=(count, rare_count))


def _real_rows(pools: Pools, rng: np.random.Generator) -> list[Row]:
    """As many real rows under reality's shares as there are in three draws."""
    spare = min(pools.size, len(pools.reserve))
    return [
        *pools.anchor,
        *pools.source,
        *draw(group_rows(pools.reserve), pools.shares, spare, rng),
    ]


def _pairs(rows: Sequence[Row]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """uint64 [t], pairs of neighbouring words under their label; int64 [t], the row of each."""
    tokens = read_tokens(texts_of(rows))
    hashes, positions = ngrams(tokens, 2)
    row_of = tokens.rows[positions]
    labels = np.array([zlib.crc32(row.stratum.encode()) for row in rows], np.uint64)
    return mix(hashes ^ mix(labels)[row_of]), row_of


def _first_places(types: NDArray[np.uint64], rows: Sequence[Row]) -> NDArray[np.int64]:
    """int64 [t], the first of these rows that holds each type; as many as there are rows where none does."""
    held, row_of = _pairs(rows)
    distinct, at = np.unique(held, return_index=True)
    place = np.minimum(np.searchsorted(distinct, types), max(len(distinct) - 1, 0))
    if len(distinct) == 0:
        return np.full(len(types), len(rows), np.int64)
    return np.asarray(np.where(distinct[place] == types, row_of[at[place]], len(rows)), np.int64)


def _curve(first: NDArray[np.int64], weight: NDArray[np.float64], sizes: NDArray[np.int64]) -> Curve:
    """Coverage by number of rows, averaged over the orders."""
    weight = weight / weight.sum()
    scores = [float(((first < size) @ weight).mean()) for size in sizes.tolist()]
    return Curve(
        sizes=np.concatenate([[0.0], sizes.astype(np.float64)]),
        scores=np.concatenate([[0.0], np.array(scores)]),
    )


def _covered(held: NDArray[np.bool_], weight: NDArray[np.float64]) -> float:
    return float(weight[held].sum() / weight.sum()) - _ROUNDING
