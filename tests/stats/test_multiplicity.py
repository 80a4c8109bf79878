"""Holm and Benjamini-Hochberg against tables worked by hand, and the errors they promise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import most_alarms

from holdfast.stats.multiplicity import benjamini_hochberg, holm

P = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("p_values", "adjusted"),
    [
        ([], []),
        ([0.2], [0.2]),
        ([0.01, 0.02, 0.03, 0.04], [0.04, 0.06, 0.06, 0.06]),
        ([0.04, 0.001, 0.03, 0.01], [0.06, 0.004, 0.06, 0.03]),
        ([0.5, 0.5, 0.9], [1.0, 1.0, 1.0]),
        ([0.02, 0.02], [0.04, 0.04]),
        ([0.0, 1.0], [0.0, 1.0]),
    ],
)
def test_holm_by_hand(p_values, adjusted):
    assert holm(p_values) == pytest.approx(adjusted)


@given(P)
@settings(deadline=None)
def test_holm_step_by_step(p_values):
    adjusted = holm(p_values)
    for index, p in enumerate(p_values):
        rank = sorted(range(len(p_values)), key=lambda i: (p_values[i], i)).index(index)
        ordered = sorted(p_values)
        wanted = max(min(1.0, (len(ordered) - i) * ordered[i]) for i in range(rank + 1))
        assert adjusted[index] == pytest.approx(wanted)
        assert p <= adjusted[index] <= 1.0


@pytest.mark.parametrize(
    ("p_values", "rate", "rejected"),
    [
        ([], 0.05, []),
        # Benjamini and Hochberg 1995, section 3.2: 15 tests, four rejected at 5 %.
        (
            [
                0.0001,
                0.0004,
                0.0019,
                0.0095,
                0.0201,
                0.0278,
                0.0298,
                0.0344,
                0.0459,
                0.3240,
                0.4262,
                0.5719,
                0.6528,
                0.7590,
                1.0,
            ],
            0.05,
            [True] * 4 + [False] * 11,
        ),
        # The largest that passes takes all smaller ones along.
        ([0.04, 0.04, 0.04], 0.05, [True, True, True]),
        ([0.06, 0.9], 0.05, [False, False]),
        ([0.9, 0.01, 0.6], 0.05, [False, True, False]),
    ],
)
def test_benjamini_hochberg_by_hand(p_values, rate, rejected):
    assert benjamini_hochberg(np.array(p_values), rate).tolist() == rejected


@given(P, st.sampled_from([0.01, 0.05, 0.2]))
@settings(deadline=None)
def test_benjamini_hochberg_by_definition(p_values, rate):
    ordered = sorted(p_values)
    passing = [p for i, p in enumerate(ordered, 1) if p <= rate * i / len(ordered)]
    cut = max(passing, default=-1.0)
    assert benjamini_hochberg(np.array(p_values), rate).tolist() == [p <= cut for p in p_values]


def test_the_promised_errors():
    rng = np.random.default_rng(8)
    trials, false, true = 2_000, 15, 5
    family = found = wrong_share = 0.0
    for _ in range(trials):
        p_values = np.concatenate([rng.random(false), rng.beta(0.05, 3.0, true)])
        family += any(p <= 0.05 for p in holm(p_values)[:false])
        rejected = benjamini_hochberg(p_values, 0.1)
        found += rejected[false:].mean()
        wrong_share += rejected[:false].sum() / max(rejected.sum(), 1)
    assert family <= most_alarms(trials, 0.05)
    assert wrong_share / trials <= 0.1
    assert found / trials > 0.5
