"""The measures that count strata, on counts alone: the texts are read once, the strata are drawn anew each time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import kstest
from worlds import alarming, fewest_hits, keeps_to_its_level, most_alarms, popular, sides, zipf_world

from holdfast.measures import BandRetention, Calibration, StratumDeficit, Undetermined
from holdfast.measures.examples import strata_sides
from holdfast.measures.text.stratum_deficit import NAMED_BELOW

NULL = Calibration(draws=199)
RANKS = 60


@pytest.fixture(scope="module")
def blank():
    """2,000 real and 800 candidate rows without any repeat; their strata are for the tests to set."""
    rng = np.random.default_rng(0)
    rows = zipf_world(0, strata=2).rows(2_800, rng)
    found = sides(rows.at(range(2_000)), rows.at(range(2_000, 2_800)))
    assert found.anchor.units == 2_000
    assert found.candidate.units == 800
    return found


def drawn(blank, rng, share, candidate_share=None, *, real=2_000, rows=800, confusion=None, declared=None):
    """Sides whose strata follow the shares; through `confusion`, as a labeller would read them."""

    def read(true):
        if confusion is None:
            return true
        return np.array([rng.choice(len(share), p=confusion[s]) for s in true], np.int64)

    count = len(share)
    given = rng.choice(count, real, p=share)
    mine = rng.choice(count, rows, p=share if candidate_share is None else candidate_share)
    seen = read(given)
    table = None
    if confusion is not None:
        table = np.zeros((count, count), np.int64)
        np.add.at(table, (given, seen), 1)
    anchor = blank.anchor.at(np.arange(real)) if real < len(blank.anchor) else blank.anchor
    candidate = blank.candidate.at(np.arange(rows)) if rows < len(blank.candidate) else blank.candidate
    return replace(
        blank,
        anchor=replace(anchor, strata=seen),
        candidate=replace(candidate, strata=read(mine)),
        labels=tuple(f"s{i:02d}" for i in range(count)),
        declared=declared,
        confusion=table,
    )


def zipf(count, exponent=1.0):
    share = np.arange(1, count + 1, dtype=float) ** -exponent
    return share / share.sum()


def blurred(count, correct):
    confusion = np.full((count, count), (1 - correct) / (count - 1))
    np.fill_diagonal(confusion, correct)
    return confusion / confusion.sum(axis=1, keepdims=True)


SCENES = {
    "own mix": {},
    "own mix, few real rows": {"real": 300},
    "own mix, few candidate rows": {"rows": 150},
    "declared mix, given labels": {"declared": True},
    "declared mix, predicted labels": {"declared": True, "confusion": True},
    "declared mix, predicted labels, few real rows": {"declared": True, "confusion": True, "real": 600},
}


@pytest.mark.slow
@pytest.mark.parametrize("scene", SCENES)
def test_deficits_of_reality_are_uniform(blank, scene):
    options = dict(SCENES[scene])
    share = zipf(15)
    declared = share if options.pop("declared", False) else None
    confusion = blurred(15, 0.85) if options.pop("confusion", False) else None
    ranks, p_values, falsely_named = [], [], 0
    while alarming(p_values) is None or (confusion is None and len(ranks) < RANKS):
        trial = len(p_values)
        rng = np.random.default_rng([trial, 41])
        both = drawn(blank, rng, share, declared=declared, confusion=confusion, **options)
        reading = StratumDeficit()(both, Calibration(draws=199, seed=trial))
        ranks.append(reading.randomized)
        p_values.append(reading.p_value)
        falsely_named += bool(reading.details["lost"])
        assert reading.p_value <= NAMED_BELOW or not reading.details["lost"]
    assert not alarming(p_values)
    assert falsely_named <= most_alarms(len(p_values), NAMED_BELOW)
    if confusion is None:
        assert kstest(ranks, "uniform").pvalue > 0.001


@pytest.mark.slow
def test_names_are_right(blank):
    share = zipf(20, 0.8)
    lost = [10, 14, 19]
    thinned = share.copy()
    thinned[lost] = 0.0
    wrong = found = 0.0
    trials = 60
    for trial in range(trials):
        both = drawn(blank, np.random.default_rng([trial, 32]), share, thinned / thinned.sum())
        named = {int(name[1:]) for name in StratumDeficit()(both, NULL).details["lost"]}
        wrong += len(named - set(lost)) / max(len(named), 1)
        found += len(named & set(lost)) / len(lost)
    assert wrong / trials <= 0.05
    assert found / trials >= 0.8


def test_the_table_of_strata(blank):
    share = zipf(8)
    without = share.copy()
    without[5] = 0.0
    both = drawn(blank, np.random.default_rng(33), share, without / without.sum())
    reading = StratumDeficit()(both, NULL)
    table = reading.details["strata"]
    assert [row["stratum"] for row in table] == list(both.labels)
    np.testing.assert_array_equal(
        [row["real_rows"] for row in table], np.bincount(both.anchor.strata, minlength=8)
    )
    np.testing.assert_array_equal(
        [row["candidate_rows"] for row in table], np.bincount(both.candidate.strata, minlength=8)
    )
    assert sum(row["real_share"] for row in table) == pytest.approx(1.0)
    assert sum(row["expected_rows"] for row in table) == pytest.approx(800)
    for row in table:
        assert row["interval"][0] <= row["retention"] <= row["interval"][1]
        assert 0 < row["p_value"] <= 1
        assert row["retention"] == pytest.approx(row["candidate_rows"] / row["expected_rows"])
    assert [row["stratum"] for row in table if row["lost"]] == ["s05"] == reading.details["lost"]
    assert table[5]["interval"][0] == 0.0 < table[5]["interval"][1] < 0.5


def test_the_power_statement_holds(blank):
    # Thin the rare half by what the reading says it could see: four draws of five are significant.
    share = zipf(12, 0.7)
    level = 0.01
    first = drawn(blank, np.random.default_rng(34), share)
    dose = StratumDeficit()(first, Calibration(draws=999, level=level)).smallest_detectable
    assert 0.1 < dose < 0.9
    thinned = share.copy()
    thinned[6:] *= 1 - dose
    trials, found = 60, 0
    for trial in range(trials):
        both = drawn(blank, np.random.default_rng([trial, 35]), share, thinned / thinned.sum())
        found += StratumDeficit()(both, Calibration(draws=299, level=level, seed=trial)).p_value <= level
    assert fewest_hits(trials, 0.7) <= found


@pytest.mark.slow
@pytest.mark.parametrize("true", [1.0, 0.5])
@pytest.mark.parametrize("real", [2_000, 1_000])
def test_coverage_of_the_retention_of_the_rarest_tenth(blank, true, real):
    share = np.array([0.01] * 10 + [0.1] * 9)
    kept = share.copy()
    kept[:10] *= true
    kept[10:] *= (1 - kept[:10].sum()) / kept[10:].sum()
    trial = missed = 0
    while keeps_to_its_level(trial, missed) is None:
        both = drawn(blank, np.random.default_rng([trial, 36]), share, kept, real=real)
        reading = BandRetention()(both, Calibration(draws=99, seed=trial))
        assert reading.interval[0] < reading.value < reading.interval[1]
        missed += not reading.interval[0] <= true <= reading.interval[1]
        trial += 1
    assert keeps_to_its_level(trial, missed)


@pytest.mark.slow
def test_coverage_of_the_retention_where_popular_texts_return():
    trials, covered = 30, 0
    for trial in range(trials):
        rng = np.random.default_rng([trial, 3])
        pool = zipf_world(trial % 5, strata=6, length=(20, 20)).rows(300, rng)
        both = sides(popular(pool, 300, rng), popular(pool, 900, rng))
        reading = BandRetention()(both, Calibration(draws=199, seed=trial))
        covered += reading.interval[0] <= 1 <= reading.interval[1]
    assert covered >= fewest_hits(trials, 0.93)


def test_the_bands_by_hand():
    real = {"a": 1_100, "b": 420, "c": 420, "e": 60}
    both = strata_sides(real=real, candidate=real | {"e": 12})
    bands = {band["band"]: band for band in BandRetention()(both, NULL).details["bands"]}
    assert bands["rarest tenth"]["real_rows"] == pytest.approx(60, abs=10)
    assert bands["rarest tenth"]["retention"] == pytest.approx(0.2 * 2_000 / 1_952, abs=0.06)
    assert bands["head half"]["retention"] == pytest.approx(2_000 / 1_952, abs=0.03)
    for band in bands.values():
        assert band["interval"][0] < band["retention"] < band["interval"][1]
    assert sum(band["real_rows"] for band in bands.values()) == pytest.approx(2_000, abs=3)


def test_declared_shares_choose_the_bands_and_the_deficit():
    even = {f"s{i}": 100 for i in range(10)}
    both = strata_sides(real=even, candidate=even)
    share = np.array([0.005, 0.005, *[0.12375] * 8])
    declared = replace(both, declared=share)
    # The first tenth of the declared mass is s0, s1 and the next one; the candidate holds a tenth of each.
    assert BandRetention()(declared, NULL).value == pytest.approx(0.3 / 0.13375, rel=0.01)
    assert StratumDeficit()(declared, NULL).p_value < 0.05
    assert StratumDeficit()(both, NULL).p_value > 0.05


@pytest.mark.parametrize(("rows", "reason"), [(30, "are needed"), (49, "49 candidate rows")])
def test_too_few_rows_say_how_many_are_needed(rows, reason):
    both = strata_sides(real={"a": 200, "b": 100}, candidate={"a": rows - 10, "b": 10})
    answer = StratumDeficit()(both, NULL)
    assert isinstance(answer, Undetermined)
    assert reason in answer.reason
    assert answer.needed_rows == 50
    few = BandRetention()(strata_sides(real={"a": 90, "b": 9}, candidate={"a": 90, "b": 9}), NULL)
    assert isinstance(few, Undetermined)
    assert few.needed_rows > 99
    for rows in (19, 20):
        both = strata_sides(real={"a": 900, "b": 200}, candidate={"a": rows - 4, "b": 4})
        answer = BandRetention()(both, NULL)
        assert isinstance(answer, Undetermined) == (rows < 20)
    assert (
        "19 candidate rows"
        in BandRetention()(strata_sides(real={"a": 900, "b": 200}, candidate={"a": 15, "b": 4}), NULL).reason
    )


@pytest.mark.parametrize("distinct", [19, 20])
def test_rows_that_repeat_each_other_do_not_count_as_many(distinct):
    rng = np.random.default_rng(39)
    world = zipf_world(0, strata=2)
    real, candidate = (world.rows(distinct, rng).at(list(range(distinct)) * 5) for _ in range(2))
    both = sides(real, candidate)
    assert both.anchor.units == both.candidate.units == distinct
    answer = StratumDeficit()(both, NULL)
    assert isinstance(answer, Undetermined) == (distinct < 20)
    if distinct < 20:
        assert f"only {distinct} distinct rows" in answer.reason


def test_rows_of_no_stratum_are_left_out(blank):
    share = zipf(6)
    both = drawn(blank, np.random.default_rng(37), share)
    strata = both.candidate.strata.copy()
    strata[::2] = -1
    half = replace(both, candidate=replace(both.candidate, strata=strata))
    table = StratumDeficit()(half, NULL).details["strata"]
    assert sum(row["candidate_rows"] for row in table) == 400
    assert isinstance(BandRetention()(half, NULL).value, float)


def test_a_surplus_of_one_stratum_names_no_other(blank):
    share = zipf(6)
    more = share.copy()
    more[5] *= 2
    both = drawn(blank, np.random.default_rng(38), share, more / more.sum())
    assert StratumDeficit()(both, NULL).details["lost"] == []
