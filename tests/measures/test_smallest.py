"""The smallest of several readings: neither too low for its noise, nor deaf to the one that is truly low."""

from __future__ import annotations

from dataclasses import replace
from math import exp, inf

import numpy as np
import pytest

from holdfast.measures.worth.estimate import estimate, smallest_of
from holdfast.stats.rarefaction import Curve

DRAWS = 2_000


def reading(rows, error=0.1, *, limit=100_000.0, p_value=0.5):
    """An estimate on a curve that rises with the logarithm of the rows, so that errors are relative."""
    sizes = np.geomspace(1.0, limit, 4_000)
    curve = Curve(sizes=sizes, scores=np.log(sizes))
    found = estimate(curve, float(np.log(rows)), error, 1_000, 10)
    return replace(found, worth=replace(found.worth, p_value=p_value))


def draws(truths, errors, seed):
    """Readings as they come: a true number each, and an error that is estimated from ten parts."""
    rng = np.random.default_rng(seed)
    for _ in range(DRAWS):
        yield {
            str(i): reading(truth * exp(error * rng.normal()), error * float(np.sqrt(rng.chisquare(9) / 9)))
            for i, (truth, error) in enumerate(zip(truths, errors, strict=True))
        }


@pytest.mark.parametrize(
    ("truths", "errors"),
    [
        ([1_000.0], [0.1]),
        ([1_000.0] * 2, [0.1, 0.1]),
        ([1_000.0] * 3, [0.1, 0.1, 0.1]),
        ([1_000.0] * 3, [0.03, 0.1, 0.4]),
        ([1_000.0, 1_150.0, 1_300.0], [0.1, 0.1, 0.1]),
        ([1_000.0, 3_000.0, 9_000.0], [0.1, 0.1, 0.3]),
    ],
)
def test_the_smallest_is_as_often_too_high_as_too_low(truths, errors):
    found = [smallest_of(readings) for readings in draws(truths, errors, len(truths))]
    rows = np.array([head.worth.rows for head in found])
    # Where the larger ones are not far above, raising them too leaves the answer a little high, never low.
    assert np.median(rows) >= 0.98 * min(truths)
    assert np.median(rows) <= 1.08 * min(truths)
    holds = np.mean([head.worth.low <= min(truths) <= head.worth.high for head in found])
    assert holds >= 0.95 - 4 * (0.95 * 0.05 / DRAWS) ** 0.5
    if len(set(truths)) == 1:
        band = np.mean([head.null[0] <= head.worth.rows / truths[0] <= head.null[1] for head in found])
        assert band == pytest.approx(0.95, abs=0.02)


def test_taking_the_least_itself_would_be_too_low():
    least = [
        min(one.worth.rows for one in readings.values()) for readings in draws([1_000.0] * 3, [0.1] * 3, 3)
    ]
    assert np.median(least) < 0.93 * 1_000


def test_one_that_is_surely_lower_speaks_alone():
    readings = {
        "coverage": reading(900.0, 0.05),
        "labels": reading(850.0, 0.2),
        "language": reading(20.0, 0.3),
    }
    head = smallest_of(readings)
    assert head.worth.rows == pytest.approx(20.0)
    assert head.worth.low == readings["language"].worth.low
    assert head.worth.high == pytest.approx(readings["language"].worth.high)
    assert head.by == ("language",)
    assert head.above == ("coverage", "labels")


def test_readings_that_agree_all_speak():
    head = smallest_of({"coverage": reading(900.0, 0.05), "labels": reading(950.0, 0.2)})
    assert head.by == ("coverage", "labels")
    assert head.above == ()
    assert 900 < head.worth.rows < 950


def test_what_no_reading_can_bound_is_at_least_what_the_shortest_shows():
    head = smallest_of(
        {
            "coverage": reading(9_000.0, limit=5_000.0),
            "labels": reading(9_000.0, limit=4_000.0),
        }
    )
    assert head.worth.at_least
    assert head.worth.rows == 4_000
    assert head.worth.high == inf


def test_a_bound_above_the_others_leaves_them_their_say():
    head = smallest_of({"coverage": reading(700.0), "labels": reading(9_000.0, limit=4_000.0)})
    assert head.worth.rows == pytest.approx(700.0)
    assert not head.worth.at_least


def test_looking_at_several_readings_costs_as_many_chances():
    alone = smallest_of({"coverage": reading(500.0, p_value=0.01)})
    three = smallest_of({name: reading(500.0, p_value=0.01) for name in "abc"})
    assert alone.worth.p_value == pytest.approx(0.01)
    assert three.worth.p_value == pytest.approx(0.03)


def test_a_reading_at_the_foot_of_its_curve_speaks_of_no_more_than_it_knows():
    # Below 40 rows this learner learns nothing: whether it has read 8 or 40 of them does not show.
    sizes = np.array([8.0, 16, 40, 100, 1_000, 10_000])
    flat = Curve(sizes=sizes, scores=np.array([0.0, 0.01, 0.02, 1.0, 3.0, 5.0]))
    rng, found = np.random.default_rng(0), []
    for _ in range(DRAWS):
        learner = estimate(flat, 0.02 + 0.1 * rng.normal(), 0.1, 1_000, 40)
        found.append(smallest_of({"coverage": reading(40.0 * exp(0.1 * rng.normal())), "labels": learner}))
    rows = np.array([head.worth.rows for head in found])
    assert np.median(rows) == pytest.approx(40.0, rel=0.05)
    assert np.mean([head.worth.low <= 40.0 <= head.worth.high for head in found]) >= 0.95
