"""Weights under which judges choose as people do."""

from __future__ import annotations

import numpy as np
import pytest
from label_world import make_rows, verdicts
from scipy.optimize import minimize

from holdfast.data.preferences import read_preferences
from holdfast.remedies.curate.preferences import curate_preferences
from holdfast.remedies.curate.preferences.label_rows import LabelRows, name_rows
from holdfast.remedies.curate.preferences.weighing import HumanWeight, bounded_weights
from holdfast.views.ratings import read_ratings


def label_rows(rows):
    read = read_preferences(rows)
    return LabelRows(preferences=read, ratings=read_ratings(read), ids=name_rows(read))


def weigh(rows):
    held = label_rows(rows)
    return HumanWeight()(held, np.ones(len(held), bool))


def distance(weights, low, high):
    """What the logit method makes as small as it can be (Deville and Särndal 1992, case 6)."""
    scale = (high - low) / ((1 - low) * (high - 1))
    return (
        (weights - low) * np.log((weights - low) / (1 - low))
        + (high - weights) * np.log((high - weights) / (high - 1))
    ).sum() / scale


def test_weights_are_the_nearest_to_one():
    rng = np.random.default_rng(0)
    sides = rng.random((25, 2)) < [0.7, 0.6]
    design = np.column_stack([np.ones(25), sides - [0.55, 0.5]])
    totals = np.array([25.0, 0.0, 0.0])
    found = bounded_weights(design, totals, 0.25, 4.0)
    assert np.allclose(design.T @ found, totals, atol=1e-4)
    by_hand = minimize(
        distance,
        np.ones(25),
        args=(0.25, 4.0),
        bounds=[(0.2501, 3.9999)] * 25,
        constraints={"type": "eq", "fun": lambda w: design.T @ w - totals},
        options={"maxiter": 500, "ftol": 1e-12},
    )
    assert np.allclose(found, by_hand.x, atol=1e-3)


def test_weights_stay_in_their_bounds():
    side = np.array([1.0] * 95 + [0.0] * 5)
    design = np.column_stack([np.ones(100), side - 0.5])
    found = bounded_weights(design, np.array([100.0, 0.0]), 0.25, 4.0)
    assert found.min() >= 0.25
    assert found.max() <= 4.0
    # One half is out of reach; as near as the bounds allow is nearer than before.
    assert (found * side).sum() / found.sum() < 0.9


@pytest.mark.parametrize("seed", [0, 1])
def test_every_margin_that_was_planted_is_met(seed):
    rows = make_rows(seed, length=1.5, layout=1.0, position=0.7)
    weights, weighed = weigh(rows)
    made = np.array([row["annotator_type"] != "human" for row in rows])
    assert (weights[~made] == 1).all()
    assert weights[made].mean() == pytest.approx(1)
    assert {margin["name"].split(",")[0] for margin in weighed.margins} == {"longer", "more layout", "first"}
    assert all(margin["met"] for margin in weighed.margins)
    assert weighed.effective == pytest.approx(weights[made].sum() ** 2 / (weights[made] ** 2).sum())
    judge, other = verdicts(rows, human=False), verdicts(rows, human=True)
    for column in (1, 3):  # words, and what was shown first
        asked = other[column] != 0
        wanted = (other[0][asked] == np.sign(other[column][asked])).mean()
        hit = judge[0] == np.sign(judge[column])
        assert abs((weights[made] * hit).sum() / weights[made].sum() - wanted) < 0.02


def test_a_judge_like_people_keeps_its_labels_worth():
    _, weighed = weigh(make_rows(5))
    assert weighed.effective > 0.95 * weighed.labels


def test_what_people_never_said_is_left_and_told():
    rows = [
        {name: value for name, value in row.items() if name != "order" or row["annotator_type"] != "human"}
        for row in make_rows(0, 400, length=1.0)
    ]
    _, weighed = weigh(rows)
    (left,) = [margin for margin in weighed.margins if "why" in margin]
    assert left["name"] == "first"
    assert left["why"].startswith("people chose in 0 pairs")


def test_without_people_there_are_no_weights():
    rows = [row for row in make_rows(0, 200) if row["annotator_type"] != "human"]
    found = curate_preferences(rows, filter=["human_weight"])
    assert found.weighed.effective is None
    assert "people chose too rarely" in found.weighed.why
    people = [row for row in make_rows(0, 200) if row["annotator_type"] == "human"]
    assert "no label of a judge" in curate_preferences(people, filter=["human_weight"]).weighed.why
