"""Read rows: whole units in the order of their content, thin strata in full, and the same picks as from the whole."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from worlds import near_copies, sides, zipf_world

from holdfast.measures import (
    AssociationAmplification,
    Calibration,
    DiversityProfile,
    LengthAndFormat,
    Reading,
    StratumShrinkage,
)
from holdfast.measures.resampling import BUDGET, Pool, said_of_part
from holdfast.views.near import Duplicates
from holdfast.views.read_rows import (
    LEAST_IN_STRATUM,
    ROWS_READ,
    WORDS_IN_STRATUM,
    WORDS_READ,
    choose_rows,
    keys_of,
    row_keys,
    unit_keys,
)
from holdfast.views.sides import UNKNOWN


def by_hand(order, units, words, strata):
    """The same choice, unit by unit."""
    rows_of = {unit: np.flatnonzero(units == unit) for unit in range(len(order))}
    base, extra, rows, read = set(), set(), 0, 0
    ordered = np.argsort(order, kind="stable").tolist()
    for unit in ordered:
        if rows < ROWS_READ and read < WORDS_READ:
            base.add(unit)
        rows, read = rows + len(rows_of[unit]), read + int(words[rows_of[unit]].sum())
    for stratum in np.unique(strata[strata >= 0]).tolist():
        held = said = 0
        for unit in ordered:
            mine = rows_of[unit][strata[rows_of[unit]] == stratum]
            if len(mine) and held < LEAST_IN_STRATUM and said < WORDS_IN_STRATUM:
                extra.add(unit)
            held, said = held + len(mine), said + int(words[mine].sum())
    chosen = sorted(int(row) for unit in base | extra for row in rows_of[unit])
    return chosen, [units[row] not in base for row in chosen]


@pytest.mark.parametrize("seed", range(3))
def test_rows_are_chosen_unit_by_unit(seed):
    rng = np.random.default_rng(seed)
    rows, units = 3_000, 900
    unit = np.concatenate([np.arange(units), rng.integers(0, units, rows - units)])
    strata = rng.choice([UNKNOWN, 0, 1, 2, 3], rows, p=[0.1, 0.7, 0.12, 0.06, 0.02])
    words = rng.integers(0, 40_000, rows) // np.where(strata > 1, 100, 1)
    order = unit_keys(row_keys(rng.integers(0, 500, rows).astype(np.uint64)), unit, units)
    found, extra = choose_rows(order, unit, words, strata)
    assert (found.tolist(), extra.tolist()) == by_hand(order, unit, words, strata)
    assert 0 < extra.sum() < len(found) < rows
    assert words[found[~extra]].sum() < WORDS_READ + words.max() * np.bincount(unit).max()
    for stratum in range(4):
        held = found[strata[found] == stratum]
        assert words[held].sum() >= WORDS_IN_STRATUM or len(held) >= min(
            LEAST_IN_STRATUM, (strata == stratum).sum()
        )


def test_of_a_stratum_of_short_rows_two_hundred_are_read_and_of_long_ones_as_many_as_say_enough():
    rows = 4_000
    strata = np.where(np.arange(rows) % 4 == 0, np.arange(rows) % 8 // 4, 2)
    words = np.array([400, 5_000, 15_000])[strata]
    order = unit_keys(row_keys(np.arange(rows).astype(np.uint64)), np.arange(rows), rows)
    found, extra = choose_rows(order, np.arange(rows), words, strata)
    assert len(found[~extra]) < 1_000
    assert (strata[found] == 0).sum() == LEAST_IN_STRATUM
    assert (strata[found] == 1).sum() == max(WORDS_IN_STRATUM // 5_000, (strata[found[~extra]] == 1).sum())


def test_what_fits_is_read_whole():
    one = np.arange(4)
    rows, extra = choose_rows(
        one.astype(np.uint64), one, np.array([WORDS_READ, 0, 0, 0]), np.full(4, UNKNOWN)
    )
    assert (rows.tolist(), extra.any()) == ([0, 1, 2, 3], False)
    rng = np.random.default_rng(0)
    world = zipf_world(0, strata=3)
    both = sides(world.rows(40, rng), world.rows(40, rng))
    assert both.read is both
    assert both.part is None


def test_neither_the_order_of_rows_nor_of_units_decides():
    rng = np.random.default_rng(1)
    hashes = rng.integers(0, 2**63, 2_000).astype(np.uint64)
    units = np.concatenate([np.arange(1_500), rng.integers(0, 1_500, 500)])
    words, strata = np.full(2_000, 10_000), rng.integers(0, 3, 2_000)
    turn, name = rng.permutation(2_000), rng.permutation(1_500)
    first = choose_rows(unit_keys(row_keys(hashes), units, 1_500), units, words, strata)[0]
    second = choose_rows(
        unit_keys(row_keys(hashes[turn]), name[units[turn]], 1_500),
        name[units[turn]],
        words[turn],
        strata[turn],
    )[0]
    assert sorted(turn[second].tolist()) == first.tolist()


@pytest.fixture(scope="module")
def large():
    """Rows that are read in part: a few rows, said to be many by repeating them under other unit numbers."""
    rng = np.random.default_rng(2)
    world = zipf_world(1, strata=5, length=(6, 20))
    real = world.rows(400, rng) + near_copies(world.rows(10, rng), 3, rng)
    found = world.rows(500, rng) + near_copies(world.rows(10, rng), 3, rng)
    return many(sides(real, found), 260)


def many(both, times):
    """Every row so many times; copies are units of their own."""

    def repeat(side):
        rows = np.tile(np.arange(len(side)), times)
        block = np.repeat(np.arange(times), len(side))
        held = side.at(rows)
        units = side.duplicates.units[rows] + block * side.units
        return replace(held, duplicates=Duplicates(exact=units, near=units, related=units, units=units))

    anchor, candidate = repeat(both.anchor), repeat(both.candidate)
    strata = candidate.strata.copy()
    strata[5::3_000] = len(both.labels)  # a thin stratum
    real = np.tile(np.arange(len(both.anchor)), times)
    return replace(
        both,
        anchor=anchor,
        candidate=replace(candidate, strata=strata),
        labels=(*both.labels, "thin"),
        known=both.known[real],
        copied=np.full(len(candidate), -1),
        repeated=both.repeated[real],
        written=candidate.tokens,
    )


def test_a_part_is_made_once_and_its_rows_are_those_of_the_whole(large):
    part = large.read
    assert part is large.read
    assert part.read is part
    rows, extra = part.part.rows[1], part.part.extra[1]
    assert part.part.of == (len(large.anchor), len(large.candidate))
    assert ROWS_READ <= (~extra).sum() < ROWS_READ + 10
    assert part.candidate.texts == tuple(large.candidate.texts[row] for row in rows)
    assert part.candidate.strata.tolist() == large.candidate.strata[rows].tolist()
    thin = large.candidate.strata == len(large.labels) - 1
    assert (part.candidate.strata == len(large.labels) - 1).sum() == thin.sum() > 0
    assert part.words.folded[:50] == tuple(large.words.folded[row] for row in rows[:50])
    assert part.anchor.tokens.folded[:50] == tuple(
        large.anchor.tokens.folded[row] for row in part.part.rows[0][:50]
    )
    assert len(part.repeated) == len(part.known) == len(part.anchor)
    for mine, whole, at in zip(keys_of(part), keys_of(large), part.part.rows, strict=True):
        assert mine.tolist() == whole[at].tolist()


@pytest.mark.parametrize(("budget", "words"), [(BUDGET, True), (2_000, False), (5_000, False)])
def test_a_pool_of_the_part_is_the_pool_of_the_whole(large, budget, words):
    whole, part = Pool.of(large, budget, words=words), Pool.of(large.read, budget, words=words)
    rows = [np.where(part.of_candidate, 0, 0)]
    real, found = large.read.part.rows
    rows = np.empty(len(part), np.int64)
    rows[part.of_candidate] = found[part.row[part.of_candidate]]
    rows[~part.of_candidate] = real[part.row[~part.of_candidate]]
    assert rows.tolist() == whole.row.tolist()
    assert part.of_candidate.tolist() == whole.of_candidate.tolist()
    assert part.unit.tolist() == whole.unit.tolist()
    assert part.candidate.tolist() == whole.candidate.tolist()
    assert (part.size, part.part) == (whole.size, whole.part)


def test_no_pool_takes_rows_that_were_read_for_their_strata(large):
    read = large.read
    assert read.part.extra[1].any()
    everything = Pool.of(read, 10**9, words=False)
    assert not read.part.extra[1][everything.row[everything.of_candidate]].any()


MEASURES = (
    AssociationAmplification(least_pairs=1),
    StratumShrinkage(),
    DiversityProfile(permutations=9),
)


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_a_reading_of_a_part_says_so(large, measure):
    reading = measure(large, Calibration(draws=19))
    assert isinstance(reading, Reading)
    part = large.read.part
    assert reading.details["rows_read"] == {
        "real": len(part.rows[0]),
        "candidate": len(part.rows[1]),
        "of_real": len(large.anchor),
        "of_candidate": len(large.candidate),
    }
    assert f"of {len(large.candidate):,} candidate rows" in reading.evidence[-1]
    assert set(reading.rows) <= set(part.rows[1].tolist())


def test_a_reading_of_everything_says_nothing(large):
    rng = np.random.default_rng(3)
    world = zipf_world(1, strata=5, length=(6, 20))
    small = sides(world.rows(80, rng), world.rows(80, rng))
    reading = LengthAndFormat()(small, Calibration(draws=19))
    assert said_of_part(reading, small.read) is reading
    assert "rows_read" not in reading.details


def test_the_bounds_are_those_of_the_design():
    assert (ROWS_READ, WORDS_READ, LEAST_IN_STRATUM, WORDS_IN_STRATUM) == (100_000, 10_000_000, 200, 100_000)
