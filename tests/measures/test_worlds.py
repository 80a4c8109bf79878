"""The sequential test that counts false alarms: how often it blames, and after how many trials."""

from __future__ import annotations

import pytest
from scipy.stats import binom
from worlds import MOST_TRIALS, keeps_to_its_level


def walk(rate):
    """Chance of blame and expected trials of a test that alarms at this rate, by every path it can take."""
    going, blamed, expected = {0: 1.0}, 0.0, 0.0
    for trials in range(1, MOST_TRIALS + 1):
        after = {}
        for alarms, chance in going.items():
            after[alarms] = after.get(alarms, 0.0) + chance * (1 - rate)
            after[alarms + 1] = after.get(alarms + 1, 0.0) + chance * rate
        answers = {alarms: keeps_to_its_level(trials, alarms) for alarms in after}
        blamed += sum(chance for alarms, chance in after.items() if answers[alarms] is False)
        expected += trials * sum(chance for alarms, chance in after.items() if answers[alarms] is not None)
        going = {alarms: chance for alarms, chance in after.items() if answers[alarms] is None}
    assert not going
    return blamed, expected


def test_a_test_at_its_level_is_hardly_ever_blamed():
    blamed, expected = walk(0.05)
    assert blamed < 1e-3
    assert expected < 50
    assert walk(0.03)[1] < 35


def test_a_test_at_three_times_its_level_is_blamed():
    assert walk(0.15)[0] >= 0.9


@pytest.mark.parametrize("trials", [100, 150])
def test_a_fixed_number_of_trials_takes_more(trials):
    blamed = binom.ppf(0.999, trials, 0.05)
    assert binom.sf(blamed, trials, 0.15) < 0.9
