"""Duplicates: does the candidate say the same thing again, more often than reality does?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from holdfast.measures.reading import (
    BAND_DRAWS,
    Band,
    Calibration,
    Reading,
    Undetermined,
    counted,
    detectable,
    fewest_hits,
    percent,
    too_few,
)
from holdfast.stats.excess import equal_size
from holdfast.stats.permutation import deal, rank
from holdfast.views.units import UnitTypes, count_units, real_draws, split_groups

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from holdfast.views.sides import Sides

MODES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class NearDuplicates:
    """Share of rows that repeat an earlier row of the same set, exactly or nearly, at equal size.

    Reads
        0.0 when every row is new; 0.875 when every row stands there eight times.
    Blind to
        paraphrases that share few characters (see StratumShrinkage).
    Undetermined
        with fewer than `least_rows` rows on a side.
    Cost
        one exact near-duplicate join per side, in practice linear in characters.
    Source
        Jaccard similarity of character 5-grams at 0.8, prefix-filtered join (Xiao et al. 2008); permutation of
        groups.

    >>> from holdfast.measures.examples import text_sides
    >>> sides = text_sides(real=[f"row number {i * 7919} says {i}" for i in range(80)], candidate=["the same row"] * 80)
    >>> round(NearDuplicates()(sides, Calibration(draws=199)).value, 4)
    0.9875
    """

    name: ClassVar[str] = "near_duplicates"
    title: ClassVar[str] = "Rows that repeat each other"
    version: ClassVar[int] = 1
    unit: ClassVar[str] = "of rows repeat an earlier row"
    percent: ClassVar[bool] = True
    judged: ClassVar[bool] = True
    decisive: ClassVar[bool] = False
    of_shares: ClassVar[bool] = False

    tolerance: float = 0.05
    least_rows: int = 30

    def __call__(self, sides: Sides, null: Calibration) -> Reading | Undetermined:
        """Read the share of repeated rows."""
        reading = _read_groups(sides, null, self.name, self.least_rows, repeated_share)
        if isinstance(reading, Undetermined):
            return reading
        groups = sides.candidate.duplicates.near
        sizes = np.bincount(groups)
        exact = len(sides.candidate) - int(sides.candidate.duplicates.exact.max()) - 1
        near = len(sides.candidate) - len(sizes)
        largest = [int(g) for g in np.argsort(-sizes, kind="stable")[:MODES] if sizes[g] > 1]
        rows = tuple(int(np.flatnonzero(groups == g)[0]) for g in largest)
        evidence = (
            f"{near:,} of {counted(len(sides.candidate), 'row')} say what an earlier row says, {exact:,} of them word for word",
            *_at_equal_size(reading.value, near / len(sides.candidate)),
        )
        return _with(
            reading,
            rows,
            evidence,
            {"exact_rows": exact, "near_rows": near, "copies": [int(sizes[g]) for g in largest]},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeShare:
    """Share of rows that the ten heaviest near-duplicate groups hold, at equal size.

    Reads
        near 0.005 for 2,000 distinct rows; 0.5 when ten texts make up half of the set.
    Blind to
        modes whose rows are worded differently (see StratumShrinkage).
    Undetermined
        with fewer than `least_rows` rows on a side.
    Cost
        as NearDuplicates, whose groups it reads.
    Source
        Share of the heaviest modes; permutation of groups.

    >>> from holdfast.measures.examples import text_sides
    >>> rows = [f"row number {i * 7919} says {i}" for i in range(100)]
    >>> sides = text_sides(real=rows, candidate=["the same row"] * 50 + rows[:50])
    >>> round(ModeShare()(sides, Calibration(draws=199)).value, 2)
    0.59
    """

    name: ClassVar[str] = "mode_share"
    title: ClassVar[str] = "Weight of the ten heaviest texts"
    version: ClassVar[int] = 1
    unit: ClassVar[str] = "of rows belong to the ten heaviest texts"
    percent: ClassVar[bool] = True
    judged: ClassVar[bool] = True
    decisive: ClassVar[bool] = False
    of_shares: ClassVar[bool] = False

    tolerance: float = 0.05
    least_rows: int = 30

    def __call__(self, sides: Sides, null: Calibration) -> Reading | Undetermined:
        """Read the share of the heaviest modes."""
        reading = _read_groups(sides, null, self.name, self.least_rows, heaviest_share)
        if isinstance(reading, Undetermined):
            return reading
        groups = sides.candidate.duplicates.near
        sizes = np.bincount(groups)
        largest = [int(g) for g in np.argsort(-sizes, kind="stable")[:MODES] if sizes[g] > 1]
        rows = tuple(int(np.flatnonzero(groups == g)[0]) for g in largest)
        evidence = (
            f"the heaviest text stands for {int(sizes.max()):,} of {counted(len(sides.candidate), 'row')}",
            *_at_equal_size(reading.value, float(np.sort(sizes)[-MODES:].sum()) / len(sides.candidate)),
        )
        return _with(reading, rows, evidence, {"copies": [int(sizes[g]) for g in largest]})


def _at_equal_size(value: float, whole: float) -> tuple[str, ...]:
    """Why the value is not the share of the whole set, where a reader would see that it is not."""
    if percent(value) == percent(whole):
        return ()
    return (
        f"{percent(whole)} in the whole set; compared at equal size, as a larger set repeats itself more",
    )


def repeated_share(types: UnitTypes, units: NDArray[np.int64]) -> NDArray[np.float64]:
    """Share of rows beyond the first of their group: float64 [...] for int64 [..., t] units."""
    rows = units @ types.size
    return np.asarray(1.0 - units.sum(axis=-1) / np.maximum(rows, 1))


def heaviest_share(types: UnitTypes, units: NDArray[np.int64]) -> NDArray[np.float64]:
    """Share of rows in the `MODES` largest groups: float64 [...] for int64 [..., t] units."""
    order = np.argsort(-types.size, kind="stable")
    ordered = units[..., order]
    before = np.cumsum(ordered, axis=-1) - ordered
    taken = np.clip(MODES - before, 0, ordered)
    return np.asarray((taken @ types.size[order]) / np.maximum(units @ types.size, 1))


def _read_groups(
    sides: Sides,
    null: Calibration,
    name: str,
    least_rows: int,
    statistic: Callable[[UnitTypes, NDArray[np.int64]], NDArray[np.float64]],
) -> Reading | Undetermined:
    rng = null.rng(name)
    if min(len(sides.anchor), len(sides.candidate)) < least_rows:
        return too_few(len(sides.anchor), len(sides.candidate), least_rows)
    # A larger set repeats itself more even when it is drawn alike, so the larger side is cut to the smaller one's
    # size, as if popular texts came up again. But every text may also bring its copies to one side, however large;
    # where the sides do not share repeats as popular texts would, the reading must stand out without the cut, too.
    anchor, candidate = sides.anchor.duplicates.near, sides.candidate.duplicates.near
    rows = min(len(anchor), len(candidate))
    by_rows = _read_sizes(
        equal_size(anchor, rows, rng), equal_size(candidate, rows, rng), null, statistic, rng
    )
    popular = float((sides.copied >= 0).mean()) >= float(sides.repeated.mean()) / 2
    if popular or len(anchor) == len(candidate):
        return by_rows
    by_groups = _read_sizes(anchor, candidate, null, statistic, rng)
    return by_groups if by_groups.p_value > by_rows.p_value else by_rows


def _read_sizes(
    anchor: NDArray[np.int64],
    candidate: NDArray[np.int64],
    null: Calibration,
    statistic: Callable[[UnitTypes, NDArray[np.int64]], NDArray[np.float64]],
    rng: np.random.Generator,
) -> Reading:
    types = _types(anchor, candidate)
    value = float(statistic(types, types.candidate))
    reality = statistic(types, real_draws(types, BAND_DRAWS, rng)[1])
    # Chance deals whole groups, but only as large as reality shows them: a group beyond that size is a finding, not
    # one heavy coin.
    split = _types(anchor, split_groups(candidate, int(np.bincount(anchor).max())))
    dealt = deal(split.pooled, int(split.candidate.sum()), null.draws, rng)
    chance = statistic(split, dealt) - statistic(split, split.pooled - dealt)
    observed = float(statistic(split, split.candidate) - statistic(split, split.anchor))
    place = rank(observed, chance, rng)
    least = fewest_hits(null.level, int(types.candidate.sum()), int(types.anchor.sum())) / len(candidate)
    return Reading(
        value=value,
        null=Band.of(reality),
        p_value=place.p_value,
        randomized=place.randomized,
        effect=value - float(reality.mean()),
        smallest_detectable=detectable(chance - chance.mean(), null.level, least=least),
    )


def _types(anchor: NDArray[np.int64], candidate: NDArray[np.int64]) -> UnitTypes:
    """Groups counted by size alone."""
    one = np.zeros(max(len(anchor), len(candidate)), np.int64)
    return count_units(one[: len(anchor)], anchor, one[: len(candidate)], candidate)


def _with(
    reading: Reading, rows: tuple[int, ...], evidence: tuple[str, ...], details: dict[str, object]
) -> Reading:
    from dataclasses import replace

    return replace(reading, rows=rows, evidence=evidence, details=details)
