"""History: what was forgotten is named, chance is not, and what must not be compared is not."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom

from holdfast.cycles.history import Figure, Generation, Reality, Strata, history
from holdfast.data.scores import Items
from holdfast.errors import UsageError

IDS = tuple(str(item) for item in range(300))


def figure(values, task="arc", **more) -> Figure:
    values = np.asarray(values, float)
    return Figure(
        **{
            "group": "benchmarks",
            "task": task,
            "metric": "acc",
            "percent": True,
            "higher_is_better": True,
            "value": float(values.mean()),
            "items": Items(ids=IDS[: len(values)], values=values),
            "harness": "csv",
        }
        | more
    )


def answers(skills, rng, items=300):
    hard = rng.normal(size=items)
    return [(hard + rng.normal(size=items) < skill).astype(float) for skill in skills]


def line(*columns) -> list[Generation]:
    """Generations from rows of figures, one row a series; None where a generation has none."""
    return [
        Generation(name=f"g{at}", figures=tuple(f for f in column if f is not None))
        for at, column in enumerate(zip(*columns, strict=True))
    ]


def one(found, task="arc"):
    return next(skill for skill in found.skills if skill.series.first.task == task)


def test_what_was_forgotten_is_named_against_the_best():
    rng = np.random.default_rng(0)
    falls = [figure(v) for v in answers([0.5, 1.0, 0.1], rng)]
    level = [figure(v, task="hella") for v in answers([0.5, 0.5, 0.5], rng)]
    found = history(line(falls, level))
    assert found.verdict == "fail"
    assert found.exit_code == 1
    assert [skill.series.first.task for skill in found.dropped] == ["arc"]
    last = one(found).last
    assert last.compared.best == 1
    assert last.compared.paired
    assert last.compared.low < last.compared.drop < last.compared.high
    assert "g2 has lost ground in “arc”" in found.sentence
    held = one(found, "hella").last
    assert held.state == "held"
    assert 0.05 < held.smallest < 0.3, "no drop says the smallest it could have seen"


def test_less_is_better_where_it_is():
    rng = np.random.default_rng(1)
    cost = rng.gamma(3, 0.4, size=300)
    rising = [figure(cost * f, metric="bits_per_byte", higher_is_better=False) for f in (1.0, 1.0, 1.1)]
    found = history(line(rising))
    assert one(found).last.state == "dropped"
    falling = history(line(rising[::-1]))
    assert one(falling).last.state == "held"


def test_without_items_standard_errors_compare():
    found = history(line([figure([1.0], items=None, value=v, standard_error=0.01) for v in (0.8, 0.79, 0.6)]))
    last = one(found).last
    assert last.state == "dropped"
    assert not last.compared.paired
    near = history(
        line([figure([1.0], items=None, value=v, standard_error=0.01) for v in (0.8, 0.79, 0.785)])
    )
    assert one(near).last.state == "held"
    assert one(near).last.smallest > 0.03


def test_items_and_standard_errors_share_the_level():
    rng = np.random.default_rng(2)
    one_, two, three = (figure(v) for v in answers([2.5, 0.5, 0.4], rng))
    bare = replace(one_, items=None, standard_error=0.02)
    last = one(history(line([bare, two, three]))).last
    assert last.compared.best == 0
    assert last.state == "dropped"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"conditions": {"n-shot": 5}}, "n-shot differs: 0 and 5"),
        ({"harness": "inspect_ai"}, "measured differently"),
        ({"items": Items(ids=tuple(f"x{i}" for i in range(300)), values=np.ones(300))}, "items differ"),
    ],
)
def test_what_was_measured_differently_is_not_compared(change, reason):
    rng = np.random.default_rng(3)
    before, after = (figure(v, conditions={"n-shot": 0}) for v in answers([1.5, -0.5], rng))
    found = history(line([before, replace(after, **change)]))
    last = one(found).last
    assert last.state == "not_compared"
    assert reason in last.compared.refused[0].reasons[0]
    assert found.verdict == "undetermined"
    assert found.exit_code == 3


def test_too_few_items_say_nothing():
    few = [figure(v, standard_error=0.01) for v in (np.ones(9), np.zeros(9))]
    assert one(history(line(few))).last.compared.reason == "only 9 items; 10 are needed"
    bare = [figure([1.0], items=None, rows=20, value=v, standard_error=0.01) for v in (0.9, 0.1)]
    assert one(history(line(bare))).last.compared.reason == "only 20 items; 30 are needed"


def test_what_cannot_be_compared_says_why():
    rng = np.random.default_rng(4)
    a, b = answers([1.0, 0.0], rng)
    untold = history(line([figure(a, higher_is_better=None), figure(b, higher_is_better=None)]))
    assert one(untold).last.compared.reason == "nothing says whether more of it is better"
    bare = history(line([figure(a, items=None), figure(b, items=None)]))
    assert one(bare).last.compared.reason == "neither items nor standard errors are known"
    absent = history(line([figure(a), None], [None, figure(b, task="new")]))
    assert one(absent).last.state == "missing"
    assert one(absent, "new").last.state == "first"


def test_a_loss_that_was_made_good_is_a_warning():
    rng = np.random.default_rng(5)
    found = history(line([figure(v) for v in answers([1.0, -0.5, 1.0], rng)]))
    assert found.verdict == "warn"
    assert found.exit_code == 0
    assert "g1 had" in found.sentence


def test_a_generation_alone_is_undetermined():
    found = history(line([figure(np.ones(20))]))
    assert found.verdict == "undetermined"
    assert "stands alone" in found.sentence


def test_false_alarms_over_all_looks_and_series():
    """A small version of benchmarks/looks.py: ten looks, two series, all held against the same earlier generations."""
    worlds, alpha = 40, 0.2
    wrong = 0
    for seed in range(worlds):
        rng = np.random.default_rng([9, seed])
        rows = [[figure(v, task=task) for v in answers([0.5] * 9, rng, 100)] for task in ("a", "b")]
        found = history(line(*rows), alpha=alpha, seed=seed)
        wrong += any(judged.state == "dropped" for skill in found.skills for judged in skill.judged)
    assert binom.sf(wrong - 1, worlds, alpha) > 0.005


def test_slow_declines_are_seen_in_time():
    delays = []
    for seed in range(12):
        rng = np.random.default_rng([10, seed])
        rows = [figure(v) for v in answers([0.8 - 0.12 * t for t in range(9)], rng)]
        judged = one(history(line(rows))).judged
        delays.append(next((at for at, entry in enumerate(judged) if entry.state == "dropped"), 99))
    assert np.median(delays) <= 5


def strata(counts, real=None, anchor="a") -> Strata:
    real = real or {"card": 500, "loan": 300, "fraud": 180, "rare": 12, "rarer": 8}
    return Strata(
        anchor=anchor,
        real={name: float(rows) for name, rows in real.items()},
        real_rows=float(sum(real.values())),
        made={name: float(rows) for name, rows in counts.items()},
        made_rows=float(sum(counts.values())),
    )


def test_half_lives_of_strata():
    sets = [
        {"card": 500, "loan": 390, "fraud": 90, "rare": 12, "rarer": 8},
        {"card": 500, "loan": 435, "fraud": 45, "rare": 12, "rarer": 8},
        {"card": 500, "loan": 460, "fraud": 22, "rare": 10, "rarer": 8},
        {"card": 500, "loan": 470, "fraud": 11, "rare": 11, "rarer": 8},
    ]
    found = history([Generation(name=f"g{at}", strata=strata(counts)) for at, counts in enumerate(sets)])
    lives = {life.stratum: life for life in found.fates.half_lives}
    assert lives["fraud"].state == "falls"
    assert lives["fraud"].low < 1.0 < lives["fraud"].high
    assert lives["fraud"].half_life == pytest.approx(1.0, abs=0.15)
    assert lives["card"].state == "undetermined"
    assert lives["card"].half_life is None
    assert lives["card"].longer_than > 2
    assert lives["the 2 rarest strata"].strata == 2
    assert "fraud" in found.thinned
    assert found.verdict == "fail"
    assert "no decline seen" in next(
        entry["sentence"] for entry in found.plain()["shares"] if entry["stratum"] == "card"
    )


def test_another_reality_is_left_out_and_named():
    level = {"card": 500, "loan": 300, "fraud": 180, "rare": 12, "rarer": 8}
    found = history(
        [
            Generation(name="old", strata=strata(level, anchor="b")),
            Generation(name="g1", strata=strata(level)),
            Generation(name="g2", strata=strata(level)),
        ]
    )
    assert found.fates.notes == ("old: counted beside another reality, and left out",)
    assert found.fates.half_lives[0].shares[1] is None


def test_plain_data_is_json_without_holes_that_look_like_numbers():
    rng = np.random.default_rng(6)
    rows = [figure(v, reality=Reality(value=0.9)) for v in answers([0.5, 0.4], rng)]
    made = history(line(rows, [figure(np.ones(30), task="same")] * 2))
    plain = made.plain()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert plain["schema"] == "holdfast.history/1"
    assert plain["series"][0]["points"][1]["against"] == "g0"
    assert plain["series"][0]["points"][0]["state"] == "first"


def test_the_same_history_twice_is_the_same():
    rng = np.random.default_rng(7)
    rows = [figure(v) for v in answers([0.5, 0.4, 0.2], rng)]
    assert history(line(rows), seed=3).plain() == history(line(rows), seed=3).plain()


@pytest.mark.parametrize(
    ("generations", "alpha", "message"),
    [
        ([], 0.05, "there is no generation"),
        ([Generation(name="a"), Generation(name="a")], 0.05, "two generations are called 'a'"),
        ([Generation(name="a")], 0.0, "an error rate lies between 0 and 1"),
    ],
)
def test_what_is_no_history(generations, alpha, message):
    with pytest.raises(UsageError, match=message):
        history(generations, alpha=alpha)
