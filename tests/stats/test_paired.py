"""Paired comparisons: a lucky best is no drop, and a drop is seen."""

import numpy as np
import pytest
from scipy.stats import binom, binomtest

from holdfast.stats.paired import drop_from_best, mcnemar, normal_drop


def answers(items, skills, rng):
    """0 or 1: items differ in how hard they are."""
    hard = rng.normal(size=(items, 1))
    return (rng.random((items, len(skills))) < 1 / (1 + np.exp(hard - np.array(skills)))).astype(float)


@pytest.mark.parametrize("models", [2, 3, 8])
def test_alike_models_are_said_to_drop_no_more_than_they_may(models):
    rng = np.random.default_rng(models)
    trials, alpha = 300, 0.05
    wrong = sum(
        drop_from_best(answers(120, [0.5] * models, rng), rng, 199).p_value <= alpha for _ in range(trials)
    )
    assert binom.sf(wrong - 1, trials, alpha) > 0.005
    assert binom.cdf(wrong, trials, alpha) > 0.005


def test_against_the_best_alone_it_would_be_wrong_often():
    """The reason for shuffling all: the best of eight was lucky."""
    rng = np.random.default_rng(1)
    wrong = 0
    for _ in range(200):
        values = answers(120, [0.5] * 8, rng)
        best = int(values[:, :-1].mean(axis=0).argmax())
        wrong += (
            mcnemar(
                int(((values[:, best] == 1) & (values[:, -1] == 0)).sum()),
                int(((values[:, best] == 0) & (values[:, -1] == 1)).sum()),
            )
            <= 0.05
        )
    assert wrong / 200 > 2 * 0.05


def test_a_drop_is_seen_and_its_interval_holds():
    rng = np.random.default_rng(2)
    seen = inside = 0
    for _ in range(100):
        found = drop_from_best(answers(400, [1.5, 0.3], rng), rng, 199)
        seen += found.p_value <= 0.05
        inside += found.interval[0] <= 0.2165 <= found.interval[1]
        assert found.best == 0
    assert seen >= 95
    assert inside >= 88


def test_the_drop_is_from_the_best_of_all_earlier_ones():
    values = np.array([[1, 0, 1, 0], [1, 0, 0, 0], [1, 1, 1, 1]] * 30, float)
    found = drop_from_best(values, np.random.default_rng(0))
    assert found.best == 0
    assert found.drop == pytest.approx(2 / 3)
    assert found.p_value <= 0.001


def test_mcnemar_is_the_exact_test():
    for worse, better in ((9, 1), (5, 5), (1, 9), (30, 12)):
        assert mcnemar(worse, better) == pytest.approx(
            binomtest(worse, worse + better, 0.5, alternative="greater").pvalue
        )
    assert mcnemar(0, 7) == 1.0


def test_scores_that_are_not_paired():
    drop, (low, high), p_value = normal_drop(0.8, 0.03, 0.7, 0.04)
    assert drop == pytest.approx(0.1)
    assert (low, high) == pytest.approx((0.1 - 1.96 * 0.05, 0.1 + 1.96 * 0.05))
    assert p_value == pytest.approx(0.0228, abs=1e-4)


def test_weak_early_models_hide_no_drop():
    rng = np.random.default_rng(3)
    seen = dict.fromkeys(("good", "mixed"), 0)
    for _ in range(100):
        values = answers(300, [1.0, 1.0, 1.0, -1.0, -1.0, -1.0, 0.55], rng)
        seen["mixed"] += drop_from_best(values, rng, 199).p_value <= 0.05
        seen["good"] += drop_from_best(values[:, [0, 1, 2, 6]], rng, 199).p_value <= 0.05
    assert seen["mixed"] >= 0.85 * seen["good"] > 50


def test_a_drop_that_is_the_same_everywhere_has_no_interval():
    found = drop_from_best(np.array([[1.0, 0.0]] * 2), np.random.default_rng(0))
    assert (found.interval, found.p_value) == (None, 0.25), "two items prove nothing"
    assert drop_from_best(np.array([[1.0, 0.0]] * 30), np.random.default_rng(0)).p_value < 0.001


@pytest.mark.parametrize("shape", [(0, 2), (1, 2), (3, 1)])
def test_nothing_to_compare(shape):
    with pytest.raises(ValueError, match="two models and two items"):
        drop_from_best(np.zeros(shape), np.random.default_rng(0))


def test_unknown_is_not_compared():
    values = np.ones((9, 2))
    values[3, 1] = np.nan
    with pytest.raises(ValueError, match="every item"):
        drop_from_best(values, np.random.default_rng(0))
    with pytest.raises(ValueError, match="standard error"):
        normal_drop(0.9, 0.0, 0.8, 0.0)
