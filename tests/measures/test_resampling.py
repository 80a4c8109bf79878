"""Resampling, and what the measures that stand on it share: level, order, size, hostile rows."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import numpy as np
import pytest
from worlds import Labelled, alarming, most_alarms, near_copies, sides, zipf_world

from holdfast.measures import (
    Calibration,
    LengthAndFormat,
    LexicalDiversity,
    Reading,
    SelfRepetition,
    SyntacticTemplates,
    TwoSamples,
    Undetermined,
)
from holdfast.measures.resampling import BUDGET, WORDS_READ, Pool, refused, resample
from holdfast.measures.text.runs import Runs, hold_equally
from holdfast.views.tokens import ngrams, read_tokens

MEASURES = (LexicalDiversity(), SelfRepetition(), SyntacticTemplates(), LengthAndFormat(), TwoSamples())
by_measure = pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)


def fresh(world, rng, real, candidate):
    return world.rows(real, rng), world.rows(candidate, rng)


def clustered(world, rng, real, candidate):
    return tuple(near_copies(world.rows(n // 5, rng), 4, rng) for n in (real, candidate))


# draw, real rows, candidate rows, words per row
SCENES = (
    (fresh, 110, 110, (6, 20)),
    (fresh, 200, 70, (6, 20)),
    (clustered, 130, 130, (20, 20)),
)


# One test for all measures, whatever it asks: several would draw the scenes again, each on its own worker.
@pytest.mark.slow
def test_reality_alarms_within_the_level_and_lies_in_its_band():
    """The scenes take turns; a measure whose alarms are clear is asked no more."""
    found = {measure.name: [] for measure in MEASURES}
    p_values = {measure.name: [] for measure in MEASURES}
    for trial in count():
        asked = [measure for measure in MEASURES if alarming(p_values[measure.name]) is None]
        if not asked:
            break
        draw, real, candidate, length = SCENES[trial % len(SCENES)]
        rng = np.random.default_rng([trial, 53])
        world = zipf_world(trial % 5, strata=6, length=length)
        both = sides(*draw(world, rng, real, candidate), real_labels=False)
        for measure in asked:
            reading = measure(both, Calibration(draws=99, seed=trial))
            assert isinstance(reading, Reading)
            found[measure.name].append(reading)
            p_values[measure.name].append(reading.p_value)
    assert not [name for name, values in p_values.items() if alarming(values)]
    for name, readings in found.items():
        # Below chance a classifier falls where rows are copied, so its band is held from above.
        outside = sum(
            reading.value > reading.null.high or (name != "two_samples" and reading.value < reading.null.low)
            for reading in readings
        )
        # A band of 99 deals strays: its ends leave out up to seven in a hundred.
        assert outside <= most_alarms(len(readings), 0.07), name


@pytest.fixture(scope="module")
def both():
    rng = np.random.default_rng(1)
    world = zipf_world(1, strata=6, length=(6, 20))
    real, candidate = world.rows(200, rng), world.rows(150, rng) + near_copies(world.rows(5, rng), 4, rng)
    return sides(real, candidate, real_labels=False), (real, candidate)


@by_measure
def test_neither_the_order_of_rows_nor_the_seed_changes_a_value(measure, both):
    rng = np.random.default_rng(2)
    known, rows = both
    shuffled = sides(*(side.at(rng.permutation(len(side))) for side in rows), real_labels=False)
    first, second, other = (
        measure(known, Calibration(draws=99)),
        measure(shuffled, Calibration(draws=99)),
        measure(known, Calibration(draws=99, seed=1)),
    )
    assert first.value == pytest.approx(second.value, rel=1e-6)
    assert first.p_value == pytest.approx(second.p_value, abs=0.02)
    assert first.value == other.value
    assert first.null != other.null


@by_measure
def test_hostile_rows_are_read(measure):
    rng = np.random.default_rng(3)
    world = zipf_world(2, strata=4)
    odd = (
        "\ud800 lone",
        "\x00\x1b[31m",
        "",
        "   ",
        "\u202e" * 50,
        "a" * 30_000,
        "a b " * 9_000,
        "ß" * 40,
        "一二三" * 30,
    )
    rows = world.rows(80, rng)
    mixed = Labelled(texts=rows.texts + odd, strata=rows.strata + ("x",) * len(odd))
    answer = measure(sides(world.rows(80, rng), mixed, real_labels=False), Calibration(draws=99))
    assert isinstance(answer, Reading)


@by_measure
def test_too_few_rows_and_too_few_texts_are_no_answer(measure):
    rng = np.random.default_rng(4)
    world = zipf_world(2, strata=4)
    few = measure(sides(world.rows(60, rng), world.rows(49, rng), real_labels=False), Calibration(draws=99))
    assert isinstance(few, Undetermined)
    assert few.needed_rows == 50
    alike = Labelled(texts=world.rows(1, rng).texts * 60, strata=("x",) * 60)
    answer = measure(sides(alike, world.rows(60, rng), real_labels=False), Calibration(draws=99))
    assert isinstance(answer, Undetermined)
    assert "60 real rows are only 1 group of near-duplicates" in answer.reason


def test_a_pool_keeps_to_its_budget_and_units_together():
    rng = np.random.default_rng(5)
    world = zipf_world(0, strata=4, length=(20, 20))
    real, candidate = near_copies(world.rows(200, rng), 2, rng), world.rows(400, rng)
    known = sides(real, candidate, real_labels=False)
    pool = Pool.of(known, 2_000, words=True)
    assert 2_000 <= 20 * pool.of_candidate.sum() < 2_100
    assert 4_000 <= 20 * (~pool.of_candidate).sum() < 4_200
    assert pool.size == 2_000
    assert 2 * pool.part <= (~pool.candidate).sum()
    units = known.anchor.duplicates.units[pool.row[~pool.of_candidate]]
    for unit in np.unique(units):  # all rows of a unit, or none
        assert (units == unit).sum() == (known.anchor.duplicates.units == unit).sum()
    for chosen in pool.deals(5, rng):
        assert chosen.sum() == pool.candidate.sum()
    first, second = pool.parts(5, rng)
    assert not (first & second).any()
    assert not (first | second)[:, pool.candidate].any()
    assert (first.sum(axis=1) == pool.part).all()
    assert (second.sum(axis=1) == pool.part).all()


def test_the_words_of_a_pool_are_those_of_its_rows():
    rng = np.random.default_rng(6)
    rows = zipf_world(0, strata=2).rows(60, rng)
    long = Labelled(texts=(" ".join(f"w{i}" for i in range(900)), *rows.texts), strata=("x",) * 61)
    known = sides(rows, long, real_labels=False)
    pool = Pool.of(known, BUDGET, words=True)
    tokens = pool.tokens(known.anchor.tokens, known.words)
    for i in range(len(pool)):
        part = known.words if pool.of_candidate[i] else known.anchor.tokens
        start, stop = part.row_starts[pool.row[i]], part.row_starts[pool.row[i] + 1]
        mine = tokens.words[tokens.row_starts[i] : tokens.row_starts[i + 1]]
        assert mine.tolist() == part.words[start:stop][:WORDS_READ].tolist()
    features = pool.features(known.anchor.features, known.candidate.features)
    row = int(np.flatnonzero(pool.of_candidate)[3])
    mine = known.candidate.features.select(pool.row[row : row + 1])
    assert features.select(np.array([row])).columns.tolist() == mine.columns.tolist()


def test_differences_of_a_mean_have_the_spread_that_theory_gives():
    """Parts of a large anchor, and deals of a small one, both show the spread of a difference of two means."""
    rng = np.random.default_rng(7)
    world = zipf_world(0, strata=2, length=(10, 10))
    for real, candidate in ((600, 200), (200, 200)):
        known = sides(world.rows(real, rng), world.rows(candidate, rng), real_labels=False)
        pool = Pool.of(known, 10_000, words=False)
        value = rng.normal(size=len(pool))

        def read(mine, theirs, value=value):
            means = [value[np.flatnonzero(side)[:200]].mean() for side in (mine, theirs)]
            return np.array(means[:1]), np.array(means[1:])

        found = resample(pool, read, 199, rng)
        assert found.reality.std() == pytest.approx(np.sqrt(2 / 200), rel=0.2)
        assert found.reality.mean() == pytest.approx(0, abs=0.04)
        assert (found.reality is found.dealt) == (real == candidate)
        assert found.difference == pytest.approx(
            value[pool.of_candidate][:200].mean() - value[~pool.of_candidate][:200].mean()
        )


def test_units_are_counted_before_rows_are_resampled(both):
    known = both[0]
    assert refused(known, 50) is None
    one = np.zeros(len(known.candidate), np.int64)
    duplicates = replace(known.candidate.duplicates, units=one)
    alike = replace(known, candidate=replace(known.candidate, duplicates=duplicates))
    assert "candidate rows are only 1 group" in refused(alike, 50).reason


def test_runs_are_counted_by_hand():
    tokens = read_tokens(["a b c d", "a b c e", "x b c d a b c"])
    hashes, places = ngrams(tokens, 3)
    runs = Runs.of(hashes, places, tokens.rows[places], 3)
    assert runs.count.tolist() == [2, 2, 5]
    assert len(runs.position) == 2  # "a b c" in all three, "b c d" in the first and the last
    everything, first_two = np.ones(3, bool), np.array([True, True, False])
    assert sorted(runs.times(everything).tolist()) == [2, 3]
    assert runs.repeated(everything).tolist() == [2, 1, 2]
    assert runs.repeated(first_two).tolist() == [1, 1, 0]
    commonest = runs.times(everything) == 2
    assert runs.holding(everything, commonest).tolist() == [True, False, True]
    kept = hold_equally(runs.count, first_two, ~first_two, 9)
    assert [side.tolist() for side in kept] == [[True, True, False], [False, False, False]]
