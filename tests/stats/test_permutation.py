"""Deals, ranks and combined p-values: exact by their definition, uniform under the null."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import hypergeom, kstest
from worlds import fewest_hits, most_alarms

from holdfast.stats.permutation import deal, largest_score, rank


@pytest.mark.parametrize("chosen", [1, 20, 59])
def test_a_deal_is_hypergeometric(chosen):
    counts = np.array([30, 0, 5, 1, 24])
    draws = 20_000
    dealt = deal(counts, chosen, draws, np.random.default_rng(3))
    assert (dealt.sum(axis=1) == chosen).all()
    assert (dealt <= counts).all()
    assert (dealt >= 0).all()
    for column, count in enumerate(counts):
        values = np.arange(count + 1)
        exact = hypergeom.pmf(values, counts.sum(), count, chosen)
        mean = chosen * count / counts.sum()
        rest = (counts.sum() - count) * (counts.sum() - chosen) / counts.sum() / (counts.sum() - 1)
        variance = mean * rest
        # Five standard errors; a bounded count's sample variance has one below its range times the deviation.
        error = 5 * np.sqrt(variance / draws) + 1e-12
        assert abs(dealt[:, column].mean() - mean) <= error
        assert abs(dealt[:, column].var() - variance) <= error * max(count, 1)
        found = np.bincount(dealt[:, column], minlength=count + 1) / draws
        assert np.abs(found - exact).max() <= 5 * 0.5 / np.sqrt(draws)


def test_two_types_are_dealt_jointly():
    counts, chosen = np.array([10, 20, 30]), 15
    dealt = deal(counts, chosen, 40_000, np.random.default_rng(4)).astype(float)
    total = counts.sum()
    wanted = -chosen * counts[0] / total * counts[1] / total * (total - chosen) / (total - 1)
    assert np.cov(dealt[:, 0], dealt[:, 1])[0, 1] == pytest.approx(wanted, rel=0.06)


def test_nothing_and_everything_can_be_dealt():
    rng = np.random.default_rng(0)
    counts = np.array([3, 0, 4])
    assert deal(counts, 0, 2, rng).tolist() == [[0, 0, 0]] * 2
    assert deal(counts, 7, 2, rng).tolist() == [[3, 0, 4]] * 2
    assert deal(np.empty(0, np.int64), 0, 3, rng).shape == (3, 0)


@pytest.mark.parametrize("levels", [2, 5, 1_000_000])
def test_ranks_are_uniform_with_and_without_ties(levels):
    rng = np.random.default_rng(5)
    trials, draws = 3_000, 39
    values = rng.integers(levels, size=(trials, draws + 1)).astype(float)
    ranks = [rank(row[0], row[1:], rng) for row in values]
    randomized = np.array([r.randomized for r in ranks])
    p_values = np.array([r.p_value for r in ranks])
    assert kstest(randomized, "uniform").pvalue > 0.001
    assert ((p_values > 0) & (p_values <= 1)).all()
    assert (randomized <= p_values).all()
    # Super-uniform: at every level no more alarms than the level promises.
    for level in (0.025, 0.05, 0.1, 0.25, 0.5):
        assert (p_values <= level + 1e-12).sum() <= most_alarms(trials, level)
    if levels == 1_000_000:
        assert (p_values <= 0.05 + 1e-12).sum() >= fewest_hits(trials, 0.05)


def test_the_rank_by_hand():
    rng = np.random.default_rng(0)
    assert rank(5.0, np.array([1.0, 2.0, 3.0]), rng).p_value == 0.25
    assert rank(0.0, np.array([1.0, 2.0, 3.0]), rng).p_value == 1.0
    assert rank(2.0, np.array([1.0, 2.0, 3.0]), rng).p_value == 0.75
    assert rank(1.0, np.full(9, 1.0 + 1e-12), rng).p_value == 1.0, "a rounding error is a tie"


@pytest.mark.parametrize("correlation", [0.0, 0.6, 0.999, -0.45])
def test_the_largest_score_is_calibrated_whatever_the_dependence(correlation):
    rng = np.random.default_rng(6)
    trials, draws, statistics = 1_500, 59, 3
    covariance = np.full((statistics, statistics), correlation)
    np.fill_diagonal(covariance, 1.0)
    values = rng.multivariate_normal(np.zeros(statistics), covariance, size=(trials, draws + 1))
    values[..., 2] = np.round(values[..., 2])  # one of them is discrete
    places = []
    for sample in values:
        observed, null = largest_score(sample[0], sample[1:])
        places.append(rank(observed, null, rng))
    assert kstest([p.randomized for p in places], "uniform").pvalue > 0.001
    assert sum(p.p_value <= 0.05 + 1e-12 for p in places) <= most_alarms(trials, 0.05)


def test_the_largest_score_sees_an_extreme_in_any_statistic():
    rng = np.random.default_rng(7)
    null = rng.standard_normal((199, 3)) * [0.01, 1.0, 50.0]
    for column in range(3):
        observed = np.zeros(3)
        observed[column] = 10.0 * [0.01, 1.0, 50.0][column]
        largest, draws = largest_score(observed, null)
        assert largest > draws.max()
        assert rank(largest, draws, rng).p_value == 1 / 200
    assert len(largest_score(np.zeros(3), null)[1]) == 199


def test_the_largest_score_by_hand():
    # Means and deviations run over the observation and the draws together.
    largest, draws = largest_score(np.array([3.0, 0.0]), np.array([[1.0, 0.0], [1.0, 0.0], [-1.0, 3.0]]))
    first = (np.array([3.0, 1.0, 1.0, -1.0]) - 1.0) / np.sqrt(2.0)
    second = (np.array([0.0, 0.0, 0.0, 3.0]) - 0.75) / np.sqrt(27 / 16)
    np.testing.assert_allclose([largest, *draws], np.maximum(first, second))


def test_a_statistic_that_never_varies_says_nothing():
    largest, draws = largest_score(np.array([5.0, 1.0]), np.array([[5.0, 0.0], [5.0, 2.0]]))
    assert np.isfinite([largest, *draws]).all()
    np.testing.assert_allclose([largest, *draws], [0.0, 0.0, np.sqrt(1.5)])
