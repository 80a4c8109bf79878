"""What reviews say as a whole: shares of the set, agreement, filters and judges beside people."""

import json

import numpy as np
import pytest

from holdfast.errors import InputError, UsageError
from holdfast.measures.reading import Undetermined
from holdfast.reviews.decisions.decision import Decision
from holdfast.reviews.results import review_results
from holdfast.reviews.results.calibration import read_flag

LABELS = ("billing", "delivery", "returns")


def estimate(found, claim):
    return next(one for one in found.estimates if one.claim == claim)


def test_a_whole_set_that_was_decided_gives_the_truth(start):
    review = start(again=0.0)
    whole = start([{"id": f"r{n}", "text": f"row number {n}"} for n in range(60)], name="whole", again=0.0)
    whole.judge("ada")
    found = review_results(whole.queue, whole.decisions)
    assert found.bad.overall.value == pytest.approx(6 / 60)
    assert found.bad.overall.interval == pytest.approx((0.1, 0.1))
    assert (found.rows, found.items, found.decided, found.differ) == (60, 60, 60, 0)
    nothing = review_results(review.queue, review.decisions)
    assert isinstance(nothing.bad.overall, Undetermined)
    assert nothing.reviewers == ()
    assert all(isinstance(one.alpha, Undetermined) for one in nothing.agreement)


def test_shares_cover_the_truth_and_weigh_by_chance(start):
    rows = [
        {"id": f"r{n}", "text": f"row number {n}", "label": "rare" if n < 40 else "frequent"}
        for n in range(2_000)
    ]
    review = start(rows, rows=300, design=["tail:power=0"], again=0.0)
    for number in range(len(review.queue)):
        rare = review.queue.item(number).label == "rare"
        review.say("ada", number, {"verdict": "reject" if rare else "accept"})
    found = review_results(review.queue, review.decisions)
    plain = sum(one.answers["verdict"] == "reject" for one in review.decisions.standing()) / len(review.queue)
    low, high = found.bad.overall.interval
    assert low <= 40 / 2_000 <= high < plain
    shares = {one.name: one.share.value for one in found.bad.strata}
    assert shares == {"rare": 1.0, "frequent": 0.0}
    assert {one.name: one.rows for one in found.bad.strata} == {"rare": 40, "frequent": 1_960}


def test_several_reviewers_of_an_item_are_averaged(start):
    review = start([{"id": f"r{n}", "text": f"row number {n}"} for n in range(30)], rows=30)
    for number in range(len(review.queue)):
        review.say("ada", number, {"verdict": "accept"})
        review.say("bob", number, {"verdict": "reject" if number < 10 else "accept"})
    found = review_results(review.queue, review.decisions)
    assert found.bad.overall.value == pytest.approx(10 / 60)
    assert found.differ == 10


def test_too_few_of_a_stratum_say_nothing_and_say_what_is_needed(start):
    review = start()
    few = [n for n in range(len(review.queue)) if review.queue.item(n).label == "billing"][:4]
    review.judge("ada", few)
    found = review_results(review.queue, review.decisions)
    held = {one.name: one.share for one in found.bad.strata}
    assert all(isinstance(one, Undetermined) for one in held.values())
    assert held["billing"].needed_rows == 5
    assert found.bad.silent_strata == 2


def test_gold_questions_count_for_no_share(start, tmp_path):
    gold = tmp_path / "gold.jsonl"
    gold.write_text(
        "".join(
            json.dumps({"id": f"g{n}", "text": f"gold {n}", "known": {"verdict": "reject"}}) + "\n"
            for n in range(10)
        )
    )
    review = start(gold=gold, gold_rows=10, rows=60)
    for number in range(len(review.queue)):
        review.say("ada", number, {"verdict": "reject" if review.queue.item(number).gold else "accept"})
    found = review_results(review.queue, review.decisions)
    assert found.gold == 10
    assert found.bad.overall.value == 0.0
    assert found.bad.drawn == found.items - 10
    (ada,) = found.reviewers
    assert (ada.gold.hits, ada.gold.of) == (10, 10)


def test_agreement_is_perfect_or_chance(start):
    review = start(again=1.0)
    review.judge("ada")
    review.judge("bob")
    found = review_results(review.queue, review.decisions)
    verdict, faults = found.agreement
    assert verdict.alpha.value == 1.0
    assert faults.alpha.value == 1.0
    rng = np.random.default_rng(0)
    for number in range(len(review.queue)):
        review.say("bob", number, {"verdict": ["accept", "reject"][rng.integers(2)]})
    found = review_results(review.queue, review.decisions)
    low, high = found.agreement[0].alpha.interval
    assert low < 0.25
    assert high < 0.5
    assert found.agreement[0].alpha.items == len(review.queue)


def test_ratings_agree_by_their_order(start):
    review = start(questions="rating", again=1.0, rows=60)
    for number in range(len(review.queue)):
        review.say("ada", number, {"rating": 1 + number % 4})
        review.say("bob", number, {"rating": 2 + number % 4})
    (found,) = review_results(review.queue, review.decisions).agreement
    assert found.alpha.level == "ordinal"
    assert found.alpha.value > 0.5  # never the same, always near


def test_labels_other_than_the_rows_are_bad(start):
    review = start(questions="label", rows=200, again=0.0)
    wrong = 0
    for number in range(len(review.queue)):
        item = review.queue.item(number)
        wrong += number % 4 == 0
        review.say("ada", number, {"label": LABELS[(LABELS.index(item.label) + (number % 4 == 0)) % 3]})
    found = estimate(review_results(review.queue, review.decisions), "label: labelled otherwise")
    assert found.bad
    assert found.overall.value == pytest.approx(wrong / len(review.queue), abs=0.01)


def test_filters_beside_people(start):
    review = start()
    review.judge("ada")
    rows = review.file.read_text().splitlines()
    found = review_results(review.queue, review.decisions, flags=[read_flag("quality<0.5")], rows=rows)
    (one,) = found.calibration
    # 24 of 240 rows are bad, all of them flagged, and 16 others (every fifteenth, but for those that are bad).
    flagged = sum(json.loads(row)["quality"] < 0.5 for row in rows)
    assert one.recall.value == 1.0
    assert one.recall.interval[0] < 1.0
    assert one.precision.interval[0] <= 24 / flagged <= one.precision.interval[1]
    assert one.corrected.interval[0] <= 0.1 <= one.corrected.interval[1]
    assert one.corrected.flagged == flagged / 240
    ends, alone = one.corrected.interval, found.bad.overall.interval
    assert ends[1] - ends[0] < alone[1] - alone[0]
    without = review_results(review.queue, review.decisions, flags=[read_flag("quality<0.5")])
    assert isinstance(without.calibration[0].corrected, Undetermined)


def test_a_judge_is_held_by_its_suggestions(start):
    rows = [
        {"id": f"r{n}", "text": f"row number {n}", "judge": "reject" if n % 10 in (0, 1) else "accept"}
        for n in range(200)
    ]
    review = start(rows, rows=200, suggestion="judge")
    review.judge("ada")
    (one,) = review_results(review.queue, review.decisions, flags=[read_flag("suggestion")]).calibration
    assert one.flagged.value == pytest.approx(0.2)
    assert one.precision.value == pytest.approx(0.5)
    assert one.recall.value == pytest.approx(1.0)


@pytest.mark.parametrize("flag", ["qualty<0.5", "suggestion", "label<3"])
def test_flags_that_cannot_be_read_are_errors(start, flag):
    review = start()
    review.judge("ada", range(20))
    with pytest.raises(UsageError):
        review_results(review.queue, review.decisions, flags=[read_flag(flag)])


@pytest.mark.parametrize("flag", ["", "a<", "quality<low", "<3"])
def test_flags_that_are_none_are_errors(flag):
    with pytest.raises(UsageError):
        read_flag(flag)


def test_pairs_tell_which_is_preferred(start, tmp_path):
    other = tmp_path / "other.jsonl"
    one = [{"id": f"{n}", "prompt": f"question {n}?", "completion": f"short {n}"} for n in range(80)]
    other.write_text(
        "".join(json.dumps(row | {"completion": f"longer answer {row['id']}"}) + "\n" for row in one)
    )
    review = start(one, against=other, rows=80)
    for number in range(len(review.queue)):
        answer = "a" if number % 4 == 0 else "both_good" if number % 4 == 1 else "b"
        review.say("ada", number, {"which": answer}, shown={"left": "a", "suggestion": "none"})
    found = review_results(review.queue, review.decisions)
    preferred = estimate(found, "which: first preferred")
    assert not preferred.bad
    assert preferred.overall.value == pytest.approx(0.375, abs=0.01)
    assert preferred.agents == ()


def test_the_same_seed_gives_the_same(start):
    review = start(again=0.5)
    review.judge("ada")
    review.judge("bob", range(0, len(review.queue), 2))
    one, two = (review_results(review.queue, review.decisions, seed=9).plain() for _ in range(2))
    assert json.dumps(one) == json.dumps(two)


def test_decisions_of_another_queue_are_an_error(start):
    review = start()
    review.decisions.add(Decision(uuid="x", item=9_999, reviewer="ada", answers={"verdict": "accept"}))
    with pytest.raises(InputError, match="item 9999"):
        review_results(review.queue, review.decisions)
