"""Decline: a constant rate is found, its interval holds, and chance has no half-life."""

import numpy as np
import pytest

from holdfast.stats.decline import decline


def test_intervals_hold_and_half_lives_are_found():
    rng = np.random.default_rng(0)
    errors = np.array([0.05, 0.05, 0.06, 0.08, 0.1])
    inside = named = 0
    for _ in range(500):
        found = decline(np.log(0.8) * np.arange(1, 6) + rng.normal(size=5) * errors, errors)
        inside += found.interval[0] <= 0.8 <= found.interval[1]
        low, high = found.half_life_interval
        named += found.half_life is not None and low <= np.log(0.5) / np.log(0.8) <= high
    assert inside >= 465
    assert named >= 465


def test_what_does_not_fall_has_no_half_life():
    rng = np.random.default_rng(1)
    said = sum(decline(rng.normal(size=6) * 0.1, np.full(6, 0.1)).half_life is not None for _ in range(500))
    assert said <= 25
    rising = decline(np.log([1.1, 1.2, 1.3]), np.full(3, 0.01))
    assert (rising.half_life, rising.half_life_interval) == (None, None)


def test_unknown_generations_are_passed_over():
    found = decline(np.array([np.nan, 2 * np.log(0.9), np.nan]), np.array([np.nan, 0.01, np.nan]))
    assert found.kept == pytest.approx(0.9)
    assert found.generations == 2
    assert decline(np.full(3, np.nan), np.ones(3)) is None


def test_a_line_that_does_not_fit_widens_the_interval():
    errors = np.full(4, 0.01)
    straight = decline(np.log([0.9, 0.81, 0.729, 0.6561]), errors)
    bent = decline(np.log([0.9, 0.9, 0.7, 0.7]), errors)
    assert bent.interval[1] - bent.interval[0] > 3 * (straight.interval[1] - straight.interval[0])
