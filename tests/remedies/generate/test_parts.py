import json
from collections import Counter

import pytest
from small_runs import FULL, LOSSY, REAL, SIZES, rows

from holdfast.anchors import freeze
from holdfast.data.lineage import Declared, tag
from holdfast.errors import InputError, UsageError
from holdfast.remedies.generate import generate
from holdfast.remedies.generate.parts import NO_ROWS, Texts, read_parts

MORE = rows(3, {name: 3 * count for name, count in SIZES.items()})


def write(path, found):
    path.write_text("".join(json.dumps(row) + "\n" for row in found), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def anchor(tmp_path_factory):
    folder = tmp_path_factory.mktemp("parts")
    real = write(folder / "real.jsonl", [{"id": f"r{n}", **row} for n, row in enumerate(MORE)])
    tag(real, declared=Declared(source_type="human"))
    return freeze(real, output=folder / "anchor", gold=0.15, holdout=0.15)


def test_rows_are_dealt_whole_and_once():
    found = read_parts(LOSSY, real=MORE, judge_share=0.5)
    assert set(found.steering.texts).isdisjoint(found.judging.texts)
    assert Counter(found.steering.texts + found.judging.texts) == Counter(row["text"] for row in MORE)
    assert abs(len(found.judging) - 225) < 3.9 * (450 / 4) ** 0.5
    assert (found.gold, found.sealed, found.digest, found.declared) == (NO_ROWS, (), None, None)
    assert (found.text_column, found.label_column) == ("text", "intent")


def test_the_deal_is_by_content_and_not_by_order_or_company():
    before = read_parts(None, real=MORE, judge_share=0.5)
    after = read_parts(None, real=[*MORE[::-1], *rows(77, SIZES)], judge_share=0.5)
    assert set(before.judging.texts) <= set(after.judging.texts)
    assert set(before.steering.texts) <= set(after.steering.texts)


def test_near_duplicates_go_together():
    """A row that judges has no twin that steers."""
    twins = [{"text": row["text"] + " word0", "intent": row["intent"]} for row in MORE[:100]]
    found = read_parts(None, real=MORE + twins, judge_share=0.5)
    judging = set(found.judging.texts)
    for row, twin in zip(MORE, twins, strict=False):
        assert (row["text"] in judging) == (twin["text"] in judging)


def test_nobody_judges_where_somebody_else_does():
    found = read_parts(None, real=REAL, judge_share=0.0)
    assert (len(found.steering), found.judging, found.candidate, found.candidate_hash) == (
        150,
        NO_ROWS,
        NO_ROWS,
        None,
    )


def test_too_few_real_rows_are_said_so():
    for share in (0.5, 0.0):
        with pytest.raises(InputError, match="100 of each are needed") as caught:
            read_parts(LOSSY, real=REAL[:80], judge_share=share)
        assert "80 real rows leave" in str(caught.value)
    with pytest.raises(InputError, match="judge_share = 0"):
        read_parts(LOSSY, real=REAL, judge_share=0.5)


def test_neither_or_both_are_refused(anchor):
    for given in ({}, {"real": REAL, "anchor": anchor}):
        with pytest.raises(UsageError, match="either real rows or a frozen anchor"):
            read_parts(LOSSY, judge_share=0.5, **given)


def test_an_anchor_brings_gold_and_seals_its_holdout(anchor):
    found = read_parts(LOSSY, anchor=anchor.path, judge_share=0.5)
    parts = [set(found.steering.texts), set(found.judging.texts), set(found.gold.texts), set(found.sealed)]
    assert [len(part) > 20 for part in parts] == [True] * 4
    assert sum(map(len, parts)) == len(set().union(*parts)) == len({row["text"] for row in MORE})
    assert found.digest == anchor.digest
    shown = [seed for group in found.seeds().values() for seed in group]
    assert {seed.text for seed in shown} <= parts[0] | parts[2]
    assert {seed.origin for seed in shown} == {"gold", "reference"}
    assert {seed.depth for seed in shown} == {0}


def test_gold_is_shown_first_and_alone_where_there_is_enough(anchor):
    found = read_parts(None, anchor=anchor, judge_share=0.0)
    for stratum, group in found.seeds().items():
        golden = [seed for seed in group if seed.origin == "gold"]
        assert group[: len(golden)] == golden
        assert len(golden) == Counter(found.gold.strata)[stratum]
        assert (len(golden) == len(group)) == (len(golden) >= 20)


def test_clusters_stand_in_the_place_of_strata(anchor):
    found = read_parts(None, anchor=anchor, judge_share=0.0)
    clusters = ["one"] * len(found.gold), ["two"] * len(found.steering)
    seeds = found.seeds(clusters)
    assert {name: {seed.origin for seed in group} for name, group in seeds.items()} == {
        "one": {"gold"},
        "two": {"reference"},
    }


def test_a_candidate_without_labels_has_its_strata_predicted():
    found = read_parts([{"text": row["text"]} for row in LOSSY], real=REAL, judge_share=0)
    assert found.unlabelled
    assert "the strata of all rows are predicted" in found.notes[0]
    assert not read_parts(LOSSY, real=REAL, judge_share=0).unlabelled
    few = [{"text": row["text"], "intent": None} for row in FULL[:1]] + FULL[1:]
    assert not read_parts(few, real=REAL, judge_share=0).unlabelled


def test_real_rows_without_labels_give_made_rows_none():
    found = read_parts(LOSSY, real=[row["text"] for row in REAL], judge_share=0)
    assert (found.label_column, found.unlabelled) == (None, False)
    assert set(found.steering.strata) == {None}
    assert list(found.seeds()) == [None]


def test_rows_of_several_columns_are_not_written():
    pairs = [{"prompt": "why", "completion": row["text"], "intent": row["intent"]} for row in REAL]
    with pytest.raises(InputError, match="a made row is one text") as caught:
        read_parts(None, real=pairs, judge_share=0)
    assert "--text" in str(caught.value)
    assert len(read_parts(None, real=pairs, judge_share=0, text="completion").steering) == 150


def test_texts_are_cut_and_joined_by_row():
    one = Texts(ids=("a", "b"), texts=("x", "y"), strata=(None, "s"))
    assert one.at([1, 0]) == Texts(ids=("b", "a"), texts=("y", "x"), strata=("s", None))
    assert (one + NO_ROWS, NO_ROWS + one, len(one + one)) == (one, one, 4)


def test_labels_that_are_numbers_stay_numbers(tmp_path):
    """A made row that says "2" for 2 would be of a class of its own."""
    numbers = {name: place for place, name in enumerate(sorted({row["intent"] for row in rows(1)}))}
    real = [{"text": row["text"], "label": numbers[row["intent"]]} for row in rows(1)]
    made = [row for row in real if row["label"] != numbers["lost"]]
    generate(
        made, real=real, label="label", method=["rule_based"], rows=20, rounds=1, output=tmp_path / "more"
    )
    written = [
        json.loads(line) for line in (tmp_path / "more" / "data" / "made.jsonl").read_text().splitlines()
    ]
    assert written
    assert {row["label"] for row in written} <= set(numbers.values())
    assert all(type(row["label"]) is int for row in written)
