"""Survival: the share of a stratum's mass that one generation keeps, with what is not known about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LEAST_TAIL = 20
"""Real rows below which a stratum's survival is not worth planning with (a survival of .5 takes 63 to be seen surely)."""
_PRIOR = 0.5
_Z_LEVEL, _Z_POWER = 2.326, 0.842  # one-sided 1 %, power 80 %


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Rows of each stratum on both sides of one generation.

    Attributes:
        names: k strata.
        real: float64 [k], rows in the anchor.
        made: float64 [k], rows of one generation, with the decoding and the filters of production.
        real_rows: Rows of the anchor in all.
        made_rows: Rows of the generation in all.
        pooled: How many strata each name stands for.
    """

    names: tuple[str, ...]
    real: NDArray[np.float64]
    made: NDArray[np.float64]
    real_rows: float
    made_rows: float
    pooled: tuple[int, ...] = ()

    @property
    def share(self) -> NDArray[np.float64]:
        """float64 [k], shares of reality."""
        return np.asarray(self.real / max(self.real_rows, 1e-12))


def pool_rare(counts: Counts, least: int = LEAST_TAIL) -> Counts:
    """Strata with fewer real rows than that as one: singly, none of them could be planned for.

    Which strata are pooled depends on reality alone, so that a loss cannot choose its own company.

    >>> some = Counts(names=("a", "b", "c"), real=np.array([90.0, 12, 9]), made=np.array([99.0, 4, 2]), real_rows=111, made_rows=105)
    >>> found = pool_rare(some)
    >>> found.names, found.real.tolist(), found.pooled
    (('a', 'the 2 rarest strata'), [90.0, 21.0], (1, 2))
    """
    rare = counts.real < least
    number = int(rare.sum())
    if number < 2:
        return Counts(
            names=counts.names,
            real=counts.real,
            made=counts.made,
            real_rows=counts.real_rows,
            made_rows=counts.made_rows,
            pooled=(1,) * len(counts.names),
        )
    kept = np.flatnonzero(~rare)
    return Counts(
        names=(*(counts.names[i] for i in kept), f"the {number:,} rarest strata"),
        real=np.append(counts.real[kept], counts.real[rare].sum()),
        made=np.append(counts.made[kept], counts.made[rare].sum()),
        real_rows=counts.real_rows,
        made_rows=counts.made_rows,
        pooled=(*(1 for _ in kept), number),
    )


def draw_survival(counts: Counts, draws: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """float64 [draws, k], survival of each stratum: the ratio of two independent Beta posteriors (Jeffreys' prior).

    >>> some = Counts(names=("a",), real=np.array([150.0]), made=np.array([120.0]), real_rows=3000, made_rows=3000)
    >>> [round(float(q), 2) for q in np.quantile(draw_survival(some, 20_000, np.random.default_rng(0)), (0.025, 0.5, 0.975))]
    [0.63, 0.8, 1.01]
    """
    size = (draws, len(counts.names))
    made = rng.beta(counts.made + _PRIOR, counts.made_rows - counts.made + _PRIOR, size)
    real = rng.beta(counts.real + _PRIOR, counts.real_rows - counts.real + _PRIOR, size)
    return np.asarray(made / real)


def survival(counts: Counts) -> NDArray[np.float64]:
    """float64 [k], the middle of what `draw_survival` draws, near enough and without drawing."""
    made = (counts.made + _PRIOR) / (counts.made_rows + 2 * _PRIOR)
    return np.asarray(made / ((counts.real + _PRIOR) / (counts.real_rows + 2 * _PRIOR)))


def fresh(counts: Counts, rng: np.random.Generator) -> Counts:
    """What a fresh real set of the generation's size would have shown: both sides drawn from one reality.

    It gives the numbers that reality itself would score.
    """
    pooled = (counts.real + _PRIOR) / (counts.real_rows + 2 * _PRIOR)
    return Counts(
        names=counts.names,
        real=rng.binomial(int(counts.real_rows), np.minimum(pooled, 1.0)).astype(np.float64),
        made=rng.binomial(int(counts.made_rows), np.minimum(pooled, 1.0)).astype(np.float64),
        real_rows=counts.real_rows,
        made_rows=counts.made_rows,
        pooled=counts.pooled,
    )


def rows_to_see(kept: float) -> int:
    """Real rows of a stratum it takes to see this survival: one-sided 1 %, power 80 %, sets of equal size.

    >>> [rows_to_see(s) for s in (0.9, 0.8, 0.5, 0.1)]
    [1909, 454, 63, 21]
    """
    return int(np.ceil((_Z_LEVEL + _Z_POWER) ** 2 * (1 + 1 / kept) / np.log(kept) ** 2))


def effective(sizes: Sequence[int] | NDArray[np.int64]) -> float:
    """By how many rows a row counts, where rows come in groups that are not independent: sum of sizes over sum of squares.

    >>> effective([1, 1, 1]), effective([4, 4])
    (1.0, 0.25)
    """
    values = np.asarray(sizes, np.float64)
    return float(values.sum() / max(float((values**2).sum()), 1e-12)) if len(values) else 1.0
