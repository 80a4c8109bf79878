"""Rarefaction against enumeration, chance and closed forms."""

from __future__ import annotations

from itertools import combinations
from math import inf, isinf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.stats.rarefaction import Curve, expected_best, jackknife, sizes_up_to


def brute(levels, size):
    """Mean best of every part of a pool."""
    return float(np.mean([max(part) for part in combinations(levels, min(size, len(levels)))]))


def tally(levels, count):
    return np.bincount(levels, minlength=count)[None, :]


@given(st.lists(st.integers(0, 5), min_size=1, max_size=9), st.integers(1, 12))
@settings(max_examples=150, deadline=None)
def test_the_best_of_a_part_is_the_mean_over_all_parts(levels, size):
    found = expected_best(tally(levels, 6), np.array([size]))
    assert found.shape == (1, 1)
    assert found[0, 0] == pytest.approx(brute(levels, size))


def test_the_best_of_a_part_of_a_large_pool_is_what_draws_show():
    rng = np.random.default_rng(0)
    levels = rng.geometric(0.05, 3_000).clip(max=255)
    sizes = np.array([1, 10, 200, 2_000])
    found = expected_best(tally(levels, 256), sizes)[0]
    for size, expected in zip(sizes.tolist(), found, strict=True):
        best = np.array([rng.choice(levels, size, replace=False).max() for _ in range(600)])
        assert abs(best.mean() - expected) <= 4 * best.std() / np.sqrt(600) + 1e-9, size


def test_every_judge_has_a_pool_of_its_own():
    pools = ([0, 1, 1, 3], [2], [0, 0, 0, 0, 3, 3])
    counts = np.concatenate([tally(pool, 4) for pool in pools])
    found = expected_best(counts, np.array([1, 2, 5]))
    assert found == pytest.approx(np.array([[brute(pool, n) for n in (1, 2, 5)] for pool in pools]))


def test_a_size_beyond_the_pool_is_the_whole_pool():
    counts = np.array([[3, 0, 2, 0], [1, 0, 0, 0]])
    assert expected_best(counts, np.array([5, 6, 10_000])).tolist() == [[2.0] * 3, [0.0] * 3]


def test_nothing_is_drawn_from_an_empty_pool_or_by_nobody():
    assert expected_best(np.array([[0, 0, 0], [0, 0, 1]]), np.array([0, 1])).tolist() == [[0, 0], [0, 2]]
    assert expected_best(np.empty((0, 3), np.int64), np.array([1, 2])).shape == (0, 2)


def test_more_rows_never_come_less_close():
    counts = np.random.default_rng(1).integers(0, 4, (20, 30))
    rising = expected_best(counts, np.arange(1, int(counts.sum(axis=1).max()) + 5))
    assert (np.diff(rising, axis=1) >= -1e-9).all()


def test_sizes_run_from_one_row_to_the_limit():
    for limit in (1, 2, 7, 30, 5_000):
        sizes = sizes_up_to(limit)
        assert (sizes[0], sizes[-1]) == (1, limit)
        assert (np.diff(sizes) > 0).all()
        assert len(sizes) <= 28


CURVE = Curve(sizes=np.array([0.0, 5, 50, 500]), scores=np.array([0.0, 0.1, 0.4, 0.5]))


@given(st.floats(0.0, 500.0))
def test_size_and_score_are_inverse(size):
    assert CURVE.size_of(CURVE.at(size)) == pytest.approx(size, rel=1e-6, abs=1e-6)


@given(st.floats(0.0, 0.5))
def test_score_and_size_are_inverse(score):
    assert CURVE.at(CURVE.size_of(score)) == pytest.approx(score, abs=1e-9)


@given(st.lists(st.floats(-1.0, 2.0), min_size=2, max_size=2))
def test_a_better_score_is_worth_no_fewer_rows(scores):
    low, high = sorted(scores)
    assert CURVE.size_of(low) <= CURVE.size_of(high)


def test_beyond_the_ends():
    assert CURVE.size_of(0.5) == pytest.approx(CURVE.limit)
    assert CURVE.limit == 500
    assert isinf(CURVE.size_of(0.5001))
    assert CURVE.size_of(-1.0) == 0.0
    assert CURVE.size_of(0.0) == 0.0
    assert CURVE.at(9_999) == 0.5


def test_where_a_curve_is_flat_the_smallest_size_counts():
    curve = Curve(sizes=np.array([1.0, 10, 20, 40, 80]), scores=np.array([0.1, 0.3, 0.3, 0.3, 0.4]))
    assert curve.size_of(0.3) == pytest.approx(10)
    assert curve.at(30) == pytest.approx(0.3)
    assert 40 < curve.size_of(0.31) < 80
    flat = Curve(sizes=np.array([1.0, 10.0]), scores=np.array([0.2, 0.2]))
    assert flat.size_of(0.2) == 1.0
    assert flat.size_of(0.3) == inf


def test_a_dip_is_chance():
    curve = Curve(sizes=np.array([1.0, 10, 20]), scores=np.array([0.1, 0.3, 0.2]))
    assert curve.rising.tolist() == [0.1, 0.3, 0.3]
    assert curve.size_of(0.25) < 10
    assert curve.at(20) == pytest.approx(0.3)


@pytest.mark.parametrize("groups", [2, 10, 37])
def test_the_jackknife_of_a_mean_is_its_standard_error(groups):
    values = np.random.default_rng(groups).normal(3.0, 2.0, (groups, 4))
    deleted = (values.sum(axis=0) - values) / (groups - 1)
    assert jackknife(deleted) == pytest.approx(values.std(axis=0, ddof=1) / np.sqrt(groups))


def test_the_jackknife_of_equal_groups_of_rows():
    values = np.random.default_rng(5).normal(size=(10, 40))
    deleted = np.array([np.delete(values, group, axis=0).mean() for group in range(10)])
    assert float(jackknife(deleted)) == pytest.approx(values.mean(axis=1).std(ddof=1) / np.sqrt(10))


def test_what_no_group_changes_has_no_error():
    assert float(jackknife(np.full(10, 0.3))) == pytest.approx(0.0, abs=1e-15)
