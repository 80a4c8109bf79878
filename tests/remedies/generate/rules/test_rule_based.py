import numpy as np
import pytest

from holdfast.errors import UsageError
from holdfast.remedies.generate.contract import Arm, Material, Seed, Wish
from holdfast.remedies.generate.methods.rules import OPERATIONS, WEIGHTS, RuleBased, learn_weights

ARM = Arm(name="rules", method="rule_based", model=None, share=1.0)


def wish(stratum="card"):
    return Wish(id="w1", stratum=stratum, arm=ARM, round=1)


def seed(id, text, stratum="card"):
    return Seed(id=id, text=text, stratum=stratum, origin="reference")


def material(**changes):
    rows = [seed(f"r{at}", f"Where is my card number {at}, please?") for at in range(6)]
    return Material(
        **{
            "seeds": {"card": rows, "other": [seed("o", "Hello there", "other")]},
            "strata": {"card": "", "other": ""},
        }
        | changes
    )


def drafts(method, wished, rows, times=300):
    return [method(wished, rows, np.random.default_rng([7, at])) for at in range(times)]


def test_a_row_is_a_seed_of_the_wished_stratum_written_otherwise():
    for draft in drafts(RuleBased(), wish(), material()):
        (parent,) = draft.parents
        assert parent.stratum == "card"
        assert draft.text != parent.text
        assert draft.hops == ()
        names = draft.attributes["operation"].split("+")
        assert 1 <= len(names) <= 3
        assert set(names) <= {operation.name for operation in OPERATIONS}
        assert draft.attributes == {"operation": "+".join(names)}


def test_a_row_depends_on_its_own_draws_alone():
    assert drafts(RuleBased(), wish(), material(), 20) == drafts(RuleBased(), wish(), material(), 20)


def test_without_a_wished_stratum_any_seed_will_do():
    parents = {draft.parents[0].stratum for draft in drafts(RuleBased(), wish(None), material())}
    assert parents == {"card", "other"}


def test_there_is_no_row_without_a_seed_or_a_change():
    assert RuleBased()(wish("missing"), material(), np.random.default_rng(0)) is None
    numbers = material(seeds={"card": [seed("r", "4711-12")]})
    assert RuleBased()(wish(), numbers, np.random.default_rng(0)) is None


def test_rows_that_nobody_covers_are_preferred_but_not_always():
    rows = material(uncovered={"card": [seed("bare", "Where has my card gone?")]})
    found = drafts(RuleBased(), wish(), rows, 600)
    bare = sum(draft.parents[0].id == "bare" for draft in found)
    assert abs(bare - 600 * 0.75) < 4 * np.sqrt(600 * 0.75 * 0.25)
    always = drafts(RuleBased(uncovered=1.0), wish(), rows, 50)
    assert {draft.parents[0].id for draft in always} == {"bare"}


def test_operations_come_as_often_as_their_weights_say():
    # Each of these can happen to every seed, so that nothing but weights decides.
    weights = {"lower_case": 3.0, "typos": 1.0}
    method = RuleBased(weights=weights, counts=(1.0,))
    found = [draft.attributes["operation"] for draft in drafts(method, wish(), material(), 800)]
    assert set(found) == set(weights)
    assert abs(found.count("lower_case") - 600) < 4 * np.sqrt(800 * 0.75 * 0.25)


def test_what_is_seldom_stays_seldom_where_rows_show_the_rest_already():
    texts = ["go there now"] * 60 + ["Go there now"] * 39 + ["go there."]
    weights = learn_weights(texts)
    rows = material(seeds={"card": [seed(str(at), text) for at, text in enumerate(texts)]})
    method = RuleBased(weights=weights, counts=(1.0,))
    found = [draft.attributes["operation"] for draft in drafts(method, wish(), rows, 300)]
    assert found.count("final_mark") < 0.06 * len(found)
    assert {"lower_case", "sentence_case"} <= set(found)
    assert "upper_case" not in found


def test_at_most_one_operation_of_a_kind():
    method = RuleBased(counts=(0.0, 0.0, 1.0))
    for draft in drafts(method, wish(), material()):
        names = set(draft.attributes["operation"].split("+"))
        assert len(names & {"lower_case", "upper_case", "sentence_case", "small_start"}) <= 1
        assert len(names & {"contracted", "expanded", "no_apostrophe"}) <= 1


def test_a_text_is_rewritten_without_any_material():
    text, names = RuleBased(weights={"lower_case": 1.0}).rewrite("Hello You", np.random.default_rng(0))
    assert (text, names) == ("hello you", ("lower_case",))
    assert RuleBased(weights={"lower_case": 1.0}).rewrite("hello", np.random.default_rng(0)) == ("hello", ())


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ({"typo": 1.0}, "did you mean"),
        ({"typos": -1.0}, "-1.0"),
        ({"typos": float("nan")}, "nan"),
        ({"typos": 0.0}, "no operation has a weight"),
        ({}, "no operation has a weight"),
    ],
)
def test_weights_that_say_nothing_are_refused(weights, said):
    with pytest.raises(UsageError, match="(?i)" + said):
        RuleBased(weights=weights)


def test_every_operation_has_a_weight_where_nothing_is_known():
    assert set(WEIGHTS) == {operation.name for operation in OPERATIONS}


def test_real_rows_at_hand_say_how_often_where_that_is_asked_for():
    rows = [seed(f"r{at}", f"where is card {at}" if at % 2 else f"Where is card {at}") for at in range(60)]
    enough, few = material(seeds={"card": rows}), material(seeds={"card": rows[:40]})
    learnt = {
        name
        for draft in drafts(RuleBased(learnt=True), wish(), enough)
        for name in draft.attributes["operation"].split("+")
    }
    assert learnt <= {"lower_case", "sentence_case", "small_start"}
    guessed = {
        name
        for draft in drafts(RuleBased(learnt=True), wish(), few)
        for name in draft.attributes["operation"].split("+")
    }
    assert "typos" in guessed
    assert RuleBased() == RuleBased(learnt=False)
    chosen = drafts(RuleBased(weights={"typos": 1.0}), wish(), enough, 30)
    assert {draft.attributes["operation"] for draft in chosen} == {"typos"}


def test_a_text_is_rewritten_by_weights_that_are_given():
    method = RuleBased()
    assert method.rewrite("Hello You", np.random.default_rng(0), weights={"lower_case": 1.0}) == (
        "hello you",
        ("lower_case",),
    )
