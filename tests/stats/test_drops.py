"""Sure drops: p-values far below one over the number of draws, which keep their level."""

import numpy as np
import pytest
from scipy.stats import binom

from holdfast.stats.drops import smallest_drop, sure_drop


def answers(items, skills, rng):
    hard = rng.normal(size=(items, 1))
    return (rng.random((items, len(skills))) < 1 / (1 + np.exp(hard - np.array(skills)))).astype(float)


@pytest.mark.parametrize(("models", "binary"), [(2, True), (5, True), (3, False)])
def test_small_p_values_are_as_rare_as_they_say(models, binary):
    rng = np.random.default_rng(models)
    trials = 300
    found = []
    for _ in range(trials):
        values = answers(100, [0.5] * models, rng) if binary else rng.normal(size=(100, models))
        found.append(sure_drop(values, rng).p_value)
    for level in (0.05, 0.01, 0.003):
        assert binom.sf(sum(p <= level for p in found) - 1, trials, level) > 0.002


@pytest.mark.parametrize("binary", [True, False])
def test_a_sure_drop_is_as_sure_as_the_data_make_it(binary):
    rng = np.random.default_rng(0)
    values = answers(800, [1.5, 0.0], rng) if binary else rng.normal([0.4, 0.0], size=(800, 2))
    found = sure_drop(values, rng)
    assert found.p_value < 1e-6
    assert found.best == 0


def test_the_smallest_drop_is_seen_in_four_of_five():
    rng = np.random.default_rng(3)
    level, trials = 0.001, 120
    plain = answers(400, [0.8, 0.8], rng)
    smallest = smallest_drop(plain[:, 0] - plain[:, 1], level)
    assert 0.05 < smallest < 0.2
    seen = 0
    for _ in range(trials):
        values = answers(400, [0.8, 0.8], rng)
        lose = (values[:, 1] == 1) & (rng.random(400) < smallest / values[:, 1].mean())
        values[lose, 1] = 0
        seen += sure_drop(values, rng).p_value <= level
    assert 0.65 < seen / trials < 0.95


def test_models_that_answer_alike_would_show_few_changed_items():
    assert smallest_drop(np.zeros(100), 0.001) == pytest.approx(0.1)
