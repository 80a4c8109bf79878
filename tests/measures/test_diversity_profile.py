"""The diversity profile: even-handed to reality, sees contraction, and does not mistake length for variety."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import kstest
from worlds import Labelled, alarming, fewest_hits, most_alarms, near_copies, popular, sides, zipf_world

from holdfast.measures import Calibration, Reading, Undetermined
from holdfast.measures.text.diversity_profile import DiversityProfile
from holdfast.stats.hill import Tally, hill_numbers

MEASURE = DiversityProfile()
NULL = Calibration(draws=199)


def read(real, candidate, *, seed=0, draws=199, **options):
    return MEASURE(sides(real, candidate, **options), Calibration(draws=draws, seed=seed))


def profile(reading, of):
    return {row["order"]: row for row in reading.details["orders"] if row["of"] == of}


def fresh(world, rng, real, candidate):
    return world.rows(real, rng), world.rows(candidate, rng)


def clustered(world, rng, real, candidate):
    return tuple(near_copies(world.rows(n // 5, rng), 4, rng) for n in (real, candidate))


def repeated(world, rng, real, candidate):
    pool = world.rows(300, rng)
    return popular(pool, real, rng), popular(pool, candidate, rng)


# draw, real rows, candidate rows; sizes take turns
SCENES = {
    "apart": [(fresh, 110, 110), (fresh, 80, 200), (fresh, 200, 80)],
    "near-copies": [(clustered, 150, 150)],
    "popular texts": [(repeated, 130, 130)],
}
# Texts on both sides come from one pool of repeats, but are dealt whole: ranks crowd in the middle.
CROWDED = "popular texts"
LEAST_RANKS = 40


# One test a scene, whatever it asks: two would draw the scene twice where tests run in several processes.
@pytest.mark.slow
@pytest.mark.parametrize("scene", SCENES)
def test_reality_against_itself_is_no_finding_and_lies_in_its_own_bands(scene):
    found, p_values = [], []
    while alarming(p_values) is None or (scene != CROWDED and len(found) < LEAST_RANKS):
        trial = len(found)
        draw, real, candidate = SCENES[scene][trial % len(SCENES[scene])]
        rng = np.random.default_rng([trial, 21])
        # Copies of short rows would not be recognised as copies.
        lengths = (20, 20) if draw is clustered else (8, 20)
        world = zipf_world(trial % 5, strata=6, words=12, length=lengths)
        found.append(read(*draw(world, rng, real, candidate), seed=trial, draws=99))
        p_values.append(found[-1].p_value)
    assert not alarming(p_values)
    if scene != CROWDED:
        assert kstest([reading.randomized for reading in found], "uniform").pvalue > 0.001
    for i in range(len(found[0].details["orders"])):
        rows = [reading.details["orders"][i] for reading in found]
        inside = sum(row["low"] - 1e-12 <= row["ratio"] <= row["high"] + 1e-12 for row in rows)
        # 95 % of the deals lie inside by construction; 99 draws blur the ends.
        assert inside >= fewest_hits(len(rows), 0.93), (rows[0]["of"], rows[0]["order"])


def half_kept(world, rng, rows):
    """Rows in the words that the world favours, as a model does that speaks only of the typical."""
    inner = replace(
        world,
        own=tuple(words[: len(words) // 2] for words in world.own),
        common=world.common[: len(world.common) // 2],
    )
    return inner.rows(rows, rng)


def the_typical(world, rng, rows):
    """Of twice as many rows, those that share most words with the others."""
    drawn = world.rows(2 * rows, rng)
    words = [set(text.split()) for text in drawn.texts]
    held = {}
    for row in words:
        for word in row:
            held[word] = held.get(word, 0) + 1
    typical = np.array([np.mean([held[word] for word in row]) for row in words])
    return drawn.at(np.sort(np.argsort(-typical, kind="stable")[:rows]))


def eightfold(world, rng, rows):
    return world.rows(rows // 8, rng).at(np.repeat(np.arange(rows // 8), 8))


@pytest.mark.parametrize(("plant", "below"), [(half_kept, 0.5), (the_typical, 0.9), (eightfold, 0.3)])
def test_contraction_is_found(plant, below):
    trials, hits = 8, 0
    for trial in range(trials):
        rng = np.random.default_rng([trial, 22])
        world = zipf_world(trial % 4, strata=6, words=30, length=(8, 14))
        reading = read(world.rows(400, rng), plant(world, rng, 400), seed=trial)
        hits += reading.p_value <= 0.01 and reading.effect > MEASURE.tolerance and reading.value < below
    assert hits >= fewest_hits(trials, 0.9)


def test_the_score_is_the_mean_of_the_three_orders():
    rng = np.random.default_rng(5)
    world = zipf_world(0, strata=4, words=20)
    reading = read(world.rows(200, rng), half_kept(world, rng, 150))
    ratios = [row["ratio"] for row in profile(reading, "word pairs").values()]
    assert reading.value == reading.details["score"] == pytest.approx(math.prod(ratios) ** (1 / 3))
    assert reading.effect == pytest.approx(1 - reading.value / reading.null.median)
    assert reading.interval[0] < reading.value < reading.interval[1]
    assert 0 < reading.details["coverage"] < 1
    for rows in (profile(reading, of) for of in ("word pairs", "strata")):
        assert sorted(rows) == [0, 1, 2]
        for side in ("real", "candidate"):
            assert rows[0][side] >= rows[1][side] >= rows[2][side] >= 1
    assert sorted(profile(reading, "similarity")) == [2]


@pytest.mark.slow
@pytest.mark.parametrize("factor", [1 / 3, 3])
def test_length_is_not_variety(factor):
    """Rows three times as short, or three times as long, in the same words: as varied as before."""
    scores, ranks, orders = [], [], []
    for trial in range(8):
        rng = np.random.default_rng([trial, 23])
        world = zipf_world(trial % 4, strata=1, words=40, length=(12, 18))
        low, high = (max(round(end * factor), 2) for end in world.length)
        other = replace(world, length=(low, high))
        reading = read(world.rows(500, rng), other.rows(500, rng), seed=trial)
        scores.append(reading.value)
        ranks.append(reading.p_value)
        orders.append([row["ratio"] for row in profile(reading, "word pairs").values()])
    assert np.exp(np.log(scores).mean()) == pytest.approx(1, abs=0.05)
    assert np.exp(np.log(orders).mean(axis=0)) == pytest.approx(1, abs=0.06)
    assert sum(rank <= 0.01 for rank in ranks) <= most_alarms(8, 0.01)


def test_fewer_strata_are_told_apart_from_fewer_words():
    rng = np.random.default_rng(6)
    world = zipf_world(1, strata=8, words=20)
    lost = world.shares * (np.arange(8) < 4)
    reading = read(world.rows(400, rng), world.rows(400, rng, lost))
    strata = profile(reading, "strata")
    assert strata[0]["candidate"] == 4
    assert strata[0]["ratio"] < strata[0]["low"]
    assert any("strata" in line for line in reading.evidence)
    alike = profile(reading, "similarity")[2]
    assert alike["ratio"] < alike["low"]


def test_strata_are_counted_as_they_stand():
    rng = np.random.default_rng(7)
    world = zipf_world(2, strata=5, words=20)
    real, candidate = world.rows(200, rng), world.rows(200, rng)
    rows = profile(read(real, candidate), "strata")
    for side, name in ((real, "real"), (candidate, "candidate")):
        counts = np.unique(side.strata, return_counts=True)[1]
        wanted = hill_numbers(Tally.of(counts))
        # No stratum is seen only once, so both sides are covered whole, and neither is cut.
        assert [rows[order][name] for order in (0, 1, 2)] == pytest.approx(wanted)


def test_rows_of_no_stratum_are_left_out():
    rng = np.random.default_rng(8)
    world = zipf_world(2, strata=5, words=20)
    both = sides(world.rows(200, rng), world.rows(200, rng))
    strata = both.candidate.strata.copy()
    strata[:160] = -1
    few = replace(both, candidate=replace(both.candidate, strata=strata))
    reading = MEASURE(few, NULL)
    assert not profile(reading, "strata")
    assert profile(MEASURE(both, NULL), "strata")
    assert profile(reading, "word pairs") == profile(MEASURE(both, NULL), "word pairs")


@pytest.mark.parametrize("most", [10_000, 60])
def test_the_order_of_rows_does_not_matter(most):
    rng = np.random.default_rng(9)
    world = zipf_world(3, strata=5, words=20)
    real, candidate = world.rows(150, rng), world.rows(120, rng) + near_copies(world.rows(5, rng), 5, rng)
    measure = DiversityProfile(most_rows=most)
    first = measure(sides(real, candidate, real_labels=False), NULL)
    shuffled = [side.at(rng.permutation(len(side))) for side in (real, candidate)]
    second = measure(sides(*shuffled, real_labels=False), NULL)
    assert (first.value, first.p_value) == pytest.approx((second.value, second.p_value))
    assert first.null.low == pytest.approx(second.null.low)
    alike = profile(first, "similarity")[2], profile(second, "similarity")[2]
    assert alike[0]["ratio"] == pytest.approx(alike[1]["ratio"], rel=1e-4)


def test_the_same_seed_gives_the_same_reading_and_another_a_similar_one():
    rng = np.random.default_rng(10)
    world = zipf_world(3, strata=5, words=20)
    both = sides(world.rows(150, rng), world.rows(150, rng))
    first, same, other = (MEASURE(both, Calibration(draws=199, seed=seed)) for seed in (1, 1, 2))
    assert first == same
    assert first.value == other.value
    assert first.null != other.null


def test_a_part_of_many_rows_is_read_alike():
    rng = np.random.default_rng(11)
    world = zipf_world(0, strata=5, words=20)
    both = sides(world.rows(900, rng), half_kept(world, rng, 700))
    whole, part = MEASURE(both, NULL), DiversityProfile(most_rows=300)(both, NULL)
    assert part.value == pytest.approx(whole.value, rel=0.3)
    assert part.p_value == whole.p_value == 1 / 200


def test_repeats_of_a_word_pair_inside_a_row_are_no_news():
    """A candidate whose rows run in circles uses as many pairs, but leans on few."""
    rng = np.random.default_rng(12)
    world = zipf_world(0, strata=3, words=40)
    rows = world.rows(300, rng)
    circles = Labelled(
        texts=tuple(" ".join([*text.split(), *(text.split()[:2] * 6)]) for text in rows.texts),
        strata=rows.strata,
    )
    assert profile(read(world.rows(300, rng), circles), "word pairs")[2]["ratio"] < 1


def test_sentences_are_plain():
    rng = np.random.default_rng(13)
    world = zipf_world(0, strata=4, words=20)
    reading = read(world.rows(300, rng), half_kept(world, rng, 300))
    first = reading.evidence[0]
    assert first.startswith("the candidate uses ")
    assert " % as many word pairs as reality at equal coverage; reality against itself " in first
    assert any("times as alike as two real rows" in line for line in reading.evidence)


def test_too_little_is_no_answer():
    rng = np.random.default_rng(14)
    world = zipf_world(0, strata=4)
    assert isinstance(read(world.rows(60, rng), world.rows(49, rng)), Undetermined)
    assert isinstance(read(world.rows(60, rng), world.rows(50, rng)), Reading)
    single = Labelled(texts=tuple(f"word{i}" for i in range(60)), strata=("a",) * 60)
    answer = read(world.rows(60, rng), single)
    assert isinstance(answer, Undetermined)
    assert "two words" in answer.reason
