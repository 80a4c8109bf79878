"""Looking again and again: the error rate holds over all looks, and losses are seen in time."""

import numpy as np
import pytest
from scipy.stats import binom, norm

from holdfast.stats.looks import anytime, first_alarm, level_at

ALPHA, LOOKS = 0.05, 20


def test_the_shares_of_all_looks_sum_to_the_rate():
    assert sum(level_at(look, ALPHA) for look in range(1, 200_000)) == pytest.approx(ALPHA, rel=1e-4)
    for look in (1, 7, 20):
        assert anytime(level_at(look, ALPHA), look) == pytest.approx(ALPHA)


def histories(count, drift, rng, anchor_noise=1.0):
    """p-values of looks at loops: readings held against one anchor, whose own noise all looks of a loop share."""
    anchor = anchor_noise * rng.normal(size=(count, 1))
    own = rng.normal(size=(count, LOOKS))
    fallen = drift * np.arange(1, LOOKS + 1)
    return norm.sf((own + anchor + fallen) / np.hypot(1.0, anchor_noise))


@pytest.mark.parametrize("anchor_noise", [0.0, 1.0, 5.0])
def test_false_alarms_over_twenty_looks(anchor_noise):
    p_values = histories(2_000, 0.0, np.random.default_rng(1), anchor_noise)
    alarms = sum(first_alarm(row, ALPHA) is not None for row in p_values)
    assert binom.sf(alarms - 1, 2_000, ALPHA) > 0.01
    # Who looks at each for itself alarms far more often.
    assert (p_values.min(axis=1) < ALPHA).sum() > 2 * alarms


def test_losses_are_seen_in_time():
    """A loop that loses a standard error of one reading a round is caught after a few rounds."""
    p_values = histories(2_000, 1.0, np.random.default_rng(2))
    delays = [first_alarm(row, ALPHA) for row in p_values]
    assert None not in delays
    assert np.median(delays) <= 6
    assert np.quantile(delays, 0.9) <= 8


@pytest.mark.parametrize(("look", "alpha"), [(0, 0.05), (1, 0.0), (1, 1.0)])
def test_what_is_no_look(look, alpha):
    with pytest.raises(ValueError, match="not"):
        level_at(look, alpha)
