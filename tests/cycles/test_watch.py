"""Watching without a trainer: which rows may steer, how often a look is wrong, and what the log holds."""

import json

import numpy as np
import pytest
from training_world import requests

from holdfast.anchors import freeze, open_anchor
from holdfast.cycles.stages.parts import SCHEMA
from holdfast.cycles.watch.log import append, looks_in, open_log
from holdfast.cycles.watch.rows import read_steering
from holdfast.cycles.watch.watch import Costs, Rule, Watch
from holdfast.errors import AnchorError, InputError, OutputError, UsageError

ROWS = requests(300, 1)


@pytest.fixture(scope="module")
def anchor(tmp_path_factory):
    folder = tmp_path_factory.mktemp("watch") / "anchor"
    freeze(requests(1_200, 7), output=folder, gold=0.2, holdout=0.2, label="stratum")
    return folder


def test_rows_say_themselves_how_rare_they_are():
    rows = read_steering(None, "gold", ROWS, None)
    assert {band for band, row in zip(rows.bands, ROWS, strict=True) if row["stratum"] == "heirs"} == {
        "rarest tenth"
    }
    assert rows.sizes()["overall"] == 300
    assert rows.unbanded is None


def test_the_gold_part_is_rare_as_the_anchor_says(anchor):
    rows = read_steering(anchor, "gold", None, None)
    assert len(rows.ids) == open_anchor(anchor).parts["gold"]
    assert {band for band, name in zip(rows.bands, rows.strata, strict=True) if name == "heirs"} == {
        "rarest tenth"
    }
    # Other rows of which most are of the rare kind: how rare it is, is reality's to say.
    odd = read_steering(anchor, "gold", requests(50, 9, shares=(0.05, 0.05, 0.9)), None)
    assert {band for band, name in zip(odd.bands, odd.strata, strict=True) if name == "heirs"} == {
        "rarest tenth"
    }


def test_clusters_stand_for_labels(tmp_path):
    plain = [{"id": row["id"], "text": row["text"]} for row in requests(900, 7)]
    freeze(plain, output=tmp_path / "anchor", gold=0.2, holdout=0.1)
    rows = read_steering(tmp_path / "anchor", "gold", None, None)
    assert rows.unbanded is None
    assert "rarest tenth" in rows.bands


@pytest.mark.parametrize("part", ["holdout", "reference", "silver"])
def test_parts_that_judge_steer_nothing(anchor, part):
    with pytest.raises(UsageError, match="gold"):
        read_steering(anchor, part, None, None)


def test_rows_of_the_holdout_steer_nothing(anchor):
    held = open_anchor(anchor).part("holdout").slice(0, 3).to_pylist()
    with pytest.raises(InputError, match="3 of the texts are among the holdout"):
        read_steering(
            anchor, "gold", [*ROWS, *({"id": row["id"], "text": row["text"]} for row in held)], None
        )


def test_rows_that_judge_in_a_project_steer_nothing(anchor, tmp_path, monkeypatch):
    folder = tmp_path / "project" / ".holdfast" / "parts" / "aa"
    folder.mkdir(parents=True)
    for name, rows in (("steering.jsonl", ROWS[:100]), ("judge-1.jsonl", ROWS[100:])):
        (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "manifest.json").write_text(json.dumps({"schema": SCHEMA}))
    assert len(read_steering(anchor, "gold", folder / "steering.jsonl", None).ids) == 100
    with pytest.raises(InputError, match="judge the project's cycles"):
        read_steering(anchor, "gold", folder / "judge-1.jsonl", None)
    copy = tmp_path / "project" / "copy.jsonl"
    copy.write_bytes((folder / "judge-1.jsonl").read_bytes())
    with pytest.raises(InputError, match="200 of the texts are among those that judge"):
        read_steering(anchor, "gold", copy, None)
    monkeypatch.chdir(tmp_path / "project")
    with pytest.raises(InputError, match="judge"):
        read_steering(None, "gold", ROWS, None)


def test_what_is_missing_is_said(tmp_path):
    with pytest.raises(UsageError, match="no rows to steer by"):
        read_steering(None, "gold", None, None)
    freeze(requests(400, 7), output=tmp_path / "anchor", gold=0.0, label="stratum")
    with pytest.raises(AnchorError, match="no gold part"):
        read_steering(tmp_path / "anchor", "gold", None, None)
    plain = read_steering(None, "gold", [{"text": row["text"]} for row in ROWS], None)
    with pytest.raises(InputError, match="no strata"):
        Watch(plain, Rule(margin={"rarest tenth": 0.1}, alpha=0.05, against="start"))


def watched(rows, rng, looks, *, against, drift, spread=6.0):
    """Whether a training fails whose rows cost as much more as is allowed, with steps that wander."""
    size = np.full(len(rows.ids), 30, np.int64)
    watch = Watch(rows, Rule(margin={"overall": 0.05, "rarest tenth": 0.05}, alpha=0.2, against=against))
    cost = rng.gamma(20, 2, len(rows.ids))
    watch.begin(Costs(step=0, bits=cost, bytes=size))
    wander = np.zeros(len(rows.ids))
    for look in range(1, looks + 1):
        wander = 0.8 * wander + rng.normal(0, spread, len(rows.ids))
        bits = cost + drift * size + wander
        if watch.look(Costs(step=look, bits=bits, bytes=size)).failed:
            return True
    return False


@pytest.mark.parametrize(("against", "drift"), [("start", 0.05), ("best", 0.0)])
def test_a_training_that_loses_what_it_may_is_rarely_stopped(against, drift):
    """At most alpha; of 300, with three standard errors for chance."""
    rows, rng = read_steering(None, "gold", ROWS, None), np.random.default_rng(0)
    stopped = sum(watched(rows, rng, 8, against=against, drift=drift) for _ in range(300))
    assert stopped <= 300 * 0.2 + 3 * np.sqrt(300 * 0.2 * 0.8)


def test_a_training_that_loses_more_is_stopped():
    rows, rng = read_steering(None, "gold", ROWS, None), np.random.default_rng(1)
    assert all(watched(rows, rng, 8, against="start", drift=0.2, spread=2.0) for _ in range(20))


def test_the_best_look_is_the_yardstick_where_it_is_asked_for():
    rows, size = read_steering(None, "gold", ROWS, None), np.full(300, 30, np.int64)
    rng = np.random.default_rng(0)
    found = {}
    for against in ("start", "best"):
        watch = Watch(rows, Rule(margin={"overall": 0.2}, alpha=0.05, against=against))
        base = rng.gamma(20, 2, 300)
        watch.begin(Costs(step=0, bits=base, bytes=size))
        found[against] = [
            watch.look(Costs(step=step, bits=base + more * size + rng.normal(0, 1, 300), bytes=size))
            for step, more in ((10, -0.5), (20, -0.1))
        ]
    assert [look.failed for look in found["start"]] == [False, False]
    assert [look.failed for look in found["best"]] == [False, True]
    assert found["best"][1].against == 10


def test_a_watch_goes_on_where_it_was_kept():
    rows, size = read_steering(None, "gold", ROWS, None), np.full(300, 30, np.int64)
    rule, rng = Rule(margin={"overall": 0.2}, alpha=0.05, against="best"), np.random.default_rng(0)
    costs = [Costs(step=step, bits=rng.gamma(20, 2, 300), bytes=size) for step in range(4)]
    whole, parted = Watch(rows, rule), Watch(rows, rule)
    for watch in (whole, parted):
        watch.begin(costs[0])
        watch.look(costs[1])
    again = Watch(rows, rule)
    assert again.restore(json.loads(json.dumps(parted.state())))
    for one in costs[2:]:
        assert again.look(one) == whole.look(one)
    assert not Watch(read_steering(None, "gold", ROWS[:200], None), rule).restore(parted.state())
    assert not again.restore({})


def test_the_log_holds_whole_lines(tmp_path):
    file = tmp_path / "tail.jsonl"
    log = open_log(file)
    append(log, "start", {"digest": "a"})
    append(log, "look", {"number": 1})
    append(log, "look", {"number": 2})
    whole = file.read_bytes()
    file.write_bytes(whole + whole.splitlines()[-1][:20])  # a process was killed
    assert looks_in(open_log(file), "a") == 2
    assert file.read_bytes() == whole
    assert looks_in(file, "b") == 0
    append(log, "start", {"digest": "a"})
    assert looks_in(file, "a") == 0


def test_a_file_of_somebody_else_is_left_alone(tmp_path):
    for content in ("notes\n", '{"a": 1}\n', "no end"):
        file = tmp_path / "notes.txt"
        file.write_text(content)
        with pytest.raises(OutputError, match="no log"):
            open_log(file)
        assert file.read_text() == content
    with pytest.raises(OutputError, match="cannot be"):
        open_log(tmp_path / "no" / "such" / "folder.jsonl")
