"""Intervals are tested by their coverage; never a point, never empty."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import beta, binomtest
from worlds import fewest_hits

from holdfast.stats.excess import equal_size
from holdfast.stats.intervals import newcombe, share, share_ratio, wilson

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


@pytest.mark.parametrize(("hits", "rows"), [(75, 100), (0, 10), (9, 9), (1, 2), (1_234, 5_000)])
def test_wilsons_interval(hits, rows):
    low, high = binomtest(hits, rows).proportion_ci(method="wilson")
    assert wilson(hits, rows) == pytest.approx((low, high))
    assert 0 <= wilson(hits, rows)[0] < wilson(hits, rows)[1] <= 1
    assert wilson(hits, rows)[0] <= hits / rows <= wilson(hits, rows)[1]


def test_newcombes_interval_is_the_published_one():
    # Newcombe 1998, table II, method 10: (a) 56/70 - 48/80, (b) 9/10 - 3/10, (e) 5/56 - 0/29, (h) 10/10 - 0/10.
    published = {
        (56, 70, 48, 80): (0.0524, 0.3339),
        (9, 10, 3, 10): (0.1705, 0.8090),
        (5, 56, 0, 29): (-0.0381, 0.1926),
        (10, 10, 0, 10): (0.6075, 1.0),
    }
    for counts, interval in published.items():
        assert newcombe(*counts) == pytest.approx(interval, abs=5e-5)


@pytest.mark.parametrize(("first", "second"), [(0.5, 0.5), (0.9, 0.7), (0.1, 0.02)])
def test_coverage_of_a_difference(first, second):
    rng = np.random.default_rng(12)
    one, two = rng.binomial(120, first, SIMULATIONS), rng.binomial(80, second, SIMULATIONS)
    ends = np.array([newcombe(float(a), 120, float(b), 80) for a, b in zip(one, two, strict=True)])
    assert int(((ends[:, 0] <= first - second) & (first - second <= ends[:, 1])).sum()) >= fewest_hits(
        SIMULATIONS, LEAST
    )
