"""Equal lengths: quantiles by one sort are those of numpy."""

from __future__ import annotations

import numpy as np
import pytest

from holdfast.views.level import SLACK, length_limits, quantiles


@pytest.mark.parametrize("seed", range(40))
def test_quantiles_are_those_of_numpy(seed):
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 30, rng.integers(1, 400)) ** int(rng.integers(1, 4))
    count = int(rng.integers(1, 500))
    shares = rng.permutation((np.arange(count) + 0.5) / count)
    assert np.array_equal(quantiles(values, shares), np.quantile(values, shares))


def test_the_ends_are_the_extremes():
    assert quantiles(np.array([7]), np.array([0.0, 0.3, 1.0])).tolist() == [7.0, 7.0, 7.0]
    assert quantiles(np.array([1, 9]), np.array([0.0, 1.0])).tolist() == [1.0, 9.0]


def test_rows_of_the_longer_side_are_read_up_to_what_is_usual():
    rng = np.random.default_rng(0)
    short, long = rng.integers(1, 20, 500), rng.integers(1, 60, 700)
    limits = length_limits(short, long)
    assert np.array_equal(limits[0], short)
    rank = np.empty(700)
    rank[np.argsort(long, kind="stable")] = (np.arange(700) + 0.5) / 700
    usual = np.quantile(short, rank)
    longer = long > np.maximum(SLACK * usual, usual + 1)
    assert np.array_equal(limits[1], np.where(longer, np.maximum(np.rint(usual), 1), long))
    assert longer.mean() > 0.5


def test_many_rows_cost_one_sort():
    counts = np.random.default_rng(1).integers(1, 100, 300_000)
    assert np.array_equal(length_limits(counts, counts)[0], counts)
