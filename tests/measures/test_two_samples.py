"""Two samples: each check against its definition, a shuffled mixture, leaks through near-copies, and what is not seen."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import fewest_hits, most_alarms, near_copies, sides, zipf_world

from holdfast.measures import Calibration, TwoSamples
from holdfast.measures.text.two_samples import (
    _discrepancies,
    area_under_curve,
    frontier_area,
    linear_discrepancy,
)

MEASURE = TwoSamples()
NULL = Calibration(draws=299)


def read(real, candidate):
    return MEASURE(sides(real, candidate, real_labels=False), NULL)


def test_area_under_curve_by_definition():
    rng = np.random.default_rng(0)
    scores, positive = rng.integers(0, 6, 40).astype(np.float32), rng.random(40) < 0.4
    pairs = [(p > n) + (p == n) / 2 for p in scores[positive] for n in scores[~positive]]
    assert area_under_curve(scores, positive) == pytest.approx(np.mean(pairs))
    assert area_under_curve(scores, np.ones(40, bool)) == 0.5


def test_linear_discrepancy_has_the_expectation_of_all_pairs():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(40, 3)).astype(np.float32), rng.normal(0.6, 1, size=(40, 3)).astype(np.float32)

    def kernel(a, b):
        return np.exp(-((a[:, None] - b[None]) ** 2).sum(axis=2) / 4.0)

    apart = ~np.eye(40, dtype=bool)
    every = kernel(x, x)[apart].mean() + kernel(y, y)[apart].mean() - 2 * kernel(x, y).mean()
    estimates = [linear_discrepancy(rng.permutation(x), rng.permutation(y), 4.0) for _ in range(2_000)]
    assert np.mean(estimates) == pytest.approx(every, abs=4 * np.std(estimates) / np.sqrt(2_000))


def test_linear_discrepancy_is_unbiased():
    rng = np.random.default_rng(2)
    estimates = [
        linear_discrepancy(*rng.normal(size=(2, 20, 2)).astype(np.float32), 2.0) for _ in range(2_000)
    ]
    assert np.mean(estimates) == pytest.approx(0, abs=4 * np.std(estimates) / np.sqrt(2_000))


def test_the_discrepancy_of_every_deal_is_that_of_its_rows():
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(41, 5)).astype(np.float32)
    rows[7] = rows[6]
    labels = rng.random((30, 41)) < 0.4
    labels[0], labels[1] = False, np.arange(41) < 1
    width = float(np.median(((rows[:20] - rows[20:40]) ** 2).sum(axis=1)))
    expected = [linear_discrepancy(rows[chosen], rows[~chosen], width) for chosen in labels]
    assert _discrepancies(rows, labels) == pytest.approx(expected, abs=1e-6)


def test_frontier_area():
    one, two = np.array([90.0, 10.0, 0.0]), np.array([10.0, 80.0, 10.0])
    area = float(frontier_area(one, two))
    assert area == pytest.approx(float(frontier_area(two, one)), abs=1e-6)
    assert float(frontier_area(one, one)) == pytest.approx(1, abs=1e-6)
    assert float(frontier_area(one, one + two)) > area > float(frontier_area(one, one[::-1]))
    assert float(frontier_area(np.array([1e6, 0.0]), np.array([0.0, 1e6]))) < 0.05
    # The divergence of either side from an even mixture, the middle of the frontier.
    p, q = (one + 0.5) / 101.5, (two + 0.5) / 101.5
    middle = (p + q) / 2
    x, y = (np.exp(-5 * (side * np.log(side / middle)).sum()) for side in (q, p))
    assert x * y < area < x + y  # a falling curve through (x, y) in the unit square


@pytest.mark.slow
def test_a_shuffled_mixture_is_found():
    hits, trials = 0, 10
    for trial in range(trials):
        rng = np.random.default_rng([trial, 101])
        world = zipf_world(trial, strata=8)
        reading = read(world.rows(300, rng), world.rows(300, rng, world.shares[::-1]))
        hits += reading.effect > MEASURE.tolerance and reading.p_value <= 0.01
        assert {check["check"] for check in reading.details["checks"] if check["p_value"] <= 0.01} >= {
            "classifier",
            "divergence over cells",
        }
    assert hits >= fewest_hits(trials, 0.95)


@pytest.mark.slow
def test_near_copies_do_not_leak():
    """Four near-copies of every row on both sides: where halves cut through them, a classifier would know its own rows."""
    values = []
    for trial in range(10):
        rng = np.random.default_rng([trial, 102])
        world = zipf_world(trial % 4, strata=6, length=(20, 20))
        values.append(read(*(near_copies(world.rows(40, rng), 4, rng) for _ in range(2))))
    assert sum(reading.p_value <= 0.05 for reading in values) <= most_alarms(10, 0.05)
    assert np.mean([reading.value for reading in values]) == pytest.approx(0.5, abs=0.08)


@pytest.mark.slow
def test_the_loss_of_a_small_part_is_not_seen():
    """What stands under "Blind to": four of thirty strata, three in a hundred rows, are gone."""
    found = []
    for trial in range(6):
        rng = np.random.default_rng([trial, 103])
        world = zipf_world(trial, strata=30)
        shares = world.shares.copy()
        shares[-4:] = 0
        assert 1 - shares.sum() == pytest.approx(0.035, abs=0.005)
        found.append(read(world.rows(300, rng), world.rows(300, rng, shares)))
    assert all(reading.effect <= MEASURE.tolerance for reading in found)
    assert sum(reading.p_value <= 0.01 for reading in found) <= 1


def test_copies_of_real_rows_cannot_be_told_apart():
    """A copy stays in the half of its original, so nothing is learnt from one about the other."""
    rng = np.random.default_rng(3)
    real = zipf_world(0, strata=4).rows(120, rng)
    reading = read(real, real)
    assert reading.value == pytest.approx(0.5, abs=0.02)
    assert reading.p_value > 0.01
    some = read(real, real.at(range(60)) + zipf_world(0, strata=4).rows(60, rng))
    assert 0.3 < some.value < 0.7
    assert all(line.count("%") in (0, 2) for line in reading.evidence)
