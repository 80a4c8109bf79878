"""From readings to verdicts: a table, and what must hold for any readings."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.audits.judge import Failed, NotAsked, answered, judge, overall
from holdfast.measures import Band, Reading, Undetermined


def made(name, *, judged=True, decisive=False, tolerance=0.1):
    """A measure that is only judged, never read."""

    @dataclass(frozen=True)
    class Fake:
        name: ClassVar[str]
        title: ClassVar[str] = "A fake"
        version: ClassVar[int] = 1
        unit: ClassVar[str] = "of nothing"
        percent: ClassVar[bool] = True
        judged: ClassVar[bool]
        decisive: ClassVar[bool]
        of_shares: ClassVar[bool] = False
        tolerance: float

        def __call__(self, sides, null):
            raise NotImplementedError

    Fake.name, Fake.judged, Fake.decisive = name, judged, decisive
    return Fake(tolerance=tolerance)


def reading(p_value=1.0, effect=0.0, smallest=0.1):
    return Reading(
        value=0.5,
        null=Band(median=0.5, low=0.4, high=0.6),
        p_value=p_value,
        randomized=p_value,
        effect=effect,
        smallest_detectable=smallest,
    )


def judged_alone(result, *, tolerances=None, detectable=0.5, **options):
    (outcome,) = judge(
        [(made("m", **options), result)], alpha=0.01, tolerances=tolerances or {}, detectable=detectable
    )
    return outcome


TABLE = [
    # p, effect, smallest detectable, judged -> verdict
    (0.001, 0.3, 0.1, True, "fail"),
    (0.01, 0.3, 0.1, True, "fail"),
    (0.011, 0.3, 0.1, True, "pass"),
    (0.001, 0.1, 0.1, True, "warn"),
    (0.001, 0.05, 0.1, True, "warn"),
    (0.001, 0.0, 0.1, True, "pass"),
    (0.001, -0.5, 0.1, True, "pass"),
    (0.5, 0.9, 0.1, True, "pass"),
    (0.5, 0.0, 0.6, True, "undetermined"),
    (0.5, 0.0, 0.5, True, "pass"),
    (0.5, 0.0, inf, True, "undetermined"),
    (0.001, 0.9, inf, True, "fail"),
    (0.001, 0.3, 0.1, False, "warn"),
    (0.001, 0.05, 0.1, False, "pass"),
    (0.02, 0.3, 0.1, False, "pass"),
    (0.5, 0.0, inf, False, "pass"),
]


@pytest.mark.parametrize(("p_value", "effect", "smallest", "judged", "verdict"), TABLE)
def test_one_reading(p_value, effect, smallest, judged, verdict):
    outcome = judged_alone(reading(p_value, effect, smallest), judged=judged)
    assert outcome.verdict == verdict
    assert (outcome.reason is not None) == (verdict == "undetermined")
    assert outcome.p_adjusted == (p_value if judged else None)
    assert outcome.smallest_detectable == max(smallest, 0.1)


def test_a_tolerance_given_takes_the_place_of_the_measures_own():
    assert judged_alone(reading(0.001, 0.3), tolerances={"m": 0.4}).verdict == "warn"
    assert judged_alone(reading(0.001, 0.05), tolerances={"m": 0.01}).verdict == "fail"
    assert judged_alone(reading(0.001, 0.05), tolerances={"other": 0.01}).verdict == "warn"


@pytest.mark.parametrize("decisive", [True, False])
@pytest.mark.parametrize(
    ("result", "verdict", "reason"),
    [
        (Undetermined(reason="too few rows"), "undetermined", "too few rows"),
        (Failed(error="ValueError: no"), "undetermined", "the measure broke: ValueError: no"),
        (NotAsked(reason="not asked"), "pass", "not asked"),
    ],
)
def test_what_is_no_reading(result, verdict, reason, decisive):
    outcome = judged_alone(result, decisive=decisive)
    assert (outcome.verdict, outcome.reason) == (verdict, reason)
    assert outcome.reading is None
    assert outcome.p_adjusted is None
    # Nothing that was asked could answer: that is no pass, decisive or not.
    assert overall([outcome]) == verdict


def test_holm_runs_over_the_judged_readings_only():
    results = [
        (made("a"), reading(0.004, 0.5)),
        (made("b"), reading(0.003, 0.5)),
        (made("c"), Undetermined(reason="no")),
        (made("d", judged=False), reading(0.001, 0.5)),
        (made("e"), reading(0.9)),
        (made("f"), Failed(error="no")),
    ]
    outcomes = judge(results, alpha=0.01, tolerances={}, detectable=0.5)
    adjusted = [outcome.p_adjusted for outcome in outcomes]
    assert adjusted[:2] == pytest.approx([0.009, 0.009])
    assert adjusted[2:4] == [None, None]
    assert adjusted[4] == pytest.approx(0.9)
    assert [outcome.verdict for outcome in outcomes] == [
        "fail",
        "fail",
        "undetermined",
        "warn",
        "pass",
        "undetermined",
    ]


@pytest.mark.parametrize(
    ("verdicts", "decisive", "whole"),
    [
        ([], [], "pass"),
        (["pass", "pass"], [0, 0], "pass"),
        (["pass", "warn"], [0, 0], "warn"),
        (["undetermined", "warn"], [1, 0], "undetermined"),
        (["undetermined", "warn"], [0, 0], "warn"),
        (["undetermined", "pass"], [0, 0], "pass"),
        (["undetermined", "undetermined", "pass"], [0, 0, 0], "undetermined"),
        (["undetermined", "undetermined", "warn"], [0, 0, 0], "warn"),
        (["undetermined", "fail"], [1, 0], "fail"),
        (["warn", "fail"], [0, 0], "fail"),
    ],
)
def test_the_worst_that_counts(verdicts, decisive, whole):
    results = {
        "pass": reading(),
        "warn": reading(0.0001, 0.05),
        "fail": reading(0.0001, 0.5),
        "undetermined": Undetermined(reason="no"),
    }
    pairs = [
        (made(f"m{i}", decisive=bool(d)), results[verdict])
        for i, (verdict, d) in enumerate(zip(verdicts, decisive, strict=True))
    ]
    outcomes = judge(pairs, alpha=0.01, tolerances={}, detectable=0.5)
    assert [outcome.verdict for outcome in outcomes] == verdicts
    assert overall(outcomes) == whole


def test_what_was_not_asked_and_what_only_warns_counts_for_nothing():
    silent, asked = Undetermined(reason="no"), reading()
    pairs = [
        (made("a"), asked),
        (made("b"), silent),
        (made("c"), NotAsked(reason="no")),
        (made("d", judged=False), silent),
        (made("e", judged=False), silent),
    ]
    outcomes = judge(pairs, alpha=0.01, tolerances={}, detectable=0.5)
    assert answered(outcomes) == (1, 2)
    assert overall(outcomes) == "pass"


@given(
    st.lists(
        st.tuples(st.floats(0.0001, 1.0), st.floats(-1.0, 1.0), st.floats(0.0, 2.0)), min_size=1, max_size=7
    ),
    st.floats(0.0, 0.5),
    st.floats(0.0, 0.5),
    st.floats(0.0005, 0.2),
    st.floats(0.0005, 0.2),
)
@settings(max_examples=150, deadline=None)
def test_more_tolerance_or_less_error_never_adds_a_failure(values, low, high, alpha, beta):
    pairs = [(made(f"m{i}"), reading(*value)) for i, value in enumerate(values)]
    names = [measure.name for measure, _ in pairs]

    def failing(tolerance, rate):
        outcomes = judge(pairs, alpha=rate, tolerances=dict.fromkeys(names, tolerance), detectable=0.5)
        return {outcome.measure.name for outcome in outcomes if outcome.verdict == "fail"}

    low, high = sorted((low, high))
    alpha, beta = sorted((alpha, beta))
    assert failing(high, alpha) <= failing(low, alpha)
    assert failing(low, alpha) <= failing(low, beta)
