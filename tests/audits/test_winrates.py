"""Win rates: a judge is corrected to what people say, and pairs for people are drawn with chances that are known."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.stats import binom

from holdfast.anchors.preferences import freeze_preferences, open_preference_anchor
from holdfast.audits.winrates import win_rates, write_sample
from holdfast.audits.winrates.rating import Games, rate
from holdfast.audits.winrates.sample import disagreement, draw_sample, read_chances, style_distance
from holdfast.cli.winrate import winrate
from holdfast.data.preferences import joined, read_preferences
from holdfast.errors import InputError, UsageError
from holdfast.measures.preference.by_hand import Said, written
from holdfast.reports.winrates import render_win_rates
from holdfast.views.ratings import read_ratings


def world(pairs, seed=0, *, labelled=200, lean=0.25, share=0.5, noise=0.2):
    """People prefer `new` in this share; the judge goes with `new` in a part of all pairs, whatever people say."""
    dice = np.random.default_rng(seed)
    new_is_a = dice.random(pairs) < 0.5
    wins = dice.random(pairs) < share
    said = np.where(dice.random(pairs) < noise, ~wins, wins)
    judge = np.where(dice.random(pairs) < lean, True, said)
    turn = np.where(new_is_a, 1, -1)
    human = [int(v) if i < labelled else None for i, v in enumerate(np.where(wins, 1, -1) * turn)]
    authors = [("new", "old") if a else ("old", "new") for a in new_is_a]
    return written(
        {
            "anna": Said(label=human, kind="human"),
            "judge": Said(label=(np.where(judge, 1, -1) * turn).tolist()),
        },
        authors=authors,
        words=[tuple(lengths) for lengths in dice.integers(2, 30, (pairs, 2)).tolist()],
    )


def of(found, author, judge="judge"):
    return next(one for one in found.rates if (one.author, one.judge) == (author, judge))


def test_a_judge_that_favours_one_is_corrected():
    found = win_rates(world(3_000, lean=0.4))
    new, old = of(found, "new"), of(found, "old")
    assert new.judged.value > 0.65
    assert new.misled
    low, high = new.corrected.interval
    assert low <= 0.5 <= high
    # Two sides of one coin.
    assert new.corrected.value + old.corrected.value == pytest.approx(1)
    assert new.corrected.interval == pytest.approx(
        (1 - old.corrected.interval[1], 1 - old.corrected.interval[0])
    )
    assert (new.judged_pairs, new.labelled_pairs, new.labelled_prompts) == (3_000, 200, 200)
    assert new.effective > 200, "the judge tells something"
    # The judge is right little more often than it leans, so the cross-check is less sure.
    assert new.cross_check.interval[0] <= 0.5 <= new.cross_check.interval[1]
    assert found.exit_code == 0


def test_the_corrected_rate_covers_what_people_say():
    trials, held, better = 60, 0, 0
    for seed in range(trials):
        one = of(win_rates(world(600, seed, labelled=120, share=0.6)), "new")
        held += one.corrected.interval[0] <= 0.6 <= one.corrected.interval[1]
        better += one.effective > one.labelled_pairs
    assert held >= binom.ppf(1e-3, trials, 0.94)
    assert better > 0.9 * trials


def test_by_hand():
    # new wins twice, loses once, ties once by the judge; one pair is with itself, one with nobody known.
    prefs = written(
        {"judge": Said(label=[1, -1, -1, 0, 1, 1])},
        authors=[
            ("new", "old"),
            ("old", "new"),
            ("new", "old"),
            ("old", "new"),
            ("new", "new"),
            ("new", None),
        ],
    )
    found = of(win_rates(prefs), "new")
    assert found.judged.value == pytest.approx(2.5 / 4)
    assert found.judged_pairs == 4
    assert found.corrected.value is None
    assert "no person labelled a pair" in found.corrected.reason
    assert win_rates(prefs).exit_code == 3


def test_ties_and_both_orders_are_halves():
    prefs = written(
        {"judge": Said(label=[0, 1, 1], swapped=[0, -1, 1], first=1)}, authors=[("new", "old")] * 3
    )
    assert of(win_rates(prefs), "new").judged.value == pytest.approx((0.5 + 0.5 + 1) / 3)


def test_a_baseline_and_one_author():
    authors = [("x", "y"), ("x", "z"), ("y", "z")] * 40
    prefs = written({"judge": Said(label=[1, -1, 1] * 40)}, authors=authors)
    assert {one.author for one in win_rates(prefs).rates} == {"x", "y", "z"}
    assert of(win_rates(prefs, baseline="z"), "x").judged.value == 0.0
    assert of(win_rates(prefs), "x").judged.value == 0.5
    only = win_rates(prefs, author="y", baseline="z").rates
    assert [(one.author, one.against, one.judged.value) for one in only] == [("y", "z", 1.0)]


def test_people_who_saw_everything_need_no_judge():
    found = of(win_rates(world(300, labelled=300)), "new")
    assert found.corrected == found.human
    assert found.weight == 0.0
    assert found.cross_check.reason == "people labelled every pair"


def test_a_judge_who_guesses_is_not_believed():
    dice = np.random.default_rng(5)
    human = [int(v) for v in dice.choice([-1, 1], 150)] + [None] * 1_000
    prefs = written(
        {"anna": Said(label=human, kind="human"), "judge": Said(label=dice.choice([-1, 1], 1_150).tolist())},
        authors=[("new", "old")] * 1_150,
    )
    found = of(win_rates(prefs), "new")
    assert found.weight < 0.3
    assert found.effective == pytest.approx(150, rel=0.15)
    assert found.cross_check.value is None
    assert "cannot be counted back" in found.cross_check.reason


def test_pairs_of_one_prompt_count_once():
    dice = np.random.default_rng(6)
    wins = np.repeat(dice.choice([0.0, 1.0], 60), 10)
    human = np.where(np.arange(600) < 400, wins, np.nan)
    together, alone = (
        rate(
            Games(judged=wins, human=human, prompt=prompt, chance=np.ones(600), weighed=False),
            author="a",
            against=None,
            judge="j",
        )
        for prompt in (np.repeat(np.arange(60), 10), np.arange(600))
    )

    def width(figure):
        return figure.interval[1] - figure.interval[0]

    assert width(together.human) > 2.5 * width(alone.human)
    assert width(together.judged) > 2.5 * width(alone.judged)


def test_what_cannot_be_asked():
    prefs = world(50)
    with pytest.raises(UsageError, match="Did you mean 'new'"):
        win_rates(prefs, author="nwe")
    with pytest.raises(UsageError, match="own baseline"):
        win_rates(prefs, author="new", baseline="new")
    with pytest.raises(UsageError, match="judge"):
        win_rates(prefs, judge="jugde")
    with pytest.raises(InputError, match="nobody is named"):
        win_rates(written({"judge": Said(label=[1, -1])}))
    others = written({"anna": Said(label=[1], kind="human")}, authors=[("x", "y")])
    nameless = [{"prompt": "?", "response_a": "one", "response_b": "two", "label": "a"}]
    with pytest.raises(InputError, match="no pair that a judge decided names who wrote"):
        win_rates(nameless, annotator="judge", annotator_type="ai_judge", real=others)
    with pytest.raises(UsageError, match="--anchor / --real"):
        win_rates(prefs, anchor="people", real=prefs)
    with pytest.raises(InputError, match="no label comes from a judge"):
        win_rates(written({"anna": Said(label=[1], kind="human")}, authors=[("x", "y")]))


def test_where_judges_disagree():
    prefs = written(
        {
            "one": Said(label=[1, 1, 1, 0], swapped=[1, 1, -1, 0], first=1),
            "two": Said(label=[1, -1, 1, 1]),
        },
        words=[(3, 3), (3, 30), (3, 30), (3, 3)],
    )
    ratings = read_ratings(prefs)
    found = disagreement(ratings, ratings.judges)
    assert found == pytest.approx([0, 1 - 1 / 9, 1 - 1 / 9, 1 / 3 - 1 / 9])
    assert style_distance(ratings)[0] == 0 < style_distance(ratings)[1]


def test_a_sample_finds_the_truth_of_all_pairs():
    """Horvitz and Thompson over seeds, with chances that follow disagreement and style."""
    prefs = world(120, 3, labelled=0)
    swapped = np.random.default_rng(0).choice([-1, 1], 120)
    ratings = read_ratings(prefs)
    judge = ratings.judges[0]
    judges = (
        judge,
        type(judge)(**{name: getattr(judge, name) for name in judge.__slots__} | {"label": swapped}),
    )
    values = dict(zip(prefs.pairs["pair_id"].to_pylist(), swapped + judge.label, strict=True))
    totals, sizes = [], []
    for seed in range(600):
        rows = draw_sample(ratings, judges, np.arange(120), 20, np.random.default_rng(seed))
        assert len({row["pair_id"] for row in rows}) == 20
        totals.append(sum(values[row["pair_id"]] / row["inclusion_probability"] for row in rows))
        sizes.append(sum(1 / row["inclusion_probability"] for row in rows))
    assert len({row["inclusion_probability"] for row in rows}) > 5, "chances differ"
    for found, truth in ((totals, sum(values.values())), (sizes, 120)):
        assert abs(np.mean(found) - truth) < 4 * np.std(found) / np.sqrt(len(found))


def test_a_sample_is_labelled_and_read_again(tmp_path):
    prefs = world(1_500, 4, labelled=0, lean=0.4, share=0.5)
    truth = {
        row["pair_id"]: row for row in world(1_500, 4, labelled=1_500, lean=0.4, share=0.5).pairs.to_pylist()
    }
    said = world(1_500, 4, labelled=1_500, lean=0.4, share=0.5).labels.to_pylist()
    human = {f"p{one['pair']}": one["label"] for one in said if one["annotator_type"] == "human"}
    sample = win_rates(prefs, label_next=150, seed=1).sample
    path = tmp_path / "next.jsonl"
    write_sample(sample, path)
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(rows) == 150
    assert not any({"author_a", "author_b", "swapped_label"} & row.keys() for row in rows)
    assert all(row["label"] is None and row["order"] == "a" for row in rows), (
        "verdicts of the judge are hidden"
    )
    turned = [row["response_a"] != truth[row["pair_id"]]["response_a"] for row in rows]
    assert 45 <= sum(turned) <= 105
    for row, turn in zip(rows, turned, strict=True):
        label = human[row["pair_id"]] * (-1 if turn else 1)
        row |= {"label": "a" if label > 0 else "b", "annotator": "anna"}
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    again = read_preferences(path)
    assert again.labels["annotator_type"].to_pylist() == ["human"] * 150
    both, shared = joined(prefs, again)
    assert shared.both == 150
    labels = {
        one["pair"]: one["label"] for one in both.labels.to_pylist() if one["annotator_type"] == "human"
    }
    assert all(human[f"p{row}"] == label for row, label in labels.items()), "turned back to how they were"
    found = win_rates(prefs, labelled=path)
    assert found.weighed
    one = of(found, "new")
    assert one.labelled_pairs == 150
    assert one.corrected.interval[0] <= 0.5 <= one.corrected.interval[1]
    assert one.misled
    assert "weighed back" in found.notes[0]


def test_chances_of_a_sample_that_was_answered_in_part(tmp_path):
    path = tmp_path / "next.jsonl"
    sample = [
        {
            "prompt": f"q{k}",
            "response_a": "x",
            "response_b": "y",
            "label": "a" if k < 3 else None,
            "inclusion_probability": 0.2,
        }
        for k in range(4)
    ]
    write_sample(sample, path)
    assert list(read_chances(path).values()) == pytest.approx([0.15] * 4)
    for wrong in ({"inclusion_probability": 0}, {"inclusion_probability": None}, {"response_a": 3}):
        write_sample([sample[0] | wrong], path)
        with pytest.raises(InputError, match=r"next.jsonl:1"):
            read_chances(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_chances(tmp_path / "none.jsonl")


def test_pairs_of_nobody_known_can_be_drawn():
    found = win_rates(written({"judge": Said(label=[1, -1, 1])}), label_next=2)
    assert found.rates == ()
    assert len(found.sample) == 2
    assert "Nobody is named who wrote the responses" in found.notes[0]


def test_more_is_asked_than_there_is():
    found = win_rates(world(60, labelled=50), label_next=20)
    assert len(found.sample) == 10
    assert all(row["inclusion_probability"] == 1.0 for row in found.sample)
    assert "Only 10 pairs" in found.notes[-1]


def test_it_is_the_same_again():
    assert win_rates(world(300), label_next=20, seed=3) == win_rates(world(300), label_next=20, seed=3)
    assert (
        win_rates(world(300), label_next=20, seed=3).sample
        != win_rates(world(300), label_next=20, seed=4).sample
    )


def test_text():
    text = render_win_rates(win_rates(world(2_000, lean=0.4)).plain(), width=90)
    assert "Judge judge" in text
    assert "misleads about new" in text.replace("\n    ", " ")
    assert max(map(len, text.splitlines())) <= 90
    assert "\x1b" not in text
    nothing = render_win_rates(win_rates(world(200, labelled=0)).plain())
    assert "no person labelled a pair" in nothing
    assert "--label-next 200 -o next.jsonl draws pairs for people to label" in " ".join(nothing.split())
    assert "Rogan" not in nothing


def rows_of(prefs, kind):
    pairs, words = prefs.pairs.to_pylist(), {1: "a", 0: "tie", -1: "b"}
    return [
        {
            key: pairs[one["pair"]][key]
            for key in ("prompt", "response_a", "response_b", "author_a", "author_b")
        }
        | {"label": words[one["label"]], "annotator": one["annotator"], "annotator_type": kind}
        for one in prefs.labels.to_pylist()
        if one["annotator_type"] == kind
    ]


def test_the_command(tmp_path):
    prefs = world(800)
    for name, kind in (("prefs", "ai_judge"), ("people", "human")):
        (tmp_path / f"{name}.jsonl").write_text(
            "".join(json.dumps(row) + "\n" for row in rows_of(prefs, kind))
        )
    given = [str(tmp_path / "prefs.jsonl"), "--real", str(tmp_path / "people.jsonl"), "--quiet"]
    target, next_ = tmp_path / "rates.json", tmp_path / "next.jsonl"
    done = CliRunner().invoke(
        winrate,
        [*given, "--json", str(target), "--label-next", "30", "-o", str(next_)],
        standalone_mode=False,
        catch_exceptions=False,
    )
    assert done.return_value == 0
    assert "Judge judge" in done.stdout
    body = json.loads(target.read_text())
    assert body["schema"] == "holdfast.winrates/1"
    assert body["sampled_pairs"] == len(next_.read_text().splitlines()) == 30
    assert {one["author"] for one in body["rates"]} == {"new", "old"}
    alone = CliRunner().invoke(winrate, [given[0], "--quiet"], standalone_mode=False)
    assert alone.return_value == 3
    with pytest.raises(UsageError, match="a number and a file"):
        CliRunner().invoke(
            winrate, [*given, "--label-next", "3"], standalone_mode=False, catch_exceptions=False
        )


def test_people_in_a_frozen_anchor(tmp_path):
    prefs = world(700, labelled=300)
    judged, people = (read_preferences(rows_of(prefs, kind)) for kind in ("ai_judge", "human"))
    freeze_preferences(people, output=tmp_path / "anchor")
    found = win_rates(judged, anchor=tmp_path / "anchor")
    one = of(found, "new")
    # A part is held out, and never read.
    assert 150 < one.labelled_pairs < 300
    assert one.corrected.interval[0] < one.corrected.value < one.corrected.interval[1]
    assert win_rates(judged, anchor=open_preference_anchor(tmp_path / "anchor")) == found
