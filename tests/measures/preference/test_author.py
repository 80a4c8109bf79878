"""Favour for relatives, on worlds whose truth is known."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom

from holdfast.data.preferences.agents import Agent, Agents
from holdfast.measures.preference.author import AuthorPreference, _gaps
from holdfast.measures.preference.examples import Taste, World, favouring_judge
from holdfast.measures.reading import Calibration
from holdfast.stats.intervals import newcombe
from holdfast.views.relations import Relations

NULL = Calibration(draws=299)
AUTHORS = ("judge", "another", "a third")


def read(people, judge, seed=0, pairs=700, authors=AUTHORS, measure=None):
    rng = np.random.default_rng(seed)
    ratings = World.draw(pairs, rng, authors).ratings(people, {"judge": judge}, rng)
    return (measure or AuthorPreference())(ratings, ratings.judges, NULL)[0]


def test_gaps_by_hand():
    # People: relative 4 times, the other 5 times, a tie once. The judge goes with them 3 times of 4, 2 of 5.
    people = np.array([1, 1, 1, 1, -1, -1, -1, -1, -1, 0.0])
    judge = np.array([1, 1, 1, -1, -1, -1, 1, 1, 0, 1.0])
    found = _gaps(judge, people)
    assert found["accepted"]["value"] == pytest.approx(3 / 4 - 2 / 5)
    assert (found["accepted"]["low"], found["accepted"]["high"]) == pytest.approx(newcombe(3, 4, 2, 5))
    # Not accepted by people: the judge takes the relative 2 times of 5, the other once of 4; its tie accepts nothing.
    assert found["refused"]["value"] == pytest.approx(2 / 5 - 1 / 4)
    assert _gaps(np.ones(3), np.ones(3))["accepted"] is None


def test_a_judge_who_favours_its_own_is_found():
    ratings, judges = favouring_judge()
    reading = AuthorPreference()(ratings, judges, NULL)[0]
    assert reading.state == "beyond"
    assert reading.details["share_judge"] - reading.details["share_people"] > 0.1
    assert reading.details["effect_at_equal_length"]["low"] > 0
    assert [gap["relation"] for gap in reading.details["gaps"]] == ["all", "same model"]
    own = ratings.author == ratings.authors.index("judge")
    verdict = judges[0].verdict
    for row in reading.rows:
        assert own[row].sum() == 1
        assert verdict[row] == (1 if own[row, 0] else -1)


def test_people_who_prefer_that_author_too_are_no_favour():
    # The first author is better, and everybody says so.
    worlds = 40
    taste = Taste(favour=0.8)
    states = [read([taste, taste], taste, seed).state for seed in range(worlds)]
    assert states.count("beyond") <= binom.ppf(0.999, worlds, 0.01)


def test_one_person_needs_both_forms():
    assert read([Taste()], Taste(favour=1.2)).state == "beyond"
    person = Taste(insight=0.6, favour=0.9)
    assert read([person], person, pairs=1_500).state == "undetermined"


def test_descent_is_told_by_a_file_and_a_teacher_may_be_named():
    known = Relations(
        Agents(described=(Agent(name="pupil", trained_on_outputs_of=("judge",)), Agent(name="another")))
    )
    authors = ("pupil", "another", "a third")
    measure = AuthorPreference(relations=known)
    reading = read([Taste(), Taste()], Taste(favour=1.2), authors=authors, measure=measure)
    assert reading.state == "beyond"
    assert reading.details["gaps"][1]["relation"] == "inheritance"
    named = read([Taste(), Taste()], Taste(favour=1.2), measure=AuthorPreference(teacher="a third"))
    assert named.state != "beyond" or named.effect < 0
    assert named.details["relative_of"] == "a third"


def test_what_is_not_known_is_not_asked():
    ratings, judges = favouring_judge()
    stranger = replace(judges[0], name="nobody's relative")
    reading = AuthorPreference()(ratings, [stranger], NULL)[0]
    assert (reading.state, reading.value) == ("not_asked", None)
    assert "--agents" in reading.reason
    nameless = read([Taste()], Taste(), authors=())
    assert "author_a" in nameless.reason


def test_too_few_in_a_cell():
    reading = read([Taste(), Taste()], Taste(), pairs=330)
    assert reading.state == "undetermined"
    assert "100 of each are needed" in reading.reason
    assert reading.details["share_people"] is not None


def test_without_people_nothing_is_said_but_the_share():
    rng = np.random.default_rng(0)
    ratings = World.draw(600, rng, AUTHORS).ratings([], {"judge": Taste(favour=2.0)}, rng)
    reading = AuthorPreference()(ratings, ratings.judges, NULL)[0]
    assert reading.state == "undetermined"
    assert reading.details["share_people"] is None
    assert reading.details["share_judge"] > 0.6
