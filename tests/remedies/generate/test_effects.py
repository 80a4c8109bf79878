"""What drawn parameters did: right where arms, strata and rounds confound, silent where nothing is to be found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom
from scipy.stats import t as student

from holdfast.remedies.generate.effects import LEAST_ROWS, Drawn, find_effects

RANGES = {"a": (0.2, 0.8), "b": (0.6, 1.2)}


def world(seed, *, rows=500, slope=0.0, likeness=0.0, strata=8, rounds=3):
    """Arms with ranges of their own: the one that draws hotter passes less whatever it draws; later rounds pass less."""
    rng = np.random.default_rng(seed)
    drawn = []
    for _ in range(rows):
        arm = "ab"[int(rng.integers(2))]
        stratum, round_ = int(rng.integers(strata)), int(rng.integers(1, rounds + 1))
        low, high = RANGES[arm]
        temperature, top_p = rng.uniform(low, high), rng.uniform(0.5, 1.0)
        chance = (
            (0.85 if arm == "a" else 0.5)
            - 0.02 * stratum
            - 0.05 * round_
            + slope * (temperature - (low + high) / 2)
        )
        accepted = bool(rng.random() < chance)
        drawn.append(
            Drawn(
                arm=arm,
                stratum=f"s{stratum}",
                round=round_,
                parameters={"temperature": temperature, "top_p": top_p},
                accepted=accepted,
                added=bool(accepted and rng.random() < 0.5),
                likeness=float(np.clip(0.5 + likeness * temperature + rng.normal(0, 0.1), 0, 1))
                if accepted
                else None,
                reason=None if accepted else ("label_noise" if rng.random() < 0.8 else "damage"),
            )
        )
    return drawn


def find(drawn, parameter, outcome, seed=0):
    (effect,) = (
        one
        for one in find_effects(drawn, np.random.default_rng(seed))
        if (one.parameter, one.outcome) == (parameter, outcome)
    )
    return effect


def test_changes_are_those_of_least_squares_with_a_mean_for_every_group():
    drawn = world(1, slope=-0.3)
    x = np.array([[row.parameters["temperature"], row.parameters["top_p"]] for row in drawn])
    y = np.array([row.accepted for row in drawn], float)
    groups = sorted({(row.arm, row.round) for row in drawn})
    strata = sorted({row.stratum for row in drawn})[1:]
    means = np.array(
        [
            [(row.arm, row.round) == one for one in groups] + [row.stratum == one for one in strata]
            for row in drawn
        ],
        float,
    )
    X = np.hstack([x, means])
    inverse = np.linalg.inv(X.T @ X)
    slopes = inverse @ X.T @ y
    left = y - X @ slopes
    freedom = len(y) - X.shape[1]
    errors = np.sqrt(np.diag(inverse @ (X.T * left**2) @ X @ inverse) * len(y) / freedom)
    effect = find(drawn, "temperature", "accepted")
    reach = effect.high_value - effect.low_value
    assert effect.change == pytest.approx(reach * slopes[0])
    half = reach * errors[0] * student.ppf(0.975, freedom)
    assert effect.interval == pytest.approx((effect.change - half, effect.change + half))


def test_an_effect_is_found_with_its_reason_in_words():
    drawn = world(2, slope=-0.6)
    effect = find(drawn, "temperature", "accepted")
    assert effect.state == "lowers"
    assert effect.p_adjusted <= 0.05
    assert effect.sentence.startswith("temperature from 0.299 to 1.11 lowers accepted, ")
    assert find(drawn, "temperature", "dropped: label_noise").state == "raises"
    found = find_effects(drawn, np.random.default_rng(0))
    assert {one.parameter for one in found if one.outcome.startswith("dropped")} == {"temperature"}


def test_arms_and_rounds_that_differ_are_no_effect():
    # Rows of the hotter arm pass far less: compared across arms that would be a large effect.
    drawn = world(3, rows=1_000)
    hot = np.array([row.parameters["temperature"] for row in drawn])
    passed = np.array([row.accepted for row in drawn], float)
    assert np.polyfit(hot, passed, 1)[0] < -0.2
    effect = find(drawn, "temperature", "accepted")
    assert effect.state in {"none", "undetermined"}
    assert effect.interval[0] < 0 < effect.interval[1]


def test_intervals_hold_the_truth_and_false_alarms_are_rare():
    trials, held, alarms = 40, 0, 0
    for seed in range(trials):
        found = find_effects(world(seed, rows=300, slope=-0.3), np.random.default_rng(seed))
        effect = next(one for one in found if (one.parameter, one.outcome) == ("temperature", "accepted"))
        truth = -0.3 * (effect.high_value - effect.low_value)
        held += effect.interval[0] <= truth <= effect.interval[1]
        alarms += any(one.state in {"raises", "lowers"} for one in found if one.parameter == "top_p")
    assert held >= binom.ppf(0.001, trials, 0.95)
    assert alarms <= binom.ppf(0.999, trials, 0.05)


def test_the_smallest_detectable_change_is_found_four_times_in_five():
    effect = find(world(0, rows=400), "temperature", "accepted")
    slope = -effect.smallest_detectable / (effect.high_value - effect.low_value)
    found = sum(
        find(world(seed, rows=400, slope=slope), "temperature", "accepted").state == "lowers"
        for seed in range(30)
    )
    assert binom.ppf(0.001, 30, 0.8) <= found


def test_likeness_counts_the_rows_that_have_one():
    effect = find(world(4, rows=800, likeness=-0.3), "temperature", "likeness")
    assert effect.state == "lowers"
    assert effect.rows < 800
    assert find(world(5, rows=1_500), "temperature", "likeness").state == "none"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda row: {"temperature": 0.7}, "same for all rows of an arm"),
        (
            lambda row: row.parameters | {"top_p": row.parameters["temperature"] / 2},
            "drawn together with",
        ),
    ],
)
def test_what_cannot_be_told_says_what_would_be_needed(change, said):
    drawn = [replace(row, parameters=change(row)) for row in world(6)]
    effect = find(drawn, "temperature", "accepted")
    assert effect.state == "undetermined"
    assert effect.change is None
    assert said in effect.sentence


def test_few_rows_and_outcomes_that_never_vary_are_undetermined():
    few = find(world(7, rows=LEAST_ROWS - 1), "temperature", "accepted")
    assert (few.state, few.p_value) == ("undetermined", None)
    all_passed = [replace(row, accepted=True) for row in world(8)]
    assert "same for all rows (100 %)" in find(all_passed, "temperature", "accepted").sentence
    unsure = find(world(9, rows=200), "temperature", "accepted")
    assert unsure.state == "undetermined"
    assert unsure.needed_rows > 200
    assert "rows would tell" in unsure.sentence


def test_arms_without_the_parameter_take_no_part():
    drawn = world(10, slope=-0.6)
    rules = [replace(row, arm="rules", parameters={}, accepted=True, reason=None) for row in drawn[:200]]
    alone, beside = (find(rows, "temperature", "accepted") for rows in (drawn, [*drawn, *rules]))
    assert beside.rows == alone.rows == 500
    assert beside.state == "lowers"
    assert beside.change == pytest.approx(alone.change, abs=0.05)


def test_nothing_drawn_is_nothing_found():
    assert find_effects([], np.random.default_rng(0)) == ()
    assert (
        find_effects([replace(row, parameters={}) for row in world(1, rows=50)], np.random.default_rng(0))
        == ()
    )
