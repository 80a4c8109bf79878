"""Diversity profile: how many word pairs and strata does the candidate use, and how alike are its rows?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from holdfast.measures.reading import Band, Calibration, Reading, Undetermined, detectable, percent, too_few
from holdfast.measures.resampling import said_of_part
from holdfast.stats.hill import (
    ORDERS,
    Tally,
    coverage,
    mean_similarity,
    rarefied,
    richness,
    size_of_coverage,
)
from holdfast.stats.permutation import deal, rank
from holdfast.views.features import Features, unit_frequencies, weigh
from holdfast.views.sides import select_tokens
from holdfast.views.tokens import ngrams
from holdfast.views.units import count_units

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from holdfast.views.sides import Side, Sides

WORDS_READ = 400_000
"""Words read of a side; sets of long rows are read by fewer rows."""
FEATURES_COMPARED = 300_000
"""Weighed features compared of a side, for the similarity of rows."""
_DEALS_AT_ONCE = 50
_DEVIATES = 1.96  # of a 95 % interval


@dataclass(frozen=True, slots=True, kw_only=True)
class DiversityProfile:
    """The diversity score: how varied the candidate's wording is, beside reality's, at equal coverage.

    Counts of distinct things grow with the sample, so both sides are read where they have seen the same share of their own
    world: the better-covered side is cut, in expectation, to fewer rows. There, Hill numbers count the distinct word
    pairs (order 0), those in regular use (order 1) and those in frequent use (order 2). The diversity score is the
    geometric mean, over the three orders, of the candidate's number divided by reality's.

    Rows are what is drawn: coverage and order 0 count the rows that hold a pair; orders 1 and 2 count its occurrences
    in the same share of the rows, as long rows would otherwise look even. Strata are profiled alike, where there are
    any, and rows by their similarity: one over the mean likeness of two random rows. Likeness leaves out a row's
    likeness to itself, and so does not depend on the number of rows. The null deals units anew to both sides; the
    interval is as wide as the null's spread, about the reading.

    Reads
        1.0 when the candidate is as varied as reality, whatever the lengths of its rows; below 0.5 when it moves in
        half of reality's vocabulary; above 1 when it is more varied.
    Blind to
        what the variety is about: noise is varied, too (see OffAnchor, RealEquivalentRows).
    Undetermined
        with fewer than `least_rows` rows on a side, or where a side has no two words in a row.
    Cost
        linear in words, of up to `most_rows` rows or 400,000 words a side, times 200 deals.
    Source
        Chao and Jost 2012, Ecology 93:2533; Chao et al. 2014, Ecological Monographs 84:45; Leinster and Cobbold 2012,
        Ecology 93:477; permutation of units.

    >>> from holdfast.measures.examples import text_sides
    >>> from random import Random
    >>> dice = Random(1)
    >>> wide = [" ".join(dice.choices([f"word{i}" for i in range(60)], k=9)) for _ in range(300)]
    >>> narrow = [" ".join(dice.choices([f"word{i}" for i in range(30)], k=9)) for _ in range(300)]
    >>> 0.2 < DiversityProfile()(text_sides(real=wide, candidate=narrow), Calibration()).value < 0.3
    True
    """

    name: ClassVar[str] = "diversity_profile"
    title: ClassVar[str] = "Diversity at equal coverage"
    version: ClassVar[int] = 1
    unit: ClassVar[str] = "as varied as reality"
    percent: ClassVar[bool] = True
    judged: ClassVar[bool] = False
    decisive: ClassVar[bool] = False
    of_shares: ClassVar[bool] = False

    tolerance: float = 0.1
    least_rows: int = 50
    most_rows: int = 10_000
    permutations: int = 199

    def __call__(self, sides: Sides, null: Calibration) -> Reading | Undetermined:
        """Read the diversity score and the profiles behind it."""
        if min(len(sides.anchor), len(sides.candidate)) < self.least_rows:
            return too_few(len(sides.anchor), len(sides.candidate), self.least_rows)
        rng, read = null.rng(self.name), sides.read
        draws = min(null.draws, self.permutations)
        pool = _pool(read, self.most_rows, rng)
        pairs = _read_pairs(read, pool)
        if not all(pairs.any_of(side) for side in (pool.candidate, ~pool.candidate)):
            return Undetermined(reason="one side has no row of two words")
        profile, share = _profile_pairs(pairs, pool, draws, rng)
        scores = np.exp(np.log(profile.ratios).mean(axis=1))
        value, reality = float(scores[0]), scores[1:]
        place = rank(-float(np.log(value)), -np.log(reality), rng)
        band = Band.of(reality)
        spread = float(np.exp(_DEVIATES * np.log(reality).std()))
        profiles = [profile, *_profile_strata(sides, self.least_rows, draws, rng)]
        profiles.append(_profile_likeness(read, pool, draws, rng))
        reading = Reading(
            value=value,
            null=band,
            interval=(value / spread, value * spread) if spread > 1 else None,
            p_value=place.p_value,
            randomized=place.randomized,
            effect=1.0 - value / band.median,
            smallest_detectable=detectable(1.0 - reality / band.median, null.level),
            evidence=_evidence(profiles),
            details={
                "orders": [row for p in profiles for row in p.plain()],
                "score": value,
                "coverage": share,
            },
        )
        return said_of_part(reading, read)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pool:
    """The units that are read, of both sides, in an order that does not depend on the order of rows.

    Attributes:
        rows: int64 [n] twice: rows of the anchor and of the candidate.
        unit: int64 [n] twice: their units, numbered through both sides.
        candidate: bool [u], whether the unit is the candidate's.
    """

    rows: tuple[NDArray[np.int64], NDArray[np.int64]]
    unit: tuple[NDArray[np.int64], NDArray[np.int64]]
    candidate: NDArray[np.bool_]

    @property
    def row_units(self) -> NDArray[np.int64]:
        """int64 [n], the unit of every row, the anchor's rows first."""
        return np.concatenate(self.unit)

    def cut(self, real: int, found: int) -> _Pool:
        """The first units of each side."""
        numbers = [np.flatnonzero(~self.candidate)[:real], np.flatnonzero(self.candidate)[:found]]
        number = np.full(len(self.candidate), -1, np.int64)
        number[np.concatenate(numbers)] = np.arange(len(numbers[0]) + len(numbers[1]))
        kept = [number[unit] >= 0 for unit in self.unit]
        return _Pool(
            rows=(self.rows[0][kept[0]], self.rows[1][kept[1]]),
            unit=(number[self.unit[0][kept[0]]], number[self.unit[1][kept[1]]]),
            candidate=np.repeat([False, True], [len(numbers[0]), len(numbers[1])]),
        )

    def deals(self, draws: int, rng: np.random.Generator) -> NDArray[np.bool_]:
        """bool [draws + 1, u], which units are the candidate's: as found, and as chance deals them."""
        tiled = np.tile(self.candidate, (draws + 1, 1))
        rng.permuted(tiled[1:], axis=1, out=tiled[1:])
        return tiled


@dataclass(frozen=True, slots=True, kw_only=True)
class _Profile:
    """Diversity of both sides, as found and as chance deals them.

    Attributes:
        of: What is counted.
        orders: Orders of the columns.
        real: float64 [draws + 1, q], the anchor's side; as found comes first.
        candidate: float64 [draws + 1, q], the candidate's.
    """

    of: str
    orders: tuple[int, ...]
    real: NDArray[np.float64]
    candidate: NDArray[np.float64]

    @property
    def ratios(self) -> NDArray[np.float64]:
        """float64 [draws + 1, q], the candidate's diversity for each of reality's."""
        return self.candidate / self.real

    def plain(self) -> list[dict[str, Any]]:
        """One row per order, for reports."""
        bands = [Band.of(draws) for draws in self.ratios[1:].T]
        return [
            {
                "order": order,
                "of": self.of,
                "real": float(self.real[0, i]),
                "candidate": float(self.candidate[0, i]),
                "ratio": float(self.ratios[0, i]),
                "low": bands[i].low,
                "high": bands[i].high,
            }
            for i, order in enumerate(self.orders)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pairs:
    """Word pairs of the pooled rows, one entry for each row and pair.

    Attributes:
        unit: int64 [e], the row's unit.
        pair: int64 [e], the pair.
        times: float64 [e], how often it stands in the row.
        once: int64 [u], further pairs of each unit, which stand nowhere else.
        rows: int64 [u], rows of each unit.
    """

    unit: NDArray[np.int64]
    pair: NDArray[np.int64]
    times: NDArray[np.float64]
    once: NDArray[np.int64]
    rows: NDArray[np.int64]

    def any_of(self, chosen: NDArray[np.bool_]) -> bool:
        """Whether some units hold any word pair."""
        return bool(self.once[chosen].any() or chosen[self.unit].any())

    def samples(self, deals: NDArray[np.bool_]) -> Iterator[tuple[_Sample, _Sample]]:
        """The word pairs of the units that each deal (bool [d, u]) gives to one side, and of the others."""
        from scipy.sparse import coo_array

        shape = (int(self.pair.max(initial=-1)) + 1, len(self.once))
        tables = [
            coo_array((weight, (self.pair, self.unit)), shape=shape).tocsr()
            for weight in (np.ones(len(self.pair), np.float32), self.times.astype(np.float32))
        ]
        every = [np.asarray(table.sum(axis=1)).reshape(-1).astype(np.int64) for table in tables]
        for start in range(0, len(deals), _DEALS_AT_ONCE):
            some = deals[start : start + _DEALS_AT_ONCE]
            weights = np.ascontiguousarray(some.T.astype(np.float32))
            # Whole numbers far below 2^24, at which float32 would begin to round.
            found = [np.ascontiguousarray((table @ weights).T).astype(np.int64) for table in tables]
            for i, chosen in enumerate(some):
                held, said = found[0][i], found[1][i]
                yield (
                    self._sample(chosen, held, said),
                    self._sample(~chosen, every[0] - held, every[1] - said),
                )

    def _sample(self, chosen: NDArray[np.bool_], held: NDArray[np.int64], said: NDArray[np.int64]) -> _Sample:
        once = int(self.once[chosen].sum())
        return _Sample(
            rows=Tally.of(held, int(self.rows[chosen].sum()), once=once), words=Tally.of(said, once=once)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sample:
    """Word pairs of a set, by the rows that hold them and by their occurrences."""

    rows: Tally
    words: Tally

    def at(self, share: float) -> NDArray[np.float64]:
        """float64 [3], diversity where the set covers this share."""
        size = size_of_coverage(self.rows, share)
        said = max(round(self.words.draws * size / max(self.rows.draws, 1)), 1)
        found = np.concatenate([[richness(self.rows, size)], rarefied(self.words, said)[1:]])
        return np.asarray(np.maximum(found, 1.0))  # a deal may leave a side without a pair


def _pool(sides: Sides, most_rows: int, rng: np.random.Generator) -> _Pool:
    """Units of each side drawn by chance, as many as the larger units of the two allow."""
    both = (sides.anchor, sides.candidate)
    rows = max(len(side) / side.units for side in both)
    words = max(len(side.tokens.words) / side.units for side in both)
    keep = max(int(min(most_rows / rows, WORDS_READ / max(words, 1.0))), 2)
    beyond = (None, None) if sides.part is None else sides.part.extra
    picked = [
        rng.permutation(_by_content(side, extra))[:keep] for side, extra in zip(both, beyond, strict=True)
    ]
    found: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
    for side, units, before in zip(both, picked, (0, len(picked[0])), strict=True):
        number = np.full(side.units, -1, np.int64)
        number[units] = before + np.arange(len(units))
        of_row = number[side.duplicates.units]
        at = np.flatnonzero(of_row >= 0)
        found.append((at, of_row[at]))
    return _Pool(
        rows=(found[0][0], found[1][0]),
        unit=(found[0][1], found[1][1]),
        candidate=np.repeat([False, True], [len(picked[0]), len(picked[1])]),
    )


def _by_content(side: Side, extra: NDArray[np.bool_] | None) -> NDArray[np.int64]:
    """int64 [u], units in an order that their words give, without those that were read for the sake of their strata."""
    key = np.full(side.units, np.iinfo(np.uint64).max)
    np.minimum.at(key, side.duplicates.units, side.keys)
    order = np.argsort(key, kind="stable")
    if extra is None:
        return order
    beyond = np.zeros(side.units, bool)
    beyond[side.duplicates.units[extra]] = True
    return order[~beyond[order]]


def _read_pairs(sides: Sides, pool: _Pool) -> _Pairs:
    both = (sides.anchor, sides.candidate)
    found, rows, before = [], [], 0
    for side, at in zip(both, pool.rows, strict=True):
        tokens = select_tokens(side.tokens, at)
        hashes, positions = ngrams(tokens, 2)
        found.append(hashes)
        rows.append(tokens.rows[positions] + before)
        before += len(at)
    pair, often = np.unique(np.concatenate(found), return_inverse=True, return_counts=True)[1:]
    of_row = np.concatenate(rows)
    shared = often[pair] > 1
    key, times = np.unique(of_row[shared] * len(often) + pair[shared], return_counts=True)
    units, count = pool.row_units, len(pool.candidate)
    number = np.cumsum(often > 1) - 1  # pairs that stand only once need none
    return _Pairs(
        unit=units[key // max(len(often), 1)],
        pair=number[key % max(len(often), 1)],
        times=times.astype(np.float64),
        once=np.bincount(units[of_row[~shared]], minlength=count),
        rows=np.bincount(units, minlength=count),
    )


def _profile_pairs(
    pairs: _Pairs, pool: _Pool, draws: int, rng: np.random.Generator
) -> tuple[_Profile, float]:
    """Word pairs at equal coverage, and the coverage of the sides as found."""
    deals = pool.deals(draws, rng)
    real, candidate = np.empty((2, draws + 1, len(ORDERS)))
    shares = np.empty(draws + 1)
    for i, (mine, theirs) in enumerate(pairs.samples(deals)):
        shares[i] = min(coverage(mine.rows), coverage(theirs.rows))
        candidate[i], real[i] = mine.at(shares[i]), theirs.at(shares[i])
    return _Profile(of="word pairs", orders=ORDERS, real=real, candidate=candidate), float(shares[0])


def _profile_strata(sides: Sides, least: int, draws: int, rng: np.random.Generator) -> list[_Profile]:
    """Strata at equal coverage, where rows have any; a declared mix is not the anchor's, and is left alone."""
    candidate = sides.candidate
    counted = min(int((side.strata >= 0).sum()) for side in (sides.anchor, candidate))
    if len(sides.labels) < 2 or sides.declared is not None or counted < least:
        return []
    types = count_units(*sides.real_strata, candidate.strata, candidate.duplicates.units)
    dealt = deal(types.pooled, int(types.candidate.sum()), draws, rng)
    mine = np.concatenate([types.candidate[None, :], dealt])
    sides_rows = [
        types.rows_by_key(units, len(sides.labels)).astype(np.int64) for units in (types.pooled - mine, mine)
    ]
    found = np.empty((2, draws + 1, len(ORDERS)))
    for i, counts in enumerate(zip(*sides_rows, strict=True)):
        tallies = [Tally.of(rows) for rows in counts]
        share = min(coverage(tally) for tally in tallies)
        found[:, i] = [rarefied(tally, size_of_coverage(tally, share)) for tally in tallies]
    return [_Profile(of="strata", orders=ORDERS, real=found[0], candidate=found[1])]


def _profile_likeness(sides: Sides, pool: _Pool, draws: int, rng: np.random.Generator) -> _Profile:
    """Diversity of order 2 of rows that resemble each other: one over the mean likeness of two different rows."""
    from scipy.sparse import csr_array

    both = (sides.anchor, sides.candidate)
    entries = max(
        float(np.diff(side.features.starts)[rows].sum()) / max(int((pool.candidate == flag).sum()), 1)
        for side, rows, flag in zip(both, pool.rows, (False, True), strict=True)
    )
    keep = max(int(FEATURES_COMPARED / max(entries, 1.0)), 2)
    pool = pool.cut(keep, keep)
    features = _join(*(side.features.select(rows) for side, rows in zip(both, pool.rows, strict=True)))
    units = pool.row_units
    # Weights come from both sides together, which no dealing changes.
    weighed = weigh(features, unit_frequencies(features, units), len(pool.candidate), own=False)
    columns, number = np.unique(weighed.indices, return_inverse=True)
    rows = csr_array((weighed.data, number, weighed.indptr), shape=(len(features), len(columns)))
    own = np.bincount(units, np.asarray(rows.multiply(rows).sum(axis=1)).reshape(-1))
    squares, count = own.astype(np.float64), np.bincount(units)
    total = np.asarray(rows.sum(axis=0)).reshape(-1)
    toward = np.bincount(units, rows @ total)  # inner products with the sum of everything
    deals = pool.deals(draws, rng)
    lengths = np.empty(draws + 1)
    by_column = rows.T.tocsr()
    for start in range(0, draws + 1, _DEALS_AT_ONCE):
        some = deals[start : start + _DEALS_AT_ONCE]
        sums = by_column @ np.ascontiguousarray(some[:, units].T.astype(np.float32))
        lengths[start : start + len(some)] = np.einsum("ij,ij->j", sums, sums, dtype=np.float64)
    rest = float(total @ total) - 2.0 * (deals @ toward) + lengths
    alike = [
        mean_similarity(length, chosen @ squares, np.maximum(chosen @ count, 2).astype(np.float64))
        for length, chosen in ((rest, ~deals), (lengths, deals))
    ]
    real, candidate = (1.0 / np.maximum(values, 1e-6)[:, None] for values in alike)
    return _Profile(of="similarity", orders=(2,), real=real, candidate=candidate)


def _join(first: Features, second: Features) -> Features:
    return Features(
        starts=np.concatenate([first.starts, second.starts[1:] + first.starts[-1]]),
        columns=np.concatenate([first.columns, second.columns]),
        counts=np.concatenate([first.counts, second.counts]),
    )


def _evidence(profiles: list[_Profile]) -> tuple[str, ...]:
    found = {(row["of"], row["order"]): row for p in profiles for row in p.plain()}
    lines = [_at_equal_coverage("uses {} as many word pairs as reality", found["word pairs", 0])]
    frequent, alike = found["word pairs", 2], found["similarity", 2]
    if not frequent["low"] <= frequent["ratio"] <= frequent["high"]:
        lines.append(_at_equal_coverage("has {} as many frequent word pairs as reality", frequent))
    strata = found.get(("strata", 1))
    if strata is not None and not strata["low"] <= strata["ratio"] <= strata["high"]:
        lines.append(_at_equal_coverage("spreads over {} as many strata as reality", strata))
    if not alike["low"] <= alike["ratio"] <= alike["high"]:
        times, low, high = (1.0 / alike[key] for key in ("ratio", "high", "low"))
        lines.append(
            f"two of its rows are {times:.2f} times as alike as two real rows; reality against itself {low:.2f} to {high:.2f}"
        )
    return tuple(lines)


def _at_equal_coverage(said: str, row: dict[str, Any]) -> str:
    low, high = percent(row["low"]).removesuffix(" %"), percent(row["high"])
    return f"the candidate {said.format(percent(row['ratio']))} at equal coverage; reality against itself {low} to {high}"
