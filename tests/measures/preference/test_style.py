"""Length and layout in verdicts, on worlds whose truth is known."""

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import binom

from holdfast.measures.preference.author import AuthorPreference
from holdfast.measures.preference.examples import Taste, World, verbose_judge
from holdfast.measures.preference.leakage import Leakage
from holdfast.measures.preference.style import Layout, Length
from holdfast.measures.preference.style.control import control_of, left_over, spread_of
from holdfast.measures.preference.style.length import length_feature
from holdfast.measures.preference.style.matched import matched, win_rates
from holdfast.measures.preference.style.rows import Entries, beside, one_another
from holdfast.measures.preference.style.shared import share_pairs
from holdfast.measures.reading import Calibration
from holdfast.stats.logit import fit_logit
from holdfast.views.ratings import read_ratings

NULL = Calibration(draws=399)
LIKE_PEOPLE = Taste()


def read(people, judges, seed=0, pairs=400, *, both=False, measure=None, authors=(), null=NULL):
    rng = np.random.default_rng(seed)
    world = World.draw(pairs, rng, authors)
    ratings = world.ratings(people, judges, rng, both=both)
    return (measure or Length())(ratings, ratings.judges, null)


def changed(ratings, **columns):
    """The same labels with columns changed; a function of the table gives each column."""
    labels = ratings.preferences.labels
    for name, of in columns.items():
        at = labels.schema.get_field_index(name)
        labels = labels.set_column(
            at, labels.schema.field(at), pa.array(of(labels), labels.schema.field(at).type)
        )
    return read_ratings(replace(ratings.preferences, labels=labels))


def only(values, kind):
    return lambda table: [
        value if who == kind else kept
        for value, kept, who in zip(
            values(table), table["label"].to_pylist(), table["annotator_type"].to_pylist(), strict=True
        )
    ]


def test_a_verbose_judge_is_found_and_pairs_show_it():
    ratings, judges = verbose_judge()
    reading = Length()(ratings, judges, NULL)[0]
    assert reading.state == "beyond"
    assert reading.primary
    assert reading.effect == pytest.approx(reading.value - reading.reality)
    assert reading.effect_interval[0] > reading.floor
    assert "more often than a second person does" in reading.evidence[0]
    assert len(reading.rows) == 10
    words, verdict = ratings.counts[0][:, 0] - ratings.counts[1][:, 0], judges[0].verdict
    mean, _ = ratings.human
    for row in reading.rows:
        assert words[row] * verdict[row] > 0
        assert words[row] * mean[row] <= 0


def test_the_effect_is_that_of_the_fits_written_out():
    ratings, judges = verbose_judge(pairs=300)
    reading = Length()(ratings, judges, NULL)[0]
    a, b = ratings.counts
    ratio = np.log1p(a[:, 0]) - np.log1p(b[:, 0])
    x = ratio / np.sqrt((ratio**2).mean())
    people, (judge,) = ratings.people, ratings.judges

    def effect(pairs):
        X = np.vstack([np.column_stack([told.first, given.label, x]) for told, given in pairs])
        y = np.concatenate([(told.label + 1) / 2 for told, _ in pairs])
        return fit_logit(X, y, np.tile(np.arange(300), len(pairs))).effects[-1]

    own = effect([(judge, people[0]), (judge, people[1])])
    theirs = effect([(people[0], people[1]), (people[1], people[0])])
    assert reading.value == pytest.approx(own)
    assert reading.reality == pytest.approx(theirs)


def test_a_judge_like_people_is_left_alone():
    worlds = 40
    alarms = sum(
        read([LIKE_PEOPLE, LIKE_PEOPLE], {"judge": LIKE_PEOPLE}, seed, 220, null=Calibration(draws=199))[
            0
        ].state
        == "beyond"
        for seed in range(worlds)
    )
    # 1 % is the aim: an interval of 95 % and the 99th percentile of the control.
    assert alarms <= binom.ppf(0.999, worlds, 0.01)


def test_with_one_person_a_judge_like_people_is_not_accused():
    worlds = 40
    states = [
        read([LIKE_PEOPLE], {"judge": LIKE_PEOPLE}, seed, 220, null=Calibration(draws=199))[0].state
        for seed in range(worlds)
    ]
    assert states.count("beyond") <= binom.ppf(0.999, worlds, 0.01)
    assert "undetermined" in states


def test_the_interval_holds_the_true_difference():
    judge = Taste(length=0.8)
    truth = read([LIKE_PEOPLE, LIKE_PEOPLE], {"judge": judge}, 1_000, 8_000, null=Calibration(draws=50))[
        0
    ].effect
    worlds = 45
    hits = 0
    for seed in range(worlds):
        low, high = read([LIKE_PEOPLE, LIKE_PEOPLE], {"judge": judge}, seed, 220)[0].effect_interval
        hits += low < truth < high
    assert binom.ppf(0.001, worlds, 0.94) <= hits <= binom.ppf(0.999, worlds, 0.96)


def test_one_person_and_a_clear_taste_is_enough():
    reading = read([LIKE_PEOPLE], {"judge": Taste(length=1.5)})[0]
    assert reading.state == "beyond"
    assert reading.reality is None
    assert "only one person" in reading.evidence[0]


def test_one_person_and_a_taste_along_with_people_cannot_be_settled():
    # People like length much; one label tells little of it, so a judge with the very same taste leans beyond it.
    person = Taste(insight=0.7, length=1.0)
    readings = [read([person], {"judge": person}, seed, 600)[0] for seed in range(4)]
    assert {reading.state for reading in readings} == {"undetermined"}
    assert "second person" in readings[0].reason
    held = [read([person, person], {"judge": person}, seed, 600)[0] for seed in range(4)]
    assert {reading.state for reading in held} == {"within"}


def test_order_is_no_taste():
    # Longer answers are always shown first, and the judge takes what is first.
    rng = np.random.default_rng(0)
    world = World.draw(500, rng)
    ratings = world.ratings([LIKE_PEOPLE, LIKE_PEOPLE], {"judge": Taste(slot=1.5)}, rng, both=True)
    assert Length()(ratings, ratings.judges, NULL)[0].state == "within"


def test_a_coin_is_not_read():
    readings = [
        read([LIKE_PEOPLE, LIKE_PEOPLE], {"coin": Taste(insight=0, length=0)}, seed)[0] for seed in range(10)
    ]
    unread = [reading for reading in readings if reading.reason and "beyond chance" in reading.reason]
    assert len(unread) >= 8
    assert not any(reading.state == "beyond" for reading in readings)


@pytest.mark.parametrize(
    ("kind", "values", "words"),
    [
        ("human", lambda table: [0] * len(table), "people called every pair a tie"),
        ("ai_judge", lambda table: [0] * len(table), "called every pair a tie"),
        ("ai_judge", lambda table: table["first"].to_pylist(), "always prefers what was shown first"),
    ],
)
def test_verdicts_that_say_nothing(kind, values, words):
    ratings, _ = verbose_judge()
    ratings = changed(ratings, label=only(values, kind))
    reading = Length()(ratings, ratings.judges, NULL)[0]
    assert reading.state == "undetermined"
    assert words in reading.reason
    assert reading.value is None


def test_people_who_always_say_a_are_people_still():
    # Chosen comes first in many files: a person's label is 1 throughout, and means no less.
    ratings, judges = verbose_judge()
    before = Length()(ratings, judges, NULL)[0]
    turned = np.where(ratings.people[0].label > 0, 1, -1)
    pairs, labels = ratings.preferences.pairs, ratings.preferences.labels
    a, b = (np.array(pairs.column(f"response_{side}").to_pylist(), object) for side in "ab")
    swapped = {"response_a": np.where(turned > 0, a, b), "response_b": np.where(turned > 0, b, a)}
    for name, values in swapped.items():
        at = pairs.schema.get_field_index(name)
        pairs = pairs.set_column(at, pairs.schema.field(at), pa.array(values, pairs.schema.field(at).type))
    side = turned[labels["pair"].to_numpy()]
    for name in ("label", "first"):
        at = labels.schema.get_field_index(name)
        values = (labels[name].to_numpy() * side).astype(np.int8)
        labels = labels.set_column(at, labels.schema.field(at), pa.array(values))
    again = read_ratings(replace(ratings.preferences, pairs=pairs, labels=labels))
    assert (again.people[0].label == 1).all()
    after = Length()(again, again.judges, NULL)[0]
    assert after.effect == pytest.approx(before.effect)
    assert after.value == pytest.approx(before.value)


def test_positions_that_are_all_the_same_or_unknown():
    ratings, _ = verbose_judge()
    for first in (0, 1):
        same = changed(ratings, first=lambda table, first=first: [first] * len(table))
        assert Length()(same, same.judges, NULL)[0].state == "beyond"


def test_without_people_the_figure_is_no_evidence():
    ratings, _ = verbose_judge()
    alone = changed(ratings, annotator_type=lambda table: ["ai_judge"] * len(table))
    for reading in Length()(alone, alone.judges, NULL):
        assert reading.state == "undetermined"
        assert reading.effect is None
        assert "no evidence" in reading.evidence[0]


def test_too_few_pairs_say_how_many_would_do():
    reading = read([LIKE_PEOPLE, LIKE_PEOPLE], {"judge": LIKE_PEOPLE}, pairs=120)[0]
    assert reading.state == "undetermined"
    assert "120 pairs" in reading.reason
    assert "200 are needed" in reading.reason


def test_few_prompts_are_no_sample():
    ratings, _ = verbose_judge()
    pairs = ratings.preferences.pairs
    at = pairs.schema.get_field_index("prompt")
    same = pa.array([f"q{row % 5}" for row in range(len(ratings))], pa.large_string())
    few = read_ratings(replace(ratings.preferences, pairs=pairs.set_column(at, pairs.schema.field(at), same)))
    assert "only 5 prompts" in Length()(few, few.judges, NULL)[0].reason


def test_a_judge_who_copies_a_person_leaves_nothing_to_explain():
    ratings, _ = verbose_judge()
    person = ratings.people[0].label.tolist()
    same = changed(
        ratings,
        label=lambda table: person + table["label"].to_pylist()[len(person) : -len(person)] + person,
    )
    one = changed(
        same, annotator=lambda table: ["p"] * len(person) + ["p"] * len(person) + ["j"] * len(person)
    )
    reading = Length()(one, one.judges, NULL)[0]
    assert reading.state == "undetermined"
    assert "without exception" in reading.reason


def test_both_orders_are_stacked_and_weigh_as_one_pair():
    rng = np.random.default_rng(0)
    ratings = World.draw(50, rng).ratings([LIKE_PEOPLE] * 3, {"judge": LIKE_PEOPLE}, rng, both=True)
    every = np.ones(50, bool)
    judge, people = Entries.of(ratings.judges, every), Entries.of(ratings.people, every)
    rows = beside(judge, people)
    assert len(rows.pair) == 50 * 3 * 2
    np.testing.assert_allclose(np.bincount(rows.pair, rows.weight), 1)
    assert set(rows.slot[:150] * rows.slot[150:]) == {-1.0}
    second, who = one_another(people)
    assert len(second.pair) == 50 * 6
    assert {tuple(pair) for pair in who.tolist()} == {(a, b) for a in range(3) for b in range(3) if a != b}


def test_the_control_is_what_dealing_labels_anew_and_fitting_gives():
    ratings, (judge,) = verbose_judge(pairs=300)
    shared = share_pairs(ratings, judge, 200)
    table = length_feature(ratings, shared).table
    quick = control_of(shared, table, np.random.default_rng(0), 400, second=False)
    # Another pair's verdicts, the person's and the judge's together; a and b change places at random.
    rng, slow = np.random.default_rng(1), []
    rows = beside(shared.judge, shared.people)
    for _ in range(150):
        turned = rng.integers(0, 2, 300) * 2.0 - 1.0
        x = (turned * table[rng.permutation(300), 0])[rows.pair]
        X = np.column_stack([rows.slot, rows.given, x])
        slow.append(fit_logit(X, rows.won, rows.pair, weights=rows.weight).effects[-1])
    assert quick == pytest.approx(np.quantile(np.abs(slow), 0.99), rel=0.25)


def test_many_pairs_need_no_dealing():
    ratings, (judge,) = verbose_judge(pairs=600)
    shared = share_pairs(ratings, judge, 200)
    table = length_feature(ratings, shared).table
    dealt = control_of(shared, table, np.random.default_rng(0), 3_000, second=True)
    sides = [left_over(shared, beside(shared.judge, shared.people), table)]
    sides.append(left_over(shared, one_another(shared.people)[0], table))
    known = spread_of(np.array([1.0, -1.0]), *zip(*sides, strict=True))
    assert dealt == pytest.approx(2.576 * known, rel=0.06)


def test_pairs_of_equal_length_by_hand():
    ratio = np.array([0.1, -0.1, 0.05, 1.0, 0.0])
    found = matched(ratio, np.array([1.0, 1.0, 0.0, 1.0, 1.0]), np.array([1.0, -1.0, 1.0, 1.0, 1.0]))
    assert found == {"pairs": 3, "judge": 0.5, "people": 1.0}


def test_a_rate_at_equal_length_is_refused_where_lengths_do_not_overlap():
    rng = np.random.default_rng(0)
    world = World.draw(400, rng, ("long", "short"))
    fair = world.ratings([LIKE_PEOPLE], {"judge": Taste(length=1.0)}, rng)
    ratio = Length()(fair, fair.judges, NULL)[0].details["win_rates"]
    assert ratio[0]["controlled"] == pytest.approx(0.5, abs=0.1)
    words = np.where(world.author == 0, 80, 10)
    apart = replace(world, words=words).ratings([LIKE_PEOPLE], {"judge": Taste(length=1.0)}, rng)
    a, b = apart.counts
    rates = win_rates(apart, apart.judges[0], np.log1p(a[:, 0]) - np.log1p(b[:, 0]))
    assert [rate["controlled"] for rate in rates] == [None, None]
    assert {rate["author"]: rate["reason"].split(",")[0] for rate in rates} == {
        "long": "its answers are nearly always longer",
        "short": "its answers are nearly always shorter",
    }


def test_lists_are_found_beside_length_and_length_is_no_list():
    judges = {"lister": Taste(lists=0.7), "verbose": Taste(length=1.5)}
    readings = read([LIKE_PEOPLE, LIKE_PEOPLE], judges, measure=Layout(), pairs=500)
    states = {(one.subject, one.measure): one.state for one in readings}
    assert states["lister", "list_items"] == "beyond"
    assert states["verbose", "list_items"] == "within"
    assert states["lister", "emoji"] == "not_asked"
    assert not any(one.primary for one in readings)


def test_favoured_authors_are_held_fast_without_people_given():
    # The first author writes long answers and is better; who prefers it prefers no length.
    rng = np.random.default_rng(0)
    world = World.draw(1_500, rng, ("long", "short", "other"))
    words = (world.words * np.where(world.author == 0, 2.0, 1.0)).astype(int)
    taste = Taste(length=0.0, favour=1.5)
    ratings = replace(world, words=words).ratings([taste, taste], {"judge": taste}, rng)
    marginal = Length()(ratings, ratings.judges, NULL)[0].details["marginal"]["judge"]
    assert marginal["low"] < 0 < marginal["high"]


def odd():
    """Worlds in which little can be read, and nothing may break."""
    rng = np.random.default_rng(0)
    for pairs in (1, 2, 40):
        world = World.draw(pairs, rng, ("judge", "another"))
        for people in ([], [LIKE_PEOPLE], [LIKE_PEOPLE] * 2):
            for judges in ({}, {"judge": LIKE_PEOPLE, "other": LIKE_PEOPLE}):
                if people or judges:
                    yield world.ratings(people, judges, rng, both=pairs == 2)
    world = replace(World.draw(300, rng), words=np.full((300, 2), 9), lists=np.zeros((300, 2), int))
    yield world.ratings([LIKE_PEOPLE] * 2, {"judge": LIKE_PEOPLE}, rng)


def test_little_is_answered_in_words():
    measures = (Length(least_pairs=20), Length(), Layout(least_pairs=20), AuthorPreference(), Leakage())
    for ratings in odd():
        for measure in measures:
            for reading in measure(ratings, ratings.judges, NULL):
                json.dumps(reading.details, allow_nan=False)
                if reading.state in ("undetermined", "not_asked"):
                    assert reading.reason
                for value in (reading.value, reading.effect, reading.p_value, reading.control):
                    assert value is None or np.isfinite(value)


def test_arenas_form_finds_it_too():
    ratings, judges = verbose_judge()
    reading = Length(form="arena")(ratings, judges, NULL)[0]
    assert reading.state == "beyond"
    assert "Arena" in reading.details["step"]


def test_the_same_seed_gives_the_same_reading():
    ratings, judges = verbose_judge()
    assert Length()(ratings, judges, NULL) == Length()(ratings, judges, NULL)


def test_a_judge_of_peoples_own_taste_with_a_steadier_hand_is_not_accused_of_one():
    """Noise blurs insight and taste alike: who is less noisy follows people more closely, and shows more of what they all like."""
    people, steady = Taste(insight=0.8, length=0.9), Taste(insight=3.2, length=3.6)
    states = []
    for seed in range(6):
        (reading,) = read([people, people], {"judge": steady}, seed=seed, pairs=1500)
        states.append(reading.state)
        assert reading.effect_interval[0] > 0, "the plain difference is there in each of these worlds"
        if reading.state == "undetermined":
            assert "points" in reading.reason
    # Where it is not sure that the hand is steadier, nothing is allowed for: most, not all, are spared.
    assert states.count("beyond") <= 2
    verbose = replace(steady, length=6.0)
    found = [read([people, people], {"judge": verbose}, seed=seed, pairs=1500)[0].state for seed in range(3)]
    assert found == ["beyond"] * 3, "a taste of its own beyond that is still found"
