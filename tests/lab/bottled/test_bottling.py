"""The user's rows in the bottle: what is dealt, kept, foretold, and gone on with."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from holdfast.errors import InputError, UsageError
from holdfast.lab.bench.corpus import Corpus
from holdfast.lab.bottled import Setting, bottle, plain_bottle
from holdfast.lab.bottled.store import read_lines
from holdfast.lab.learners.learner import Decoding

ALL_BUT_MANAGED = ("replace", "mix", "accumulate", "accumulate-subsample")
SMALL = Setting(
    protocols=("replace", "mix"),
    generations=1,
    rows=700,
    audited=False,
    decoding=Decoding(temperature=0.7),
)


def told(bottled):
    return plain_bottle(bottled, name="real.jsonl")


@pytest.fixture(scope="module")
def all_four(corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bottle")
    setting = replace(SMALL, protocols=ALL_BUT_MANAGED, generations=2)
    return bottle(corpus, setting, folder=folder, store=folder / "collapse.jsonl")


def test_reality_is_the_same_for_all_and_what_models_wrote_is_not(all_four):
    zeros = [course["generations"][0] for course in told(all_four)["courses"]]
    assert zeros == [zeros[0]] * 4
    assert zeros[0]["real"] == zeros[0]["rows"] == 700
    ends = [json.dumps(course["generations"][2]) for course in told(all_four)["courses"]]
    assert len(set(ends)) == 4


def test_each_protocol_takes_what_it_says(all_four):
    rows = {
        course["protocol"]: [(one["rows"], one["real"]) for one in course["generations"]]
        for course in told(all_four)["courses"]
    }
    assert rows["replace"] == [(700, 700), (700, 0), (700, 0)]
    assert rows["accumulate"] == [(700, 700), (1400, 700), (2100, 700)]
    at_hand = len(all_four.world.at_hand)
    assert rows["mix"] == [(700, 700), (700, at_hand), (700, at_hand)]
    assert 0 < at_hand <= 210
    assert [count for count, _ in rows["accumulate-subsample"]] == [700] * 3
    # A half of two batches, a third of three, as far as chance goes.
    assert [real for _, real in rows["accumulate-subsample"]] == pytest.approx([700, 350, 233], abs=50)


def test_a_low_temperature_costs_variety_and_the_rare_and_real_rows_slow_it(all_four):
    courses = {course["protocol"]: course["generations"] for course in told(all_four)["courses"]}
    zero = courses["replace"][0]
    for name, least in (("replace", 0.9), ("mix", 0.95)):
        assert courses[name][2]["words"][0] < least * zero["words"][0]
        assert courses[name][2]["bits_per_byte"] > zero["bits_per_byte"]
    assert courses["replace"][2]["rare_recall"] < zero["rare_recall"]
    assert courses["replace"][2]["words"][0] < courses["mix"][2]["words"][0]


def test_groups_hold_every_stratum_once_and_begin_with_the_rarest(all_four):
    names = [stratum for group in all_four.groups for stratum in group.strata]
    assert sorted(names) == sorted(all_four.world.shares)
    assert set(all_four.groups[0].strata) == set(all_four.world.rare)
    assert sum(group.real for group in all_four.groups) == 700
    for group in told(all_four)["groups"]:
        assert [one["retention"][0] for one in group["courses"]] == [1.0] * 4


def test_retention_is_what_is_in_the_rows(all_four):
    found = told(all_four)
    group, plain = all_four.groups[1], found["groups"][1]
    line = all_four.courses[0].lines[2]
    share = sum(line.counts.get(stratum, 0) for stratum in group.strata) / 700
    assert plain["courses"][0]["retention"][2] == pytest.approx(share / (group.real / 700), abs=1e-6)


def test_the_forecast_is_made_from_generation_1_alone(all_four):
    followed = [one for group in told(all_four)["groups"] for one in group["courses"]]
    assert all(one["foretold"]["low"][0] is None for one in followed)
    # In generation 1 it knows what it was measured on.
    inside = [
        one["foretold"]["low"][1] <= one["retention"][1] <= one["foretold"]["high"][1] for one in followed
    ]
    assert sum(inside) >= 0.9 * len(inside)
    assert all(course["advice"] for course in told(all_four)["courses"])


def test_examples_are_rare_rows_and_what_models_write_for_them(all_four):
    examples = told(all_four)["examples"]
    assert len(examples) == 3
    rare = {row.text for row in all_four.world.origin if row.label in all_four.world.rare}
    for example in examples:
        assert example["real"] in rare
        last = {course.protocol: course.lines[-1] for course in all_four.courses}
        for one in example["written"]:
            knows = last[one["protocol"]].counts.get(example["label"], 0) > 0
            assert bool(one["texts"]) == knows


def test_rows_and_seed_decide_every_byte_and_names_do_not(corpus, tmp_path):
    one = bottle(corpus, SMALL, folder=tmp_path / "a")
    renamed = Corpus.of("other", [replace(row, id=f"x{row.id}") for row in reversed(corpus.rows)])
    other = bottle(renamed, SMALL, folder=tmp_path / "b")
    assert json.dumps(told(one)) == json.dumps(told(other))
    assert str(tmp_path) not in json.dumps(told(one))
    seeded = bottle(corpus, replace(SMALL, seed=1, protocols=("replace",)), folder=tmp_path / "c")
    assert told(seeded)["courses"][0]["generations"] != told(one)["courses"][0]["generations"]


def test_what_was_read_is_not_read_again(corpus, tmp_path):
    store = tmp_path / "collapse.jsonl"
    whole = bottle(corpus, SMALL, folder=tmp_path / "whole")

    def stop(step: str) -> None:
        if step.startswith("mix") and "generation 1: training" in step:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bottle(corpus, SMALL, folder=tmp_path / "first", store=store, progress=stop)
    kept = [line.reading.generation for line in read_lines(store).values()]
    assert kept == [0, 1, 0]  # replace to its end, and the beginning of mix
    steps: list[str] = []
    again = bottle(corpus, SMALL, folder=tmp_path / "again", store=store, progress=steps.append)
    assert not [step for step in steps if step.startswith("replace")]
    assert [step for step in steps if step.startswith("mix")]
    assert told(again) == told(whole)
    # Another setting finds nothing of this one.
    bottle(corpus, replace(SMALL, seed=3, protocols=("replace",)), folder=tmp_path / "other", store=store)
    assert len(read_lines(store)) == 6


def test_a_line_that_was_damaged_is_read_anew(corpus, tmp_path):
    store = tmp_path / "collapse.jsonl"
    setting = replace(SMALL, protocols=("replace",))
    one = bottle(corpus, setting, folder=tmp_path / "one", store=store)
    lines = store.read_text().splitlines()
    store.write_text(lines[0] + '\n{"key": "cut\n' + "\x00\n")
    other = bottle(corpus, setting, folder=tmp_path / "other", store=store)
    assert told(other) == told(one)
    assert len(read_lines(store)) == 2


def test_without_labels_strata_are_absent_and_not_none_left(corpus, tmp_path):
    found = told(bottle(corpus.unlabelled(), SMALL, folder=tmp_path))
    assert found["world"]["strata"] is None
    assert found["groups"] == []
    for course in found["courses"]:
        assert course["advice"] is None
        for one in course["generations"]:
            absent = ("accuracy", "rare_recall", "tail_bits_per_byte", "strata", "worth")
            assert [one[name] for name in absent] == [None] * 5
            assert one["bits_per_byte"] > 0
            assert one["words"][0] > 0
    assert [example["label"] for example in found["examples"]] == [None] * 3
    assert all(len(one["texts"]) == 2 for example in found["examples"] for one in example["written"])


def test_labels_that_are_all_the_same_are_none(corpus, tmp_path):
    same = Corpus.of("same", [replace(row, label="all") for row in corpus.rows])
    found = told(bottle(same, replace(SMALL, protocols=("replace",)), folder=tmp_path))
    assert not found["real"]["labelled"]
    assert found["courses"][0]["generations"][1]["accuracy"] is None


def test_an_audit_says_what_the_rows_of_a_generation_are_worth(corpus, tmp_path):
    setting = replace(SMALL, audited=True, decoding=Decoding(temperature=0.3))
    found = told(bottle(corpus, setting, folder=tmp_path, store=tmp_path / "collapse.jsonl"))
    replaced, mixed = found["courses"]
    assert replaced["generations"][0]["worth"] == mixed["generations"][0]["worth"]
    worths = [one["worth"]["rows"] for one in (*replaced["generations"], mixed["generations"][1])]
    assert worths[1] < worths[0]
    assert all(worth > 0 for worth in worths)


def test_too_few_rows_say_how_many_it_takes(corpus, tmp_path):
    few = Corpus.of("few", corpus.rows[::3])
    with pytest.raises(InputError, match=r"rows are too few .* Give 1,270 different rows at least") as caught:
        bottle(few, replace(SMALL, rows=None), folder=tmp_path / "a", where="mine.jsonl")
    assert caught.value.where == "mine.jsonl"
    with pytest.raises(UsageError, match=r"--rows 1000: .* Ask for at most"):
        bottle(corpus, replace(SMALL, rows=1000), folder=tmp_path / "b")
    with pytest.raises(UsageError, match="700 rows at least"):
        bottle(corpus, replace(SMALL, rows=699), folder=tmp_path / "c")


def test_as_many_rows_are_taken_as_there_are_for_it(corpus, tmp_path):
    found = bottle(corpus, replace(SMALL, rows=None, protocols=("replace",)), folder=tmp_path)
    assert 700 <= found.world.size <= len(corpus) / 1.36
    used = {row.id for part in ("origin", "judges", "exam") for row in getattr(found.world, part)}
    assert len(used) > 0.8 * len(corpus)


@pytest.mark.parametrize(
    ("setting", "why"),
    [
        (Setting(protocols=("replaced",)), "there is no protocol 'replaced'. Did you mean 'replace'"),
        (Setting(learner="ngram"), "there is no learner 'ngram'. Did you mean 'ngrams'"),
        (Setting(real_share=0.5), "at most 30%"),
        (Setting(generations=0), "a generation at least"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_anything_is_read(corpus, tmp_path, setting, why):
    with pytest.raises(UsageError, match=why):
        bottle(corpus, setting, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_managed_loop_goes_round_on_the_users_rows(corpus, tmp_path):
    setting = replace(SMALL, protocols=("replace", "managed"), decoding=Decoding())
    found = told(bottle(corpus, setting, folder=tmp_path))
    managed = found["courses"][1]["generations"]
    assert managed[0] == found["courses"][0]["generations"][0]
    assert managed[1]["written"] > 0
    assert managed[1]["gates"]
    if managed[1]["halted"] is None:
        assert 0 < managed[1]["real"] < managed[1]["rows"] == 700
    else:  # a gate may rightly stop so small a world: then the first model's rows still count
        assert managed[1]["real"] == managed[1]["rows"] == 700
    assert all(group["courses"][1]["foretold"] is None for group in found["groups"])
    assert found["courses"][1]["advice"] is None
