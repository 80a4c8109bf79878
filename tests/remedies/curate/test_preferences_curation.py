"""Curating labels: rows stay as they came, everything is accounted for, and what cannot be done is told."""

from __future__ import annotations

import json

import pyarrow.parquet as pq
import pytest
from label_world import make_rows

from holdfast.anchors.preferences import freeze_preferences
from holdfast.cli import run
from holdfast.data.preferences import read_preferences
from holdfast.errors import InputError, OutputError, UsageError
from holdfast.remedies.curate.preferences import curate_preferences, explain_label
from holdfast.views.ratings import read_ratings


def lines(file):
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def write(file, rows):
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return file


def people(rows):
    return [row for row in rows if row["annotator_type"] == "human"]


def judges(rows):
    return [row for row in rows if row["annotator_type"] != "human"]


def as_trl(rows):
    """Chosen and rejected, as trainers read them, with a column of somebody's own."""
    other = {"a": "b", "b": "a"}
    return [
        {
            "chosen": row[f"response_{row['label']}"],
            "prompt": row["prompt"],
            "rejected": row[f"response_{other[row['label']]}"],
            "own": {"umlaut": "ä", "at": [at, None]},
        }
        for at, row in enumerate(rows)
    ]


@pytest.fixture(scope="module")
def world():
    return make_rows(0, 500, length=2.5)


def test_chosen_and_rejected_stay_as_they_came(world, tmp_path):
    rows = as_trl(judges(world))
    candidate = write(tmp_path / "made.jsonl", rows)
    real = write(tmp_path / "real.jsonl", people(world))
    found = curate_preferences(candidate, real=real, output=tmp_path / "out")
    assert found.dropped
    kept = lines(tmp_path / "out" / "data" / "kept.jsonl")
    gone = pq.read_table(tmp_path / "out" / "dropped.parquet").to_pylist()
    ids = [f"made.jsonl:{at}" for at in range(1, len(rows) + 1)]
    assert [ids[rows.index(row)] for row in kept] == list(found.kept)
    assert {row["id"]: rows[ids.index(row["id"])] for row in gone} == {
        row["id"]: json.loads(row["row"]) for row in gone
    }
    assert len(kept) + len(gone) == len(rows)
    assert {row["dropped_by"] for row in gone} == {"length_matched"}
    assert [list(row) for row in kept] == [list(rows[0])] * len(kept)
    told = json.loads((tmp_path / "out" / "curation.json").read_text(encoding="utf-8"))
    assert told["labels"] == {"read": 500, "kept": len(kept), "dropped": len(gone)}
    assert told["steps"][1]["dropped"] == len(gone)
    # What was written is read again, by whoever comes next.
    again = read_preferences(tmp_path / "out")
    assert len(again) == len(kept)
    assert again.shape == "trl"
    one = gone[0]["id"]
    assert explain_label(tmp_path / "out", one) == found.explain(one)
    assert explain_label(tmp_path / "out", found.kept[0]) == f"{found.kept[0]} is kept"
    with pytest.raises(UsageError, match="there is no label 'nobody'"):
        explain_label(tmp_path / "out", "nobody")
    with pytest.raises(InputError, match="no label has the id"):
        found.explain("nobody")


def test_an_anchor_serves_as_well(world, tmp_path):
    freeze_preferences(people(world), output=tmp_path / "anchor")
    found = curate_preferences(judges(world), anchor=tmp_path / "anchor")
    assert found.steps[1].decision == "acts"
    assert found.reality


def test_weights_stand_in_a_column(world, tmp_path):
    rows = [row | {"weight": "mine"} for row in judges(world)]
    found = curate_preferences(rows, real=people(world), filter=["human_weight"], output=tmp_path / "out")
    kept = lines(tmp_path / "out" / "data" / "kept.jsonl")
    assert len(kept) == len(rows)
    assert [{name: row[name] for name in rows[0] if name != "weight"} for row in kept] == [
        {name: value for name, value in row.items() if name != "weight"} for row in rows
    ]
    weights = [row["weight"] for row in kept]
    assert {row["weight_given"] for row in kept} == {"mine"}
    assert min(weights) == pytest.approx(found.weighed.low, abs=1e-6)
    assert sum(weights) == pytest.approx(len(rows), rel=1e-4)


def test_both_orders_are_written(tmp_path):
    rows = make_rows(0, 50, people=0, position=1.0, asked_twice=True)
    found = curate_preferences(rows, swap=True, output=tmp_path / "out")
    assert not found.dropped
    assert "swapped" not in [step.name for step in found.steps]
    kept = lines(tmp_path / "out" / "data" / "kept.jsonl")
    assert len(kept) == 100
    turned = {"a": "b", "b": "a"}
    for row, one, other in zip(rows, kept[::2], kept[1::2], strict=True):
        assert one == row
        assert (other["response_a"], other["response_b"]) == (row["response_b"], row["response_a"])
        assert (other["author_a"], other["author_b"]) == (row["author_b"], row["author_a"])
        assert other["label"] == turned[row["swapped_label"]]
        assert other["swapped_label"] == turned[row["label"]]
        # The other one was shown first then, and has changed its name since.
        assert other["order"] == row["order"]
    ratings = read_ratings(read_preferences(tmp_path / "out"))
    assert len(ratings) == 100


def test_chosen_and_rejected_have_no_order(world):
    with pytest.raises(UsageError, match="have no order"):
        curate_preferences(as_trl(judges(world)), swap=True)
    with pytest.raises(UsageError, match="either dropped or written in both orders"):
        curate_preferences(world, swap=True, filter=["swapped"])


def test_rows_of_several_labels_are_taken_apart(tmp_path):
    rows = [
        {
            "instruction": "i",
            "input": "",
            "response1": f"one {at}",
            "response2": f"two {at}",
            "annotator1": 1,
            "annotator2": 2,
            "annotator3": 1,
        }
        for at in range(3)
    ]
    found = curate_preferences(rows, output=tmp_path / "out")
    assert len(found.kept) == 9
    assert any("own form" in note for note in found.notes)
    assert any("nothing to drop" in note for note in found.notes)
    again = read_preferences(tmp_path / "out")
    assert (len(again), again.labels.num_rows) == (3, 9)


def test_without_people_the_others_run():
    rows = [
        row for row in make_rows(0, 200, position=2.0, asked_twice=True) if row["annotator_type"] != "human"
    ]
    found = curate_preferences(
        rows, family="student", filter=["disagreeing", *("swapped", "length_matched", "teacher_cap")]
    )
    told = {step.name: step.decision for step in found.steps}
    assert told == {
        "swapped": "not measured",
        "disagreeing": "cannot say",
        "length_matched": "cannot say",
        "teacher_cap": "cannot say",
    }
    assert all(step.why for step in found.steps)
    assert {by for by, _ in found.dropped.values()} == {"swapped"}
    assert any("no human label is at hand" in note for note in found.notes)
    assert [step.name for step in found.steps] == ["swapped", "disagreeing", "length_matched", "teacher_cap"]


def test_nothing_left_is_an_error(tmp_path):
    rows = [
        {"response_a": f"x{at}", "response_b": f"y{at}", "label": "a", "swapped_label": "b", "annotator": "j"}
        for at in range(5)
    ]
    with pytest.raises(InputError, match="nothing would be left"):
        curate_preferences(rows, most=1.0, output=tmp_path / "out")
    assert not (tmp_path / "out").exists()
    found = curate_preferences(rows)
    assert found.steps[0].decision == "stopped"
    assert len(found.kept) == 5


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"filter": ["length_match"]}, "Did you mean 'length_matched'"),
        ({"without": ["swaped"]}, "Did you mean 'swapped'"),
        ({"judge_cap": 0}, "--judge-cap"),
        ({"most": 1.5}, "--most"),
        ({"seed": -1}, "the seed"),
        ({"real": [{}], "anchor": "x"}, "either human labels or a frozen anchor"),
    ],
)
def test_options_that_cannot_be(world, options, said):
    with pytest.raises(UsageError, match=said):
        curate_preferences(world, **options)


def test_what_stands_there_is_not_lost(world, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match="not empty"):
        curate_preferences(world, output=tmp_path / "out")
    with pytest.raises(OutputError, match="was not written by holdfast"):
        curate_preferences(world, output=tmp_path / "out", replace=True)
    first = curate_preferences(world, output=tmp_path / "one")
    before = (tmp_path / "one" / "data" / "kept.jsonl").read_bytes()
    curate_preferences(world, output=tmp_path / "one", replace=True)
    assert (tmp_path / "one" / "data" / "kept.jsonl").read_bytes() == before
    assert first.output == tmp_path / "one"


def test_authors_and_prompts_are_accounted_for(world):
    found = curate_preferences(world)
    kept = set(found.kept)
    by = {name: (before, after) for name, before, after in found.by_author}
    assert by == {name: (len(world), len(kept)) for name in ("student", "stranger")}
    assert found.prompts[0] == 500
    assert found.prompts[1] == 500 - sum(f"p{at}" in found.dropped for at in range(250, 500))
    assert sum(count for _, count in found.steps[1].took) == found.steps[1].dropped


def test_at_the_command_line(world, tmp_path, capsys):
    candidate = write(tmp_path / "made.jsonl", as_trl(judges(world)))
    real = write(tmp_path / "real.jsonl", people(world))
    out = str(tmp_path / "out")
    assert run(["curate", str(candidate), "--real", str(real), "-o", out, "--quiet"]) == 0
    said = capsys.readouterr().out
    assert "length_matched" in said
    assert "people 5" in said or "people 4" in said
    assert "dropped.parquet with reasons" in said
    gone = pq.read_table(tmp_path / "out" / "dropped.parquet").column("id").to_pylist()
    assert run(["curate", out, "--explain", gone[0]]) == 0
    assert f"{gone[0]} was dropped by length_matched" in capsys.readouterr().out
    assert run(["curate", str(candidate), "--budget", "3"]) == 2
    assert "--budget: says nothing about preference pairs" in capsys.readouterr().err
    single = write(tmp_path / "rows.jsonl", [{"text": f"a row of text {at}"} for at in range(5)])
    assert run(["curate", str(single), "--real", str(single), "--judge-cap", "0.5"]) == 2
    assert "--judge-cap: says nothing about single records" in capsys.readouterr().err
