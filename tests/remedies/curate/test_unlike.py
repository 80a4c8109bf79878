"""Rows that are a little out in every way at once: babble, and what no one way finds."""

import random

import numpy as np
import pytest
from scipy.stats import binom
from small_world import rows

from holdfast.remedies.curate import curate
from holdfast.remedies.curate.filters import DEFAULTS, ON_REQUEST
from holdfast.remedies.curate.filters.unlike import Unlike, _rank
from holdfast.remedies.generate.ground import Ground
from holdfast.remedies.generate.parts import Texts

SIZES = {"balance": 150, "refund": 110, "lost": 80}


def texts(found, prefix, *, labelled=True):
    return Texts(
        ids=tuple(f"{prefix}{number}" for number in range(len(found))),
        texts=tuple(row["text"] for row in found),
        strata=tuple(row["intent"] if labelled else None for row in found),
    )


def halves(seed, count):
    """Half of the words are of the label, half are made up: each filter alone may let them pass."""
    dice = random.Random(seed)  # noqa: S311 - no secret
    good = rows(seed, {"lost": count})
    made_up = ["".join(dice.choices("aeioulnrst", k=5)) for _ in range(400)]
    return [
        {"text": " ".join([*row["text"].split()[:5], *dice.choices(made_up, k=5)]), "intent": "lost"}
        for row in good
    ]


@pytest.fixture(scope="module")
def ground():
    return Ground.of(texts(rows(1, SIZES), "r"), labelled=True, declared=None, seed=0)


@pytest.fixture(scope="module")
def marked(ground):
    new = texts([*rows(9, dict.fromkeys(SIZES, 60)), *halves(3, 60)], "n")
    return new, Unlike()(ground.sides(new))


def test_it_takes_no_more_of_reality_than_it_says(marked):
    _, marks = marked
    assert marks.real.mean() <= 0.05
    assert marks.real.mean() > 0.02


def test_fresh_rows_are_taken_as_often_as_real_ones():
    """Binomial, over four worlds in reality's mix: what was learnt from the real rows does not favour them over fresh ones."""
    taken = count = 0
    for seed in range(4):
        ground = Ground.of(texts(rows(100 + seed, SIZES), "r"), labelled=True, declared=None, seed=0)
        marks = Unlike()(ground.sides(texts(rows(300 + seed, SIZES), "n")))
        taken, count = taken + int(marks.candidate.sum()), count + len(marks.candidate)
    assert 0.001 < binom.cdf(taken, count, 0.05) < 0.999


def test_rows_that_are_out_in_every_way_are_taken(marked):
    _, marks = marked
    assert marks.candidate[180:].sum() >= 55


def test_the_reason_says_in_which_ways(marked):
    _, marks = marked
    said = marks.reason(200)
    for word in ("more strange than", "more off topic than", "more unlike its label than"):
        assert word in said
    assert "of real rows" in said


def test_without_labels_it_looks_at_wording_alone():
    real = texts(rows(1, SIZES), "r", labelled=False)
    ground = Ground.of(real, labelled=False, declared=None, seed=0)
    new = texts([*rows(9, {"lost": 40}), *halves(3, 40)], "n", labelled=False)
    marks = Unlike()(ground.sides(new))
    assert "label" not in marks.reason(0)
    assert marks.candidate[40:].sum() >= 35
    assert marks.candidate[:40].sum() <= 8


def test_a_label_that_reality_does_not_know_is_no_reason(ground):
    """It cannot be judged: it counts as the best of fits."""
    known = texts([row | {"intent": "refund"} for row in rows(9, {"balance": 60})], "n")
    unknown = texts([row | {"intent": "estate"} for row in rows(9, {"balance": 60})], "n")
    wrong, new = (Unlike()(ground.sides(one)).candidate.sum() for one in (known, unknown))
    assert new < wrong


def test_ranks_by_hand():
    real = np.array([3.0, 1.0, 2.0, 2.0])
    assert _rank(np.array([0.0, 1.0, 2.0, 2.5, 9.0]), real).tolist() == [0.2, 0.4, 0.8, 0.8, 1.0]


def test_nothing_to_look_at(ground):
    assert Unlike()(ground.sides(texts([], "n"))).candidate.tolist() == []


def test_it_is_on_request_for_curate():
    assert "unlike" in {one.name for one in ON_REQUEST}
    assert "unlike" not in {one.name for one in DEFAULTS}
    made = [*rows(9, dict.fromkeys(SIZES, 40)), *halves(3, 40)]
    found = curate(made, real=rows(1, SIZES), filter=["unlike"])
    assert 30 <= len(found.dropped) <= 60


def test_it_is_seeded(ground, marked):
    new, marks = marked
    assert (Unlike()(ground.sides(new)).candidate == marks.candidate).all()
