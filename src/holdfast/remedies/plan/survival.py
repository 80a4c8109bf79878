"""Survival: the share of a stratum's mass that one generation keeps, with what is not known about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
class Seen:
    """Rows of each stratum before and after generations.

    Attributes:
        before: float64 [k], rows in what generators learnt from.
        before_rows: float64 [k], all rows there.
        after: float64 [k], rows in what they made.
        after_rows: float64 [k], all rows there.
    """

    before: NDArray[np.float64]
    before_rows: NDArray[np.float64]
    after: NDArray[np.float64]
    after_rows: NDArray[np.float64]

    def rows(self) -> list[tuple[float, float, float, float]]:
        """The four numbers of each stratum."""
        four = (self.before, self.before_rows, self.after, self.after_rows)
        return [(a, b, c, d) for a, b, c, d in np.stack(four, axis=1).tolist()]

    def pool(self, rare: NDArray[np.bool_]) -> Seen:
        """These strata as one, behind the others."""
        kept = ~rare
        return Seen(
            before=np.append(self.before[kept], self.before[rare].sum()),
            before_rows=np.append(self.before_rows[kept], self.before_rows[rare].max(initial=0.0)),
            after=np.append(self.after[kept], self.after[rare].sum()),
            after_rows=np.append(self.after_rows[kept], self.after_rows[rare].max(initial=0.0)),
        )


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
        seen: What survival is read from, where that is not `made` out of `real`: the generator learnt from other rows than the
            anchor's, or earlier rounds count as well.
    """

    names: tuple[str, ...]
    real: NDArray[np.float64]
    made: NDArray[np.float64]
    real_rows: float
    made_rows: float
    pooled: tuple[int, ...] = ()
    seen: Seen | None = None

    @property
    def evidence(self) -> Seen:
        """What survival is read from."""
        if self.seen is not None:
            return self.seen
        every = np.ones(len(self.names))
        return Seen(
            before=self.real,
            before_rows=every * self.real_rows,
            after=self.made,
            after_rows=every * self.made_rows,
        )

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
        return replace(counts, pooled=counts.pooled or (1,) * len(counts.names))
    kept = np.flatnonzero(~rare)
    return Counts(
        names=(*(counts.names[i] for i in kept), f"the {number:,} rarest strata"),
        real=np.append(counts.real[kept], counts.real[rare].sum()),
        made=np.append(counts.made[kept], counts.made[rare].sum()),
        real_rows=counts.real_rows,
        made_rows=counts.made_rows,
        pooled=(*(1 for _ in kept), number),
        seen=None if counts.seen is None else counts.seen.pool(rare),
    )


def draw_survival(counts: Counts, draws: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """float64 [draws, k], survival of each stratum: the ratio of two independent Beta posteriors (Jeffreys' prior).

    >>> some = Counts(names=("a",), real=np.array([150.0]), made=np.array([120.0]), real_rows=3000, made_rows=3000)
    >>> [round(float(q), 2) for q in np.quantile(draw_survival(some, 20_000, np.random.default_rng(0)), (0.025, 0.5, 0.975))]
    [0.63, 0.8, 1.01]
    """
    size = (draws, len(counts.names))
    seen = counts.evidence
    after = rng.beta(seen.after + _PRIOR, seen.after_rows - seen.after + _PRIOR, size)
    before = rng.beta(seen.before + _PRIOR, seen.before_rows - seen.before + _PRIOR, size)
    return np.asarray(after / before)


def survival(counts: Counts) -> NDArray[np.float64]:
    """float64 [k], the middle of what `draw_survival` draws, near enough and without drawing."""
    seen = counts.evidence
    after = (seen.after + _PRIOR) / (seen.after_rows + 2 * _PRIOR)
    return np.asarray(after / ((seen.before + _PRIOR) / (seen.before_rows + 2 * _PRIOR)))


def fresh(counts: Counts, rng: np.random.Generator) -> Counts:
    """What generators that lose nothing would have shown: both sides drawn from one reality, of the sizes that were seen.

    It gives the numbers that reality itself would score.
    """
    if counts.seen is not None:
        seen = counts.seen
        shares = np.minimum((seen.before + _PRIOR) / (seen.before_rows + 2 * _PRIOR), 1.0)
        before, after = (
            rng.binomial(rows.astype(np.int64), shares).astype(np.float64)
            for rows in (seen.before_rows, seen.after_rows)
        )
        return replace(counts, seen=replace(seen, before=before, after=after))
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
