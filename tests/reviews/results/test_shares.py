"""Weighted shares: what they are where theory says it, and how often their intervals cover the truth."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom

from holdfast.measures.reading import Undetermined
from holdfast.reviews.results.shares import response_weights, weighted_share
from holdfast.stats.intervals import exact_share

_SPEC = importlib.util.spec_from_file_location(
    "review_study", Path(__file__).parents[3] / "benchmarks" / "reviews.py"
)
assert _SPEC is not None
assert _SPEC.loader is not None
STUDY = importlib.util.module_from_spec(_SPEC)
sys.modules["review_study"] = STUDY
_SPEC.loader.exec_module(STUDY)
TRIED = {
    "1 % bad, drawn at random": 120,
    "1 % bad, tail-heavy: all strata alike": 120,
    "bad rows in rare strata, half drawn from the tail": 120,
    "five reviewers who differ, a fifth asked of all": 200,
    "20 % not decided": 120,
}


@pytest.mark.parametrize("words", TRIED)
def test_intervals_cover_the_truth(words):
    world = next(one for one in STUDY.WORLDS if one.words == words)
    found = STUDY.study(world, TRIED[words], seed=5)
    # An interval that covers in 95 % falls below this once in a thousand times.
    assert found.covered >= binom.ppf(1e-3, found.queues, 0.95)
    assert found.mean == pytest.approx(found.truth, abs=4 * found.width / 4 / np.sqrt(found.queues) + 1e-4)


@pytest.mark.parametrize(
    "words", ["1 % bad, tail-heavy: all strata alike", "bad rows in rare strata, half drawn from the tail"]
)
def test_intervals_about_a_filter_cover_the_truth(words):
    world = next(one for one in STUDY.WORLDS if one.words == words)
    found = STUDY.study_filter(world, 100, seed=5)
    for kind, (hits, of) in zip(STUDY.KINDS, found.counts, strict=True):
        if kind != "the same by standard error":
            assert of >= 90
            assert hits >= binom.ppf(1e-3, of, 0.95), kind


def test_an_interval_by_standard_error_would_not_cover():
    world = next(one for one in STUDY.WORLDS if one.words == "1 % bad, tail-heavy: all strata alike")
    hits, of = STUDY.study_filter(world, 60, seed=5).counts[-1]
    assert hits < binom.ppf(1e-3, of, 0.95)


def test_counting_items_as_if_they_weighed_the_same_would_not_cover():
    world = next(one for one in STUDY.WORLDS if one.words == "half are bad, tail-heavy")
    found = STUDY.study(world, 120, seed=5)
    assert found.naive < binom.ppf(1e-3, found.queues, 0.95) <= found.covered


@pytest.mark.parametrize(("hits", "rows"), [(0, 20), (1, 20), (7, 20), (20, 20), (150, 300)])
def test_equal_weights_give_clopper_and_pearson(hits, rows):
    found = weighted_share(np.arange(rows) < hits, np.full(rows, 1e12))
    assert found.interval == pytest.approx(exact_share(hits, rows), abs=1e-6)
    assert found.value == hits / rows
    assert found.effective == pytest.approx(rows)


def test_a_set_that_was_looked_at_whole_is_known():
    found = weighted_share(np.array([1.0, 0.0, 0.0, 0.0]), np.ones(4))
    assert found.interval == (0.25, 0.25)


def test_bad_and_good_change_places():
    rng = np.random.default_rng(0)
    values, weights = (rng.random(80) < 0.1).astype(float), rng.uniform(1, 60, 80)
    one, other = weighted_share(values, weights), weighted_share(1 - values, weights)
    assert other.value == pytest.approx(1 - one.value)
    assert other.interval == pytest.approx((1 - one.interval[1], 1 - one.interval[0]))


def test_a_heavy_item_that_nobody_found_bad_keeps_the_upper_end_up():
    light = weighted_share(np.zeros(100), np.full(100, 10.0))
    heavy = weighted_share(np.zeros(100), np.append(np.full(99, 10.0), 1_000.0))
    assert heavy.interval[1] > 5 * light.interval[1]


def test_parts_count_as_far_as_they_belong():
    values, weights = np.array([1.0, 0.0, 1.0]), np.array([10.0, 10.0, 10.0])
    assert weighted_share(values, weights, parts=np.array([1.0, 0.5, 0.0])).value == pytest.approx(2 / 3)
    assert isinstance(weighted_share(values, weights, parts=np.zeros(3)), Undetermined)


def test_undecided_items_are_stood_for_inside_of_their_stratum():
    chances = np.array([0.5, 0.5, 0.1, 0.1])
    weights, silent = response_weights(chances, ["a", "a", None, None], np.array([True, False, True, False]))
    assert weights.tolist() == pytest.approx([4.0, 20.0])
    assert silent == 0


def test_strata_of_which_nothing_was_decided_are_stood_for_by_all():
    chances = np.array([0.5, 0.5, 0.1, 0.1])
    weights, silent = response_weights(chances, ["a", "a", "b", "b"], np.array([True, True, False, False]))
    assert silent == 1
    assert weights.sum() == pytest.approx(24.0)


def test_nothing_decided_gives_no_share():
    weights, silent = response_weights(np.array([0.5]), ["a"], np.array([False]))
    assert silent == 1
    assert isinstance(weighted_share(np.zeros(0), weights), Undetermined)
