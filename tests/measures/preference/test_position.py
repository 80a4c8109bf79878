"""Position: who takes the first is found, who is merely noisy is not."""

import numpy as np
import pytest
from scipy.stats import binomtest
from worlds import fewest_hits

from holdfast.measures.preference.by_hand import Said, lined_up
from holdfast.measures.preference.examples import Taste, World
from holdfast.measures.preference.position import Position, detectable_lean, inconsistent_needed
from holdfast.measures.reading import Calibration

NULL = Calibration()


def read(said):
    ratings = lined_up(said)
    (found,) = Position()(ratings, ratings.judges, NULL)
    return found


def test_by_hand():
    # Shown as a, b and then as b, a: 150 the same, 30 the first both times, 10 the second, 6 + 4 with a tie.
    label = [1] * 150 + [1] * 30 + [-1] * 10 + [1] * 6 + [0] * 4
    swapped = [1] * 150 + [-1] * 30 + [1] * 10 + [0] * 6 + [1] * 4
    found = read({"judge": Said(label=label, swapped=swapped, first=1)})
    details = found.details
    assert (details["inconsistent"], details["to_first"], details["with_a_tie"]) == (50, 36, 10)
    assert found.value == pytest.approx(36 / 50)
    test = binomtest(36, 50)
    assert found.interval == pytest.approx(tuple(test.proportion_ci()))
    assert found.p_value == pytest.approx(test.pvalue)
    assert details["consistency"] == pytest.approx(150 / 200)
    assert (found.state, found.primary, found.n, details["slot"]) == ("beyond", True, 200, "first")
    assert set(found.rows[:20]) <= set(range(150, 180)), "those won twice come first"


def test_it_does_not_matter_which_was_asked_first():
    label = np.array([1] * 150 + [1] * 40 + [-1] * 10)
    swapped = np.array([1] * 150 + [-1] * 40 + [1] * 10)
    turn = np.random.default_rng(0).choice([-1, 1], 200)
    one = read({"judge": Said(label=label, swapped=swapped, first=1)})
    other = read(
        {
            "judge": Said(
                label=np.where(turn > 0, label, swapped),
                swapped=np.where(turn > 0, swapped, label),
                first=turn,
            )
        }
    )
    assert (one.value, one.details["inconsistent"]) == (other.value, other.details["inconsistent"])


@pytest.mark.parametrize(("slot", "value"), [(1, 1.0), (-1, 0.0)])
def test_a_judge_who_takes_always_one_slot(slot, value):
    first = np.random.default_rng(0).choice([-1, 1], 200)
    found = read({"judge": Said(label=slot * first, swapped=-slot * first, first=first)})
    assert (found.state, found.value, found.details["consistency"]) == ("beyond", value, 0.0)
    few = read({"judge": Said(label=slot * first[:20], swapped=-slot * first[:20], first=first[:20])})
    assert few.state == "beyond", "twenty of twenty show it"


def test_a_noisy_judge_is_found_no_more_often_than_by_chance():
    trials, wrong = 100, 0
    for seed in range(trials):
        dice = np.random.default_rng(seed)
        first, label, swapped = (
            dice.choice([-1, 1], 240),
            dice.integers(-1, 2, 240),
            dice.integers(-1, 2, 240),
        )
        found = read({"judge": Said(label=label, swapped=swapped, first=first)})
        wrong += found.state == "beyond"
        assert found.details["consistency"] < 0.5
    assert trials - wrong >= fewest_hits(trials, 0.95)


def test_taste_is_not_position_and_position_is_found():
    found = {"long": 0, "first": 0, "noisy": 0}
    judges = {"long": Taste(length=2), "first": Taste(slot=0.8), "noisy": Taste(insight=0.2)}
    for seed in range(12):
        dice = np.random.default_rng(seed)
        ratings = World.draw(400, dice).ratings([], judges, dice, both=True)
        for reading in Position()(ratings, ratings.judges, NULL):
            found[reading.subject] += reading.state == "beyond"
    assert found["first"] == 12
    assert found["long"] <= 2
    assert found["noisy"] <= 2


def test_seldom_inconsistent_is_no_alarm():
    label, swapped = [1] * 392 + [1] * 8, [1] * 392 + [-1] * 8
    found = read({"judge": Said(label=label, swapped=swapped, first=1)})
    assert found.p_value < 0.01
    assert found.state == "within", "2 % of verdicts are not worth an alarm"


def test_nothing_is_green_below_two_hundred_pairs():
    found = read({"judge": Said(label=[1] * 199, swapped=[1] * 199, first=1)})
    assert found.state == "undetermined"
    assert "only 199 pairs" in found.reason
    assert "200 are needed" in found.reason
    enough = read({"judge": Said(label=[1] * 200, swapped=[1] * 200, first=1)})
    assert (enough.state, enough.value, enough.smallest_detectable) == ("within", None, None)


def test_people_in_both_orders_stand_beside():
    both = Said(label=[1] * 180 + [1] * 20, swapped=[1] * 180 + [-1] * 15 + [0] * 5, first=1)
    people = Said(
        label=[1] * 190 + [1] * 10, swapped=[1] * 190 + [-1] * 10, first=[1] * 195 + [-1] * 5, kind="human"
    )
    found = read({"judge": both, "anna": people})
    assert found.reality == pytest.approx(0.5)


def test_nobody_asked_twice():
    dice = np.random.default_rng(3)
    first, truth = dice.choice([-1, 1], 400), dice.choice([-1, 1], 400)
    judge = np.where(dice.random(400) < 0.4, first, truth)
    found = read({"judge": Said(label=judge, first=first), "anna": Said(label=truth, kind="human")})
    assert (found.state, found.value) == ("undetermined", None)
    assert "200 pairs in both orders" in found.reason
    single = found.details["single_order"]
    assert single["judge"]["value"] == pytest.approx((judge == first).mean())
    assert single["people"]["value"] == pytest.approx((truth == first).mean())
    assert single["difference_interval"][0] < single["difference"] < single["difference_interval"][1]
    assert single["difference"] == pytest.approx(0.2, abs=0.08)
    assert "exploratory" in found.evidence[0]
    alone = read({"judge": Said(label=judge, first=first)})
    assert alone.details["single_order"]["people"] is None


@pytest.mark.parametrize(
    ("said", "word"),
    [
        (Said(label=[1, -1] * 150), "is not known, and no pair was asked in both"),
        (Said(label=[1, -1] * 150, first=1), "response a was always shown first"),
        (Said(label=[1, -1] * 150, first=-1), "response b was always shown first"),
        (Said(label=[1, -1] * 150, swapped=[1, 1] * 150), "it is not known which response was shown first"),
        (Said(label=[1, -1] * 20, first=[1, -1, -1, 1] * 10), "no pair was asked in both orders"),
    ],
)
def test_what_cannot_be_told(said, word):
    found = read({"judge": said})
    assert found.state == "undetermined"
    assert word in found.reason
    if said.swapped is not None:
        assert found.details["consistency"] == 0.5


def test_planning_numbers():
    assert [inconsistent_needed(split) for split in (0.6, 0.7, 0.8)] == [194, 47, 19]
    for inconsistent, split in ((194, 0.6), (47, 0.7), (19, 0.8)):
        assert detectable_lean(inconsistent) == pytest.approx(split - 0.5, abs=0.003)
    assert detectable_lean(5) == 0.5


@pytest.mark.parametrize(("inconsistent", "split"), [(194, 0.6), (47, 0.7)])
def test_the_planning_numbers_have_the_power_they_promise(inconsistent, split):
    drawn = np.random.default_rng(4).binomial(inconsistent, split, 2_000)
    p_value = {k: binomtest(k, inconsistent).pvalue for k in set(drawn.tolist())}
    # The exact test is a little more careful than the approximation.
    assert 0.74 < np.mean([p_value[k] <= 0.05 for k in drawn.tolist()]) < 0.83


@pytest.mark.parametrize(
    ("pairs", "changed", "first", "state"),
    [
        (560, 73, 42, "within"),
        (566, 226, 219, "beyond"),
        (529, 148, 108, "beyond"),
        (566, 186, 145, "beyond"),
    ],
    ids=["GPT-4", "ChatGPT", "PaLM2", "LLaMA2"],
)
def test_counts_known_of_llmbar(pairs, changed, first, state):
    same = pairs - changed
    label, swapped = ([1] * same + [sign] * first + [-sign] * (changed - first) for sign in (1, -1))
    found = read({"judge": Said(label=label, swapped=swapped, first=1)})
    assert (found.state, found.value) == (state, pytest.approx(first / changed))
    assert found.details["consistency"] == pytest.approx(same / pairs)
