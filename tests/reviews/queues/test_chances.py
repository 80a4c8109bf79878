"""Every chance is the chance: queues are drawn many times over, and rows come up as often as they should."""

import numpy as np
import pytest
from scipy.stats import binom

from holdfast.data import read_records
from holdfast.errors import UsageError
from holdfast.reviews.queues.chances import chances_of
from holdfast.reviews.queues.parts import (
    PARTS,
    Disagreement,
    PerSource,
    Random,
    Tail,
    Threshold,
    part_of,
    plain,
)
from holdfast.reviews.queues.pool import pool_of_records

DRAWS = 2_000


def world(rows=240, seed=3):
    rng = np.random.default_rng(seed)
    labels = rng.choice(["often", "now and then", "rare"], rows, p=[0.75, 0.2, 0.05])
    return [
        {
            "id": f"r{row}",
            "text": f"row {row} of the world",
            "label": str(label),
            "scores": {"quality": float(rng.random())},
            "agent": ["big", "small", None][int(rng.choice(3, p=[0.8, 0.15, 0.05]))],
            "judge_a": bool(rng.random() < 0.5),
            "judge_b": bool(rng.random() < 0.5),
        }
        for row, label in enumerate(labels)
    ]


@pytest.fixture(scope="module")
def rows():
    return world()


@pytest.fixture(scope="module")
def pool(rows):
    return pool_of_records(read_records(rows, label="label", keep_rows=True))


DESIGNS = {
    "random": [Random()],
    "tail": [Tail()],
    "threshold": [Threshold(column="scores.quality", cut=0.7)],
    "source": [PerSource()],
    "disagreement": [Disagreement(columns=("judge_a", "judge_b"))],
    "all": [
        Random(share=2.0),
        Tail(power=0.0),
        Threshold(column="scores.quality", cut=0.7, width=0.05),
        PerSource(by="agent"),
        Disagreement(columns=("judge_a", "judge_b")),
    ],
}


@pytest.mark.parametrize("design", DESIGNS.values(), ids=list(DESIGNS))
def test_rows_are_drawn_with_their_chance(pool, design):
    chances = chances_of(pool, design, 60, {})
    assert chances.chance.sum() == pytest.approx(60)
    assert ((chances.chance > 0) & (chances.chance <= 1)).all()
    rng = np.random.default_rng(11)
    times = np.zeros(len(pool), np.int64)
    for _ in range(DRAWS):
        drawn, _ = chances.draw(rng)
        assert len(np.unique(drawn)) == len(drawn)
        times[drawn] += 1
    # One row in a thousand tests like this one may lie outside: Bonferroni over rows.
    error = 1e-3 / len(pool)
    low, high = binom.ppf([[error / 2], [1 - error / 2]], DRAWS, chances.chance)
    assert ((low <= times) & (times <= high)).all()


def test_a_wrong_chance_would_be_seen(pool):
    chances = chances_of(pool, DESIGNS["tail"], 60, {})
    rng = np.random.default_rng(11)
    times = np.zeros(len(pool), np.int64)
    for _ in range(DRAWS):
        times[chances.draw(rng)[0]] += 1
    error = 1e-3 / len(pool)
    low, high = binom.ppf([[error / 2], [1 - error / 2]], DRAWS, np.full(len(pool), 60 / len(pool)))
    assert not ((low <= times) & (times <= high)).all()


def test_one_part_draws_exactly_as_many_as_were_asked_for(pool):
    rng = np.random.default_rng(0)
    for design in ([Random()], [Tail()]):
        chances = chances_of(pool, design, 60, {})
        assert {len(chances.draw(rng)[0]) for _ in range(20)} == {60}


def test_rare_strata_are_drawn_more_often_and_reality_says_which_are_rare(pool):
    strata = np.array(pool.strata)

    def chance(reality, power=0.5):
        found = chances_of(pool, [Tail(power=power)], 40, reality).chance
        return {name: float(found[strata == name].mean()) for name in set(strata.tolist())}

    by_itself = chance({})
    assert by_itself["rare"] > by_itself["now and then"] > by_itself["often"]
    # By power: the ratio of chances is the root of the ratio of sizes.
    sizes = {name: int((strata == name).sum()) for name in ("often", "now and then")}
    assert by_itself["now and then"] / by_itself["often"] == pytest.approx(
        (sizes["often"] / sizes["now and then"]) ** 0.5
    )
    assert len(set(np.round(list(chance({}, power=1.0).values()), 9))) == 1
    turned = chance({"often": 5, "now and then": 200, "rare": 800})
    assert turned["often"] > turned["now and then"] > turned["rare"]


def test_rows_near_the_cut_and_rows_that_judges_dispute_come_first(pool, rows):
    quality = np.array([row["scores"]["quality"] for row in rows])
    near = chances_of(pool, [Threshold(column="scores.quality", cut=0.7)], 40, {}).chance
    order = np.argsort(np.abs(quality - 0.7))
    assert near[order[:20]].min() > near[order[-20:]].max()
    disputed = chances_of(pool, [Disagreement(columns=("judge_a", "judge_b"))], 40, {}).chance
    differ = np.array([row["judge_a"] != row["judge_b"] for row in rows])
    assert disputed[differ].min() > 10 * disputed[~differ].max()


def test_every_source_gives_the_same_number(pool, rows):
    agents = np.array([row["agent"] or "?" for row in rows])
    rng = np.random.default_rng(2)
    drawn, _ = chances_of(pool, [PerSource()], 15, {}).draw(rng)
    counts = [int((agents[drawn] == agent).sum()) for agent in ("big", "small", "?")]
    assert counts == [5, 5, 5]


def test_all_rows_are_drawn_where_as_many_are_asked_for(pool):
    chances = chances_of(pool, [Random(), Tail()], 10_000, {})
    assert (chances.chance == 1.0).all()
    assert len(chances.draw(np.random.default_rng(0))[0]) == len(pool)


def test_scores_that_are_none_are_drawn_still():
    rows = [
        {"text": f"t {n}", "score": value} for n, value in enumerate([0.1, "0.5", None, "bad", True, 0.9])
    ]
    pool = pool_of_records(read_records(rows, keep_rows=True))
    chances = chances_of(pool, [Threshold(column="score", cut=0.5, width=0.1)], 3, {})
    assert (chances.chance > 0).all()
    assert chances.chance.argmax() == 1


@pytest.mark.parametrize(
    ("design", "said"),
    [
        ([], "at least one part"),
        ([Random(share=0.0)], "above 0"),
        ([Tail(power=2.0)], "lies between"),
        ([Threshold(column="scores.qualiti", cut=0.5)], "no column"),
        ([Threshold(column="scores", cut=0.5)], "no row has a number"),
        ([Threshold(column="scores.quality", cut=0.5, width=-1.0)], "above 0"),
        ([Disagreement(columns=("judge_a",))], "at least two"),
        ([PerSource(by="agnet")], "Did you mean 'agent'"),
    ],
)
def test_what_makes_no_sense_is_refused(pool, design, said):
    with pytest.raises(UsageError, match=said):
        chances_of(pool, design, 10, {})


def test_parts_are_named_on_a_command_line():
    assert part_of("threshold:column=scores.quality,cut=0.7") == Threshold(column="scores.quality", cut=0.7)
    assert set(PARTS) == {"random", "tail", "threshold", "source", "disagreement"}
    assert plain(part_of("disagreement:columns=a+b")) == {
        "part": "disagreement",
        "columns": ["a", "b"],
        "share": 1.0,
    }
    for text, said in [
        ("tial", "Did you mean 'tail'"),
        ("tail:powr=1", "Did you mean 'power'"),
        ("tail:power=x", "is no number"),
        ("threshold:column=a", "does not say its cut"),
    ]:
        with pytest.raises(UsageError, match=said):
            part_of(text)
