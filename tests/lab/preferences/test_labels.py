"""Judges and arms: what each prefers by construction is found in the labels, and filters drop what they say."""

import numpy as np
import pytest

from holdfast.lab.preferences.arms import ARMS, label
from holdfast.lab.preferences.hands import KNOWN, TEACHER, teacher_share
from holdfast.lab.preferences.judges import COIN, JUDGE, PEOPLE, STAND_IN, STUDENT, Pair
from holdfast.lab.preferences.loop import _beside
from holdfast.lab.preferences.readings import read_labels, read_truth, rounded
from holdfast.lab.preferences.world import make_world

NAMES = ("eyes", *(one.name for one in PEOPLE), STAND_IN.name, COIN.name, JUDGE.name)


def make_pairs(count, seed):
    """Pairs of a student, three in four of whose answers are in people's voices, with itself or with the teacher."""
    world, rng = make_world(seed, boats=8, exam=100, frozen=100), np.random.default_rng(seed)
    found = []
    for at in range(count):
        question = world.practice[int(rng.integers(len(world.practice)))]
        theirs = at % 2 == 0
        hands = [KNOWN[int(one)] for one in rng.choice(4, 2)]
        if theirs:
            hands[1] = TEACHER
        sides = [
            (world.answer(question, hand, 0.5, rng), TEACHER.name if theirs and place else STUDENT)
            for place, hand in enumerate(hands)
        ]
        (a, author_a), (b, author_b) = (sides[int(one)] for one in rng.permutation(2))
        if a != b:
            found.append(
                Pair(pair_id=f"p{at}", question=question, a=a, b=b, author_a=author_a, author_b=author_b)
            )
    return found


def streams(seed):
    return {name: np.random.default_rng([seed, at]) for at, name in enumerate(NAMES)}


def won(rows, of):
    """How often the answer with more of something wins, where the two differ in it."""
    hits = []
    for row in rows:
        a, b = of(row["response_a"]), of(row["response_b"])
        if a != b:
            hits.append((row["label"] == "a") == (a > b))
    return np.mean(hits)


def test_the_judge_favours_the_teachers_voice_and_people_do_not():
    pairs, rng = make_pairs(1_500, 1), np.random.default_rng(0)
    judged = won(JUDGE.label(pairs, rng), teacher_share)
    people = won(STAND_IN.label(pairs, rng), teacher_share)
    assert judged > 0.75
    assert 0.4 < people < 0.6
    assert 0.4 < won(COIN.label(pairs, rng), teacher_share) < 0.6


def test_all_but_the_coin_prefer_what_is_right():
    pairs, rng = make_pairs(1_500, 2), np.random.default_rng(0)
    told = {}
    for rater in (*PEOPLE, STAND_IN, JUDGE, COIN):
        rows = rater.label(pairs, rng)
        differ = [
            (row["label"] == "a") == pair.question.is_right(pair.a)
            for row, pair in zip(rows, pairs, strict=True)
            if pair.question.is_right(pair.a) != pair.question.is_right(pair.b)
        ]
        told[rater.name] = np.mean(differ)
    assert min(share for name, share in told.items() if name != "coin") > 0.7
    assert 0.4 < told["coin"] < 0.6


def test_a_margin_turns_with_the_pair():
    pair = make_pairs(3, 3)[1]
    turned = Pair(pair_id="t", question=pair.question, a=pair.b, b=pair.a)
    assert JUDGE.margin(pair) == pytest.approx(-JUDGE.margin(turned))


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8, 1.0])
def test_the_teacher_is_right_as_often_as_the_policy(share):
    assert share * _beside(True, share) + (1 - share) * _beside(False, share) == pytest.approx(share)
    assert all(0.0 <= _beside(one, share) <= 1.0 for one in (True, False))


def test_arms_share_pairs_people_and_the_judges_verdicts():
    pairs = make_pairs(700, 4)
    found = {arm: label(arm, pairs, seen=300, seed=1, streams=streams(1)) for arm in ARMS}
    assert len({str(one.people) for one in found.values()}) == 1
    assert len(found["judge"].people) == 3 * 300
    judged = [row for row in found["mixed"].rows if row["annotator_type"] == "ai_judge"]
    assert judged == list(found["judge"].rows)
    assert len(found["mixed"].rows) == len(judged) + 300
    # Each pair that people saw gives one label of theirs.
    own = [row["pair_id"] for row in found["mixed"].rows if row["annotator_type"] == "human"]
    assert sorted(own) == sorted(pair.pair_id for pair in pairs[:300])
    assert {row["annotator"] for row in found["people"].rows} == {STAND_IN.name}


def test_filters_take_from_the_judge_alone_and_bring_the_teacher_down():
    pairs = make_pairs(1_200, 5)
    found = {
        arm: label(arm, pairs, seen=400, seed=1, streams=streams(2))
        for arm in ("judge", "filtered", "mixed", "remedied")
    }
    for arm in ("filtered", "remedied"):
        one = found[arm]
        assert one.offered - len(one.rows) == sum(dropped for _, dropped in one.decisions.values()) > 0
        assert one.decisions["teacher_cap"][0] == "acts"
    people = [row for row in found["remedied"].rows if row["annotator_type"] == "human"]
    assert people == [row for row in found["mixed"].rows if row["annotator_type"] == "human"]
    shares = {arm: won(one.rows, teacher_share) for arm, one in found.items()}
    assert shares["filtered"] < shares["judge"] - 0.1
    assert shares["remedied"] < shares["mixed"] - 0.05


def test_what_is_preferred_is_what_was_labelled():
    pairs = make_pairs(40, 6)
    labelled = label("judge", pairs, seen=10, seed=1, streams=streams(3))
    for one, row in zip(labelled.preferred(), labelled.rows, strict=True):
        a, b = row["response_a"], row["response_b"]
        assert (one.chosen, one.rejected) == ((a, b) if row["label"] == "a" else (b, a))


def test_the_audit_sees_the_judge_and_lets_a_person_in_its_place_pass():
    pairs = make_pairs(1_200, 7)
    read = {
        arm: read_labels(label(arm, pairs, seen=480, seed=1, streams=streams(4)), 199, 1)
        for arm in ("people", "judge")
    }
    assert read["judge"]["verdict"] == "fail"
    assert {"length", "position"} & set(read["judge"]["alarms"])
    assert read["judge"]["length"]["effect"] > 0.05
    assert read["people"]["verdict"] != "fail"
    assert abs(read["people"]["length"]["effect"]) < 0.05


def test_truth_is_read_from_the_world():
    world = make_world(8, boats=8, exam=200, frozen=100)
    rng = np.random.default_rng(1)
    truth = read_truth(world.exam, world.answers(world.exam, TEACHER, 1.0, rng))
    assert (truth["teacher"], truth["voiceless"], truth["right"]) == (1.0, 0.0, 1.0)
    truth = read_truth(world.exam, ["" for _ in world.exam])
    assert (truth["teacher"], truth["voiceless"], truth["right"], truth["words"]) == (0.0, 1.0, 0.0, 0.0)


def test_figures_are_cut_and_nothing_else():
    assert rounded({"a": [1 / 3, None, True, "b"], "c": np.float64(2 / 3), "n": 3}) == {
        "a": [0.333333, None, True, "b"],
        "c": 0.666667,
        "n": 3,
    }
