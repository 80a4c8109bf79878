"""Temperature moves up where rows repeat each other, down where they do not pass, and never out of its bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.remedies.generate.contract import Tally
from holdfast.remedies.generate.effects import Effect
from holdfast.remedies.generate.steering.temperature import NAME, NARROWEST, STEP, move_temperature

DECLARED = (0.2, 1.2)
NOW = (0.5, 0.9)


def counts(written, accepted, added, round_=1, arm="a"):
    return Tally(
        arm=arm, stratum="s", round=round_, wished=written, written=written, accepted=accepted, added=added
    )


def effect(state, outcome="added"):
    return Effect(parameter=NAME, outcome=outcome, state=state, rows=500, sentence="temperature does it")


@pytest.mark.parametrize(
    ("history", "moved"),
    [
        ([counts(100, 96, 20)], 0.1),  # they pass, and repeat what is there
        ([counts(100, 20, 15)], -0.1),  # they do not pass
        ([counts(100, 90, 80)], 0.0),  # they pass, and add
        ([counts(100, 60, 10)], 0.0),  # neither
        ([counts(10, 1, 1)], 0.0),  # too few
        ([counts(100, 20, 15, 1), counts(100, 96, 90, 2), counts(100, 96, 90, 3)], 0.0),  # long ago
        ([], 0.0),
    ],
)
def test_counts_decide_where_draws_tell_nothing(history, moved):
    bounds, move = move_temperature(NOW, DECLARED, history)
    assert bounds == pytest.approx((NOW[0] + moved, NOW[1] + moved))
    assert (move is None) == (moved == 0.0)


@pytest.mark.parametrize(("state", "moved"), [("raises", 0.1), ("lowers", -0.1), ("none", 0.1)])
def test_draws_decide_before_counts(state, moved):
    bounds, move = move_temperature(NOW, DECLARED, [counts(100, 96, 20)], effects=[effect(state)])
    assert bounds == pytest.approx((NOW[0] + moved, NOW[1] + moved))
    assert ("temperature does it" in move.why) == (state != "none")


def test_an_effect_on_passing_alone_decides_nothing():
    assert move_temperature(NOW, DECLARED, [], effects=[effect("raises", "accepted")]) == (NOW, None)


def test_counts_are_held_against_what_real_rows_would_do():
    history = [counts(100, 45, 10)]
    assert move_temperature(NOW, DECLARED, history, real_passes={"s": 0.5}, real_adds={"s": 0.25})[1] is None
    again, move = move_temperature(NOW, DECLARED, history, real_passes={"s": 0.4}, real_adds={"s": 0.95})
    assert again[0] == pytest.approx(0.6)
    assert "real rows: 40 %" in move.why
    assert "real rows: 95 %" in move.why


def test_rules_have_no_temperature():
    history = [counts(100, 5, 5, arm="rules"), counts(100, 90, 80)]
    assert move_temperature(NOW, DECLARED, history, asking=frozenset({"a"}))[1] is None


@given(
    steps=st.lists(st.sampled_from(["raises", "lowers"]), max_size=30),
    low=st.floats(0.0, 1.0),
    width=st.floats(0.05, 1.0),
)
def test_bounds_are_never_left_and_steps_are_small(steps, low, width):
    declared = (low, low + width)
    now = declared
    for state in steps:
        moved, move = move_temperature(now, declared, [], effects=[effect(state)])
        assert declared[0] <= moved[0] < moved[1] <= declared[1]
        assert moved[1] - moved[0] >= NARROWEST * width - 1e-9
        assert all(
            abs(after - before) <= STEP * width + 1e-9 for before, after in zip(now, moved, strict=True)
        )
        assert (move is None) == (moved == now)
        now = moved


def test_a_fixed_temperature_stays():
    assert move_temperature((0.7, 0.7), (0.7, 0.7), [counts(100, 5, 5)]) == ((0.7, 0.7), None)
