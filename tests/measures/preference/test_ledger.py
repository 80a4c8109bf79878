"""The ledger: who gave the labels."""

import math

import numpy as np
import pytest
from label_tables import preferences

from holdfast.data.preferences.agents import Agent, Agents
from holdfast.measures.preference.ledger import TITLES, Ledger, count_labels
from holdfast.measures.reading import Calibration
from holdfast.views.ratings import read_ratings
from holdfast.views.relations import Relations

AGENTS = Relations(
    Agents(
        described=(
            Agent(name="gpt-4", family="openai"),
            Agent(name="gpt-3.5", family="openai"),
            Agent(name="student", trained_on_outputs_of=("gpt-4",)),
            Agent(name="stranger"),
        )
    )
)


def pair(a=None, b=None):
    return {"response_a": "a", "response_b": "b", "author_a": a, "author_b": b}


def label(at, who, kind="ai_judge", **more):
    return {"pair": at, "label": 1, "annotator": who, "annotator_type": kind} | more


def read(found, **options):
    readings = Ledger(**options)(read_ratings(found), (), Calibration())
    assert [one.measure for one in readings] == list(TITLES)
    assert all(one.interval is None and one.p_value is None for one in readings)
    return {one.measure: one for one in readings}


def test_a_set_is_counted():
    found = preferences(
        [
            pair("gpt-4@1", "stranger"),
            pair("student", "gpt-3.5"),
            pair("stranger", "stranger"),
            pair("stranger", None),
        ],
        [
            label(0, "gpt-4", judge_version="0613", cycle=1),
            label(1, "gpt-4", judge_version="1106", cycle=2),
            label(2, "gpt-4", judge_version="0613", cycle=2),
            label(3, "gpt-4", judge_version="0613"),
            label(0, "anna", "human"),
            label(1, "anna", "human"),
            label(2, None, "unknown"),
            label(3, "longer", "rule"),
        ],
    )
    counted = count_labels(found, AGENTS)
    assert counted.kinds == {"ai_judge": 4, "human": 2, "rule": 1, "unknown": 1}
    assert counted.sources == {
        "gpt-4@0613": 3,
        "anna (human)": 2,
        "gpt-4@1106": 1,
        "longer (rule)": 1,
        "unnamed (unknown)": 1,
    }
    assert counted.models == {"gpt-4": 4}
    assert counted.relations == {
        "same model": 1,
        "inheritance": 1,
        "unrelated": 1,
        "unknown": 1,
        "person": 2,
        "no model": 2,
    }
    assert counted.authors == {
        "same model": 1,
        "inheritance": 1,
        "same family": 1,
        "unrelated": 4,
        "unknown": 1,
    }
    assert counted.cycles == {1: 1, 2: 2, None: 5}
    assert counted.effective == pytest.approx(64 / (9 + 4 + 1 + 1 + 1))
    shares = np.array([3, 2, 1, 1, 1]) / 8
    assert counted.bits == pytest.approx(-(shares * np.log2(shares)).sum())
    readings = read(found, relations=AGENTS)
    assert readings["unknown_labels"].value == 1 / 8
    assert readings["unknown_labels"].state == "beyond"
    assert readings["largest_judge"].value == 0.5
    assert readings["largest_judge"].state == "within"
    assert readings["double_labelled"].value == 2
    assert readings["double_labelled"].state == "beyond"
    assert readings["related_labels"].value == 2 / 8
    assert readings["related_labels"].details["at_most"] == 3 / 8
    assert readings["label_sources"].details["cycles"] == {"1": 1, "2": 2, "unknown": 5}


@pytest.mark.parametrize(
    ("sources", "effective"), [([10], 1.0), ([5, 5], 2.0), ([8, 1, 1], 100 / 66), ([1] * 7, 7.0)]
)
def test_the_effective_number_is_hills(sources, effective):
    found = preferences(
        [pair()], [label(0, f"judge {at}") for at, count in enumerate(sources) for _ in range(count)]
    )
    counted = count_labels(found, Relations())
    assert counted.effective == pytest.approx(effective)
    assert counted.bits == pytest.approx(
        -sum(c / sum(sources) * math.log2(c / sum(sources)) for c in sources)
    )


@pytest.mark.parametrize(("count", "state"), [(5, "within"), (6, "beyond")])
def test_the_limit_of_unknown_labels(count, state):
    labels = [label(0, None, "unknown") if at < count else label(0, f"j{at}") for at in range(100)]
    assert read(preferences([pair()], labels))["unknown_labels"].state == state


@pytest.mark.parametrize(("count", "state"), [(70, "within"), (71, "beyond")])
def test_the_limit_of_one_model(count, state):
    labels = [label(0, "gpt-4" if at < count else f"j{at}") for at in range(100)]
    reading = read(preferences([pair()], labels))["largest_judge"]
    assert reading.state == state
    assert reading.evidence[0].startswith(f"gpt-4 gave {count}.0 % of 100 labels")


@pytest.mark.parametrize(
    ("pairs", "double", "state"),
    [
        (400, 300, "within"),
        (400, 299, "beyond"),
        (40_000, 399, "beyond"),
        (40_000, 400, "within"),
    ],
)
def test_the_limit_of_double_labelled_pairs(pairs, double, state):
    labels = [label(at, "gpt-4") for at in range(pairs)] + [label(at, "a", "human") for at in range(double)]
    reading = read(preferences([pair()] * pairs, labels))["double_labelled"]
    assert (reading.value, reading.state) == (double, state)


def test_what_the_anchor_adds_is_not_counted_twice():
    made = preferences([pair()] * 2, [label(0, "gpt-4"), label(1, "gpt-4")])
    anchor = preferences([pair()] * 2, [label(0, "a", "human"), label(1, "b", "human")], name="people")
    both = preferences(
        [pair()] * 3,
        [label(0, "gpt-4"), label(1, "gpt-4"), label(0, "a", "human"), label(2, "b", "human")],
    )
    readings = read(both, candidate=made, anchor=anchor)
    assert readings["label_sources"].value == 1.0
    assert readings["label_sources"].reality == 2.0
    assert readings["label_sources"].n == 2
    assert readings["double_labelled"].value == 1
    assert readings["largest_judge"].value == 1.0
    assert readings["largest_judge"].reality == 0.0
    assert readings["unknown_labels"].reality == 0.0


def test_what_cannot_be_known_is_not_zero():
    related = read(preferences([pair()], [label(0, "gpt-4")]))["related_labels"]
    assert related.state == "undetermined"
    assert related.value is None
    assert "author_a" in related.reason
    related = read(preferences([pair("x", "y")], [label(0, "gpt-4")]))["related_labels"]
    assert related.state == "undetermined"
    assert "--agents" in related.reason
    people = read(preferences([pair("x", "y")], [label(0, "anna", "human")]))
    assert people["related_labels"].state == "not_asked"
    assert people["largest_judge"].state == "not_asked"
    assert people["double_labelled"].state == "not_asked"


def test_no_labels():
    readings = read(preferences([pair()], []))
    assert {one.state for one in readings.values()} == {"undetermined"}
    assert all(one.reason for one in readings.values())


def test_names_alone_find_the_judge_that_judges_itself():
    reading = read(preferences([pair("GPT-4@1", "x")], [label(0, "gpt-4")]))["related_labels"]
    assert reading.value == 1.0
    assert "without a file of agents" in reading.evidence[-1]


def test_percent_signs_stand_one_space_from_their_number():
    pairs_ = [{"response_a": f"a{at}", "response_b": "b"} for at in range(10)]
    made = preferences(pairs_, [{"pair": at, "label": 1, "annotator_type": "unknown"} for at in range(10)])
    ratings = read_ratings(made)
    for reading in Ledger()(ratings, ratings.judges, Calibration(draws=99)):
        assert "  " not in " ".join(reading.evidence), reading.measure
