"""Reviewers: drift is seen, chance is not taken for drift, and haste and sides are measured."""

import numpy as np
import pytest

from holdfast.measures.reading import Undetermined
from holdfast.reviews.results import review_results
from holdfast.reviews.results.chance import against_half, between_thirds


def test_chance_is_seldom_taken_for_drift():
    rng = np.random.default_rng(0)
    p_values = np.array(
        [between_thirds(rng.random(60) < 0.7, rng, what="accepted").p_value for _ in range(300)]
    )
    assert (p_values <= 0.05).sum() <= 27  # once in a thousand times beyond this, at 5 %


def test_drift_is_seen():
    rng = np.random.default_rng(0)
    chances = np.repeat([0.9, 0.75, 0.5], 40)
    found = [between_thirds(rng.random(120) < chances, rng, what="accepted").p_value for _ in range(50)]
    assert np.mean(np.array(found) <= 0.05) > 0.85


def test_few_answers_are_not_tested():
    assert between_thirds(np.ones(14, bool), np.random.default_rng(0), what="accepted") is None
    assert against_half([]) is None


def test_a_reviewer_who_tires_is_named_and_the_others_are_not(start):
    review = start(again=1.0)
    review.judge("ada")
    review.judge("bob")
    for number in range(len(review.queue)):  # cy accepts less and less
        tired = number > 80 and number % 2 == 0
        review.say("cy", number, {"verdict": "reject" if tired else "accept"})
    found = review_results(review.queue, review.decisions)
    out = {(one.name, test.what) for one in found.reviewers for test in one.tests if test.stands_out}
    assert ("cy", "accepted") in out
    assert {name for name, _ in out} == {"cy"}
    cy = found.reviewers[2]
    assert cy.agreement.value < 0.9
    assert isinstance(cy.gold, Undetermined)


def test_who_always_takes_the_left_side_is_named(start, tmp_path):
    import json

    other = tmp_path / "other.jsonl"
    rows = [{"id": f"{n}", "prompt": f"question {n}?", "completion": f"short {n}"} for n in range(60)]
    other.write_text("".join(json.dumps(row | {"completion": f"long {row['id']}"}) + "\n" for row in rows))
    review = start(rows, against=other, rows=60)
    for number in range(len(review.queue)):
        left = "ab"[number % 2]
        review.say("ada", number, {"which": left}, shown={"left": left})
        review.say("bob", number, {"which": "a"}, shown={"left": left})
    ada, bob = review_results(review.queue, review.decisions).reviewers
    lefts = {one.name: next(test for test in one.tests if test.what == "left") for one in (ada, bob)}
    assert lefts["ada"].shares == (1.0,)
    assert lefts["ada"].stands_out
    assert lefts["bob"].shares == (0.5,)
    assert not lefts["bob"].stands_out


@pytest.mark.parametrize("follows", [True, False])
def test_quick_agreement_with_suggestions_is_measured(start, follows):
    rows = [
        {"id": f"r{n}", "text": " ".join(["word"] * 120) + f" {n}", "judge": ["accept", "reject"][n % 2]}
        for n in range(80)
    ]
    review = start(rows, rows=80, suggestion="judge")
    for number in range(len(review.queue)):
        suggested = review.queue.item(number).suggestion["verdict"]
        quick = number % 4 < 2
        agrees = (quick and follows) or number % 3 == 0
        other = "reject" if suggested == "accept" else "accept"
        review.say(
            "ada",
            number,
            {"verdict": suggested if agrees else other},
            seconds=1.0 if quick else 40.0,
            shown={"suggestion": "open"},
        )
    (ada,) = review_results(review.queue, review.decisions).reviewers
    assert (ada.haste.quick, ada.haste.timed) == (40, 80)
    assert ada.haste.stands_out is follows
    assert ada.seconds == 20.5
