"""Filters of labels, each on worlds where what it looks for was planted, and on worlds where it was not."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from label_world import RELATIVE, STRANGER, make_rows, verdicts
from scipy.stats import binom

from holdfast.data.preferences import read_preferences
from holdfast.data.preferences.agents import Agent, Agents
from holdfast.remedies.curate.preferences import curate_preferences
from holdfast.remedies.curate.preferences.excess import Excess
from holdfast.remedies.curate.preferences.filters import LengthMatched, TeacherCap
from holdfast.remedies.curate.preferences.filters.judge_cap import _level
from holdfast.remedies.curate.preferences.label_rows import LabelRows, name_rows
from holdfast.views.ratings import read_ratings
from holdfast.views.relations import Relations


def label_rows(rows):
    read = read_preferences(rows)
    return LabelRows(preferences=read, ratings=read_ratings(read), ids=name_rows(read))


def left(rows, found):
    """The rows that are kept; ids are in the order of the rows."""
    kept = set(found.kept)
    ids = name_rows(read_preferences(rows))
    return [row for row, id_ in zip(rows, ids, strict=True) if id_ in kept]


def excess_of(rows, side):
    """Judge minus people, and its standard error: how often they choose a side (a column of `verdicts`)."""
    shares, error = [], 0.0
    for human in (False, True):
        found = verdicts(rows, human=human)
        asked = found[side] != 0
        hit = found[0][asked] == np.sign(found[side][asked])
        shares.append(hit.mean())
        error += hit.mean() * (1 - hit.mean()) / len(hit)
    return shares[0] - shares[1], math.sqrt(error)


def step(found, name):
    return next(one for one in found.steps if one.name == name)


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(
    ("planted", "options", "name", "side"),
    [
        ({"length": 2.0}, {}, "length_matched", 1),
        ({"length": -2.0}, {}, "length_matched", 1),
        ({"teacher": 1.0}, {"family": RELATIVE}, "teacher_cap", 4),
    ],
)
def test_what_was_planted_is_gone_after_the_repair(seed, planted, options, name, side):
    rows = make_rows(seed, **planted)
    before, error = excess_of(rows, side)
    assert abs(before) > 4 * error
    found = curate_preferences(rows, seed=seed, **options)
    assert step(found, name).decision == "acts"
    stays = left(rows, found)
    after, error = excess_of(stays, side)
    assert abs(after) < 2 * error
    people = [row for row in rows if row["annotator_type"] == "human"]
    assert [row for row in stays if row["annotator_type"] == "human"] == people


def test_the_order_decides_no_label_that_is_kept():
    rows = make_rows(0, position=2.0, asked_twice=True)
    assert excess_of(rows, 3)[0] > 0.2
    found = curate_preferences(rows)
    kept = left(rows, found)
    assert all(row["label"] == row.get("swapped_label", row["label"]) for row in kept)
    after, error = excess_of(kept, 3)
    assert abs(after) < 3 * error
    judged = step(found, "swapped")
    # What turns with the order is rather wrong than right.
    assert judged.good.share < judged.bad.share


def test_people_like_judges_are_nearly_untouched():
    """Of labels that a person could have given, next to none are taken; false alarms stay at their level."""
    taken, labels, alarms = 0, 0, {"length_matched": 0, "teacher_cap": 0}
    worlds = 24
    for seed in range(worlds):
        rows = label_rows(make_rows(seed, 500, people=1 + seed % 2))
        kept = np.ones(len(rows), bool)
        for one in (LengthMatched(), TeacherCap(teacher=RELATIVE)):
            marks = one(rows, kept, np.random.default_rng(seed))
            taken += int(marks.taken.sum())
            alarms[one.name] += bool(marks.taken.any())
        labels += int(rows.made.sum())
    assert taken / labels < 0.02
    assert all(count <= binom.ppf(0.995, worlds, 0.05) for count in alarms.values()), alarms


def test_the_fewest_labels_are_taken():
    for hits, labels, people, votes in ((60, 100, 50.0, 100), (90, 100, 10.0, 100), (7, 9, 1.0, 4)):
        excess = Excess(
            hits=np.array([hits]),
            labels=np.array([labels]),
            people_hits=np.array([people]),
            votes=np.array([votes]),
        )
        share = (people + 0.5) / (votes + 1)
        least = next(x for x in range(hits + 1) if x == labels or (hits - x) <= share * (labels - x))
        assert excess.surplus()[0] == least


def test_the_deviate_is_the_two_sample_test():
    one = Excess(
        hits=np.array([60]), labels=np.array([100]), people_hits=np.array([45.0]), votes=np.array([90])
    )
    pooled = 105 / 190
    expected = (0.6 - 0.5) / math.sqrt(pooled * (1 - pooled) * (1 / 100 + 1 / 90))
    assert one.deviate == pytest.approx(expected)
    assert one.reversed().deviate == pytest.approx(-expected)


def test_a_cap_is_met_with_the_fewest_labels():
    for counts in ([900, 50], [10, 10, 10], [1_000, 500, 2], [7]):
        for others, most in itertools.product((0, 1, 40), (0.2, 0.34, 0.5, 0.7)):
            by_hand = max(
                level
                for level in range(max(counts) + 1)
                if level <= most * (sum(min(count, level) for count in counts) + others) + 1e-9
            )
            assert _level(np.array(counts), others, most) == by_hand


def judged(at, who, kind="ai_judge", label="a", **more):
    return {
        "pair_id": f"p{at}",
        "response_a": f"one {at}",
        "response_b": f"two {at}",
        "label": label,
        "annotator": who,
        "annotator_type": kind,
    } | more


def test_no_model_gives_more_than_its_cap():
    rows = [judged(at, "gpt-4@1" if at % 2 else "gpt-4@2") for at in range(300)]
    rows += [judged(1_000 + at, f"other {at % 3}") for at in range(60)]
    found = curate_preferences(rows, judge_cap=0.5, filter=["judge_cap"])
    assert step(found, "judge_cap").dropped == 240
    assert len(found.kept) == 120
    assert sum(row["annotator"].startswith("gpt-4") for row in left(rows, found)) == 60


def test_a_cap_that_nothing_can_meet_is_told():
    found = curate_preferences([judged(at, "gpt-4") for at in range(300)])
    assert step(found, "judge_cap").decision == "cannot say"
    assert "labels by others are needed" in step(found, "judge_cap").why
    assert len(found.kept) == 300
    rows = [judged(at, "gpt-4") for at in range(300)] + [judged(999, "anna", "human")]
    found = curate_preferences(rows, most=0.5)
    assert step(found, "judge_cap").decision == "stopped"
    assert len(found.kept) == 301


def test_labels_that_people_contradict():
    rows = [judged(at, "gpt-4", label="ab"[at % 2]) for at in range(40)]
    rows += [judged(at, who, "human") for at in range(30) for who in ("anna", "ben")]
    rows += [judged(30, "anna", "human", "a"), judged(30, "ben", "human", "b")]
    found = curate_preferences(rows, filter=["disagreeing"])
    assert set(found.dropped) == {f"p{at}#gpt-4" for at in range(1, 30, 2)}
    told = step(found, "disagreeing")
    assert (told.good.rows, told.good.taken, told.bad.rows, told.bad.taken) == (15, 0, 15, 15)
    assert found.explain("p1#gpt-4") == (
        "p1#gpt-4 was dropped by disagreeing: most of 2 people chose a, gpt-4 the other"
    )
    assert found.explain("p0#anna") == "p0#anna is kept"


def test_relatives_are_found_through_agents():
    rows = make_rows(0, 500, teacher=1.5)
    agents = Agents(described=(Agent(name=RELATIVE, trained_on_outputs_of=("gpt-4",)), Agent(name=STRANGER)))
    found = TeacherCap(teacher="gpt-4@1", relations=Relations(agents))(
        label_rows(rows), np.ones(len(rows), bool), np.random.default_rng(0)
    )
    assert found.details["relatives"] == [RELATIVE]
    assert found.taken.any()
    names = TeacherCap(teacher="gpt-4")(label_rows(rows), np.ones(len(rows), bool), np.random.default_rng(0))
    assert "0 pairs" in names


def test_a_filter_that_eats_good_labels_is_stopped():
    class Spiteful:
        name = "spiteful"
        title = "labels that people share"

        def __call__(self, rows, kept, rng):
            from holdfast.remedies.curate.preferences import PreferenceMarks

            return PreferenceMarks(taken=rows.agrees & kept, reason=lambda _: "spite", said="spite")

    found = curate_preferences(make_rows(0, 300), filter=[Spiteful()])
    assert found.steps[0].decision == "stopped"
    assert not found.dropped


def test_the_same_seed_drops_the_same_labels():
    rows = make_rows(3, 500, length=2.0)
    one, two, other = (curate_preferences(rows, seed=seed) for seed in (1, 1, 2))
    assert dict(one.dropped) == dict(two.dropped)
    assert set(one.dropped) != set(other.dropped)
    assert len(one.dropped) == len(other.dropped)


def test_another_filter_changes_no_draw():
    rows = make_rows(3, 500, length=2.0)
    one = curate_preferences(rows, filter=["length_matched"])
    two = curate_preferences(rows)
    assert set(one.dropped) == {id_ for id_, (by, _) in two.dropped.items() if by == "length_matched"}
