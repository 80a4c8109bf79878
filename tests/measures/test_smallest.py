"""The smallest of several readings: neither too low for its noise, nor deaf to the one that is truly low."""

from __future__ import annotations

from math import exp, inf

import numpy as np
import pytest

from holdfast.measures.worth.estimate import DEVIATES, Worth, smallest_of

DRAWS = 2_000


def worth(rows, error=0.1, *, at_least=False, limit=10_000.0, p_value=0.5):
    return Worth(
        rows=rows,
        low=rows * exp(-DEVIATES * error),
        high=inf if at_least else rows * exp(DEVIATES * error),
        at_least=at_least,
        limit=limit,
        judges=1_000,
        error=error,
        p_value=p_value,
    )


def draws(truths, errors, seed):
    """Readings as they come: a true number each, and an error that is estimated from ten parts."""
    rng = np.random.default_rng(seed)
    for _ in range(DRAWS):
        yield {
            str(i): worth(truth * exp(error * rng.normal()), error * float(np.sqrt(rng.chisquare(9) / 9)))
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
    least = [min(one.rows for one in readings.values()) for readings in draws([1_000.0] * 3, [0.1] * 3, 3)]
    assert np.median(least) < 0.93 * 1_000


def test_one_that_is_surely_lower_speaks_alone():
    readings = {"coverage": worth(900.0, 0.05), "labels": worth(850.0, 0.2), "language": worth(20.0, 0.3)}
    head = smallest_of(readings)
    assert head.worth.rows == pytest.approx(20.0)
    assert head.worth.low == readings["language"].low
    assert head.worth.high == pytest.approx(readings["language"].high)
    assert head.by == ("language",)
    assert head.above == ("coverage", "labels")


def test_readings_that_agree_all_speak():
    head = smallest_of({"coverage": worth(900.0, 0.05), "labels": worth(950.0, 0.2)})
    assert head.by == ("coverage", "labels")
    assert head.above == ()
    assert 900 < head.worth.rows < 950


def test_what_no_reading_can_bound_is_at_least_what_the_shortest_shows():
    head = smallest_of(
        {
            "coverage": worth(5_000.0, at_least=True, limit=5_000.0),
            "labels": worth(4_000.0, at_least=True, limit=4_000.0),
        }
    )
    assert head.worth.at_least
    assert head.worth.rows == 4_000
    assert head.worth.high == inf


def test_a_bound_above_the_others_leaves_them_their_say():
    head = smallest_of({"coverage": worth(700.0), "labels": worth(4_000.0, at_least=True, limit=4_000.0)})
    assert head.worth.rows == pytest.approx(700.0)
    assert not head.worth.at_least


def test_looking_at_several_readings_costs_as_many_chances():
    alone = smallest_of({"coverage": worth(500.0, p_value=0.01)})
    three = smallest_of({name: worth(500.0, p_value=0.01) for name in "abc"})
    assert alone.worth.p_value == pytest.approx(0.01)
    assert three.worth.p_value == pytest.approx(0.03)
