"""Agreement with people: counted by hand, and a judge who guesses is never cleared."""

import math

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score
from worlds import fewest_hits

from holdfast.measures.preference.agreement import Agreement
from holdfast.measures.preference.by_hand import Said, lined_up
from holdfast.measures.preference.examples import Taste, World
from holdfast.measures.preference.human_agreement import HumanAgreement
from holdfast.measures.preference.people import error_of_mean, most_say, share_of
from holdfast.measures.reading import Calibration
from holdfast.stats.intervals import wilson

NULL = Calibration(draws=199)


def human(label, **more):
    return Said(label=label, kind="human", **more)


def read(said, **options):
    words = options.pop("words", None)
    ratings = lined_up(said, words=words)
    (found,) = Agreement(**options)(ratings, ratings.judges, NULL)
    return found


def test_by_hand():
    people = [1] * 60 + [-1] * 50 + [0] * 10
    judge = [1] * 50 + [-1] * 10 + [-1] * 40 + [1] * 10 + [0] * 5 + [1] * 5
    found = read({"anna": human(people), "judge": Said(label=judge)})
    assert found.value == pytest.approx(95 / 120)
    assert found.interval == pytest.approx(wilson(95, 120))
    # Which response is called a says nothing, so every pair counts either way round.
    either = [np.concatenate([label, -np.array(label)]) for label in (people, judge)]
    assert found.details["kappa"] == pytest.approx(cohen_kappa_score(*either))
    assert (found.state, found.details["informative"], found.n) == ("within", True, 120)
    assert found.reality is None, "one person cannot be held against others"
    assert found.effect is None
    assert any("only one person" in line for line in found.evidence)


def test_the_majority_and_who_is_left_out():
    counts = np.array([[3, 0, 0], [1, 0, 2], [1, 1, 1], [0, 2, 2], [0, 0, 0], [0, 1, 0]])
    assert most_say(counts).tolist() == [0, 2, -1, -1, -1, 1]
    found = read(
        {
            "anna": human([1, 1, 1, 0] * 50),
            "ben": human([1, 1, -1, 0] * 50),
            "judge": Said(label=[1, -1, 1, 0] * 50),
        }
    )
    assert (found.n, found.details["split_pairs"]) == (150, 50)
    assert found.value == pytest.approx(2 / 3), "a tie is right where people call it a tie"


def test_both_orders_count_half_each():
    judge = Said(label=[1, 1, -1, 0] * 30, swapped=[1, -1, -1, 1] * 30, first=1)
    found = read({"anna": human([1, 1, 1, -1] * 30), "judge": judge})
    assert found.value == pytest.approx((1 + 0.5 + 0 + 0) / 4)
    assert found.details["both_orders"] == 120


def test_a_person_in_the_judges_place():
    dice = np.random.default_rng(0)
    truth = dice.choice([-1, 1], 300)
    people = {f"p{k}": human(np.where(dice.random(300) < 0.9, truth, -truth)) for k in range(3)}
    good, bad = (Said(label=np.where(dice.random(300) < right, truth, -truth)) for right in (0.98, 0.6))
    ratings = lined_up({**people, "good": good, "bad": bad})
    by = {found.subject: found for found in Agreement()(ratings, ratings.judges, NULL)}
    # By hand: each person against the two others where those agree.
    labels = np.stack([person.label for person in ratings.people], axis=1)
    hits = [
        labels[i, j] == labels[i, (j + 1) % 3]
        for i in range(300)
        for j in range(3)
        if labels[i, (j + 1) % 3] == labels[i, (j + 2) % 3]
    ]
    assert by["good"].reality == pytest.approx(np.mean(hits))
    assert by["good"].effect_interval[0] > 0 > by["bad"].effect_interval[1]
    assert by["good"].details["alternative"]["passes"]
    assert not by["bad"].details["alternative"]["passes"]
    assert by["good"].smallest_detectable > 0
    assert "alternative annotator test" in by["good"].evidence[-1]


def test_baselines():
    dice = np.random.default_rng(1)
    first = dice.choice([-1, 1], 200)
    truth = np.where(np.arange(200) < 120, first, -first)  # the first response is better in 60 %
    words = [(9, 3) if t > 0 else (3, 9) for t in truth]
    words[:20] = [(5, 5)] * 20  # a tie of lengths is never right here
    found = read({"anna": human(truth), "judge": Said(label=truth, first=first)}, words=words)
    by = {one["name"]: one for one in found.details["baselines"]}
    assert by["the longer response"]["value"] == pytest.approx(0.9)
    assert by["the first response"]["value"] == pytest.approx(0.6)
    assert by["the first response"]["judge_more"] == pytest.approx(0.4)
    unknown = read({"anna": human(truth), "judge": Said(label=truth)}, words=words)
    assert [one["name"] for one in unknown.details["baselines"]] == ["the longer response"]
    both = read({"anna": human(truth), "judge": Said(label=truth, swapped=truth, first=first)}, words=words)
    assert both.details["baselines"][1]["value"] == pytest.approx(0.5), "in both orders, each is first once"


def test_a_perfect_judge_is_not_known_to_be_perfect():
    found = read({"anna": human([1, -1] * 60), "judge": Said(label=[1, -1] * 60)})
    assert found.value == 1.0
    assert 0.9 < found.interval[0] < found.interval[1] == 1.0
    assert found.details["kappa_interval"][0] < 1.0


def test_a_judge_who_says_always_the_same_is_uninformative():
    found = read({"anna": human([1, -1, 1] * 60), "judge": Said(label=[1] * 180, first=1)})
    assert (found.state, found.details["informative"]) == ("beyond", False)
    assert found.details["kappa"] == pytest.approx(0)
    assert "tells nothing apart" in " ".join(found.evidence)


def test_a_judge_who_says_the_opposite_is_uninformative():
    found = read({"anna": human([1, -1] * 60), "judge": Said(label=[-1, 1] * 60)})
    assert (found.state, found.details["informative"]) == ("beyond", False)


@pytest.mark.parametrize(("pairs", "word"), [(0, "no pair"), (99, "only 99 pairs")])
def test_too_few_pairs(pairs, word):
    label = [None] * (120 - pairs) + [1, -1, 1] * 40
    found = read(
        {"anna": human([1, -1] * 60), "judge": Said(label=label[:120] if pairs else [None] * 119 + [1])}
    )
    if pairs == 0:
        found = read({"judge": Said(label=[1, -1] * 60)})
    assert (found.state, found.value, found.details["informative"]) == ("undetermined", None, None)
    assert word in found.reason
    assert "100 are needed, 400 are better" in found.reason


def test_people_who_say_always_the_same_show_nothing():
    found = read({"anna": human([1] * 120), "judge": Said(label=[1, -1] * 60, first=1)})
    assert found.state == "undetermined"
    assert "people say the same" in found.reason


def test_a_judge_who_guesses_is_cleared_seldom_and_one_who_sees_is_cleared():
    cleared, trials = {"guesses": 0, "sees": 0}, 60
    for seed in range(trials):
        dice = np.random.default_rng(seed)
        world = World.draw(150, dice)
        ratings = world.ratings([Taste()], {"guesses": Taste(insight=0, length=0), "sees": Taste()}, dice)
        for found in Agreement()(ratings, ratings.judges, Calibration(draws=19)):
            cleared[found.subject] += found.details["informative"] is True
    # One-sided: 2.5 % by chance.
    assert cleared["guesses"] <= trials - fewest_hits(trials, 0.975)
    assert cleared["sees"] >= 0.9 * trials


def test_the_difference_to_a_person_covers_its_truth():
    """A judge like any person differs by nothing."""
    held, trials = 0, 60
    for seed in range(trials):
        dice = np.random.default_rng(seed)
        ratings = World.draw(120, dice).ratings([Taste()] * 3, {"judge": Taste()}, dice)
        (found,) = Agreement()(ratings, ratings.judges, Calibration(draws=19))
        low, high = found.effect_interval
        held += low <= 0 <= high
    assert held >= fewest_hits(trials, 0.93)


def test_the_telling_pairs_are_those_people_agree_on():
    people = {f"p{k}": human([1] * 99 + [1 if k < 2 else -1] + [-1] * 40) for k in range(3)}
    judge = [1] * 98 + [-1, -1] + [-1] * 39 + [0]
    found = read({**people, "judge": Said(label=judge)})
    assert found.rows == (98, 139, 99), "opposite to all, then a tie against all, then against two of three"


def test_it_is_the_same_again():
    ratings = World.draw(120, np.random.default_rng(0)).ratings(
        [Taste()] * 2, {"judge": Taste()}, np.random.default_rng(1)
    )
    assert Agreement()(ratings, ratings.judges, NULL) == Agreement()(ratings, ratings.judges, NULL)


def test_people_who_agree_and_people_who_do_not():
    dice = np.random.default_rng(2)
    truth = dice.choice([-1, 1], 200)

    def people(right):
        return lined_up({f"p{k}": human(np.where(dice.random(200) < right, truth, -truth)) for k in range(3)})

    (clear,), (noisy,) = (HumanAgreement()(people(right), (), NULL) for right in (0.95, 0.7))
    assert (clear.state, noisy.state) == ("within", "beyond")
    assert clear.interval[0] < clear.value < clear.interval[1]
    assert "too noisy" in " ".join(noisy.evidence)
    assert clear.details["people"] == 3


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ({"anna": human([1, -1] * 60)}, "no pair was labelled by two people"),
        ({"anna": human([1, -1] * 60), "ben": human([1, -1] * 30 + [None] * 60)}, "only 60 pairs"),
        ({"anna": human([0] * 120), "ben": human([0] * 120)}, "all labels of people are the same"),
    ],
)
def test_agreement_among_people_is_not_known(said, word):
    (found,) = HumanAgreement()(lined_up(said), (), NULL)
    assert found.state == "undetermined"
    assert word in found.reason


def test_shares_of_pairs_that_share_a_prompt():
    hits = np.repeat(np.arange(60) % 2, 5).astype(float)
    alone, together = share_of(hits, np.arange(300)), share_of(hits, np.repeat(np.arange(60), 5))
    assert alone.interval == pytest.approx(wilson(150, 300), abs=1e-3)
    assert together.interval == pytest.approx(wilson(30, 60), abs=2e-3)
    assert share_of(hits[:0], np.arange(0)) is None
    assert error_of_mean(np.ones(5), np.zeros(5, int)) == 0
    assert math.isclose(error_of_mean(hits, np.arange(300)), hits.std(ddof=1) / math.sqrt(300))


def test_two_people_who_often_differ_are_no_perfect_ceiling():
    rng = np.random.default_rng(4)
    truth = rng.choice([-1, 1], 400)
    said = {
        name: Said(label=np.where(rng.random(400) < 0.75, truth, -truth).tolist(), kind=kind)
        for name, kind in (("anna", "human"), ("ben", "human"), ("judge", "ai_judge"))
    }
    ratings = lined_up(said)
    (found,) = Agreement()(ratings, ratings.judges, Calibration())
    # Each is right three times in four, so two of them agree in .75 ** 2 + .25 ** 2 of all pairs.
    assert found.reality == pytest.approx(0.625, abs=0.07)
    assert abs(found.effect) < 0.1
    assert found.details["in_a_persons_place"]["value"] == pytest.approx(found.reality + found.effect)


def turned(said, turn):
    """The same pairs with a and b changed where `turn` is -1."""
    return {
        name: Said(
            label=turn * np.array(one.label),
            kind=one.kind,
            first=one.first if isinstance(one.first, int) else turn * np.array(one.first),
            swapped=None if one.swapped is None else turn * np.array(one.swapped),
        )
        for name, one in said.items()
    }


@pytest.mark.parametrize("order_known", [False, True])
def test_which_response_is_called_a_makes_no_difference(order_known):
    """Files of chosen and rejected call the winner a: a judge who agrees in three of four must not look like one who always says a."""
    dice = np.random.default_rng(0)
    truth, first = dice.choice([-1, 1], 300), dice.choice([-1, 1], 300)
    right = [np.where(dice.random(300) < 0.85, truth, -truth) for _ in range(4)]
    said = {"anna": human(right[0]), "ben": human(right[1]), "cleo": human(right[2])}
    said["judge"] = Said(label=right[3], first=first if order_known else 0)
    alphas, found = [], []
    for turn in (np.ones(300, int), dice.choice([-1, 1], 300), right[3], right[0]):
        ratings = lined_up(turned(said, turn))
        (reading,) = Agreement()(ratings, ratings.judges, NULL)
        found.append([reading.details[name] for name in ("informative", "kappa", "alpha")] + [reading.value])
        (people,) = HumanAgreement()(ratings, (), NULL)
        alphas.append(people.value)
    assert found[0][0] is True
    for one in found[1:]:
        assert one == pytest.approx(found[0])
    assert alphas == pytest.approx(alphas[:1] * 4)


def test_a_judge_who_always_takes_the_first_slot_gains_nothing_by_people_who_like_it_too():
    first = np.tile([1, -1], 100)
    liked = np.where(np.arange(200) % 4 == 0, -first, first)
    found = read({"anna": human(liked), "judge": Said(label=first, first=first)})
    assert found.value == 0.75
    assert found.details["kappa"] == pytest.approx(0)
    assert found.details["informative"] is False


def test_a_judge_like_any_person_is_not_called_uninformative_because_people_hardly_agree():
    """Too few pairs to know is no lack of insight: such a judge was called uninformative in most of these worlds."""
    called, trials = 0, 40
    for seed in range(trials):
        dice = np.random.default_rng(seed)
        truth = dice.choice([-1, 1], 150)
        said = {
            name: Said(label=np.where(dice.random(150) < 0.6, truth, -truth), kind=kind)
            for name, kind in (("anna", "human"), ("ben", "human"), ("cleo", "human"), ("judge", "ai_judge"))
        }
        found = read(said)
        called += found.state == "beyond"
        if found.state == "undetermined":
            assert found.details["informative"] is None
            assert found.details["beyond_chance"] is False
            assert "not known to agree with people beyond chance" in found.reason
    assert called <= fewest_hits(trials, 0.01)


def test_one_person_tells_a_judge_who_guesses_from_one_of_whom_too_little_is_known():
    dice = np.random.default_rng(1)
    said, guess = dice.choice([-1, 1], 2000), dice.choice([-1, 1], 2000)
    many = read({"anna": human(said), "judge": Said(label=guess)})
    few = read({"anna": human(said[:120]), "judge": Said(label=guess[:120])})
    assert (many.state, many.details["informative"]) == ("beyond", False)
    assert (few.state, few.details["informative"]) == ("undetermined", None)
    assert "let a second person label" in few.reason
