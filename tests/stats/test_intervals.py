"""Intervals are tested by their coverage; never a point, never empty."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import beta
from worlds import fewest_hits

from holdfast.stats.excess import equal_size
from holdfast.stats.intervals import share, share_ratio

LEAST = 0.93
SIMULATIONS = 1_200


@pytest.mark.parametrize(("hits", "rows"), [(3, 40), (1, 7), (39, 40), (500, 1_000)])
def test_a_share_has_the_jeffreys_interval(hits, rows):
    posterior = beta(hits + 0.5, rows - hits + 0.5)
    assert share(hits, rows) == pytest.approx((posterior.ppf(0.025), posterior.ppf(0.975)))


@pytest.mark.parametrize("rows", [1, 2, 30, 10_000])
def test_no_hit_and_nothing_but_hits(rows):
    low, high = share(0, rows)
    assert low == 0.0
    assert 0.0 < high < 1.0
    low, high = share(rows, rows)
    assert high == 1.0
    assert 0.0 < low < 1.0


@pytest.mark.parametrize(("rows", "true"), [(50, 0.5), (200, 0.03), (200, 0.2), (1_000, 0.008)])
def test_coverage_of_a_share(rows, true):
    hits = np.random.default_rng(9).binomial(rows, true, SIMULATIONS)
    ends = np.array([share(float(h), rows) for h in hits])
    covered = int(((ends[:, 0] <= true) & (true <= ends[:, 1])).sum())
    assert covered >= fewest_hits(SIMULATIONS, LEAST)
    assert (ends[:, 1] > ends[:, 0]).all()


@pytest.mark.parametrize("ratio", [1.0, 0.5, 0.1])
@pytest.mark.parametrize(
    ("rows", "reference_rows", "true"), [(300, 300, 0.05), (1_000, 200, 0.1), (200, 2_000, 0.03)]
)
def test_coverage_of_a_ratio(ratio, rows, reference_rows, true):
    rng = np.random.default_rng(10)
    hits = rng.binomial(rows, true * ratio, SIMULATIONS).astype(float)
    reference = rng.binomial(reference_rows, true, SIMULATIONS).astype(float)
    low, high = share_ratio(hits, rows, reference, reference_rows, rng, draws=1_000)
    assert low.shape == high.shape == (SIMULATIONS,)
    assert int(((low <= ratio) & (ratio <= high)).sum()) >= fewest_hits(SIMULATIONS, LEAST)
    assert (high > low).all()
    assert np.isfinite(high).all()


def test_a_ratio_with_empty_counts():
    rng = np.random.default_rng(11)
    low, high = share_ratio(np.array([0.0, 0.0, 5.0]), 100, np.array([5.0, 0.0, 0.0]), 100, rng)
    assert low[:2].tolist() == [0.0, 0.0]
    assert (high > low).all()
    assert np.isfinite(high).all()
    assert low[2] > 0.0
    single = share_ratio(3, 50, 4, 60, rng)
    assert single[0].shape == (1,)
    full = share_ratio(50.0, 50, 60.0, 60, rng)
    assert full[0][0] < 1.0 < full[1][0]


def test_a_random_subset_keeps_the_groups_of_its_rows():
    groups = np.arange(100) // 4
    some = equal_size(groups, 30, np.random.default_rng(0))
    assert len(some) == 30
    assert (np.bincount(some) <= 4).all()
    assert equal_size(groups, 100, np.random.default_rng(0)) is groups
    again = equal_size(groups, 30, np.random.default_rng(0))
    assert some.tolist() == again.tolist()
