"""Planted losses are found: four draws of five at the very least."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from worlds import Labelled, fewest_hits, near_copies, sides, zipf_world

from holdfast.measures import (
    AnchorCopies,
    Artifacts,
    BandRetention,
    Calibration,
    ModeShare,
    NearDuplicates,
    OffAnchor,
    Reading,
    StratumDeficit,
    StratumShrinkage,
)

TRIALS = 10  # of powers of one half, 95 in a hundred fall short of four in five
LEVEL = 0.01
NULL = Calibration(draws=399, level=LEVEL)


def without(world, strata):
    shares = world.shares.copy()
    shares[strata] = 0.0
    return shares


def drop_strata(world, rng, real, rows):
    return world.rows(rows, rng, without(world, [8, 9]))


def thin_the_tail(world, rng, real, rows):
    shares = world.shares.copy()
    shares[5:] *= 0.35
    return world.rows(rows, rng, shares)


def narrow(world, rng, real, rows):
    # The first six of forty words of each stratum, and a fifth of the common ones.
    inner = type(world)(
        labels=world.labels,
        shares=world.shares,
        own=tuple(words[:12] for words in world.own),
        common=world.common[:40],
        mixing=world.mixing,
        length=world.length,
    )
    return inner.rows(rows, rng)


def repeat(world, rng, real, rows):
    fresh = world.rows(rows - rows // 8, rng)
    return fresh + fresh.at(range(rows // 8))


def repeat_few(world, rng, real, rows):
    fresh = world.rows(rows - rows // 5, rng)
    return fresh + fresh.at(rng.integers(12, size=rows // 5))


def lose_the_rarest(world, rng, real, rows):
    shares = world.shares.copy()
    shares[6:] *= 0.15
    return world.rows(rows, rng, shares)


def copy(world, rng, real, rows):
    return world.rows(rows - rows // 8, rng) + real.at(range(rows // 8))


def stray(world, rng, real, rows):
    return world.rows(rows - rows // 8, rng) + zipf_world(99, strata=10).rows(rows // 8, rng)


def template(world, rng, real, rows):
    fresh = world.rows(rows, rng)
    texts = tuple(f"of course my friend {t}" if i % 10 == 0 else t for i, t in enumerate(fresh.texts))
    return Labelled(texts=texts, strata=fresh.strata)


PLANTS = [
    (StratumDeficit(), drop_strata),
    (StratumDeficit(), thin_the_tail),
    (BandRetention(least_rows=5), lose_the_rarest),
    (StratumShrinkage(), narrow),
    (NearDuplicates(), repeat),
    (ModeShare(), repeat_few),
    (AnchorCopies(), copy),
    (OffAnchor(), stray),
    (Artifacts(), template),
]


@pytest.mark.parametrize(("real_rows", "rows"), [(300, 300), (500, 250)], ids=["equal", "unequal"])
@pytest.mark.parametrize(("measure", "plant"), PLANTS, ids=lambda value: getattr(value, "__name__", None))
def test_a_planted_loss_is_found(measure, plant, real_rows, rows):
    found = 0
    for trial in range(TRIALS):
        rng = np.random.default_rng([trial, 21])
        world = zipf_world(trial % 4, strata=10, exponent=0.6)
        if plant is lose_the_rarest:  # a tenth that can be told from the rest by so few rows
            world = replace(world, shares=np.array([0.15] * 6 + [0.025] * 4))
        real = world.rows(real_rows, rng)
        reading = measure(sides(real, plant(world, rng, real, rows)), NULL)
        assert isinstance(reading, Reading)
        found += reading.p_value <= LEVEL and reading.effect > 0
    assert found >= 0.8 * TRIALS


@pytest.mark.slow
def test_a_lost_stratum_is_found_behind_predicted_labels():
    found = named = 0
    for trial in range(12):
        rng = np.random.default_rng([trial, 22])
        world = zipf_world(trial % 4, strata=8, exponent=0.5)
        real = world.rows(350, rng)
        both = sides(real, world.rows(350, rng, without(world, [6])), candidate_labels=False)
        reading = StratumDeficit()(both, NULL)
        found += reading.p_value <= LEVEL
        named += "stratum 06" in reading.details["lost"]
    assert found >= 0.8 * 12
    assert named >= 0.8 * 12


def test_a_lost_stratum_is_found_among_near_copies():
    found = 0
    for trial in range(12):
        rng = np.random.default_rng([trial, 23])
        world = zipf_world(trial % 4, strata=5, exponent=0.4, length=(20, 20))
        real, candidate = (
            near_copies(world.rows(120, rng, shares), 2, rng)
            for shares in (world.shares, without(world, [3]))
        )
        reading = StratumDeficit()(sides(real, candidate), NULL)
        found += reading.p_value <= LEVEL
    assert found >= fewest_hits(12, 0.9)


def test_planted_repeats_are_found_beside_popular_texts():
    # Both sides say a few things again and again, and the candidate, a third of the anchor, repeats 45 rows more.
    found = 0
    for trial in range(TRIALS):
        rng = np.random.default_rng([trial, 9])
        pool = zipf_world(trial % 4, strata=6).rows(600, rng)
        candidate = pool.at(rng.integers(600, size=255))
        both = sides(pool.at(rng.integers(600, size=900)), candidate + candidate.at(range(45)))
        reading = NearDuplicates()(both, Calibration(draws=799))
        found += reading.p_value <= LEVEL and reading.effect > 0.05
    assert found >= 0.6 * TRIALS


def test_rows_behind_a_reading_are_the_planted_ones():
    rng = np.random.default_rng(24)
    world = zipf_world(0, strata=6)
    real = world.rows(300, rng)
    both = sides(real, stray(world, rng, real, 240))
    assert set(OffAnchor()(both, NULL).rows) >= set(range(210, 240))
    both = sides(real, real.at(range(30)) + world.rows(200, rng))
    reading = AnchorCopies()(both, NULL)
    assert set(reading.rows) == set(range(30))
    assert reading.details["copied_from"] == {i: i for i in range(30)}
    both = sides(real, repeat_few(world, rng, real, 240))
    reading = ModeShare()(both, NULL)
    assert set(reading.rows) <= set(range(12))
    assert len(reading.rows) == len(reading.details["copies"]) == 10
    assert all(count > 1 for count in reading.details["copies"])
