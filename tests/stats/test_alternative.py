"""The alternative annotator test: a judge as good as people passes, one who guesses does not."""

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from holdfast.stats.alternative import alternative_annotator


def world(dice, items, people, judge, size=3):
    truth = dice.integers(0, size, items)

    def say(right):
        return np.where(dice.random(items) < right, truth, dice.integers(0, size, items))

    return say(judge), np.stack([say(right) for right in people], axis=1)


def plainly(judge, people, epsilon):
    """The paper's definition, item by item, with scipy's test."""
    p_values, advantages = [], []
    for j in range(people.shape[1]):
        with_judge, with_person = [], []
        for i in range(len(judge)):
            others = [people[i, k] for k in range(people.shape[1]) if k != j and people[i, k] >= 0]
            if people[i, j] < 0 or judge[i] < 0 or not others:
                continue
            with_judge.append(np.mean([judge[i] == other for other in others]))
            with_person.append(np.mean([people[i, j] == other for other in others]))
        with_judge, with_person = np.array(with_judge), np.array(with_person)
        lost = (with_person >= with_judge).astype(float) - (with_judge >= with_person)
        p_values.append(ttest_1samp(lost, epsilon, alternative="less").pvalue)
        advantages.append((with_judge >= with_person).mean())
    ranked = np.sort(p_values)
    bound = 0.05 * np.arange(1, len(ranked) + 1) / (len(ranked) * (1 / np.arange(1, len(ranked) + 1)).sum())
    below = np.flatnonzero(ranked <= bound)
    cut = ranked[below[-1]] if len(below) else -1.0
    return p_values, np.mean(advantages), np.mean(np.array(p_values) <= cut)


@pytest.mark.parametrize("epsilon", [0.0, 0.1, 0.2])
@pytest.mark.parametrize("judge", [0.5, 0.75, 0.9])
def test_it_is_the_test_of_the_paper(judge, epsilon):
    dice = np.random.default_rng(int(100 * judge))
    labels, people = world(dice, 90, [0.7, 0.8, 0.6, 0.9], judge)
    people[dice.random(people.shape) < 0.2] = -1
    labels[:5] = -1
    found = alternative_annotator(labels, people, size=3, epsilon=epsilon)
    p_values, advantage, winning = plainly(labels, people, epsilon)
    assert found.p_values == pytest.approx(p_values)
    assert found.advantage == pytest.approx(advantage)
    assert found.winning_rate == pytest.approx(winning)


def test_a_judge_who_is_like_people_passes_and_one_who_guesses_does_not():
    passed = {0.8: 0, 0.0: 0}
    for seed in range(60):
        for judge in passed:
            dice = np.random.default_rng(seed)
            passed[judge] += alternative_annotator(*world(dice, 100, [0.8] * 4, judge), size=3).passes
    assert passed[0.8] >= 50
    assert passed[0.0] == 0


def test_at_the_border_people_are_seldom_replaced():
    """Without an allowance, a judge who is exactly as good as people replaces few of them."""
    replaced = []
    for seed in range(200):
        dice = np.random.default_rng(seed)
        replaced += alternative_annotator(*world(dice, 100, [0.7] * 3, 0.7), size=3, epsilon=0.0).replaced
    assert np.mean(replaced) <= 0.05


def test_too_few_people_or_items():
    dice = np.random.default_rng(0)
    judge, people = world(dice, 29, [0.8] * 3, 0.8)
    assert alternative_annotator(judge, people, size=3) is None
    judge, people = world(dice, 100, [0.8] * 2, 0.8)
    assert alternative_annotator(judge, people, size=3) is None
    judge, people = world(dice, 100, [0.8] * 4, 0.8)
    people[20:, 3] = -1
    assert alternative_annotator(judge, people, size=3).tested == (0, 1, 2)


def test_one_who_never_differs_is_replaced():
    truth = np.arange(40) % 2
    found = alternative_annotator(truth, np.stack([truth] * 3, axis=1), size=2)
    assert (found.winning_rate, found.advantage, found.passes) == (1.0, 1.0, True)
