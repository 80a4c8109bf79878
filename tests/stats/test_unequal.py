"""Unequal chances: they are what they say, and weighing back finds the truth."""

import numpy as np
import pytest

from holdfast.stats.unequal import draw_systematic, inclusion_probabilities


def test_chances_by_hand():
    assert inclusion_probabilities(np.array([1.0, 2.0, 3.0]), 1.5).tolist() == [0.25, 0.5, 0.75]
    assert inclusion_probabilities(np.array([1.0, 1.0, 8.0]), 2).tolist() == [0.5, 0.5, 1.0]
    assert inclusion_probabilities(np.array([1.0, 5.0]), 9).tolist() == [1.0, 1.0]
    # Two rounds: the second item is sure only once the third is.
    found = inclusion_probabilities(np.array([1.0, 4.0, 100.0, 1.0]), 3)
    assert found.tolist() == [0.5, 1.0, 1.0, 0.5]


@pytest.mark.parametrize("number", [1, 7, 30, 59])
def test_chances_sum_to_the_number(number):
    sizes = np.random.default_rng(0).lognormal(0, 1.5, 60)
    chances = inclusion_probabilities(sizes, number)
    assert chances.sum() == pytest.approx(number)
    assert ((chances > 0) & (chances <= 1)).all()


def test_each_item_is_drawn_with_its_chance_and_the_total_is_found():
    dice = np.random.default_rng(1)
    sizes, strata = dice.lognormal(0, 1, 50), np.repeat(np.arange(5), 10)
    values = sizes + dice.normal(0, 1, 50)
    chances = inclusion_probabilities(sizes, 12)
    trials = 4_000
    drawn, totals = np.zeros(50), np.empty(trials)
    for trial in range(trials):
        taken = draw_systematic(chances, strata, dice)
        assert len(taken) == len(set(taken.tolist())) == 12
        drawn[taken] += 1
        totals[trial] = (values[taken] / chances[taken]).sum()
    far = (drawn / trials - chances) / np.sqrt(np.maximum(chances * (1 - chances), 1e-9) / trials)
    assert np.abs(far[chances < 1]).max() < 4.5
    assert (drawn[chances == 1] == trials).all()
    assert abs(totals.mean() - values.sum()) < 4 * totals.std() / np.sqrt(trials)


def test_every_stratum_gets_its_part():
    strata = np.repeat([0, 1, 2], [60, 30, 10])
    for seed in range(50):
        taken = draw_systematic(np.full(100, 0.2), strata, np.random.default_rng(seed))
        assert np.bincount(strata[taken]).tolist() == [12, 6, 2]


def test_nothing_to_draw():
    assert len(draw_systematic(np.zeros(0), np.zeros(0, int), np.random.default_rng(0))) == 0
    assert draw_systematic(np.ones(4), np.zeros(4, int), np.random.default_rng(0)).tolist() == [0, 1, 2, 3]
