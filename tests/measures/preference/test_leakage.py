"""Two judges and their students, on worlds whose truth is known."""

import numpy as np
import pytest
from scipy.stats import binom

from holdfast.data.preferences.agents import Agent, Agents
from holdfast.measures.preference.examples import Taste, World, leaking_judges, students
from holdfast.measures.preference.leakage import Leakage, _score
from holdfast.measures.reading import Calibration
from holdfast.views.relations import Relations

NULL = Calibration(draws=299)
STUDENTS = ("student of one", "student of two")


def read(one, two, seed=0, pairs=500, authors=STUDENTS, people=2, relations=None):
    rng = np.random.default_rng(seed)
    world = World.draw(pairs, rng, authors)
    ratings = world.ratings([Taste()] * people, {"one": one, "two": two}, rng)
    return Leakage(relations=relations or students())(ratings, ratings.judges, NULL)[0]


def test_the_score_by_hand():
    # Students of one: 60 of 100 under one, 40 of 100 under two; of two: 30 under one, 50 under two.
    sums = np.array([[[[60, 100], [40, 100]], [[30, 100], [50, 100]]]], float)
    expected = ((0.6 - 0.5) / 0.5 + (0.5 - 0.4) / 0.4) / 2
    assert _score(sums)[0] == pytest.approx(expected)


def test_leaking_judges_are_found():
    ratings, judges = leaking_judges()
    reading = Leakage(relations=students())(ratings, judges, NULL)[0]
    assert reading.state == "beyond"
    assert reading.interval[0] > 0.05
    assert reading.details["interaction"]["low"] > 0
    low, high = reading.reality_interval
    assert low < 0 < high
    own = reading.details["win_rates"]
    assert own[0][0] > own[0][1]
    assert own[1][1] > own[1][0]
    assert reading.details["students"] == {"one": ["student of one"], "two": ["student of two"]}


def test_judges_of_one_mind_leak_nothing_however_good_a_student_is():
    worlds = 60
    taste = Taste(favour=0.7)
    states = [read(taste, taste, seed).state for seed in range(worlds)]
    assert states.count("beyond") <= binom.ppf(0.999, worlds, 0.01)


def test_the_interaction_is_the_planted_one():
    # Nothing but authors and order matters here, so the logits are those planted.
    one, two = (Taste(insight=0, length=0, slot=0.5, favour=sign * 0.6) for sign in (1, -1))
    readings = [read(one, two, seed, 600) for seed in range(25)]
    found = [reading.details["interaction"] for reading in readings]
    # Student one is worth 0.6 under one and -0.6 under two: strength 0, and 0.6 for a judge's own.
    assert np.mean([figure["value"] for figure in found]) == pytest.approx(0.6, abs=0.06)
    assert sum(figure["low"] < 0.6 < figure["high"] for figure in found) >= binom.ppf(0.001, 25, 0.94)


def test_several_students_and_strangers():
    described = [
        Agent(name=f"{k} of {teacher}", trained_on_outputs_of=(teacher,))
        for teacher in ("one", "two")
        for k in "ab"
    ]
    known = Relations(Agents(described=tuple(described)))
    authors = ("a of one", "b of one", "a of two", "b of two", "stranger")
    reading = read(Taste(favour=1.0), Taste(), pairs=1_200, authors=authors, relations=known)
    assert reading.details["students"]["two"] == ["a of two", "b of two"]
    assert reading.state in ("beyond", "within")


def test_what_is_not_known_is_not_asked():
    rng = np.random.default_rng(0)
    ratings = World.draw(500, rng, STUDENTS).ratings([], {"one": Taste(), "two": Taste()}, rng)
    reading = Leakage()(ratings, ratings.judges, NULL)[0]
    assert reading.state == "not_asked"
    assert "--agents" in reading.reason
    # A judge is no student of its own.
    own = World.draw(500, rng, ("one", "two")).ratings([], {"one": Taste(), "two": Taste()}, rng)
    assert Leakage()(own, own.judges, NULL)[0].state == "not_asked"


def test_too_few_prompts():
    reading = read(Taste(), Taste(), pairs=300)
    assert reading.state == "undetermined"
    assert "400 are needed" in reading.reason


def test_a_student_who_never_wins_has_no_finite_strength():
    reading = read(Taste(favour=50.0), Taste(favour=50.0), people=0)
    assert reading.state == "undetermined"
