from collections import Counter

import numpy as np
import pytest
from small_material import material

from holdfast.remedies.generate.contract import Arm, Need
from holdfast.remedies.generate.methods import read_method
from holdfast.remedies.generate.recipe import MethodRecipe, ModelRecipe, Recipe
from holdfast.remedies.generate.wishes import draft, stream, wishes_of

ARMS = (
    Arm(name="few_shot/m", method="few_shot", model="m", share=0.5),
    Arm(name="paraphrase/m", method="paraphrase", model="m", share=0.3),
    Arm(name="rule_based", method="rule_based", model=None, share=0.2),
)
SHARES = {arm.name: arm.share for arm in ARMS}


def recipe_of(*names):
    methods = tuple(MethodRecipe(method=read_method(name, {}, "here", None)) for name in names)
    return Recipe(methods=methods, models=(ModelRecipe(name="m", model="http://m/v1"),))


def need(stratum, quota):
    return Need(stratum=stratum, real=9, have=0, expected=9.0, quota=quota, state="missing")


def wishes(needs, **changed):
    given = {"prefix": "g1", "number": 1, "seed": 0}
    return wishes_of(needs, ARMS, SHARES, **(given | changed))


def test_every_quota_is_asked_for_and_nothing_else():
    found = wishes([need("a", 7), need("b", 0), need(None, 3), need("c", 1)])
    assert Counter(wish.stratum for wish in found) == {"a": 7, None: 3, "c": 1}
    assert [wish.id for wish in found] == [f"g1-1-{number:05d}" for number in range(1, 12)]
    assert wishes([]) == []


def test_shares_hold_in_every_stratum_to_within_a_row():
    for seed in range(20):
        found = wishes([need("a", 10), need("b", 53)], seed=seed)
        for stratum, quota in (("a", 10), ("b", 53)):
            counts = Counter(wish.arm.name for wish in found if wish.stratum == stratum)
            for arm in ARMS:
                assert abs(counts[arm.name] - arm.share * quota) < 1


def test_one_row_goes_to_each_arm_as_often_as_its_share_says():
    """Rounding does not favour an arm: of single rows each arm gets its share."""
    counts = Counter(wishes([need("a", 1)], seed=seed)[0].arm.name for seed in range(2_000))
    for arm in ARMS:
        spread = (2_000 * arm.share * (1 - arm.share)) ** 0.5
        assert abs(counts[arm.name] - 2_000 * arm.share) < 3.9 * spread


def test_a_share_of_nothing_gets_nothing():
    shares = SHARES | {"rule_based": 0.0}
    found = wishes_of([need("a", 500)], ARMS, shares, prefix="g", number=1, seed=0)
    assert Counter(wish.arm.name for wish in found)["rule_based"] == 0


def test_the_stream_of_a_row_knows_the_run_and_the_row_alone():
    one = stream(1, "g-1-00001").random(4)
    assert (one == stream(1, "g-1-00001").random(4)).all()
    assert not np.allclose(one, stream(2, "g-1-00001").random(4))
    assert not np.allclose(one, stream(1, "g-1-00002").random(4))


def test_an_arm_without_a_seed_is_stood_in_for_by_the_next_one():
    recipe = recipe_of("few_shot", "paraphrase", "rule_based")
    wish = next(w for w in wishes([need("card_stolen", 60)]) if w.arm.method == "paraphrase")
    own, found = draft(wish, ARMS, material(), recipe)
    assert (own.arm.name, own.id, own.stratum) == ("few_shot/m", wish.id, "card_stolen")
    assert found.hops


def test_a_wish_that_nobody_can_fulfil_has_no_draft():
    recipe = recipe_of("paraphrase", "rule_based")
    (wish,) = wishes([need("card_stolen", 1)])
    arms = ARMS[1:]
    wish = type(wish)(id=wish.id, stratum=wish.stratum, arm=arms[0], round=1)
    assert draft(wish, arms, material(), recipe) == (wish, None)


@pytest.mark.parametrize("name", ["few_shot", "paraphrase"])
def test_other_rows_change_nothing_of_a_draft(name):
    recipe = recipe_of(name)
    many, few = wishes([need("card", 40)]), wishes([need("card", 40)])[:1]
    arms = tuple(arm for arm in ARMS if arm.method == name)
    drafts = [
        draft(type(w)(id=w.id, stratum=w.stratum, arm=arms[0], round=1), arms, material(), recipe)
        for w in (many[0], few[0])
    ]
    assert drafts[0] == drafts[1]
