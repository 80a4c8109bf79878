"""Curate: every row is accounted for."""

import json
import random
import time

import numpy as np
import pytest

from holdfast.anchors import freeze, verify
from holdfast.data import read_records, write_atomic
from holdfast.data.lineage import Declared, lineage_of, tag
from holdfast.errors import InputError, OutputError, UsageError
from holdfast.remedies.curate import curate, use
from holdfast.remedies.curate.filters import DEFAULTS, ON_REQUEST
from holdfast.remedies.curate.unfinished import Unfinished
from holdfast.remedies.sides import read_beside


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def files(tmp_path, real, made):
    return write(tmp_path / "made.jsonl", made), write(tmp_path / "real.jsonl", real)


def test_planted_rows_are_dropped_with_their_reasons(files):
    candidate, real = files
    found = curate(candidate, real=real)
    by = {
        name: [row for row, (step, _) in found.dropped.items() if step == name]
        for name in ("exact_duplicates", "refusals", "damage", "label_noise")
    }
    assert len(by["exact_duplicates"]) == 20
    assert len(by["refusals"]) == 6
    assert len(by["damage"]) == 6
    assert len(by["label_noise"]) >= 20
    assert found.rows == len(found.kept) + len(found.dropped)
    assert "repeats made.jsonl:" in found.explain(by["exact_duplicates"][0])
    assert found.explain(found.kept[0]) == f"{found.kept[0]} is kept"
    with pytest.raises(InputError, match="no row has the id"):
        found.explain("nobody")


def test_the_folder_holds_every_row_once(files, tmp_path):
    candidate, real = files
    tag(candidate, declared=Declared(source="shop", source_type="synthetic"))
    found = curate(candidate, real=real, output=tmp_path / "out", budget=300)
    kept = [json.loads(line) for line in (tmp_path / "out/data/kept.jsonl").read_text().splitlines()]
    dropped = [json.loads(line) for line in (tmp_path / "out/dropped/rows.jsonl").read_text().splitlines()]
    assert [row["id"] for row in kept] == list(found.kept)
    assert len(kept) == 300
    given = [json.loads(line) for line in candidate.read_text().splitlines()]
    back = {row["id"]: {"text": row["text"], "intent": row["intent"]} for row in kept} | {
        row["id"]: row["row"] for row in dropped
    }
    assert [back[f"made.jsonl:{at + 1}"] for at in range(len(given))] == given
    table = lineage_of(read_records(tmp_path / "out"))
    assert set(table.column("source").to_pylist()) == {"shop"}
    assert set(table.column("kept").to_pylist()) == {True}
    manifest = json.loads((tmp_path / "out/manifest.json").read_text())
    assert manifest["rows"] == {"read": len(given), "kept": 300, "dropped": len(given) - 300}
    assert sum(step["dropped"] for step in manifest["steps"]) == len(given) - 300


def test_rows_keep_their_own_ids_and_their_form(tmp_path, real):
    rows = [
        {"z": None, "id": f"r{i}", "text": row["text"], "intent": row["intent"], "n": 1.50}
        for i, row in enumerate(real)
    ]
    curate(write(tmp_path / "m.jsonl", rows), real=real[:300], output=tmp_path / "out", filter=["damage"])
    lines = (tmp_path / "out/data/kept.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == rows
    assert list(json.loads(lines[0])) == ["z", "id", "text", "intent", "n"]


def test_an_id_that_is_none_is_kept_under_another_name(tmp_path, real):
    rows = [row | {"id": i // 2} for i, row in enumerate(real)]
    curate(write(tmp_path / "m.jsonl", rows), real=real[:300], output=tmp_path / "out", filter=["damage"])
    lines = [json.loads(line) for line in (tmp_path / "out/data/kept.jsonl").read_text().splitlines()]
    assert [line["id_given"] for line in lines] == [row["id"] for row in rows]
    assert [line["id"] for line in lines] == [f"m.jsonl:{i + 1}" for i in range(len(rows))]
    assert len(lineage_of(read_records(tmp_path / "out"))) == len(
        rows
    )  # what was written is what lineage speaks of


def test_with_one_stratum_no_tail_is_measured(tmp_path, real):
    plain = [{"text": row["text"]} for row in real if row["intent"] == "lost"]
    found = curate(plain, real=plain, filter=["damage"])
    assert [step.decision for step in found.steps] == ["not measured"]


def test_the_same_rows_give_the_same_folder(files, tmp_path):
    candidate, real = files
    for name in ("a", "b"):
        curate(candidate, real=real, output=tmp_path / name, budget=200)
    for file in ("data/kept.jsonl", "dropped/rows.jsonl", "manifest.json"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_a_score_of_the_users_own(tmp_path, real):
    rows = [row | {"quality": i / len(real)} for i, row in enumerate(real)] + [
        {"text": "estate3 no score here", "intent": "estate"}
    ]
    found = curate(
        write(tmp_path / "m.jsonl", rows), real=real, filter=["damage"], score="quality", least_score=0.5
    )
    step = found.steps[-1]
    assert (step.name, step.decision, step.dropped) == ("score", "not measured", len(real) // 2)
    assert f"m.jsonl:{len(rows)}" in found.kept
    with pytest.raises(UsageError, match="no column 'quality2'"):
        curate(rows, real=real, score="quality2", least_score=0.5)


def test_wrong_options_name_what_there_is(files, tmp_path):
    candidate, real = files
    with pytest.raises(UsageError, match="Did you mean 'damage'"):
        curate(candidate, real=real, filter=["damag"])
    with pytest.raises(UsageError, match="--budget"):
        curate(candidate, real=real, budget=0)
    with pytest.raises(UsageError, match="--real / --anchor"):
        curate(candidate)
    (tmp_path / "full").mkdir()
    (tmp_path / "full/x").write_text("mine")
    with pytest.raises(OutputError, match="not empty"):
        curate(candidate, real=real, output=tmp_path / "full")


def test_a_run_that_was_cut_short_goes_on_from_there(files, tmp_path, monkeypatch):
    """Nothing that was found is found again, and what comes out is the same."""
    candidate, real = files
    out, unfinished = tmp_path / "out", tmp_path / ".out.unfinished"
    curate(candidate, real=real, output=tmp_path / "whole", budget=200)

    def cut_at(word):
        def progress(said):
            if said.startswith(word):
                raise KeyboardInterrupt

        return progress

    asked = []
    for one in DEFAULTS:
        call = type(one).__call__
        monkeypatch.setattr(
            type(one), "__call__", lambda self, sides, call=call: asked.append(self.name) or call(self, sides)
        )
    influence = use.Use._influence
    monkeypatch.setattr(
        use.Use, "_influence", lambda self, rows: asked.append("selection") or influence(self, rows)
    )
    for word in ("looking for refusals", "selecting, round 2", "writing"):
        with pytest.raises(KeyboardInterrupt):
            curate(candidate, real=real, output=out, budget=200, progress=cut_at(word))
        assert unfinished.is_dir()
        assert not out.exists()
    assert [name for name in asked if name != "selection"] == [one.name for one in DEFAULTS]
    assert asked.count("selection") >= 3
    before = len(asked)
    curate(candidate, real=real, output=out, budget=200)
    assert len(asked) == before
    assert asked.count("selection") == 4, "once, and once a round"
    assert snapshot(out) == snapshot(tmp_path / "whole")
    assert not unfinished.exists()


def test_a_run_goes_on_only_with_the_same_rows_and_options(files, tmp_path):
    """An edited file at the same path is another file."""
    candidate, real = files

    def stop(said):
        if said == "writing":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        curate(candidate, real=real, output=tmp_path / "out", progress=stop)
    lines = candidate.read_text().splitlines()
    candidate.write_text("\n".join(lines[: len(lines) // 2]) + "\n")
    again = curate(candidate, real=real, output=tmp_path / "out", seed=1)
    fresh = curate(candidate, real=real, seed=1)
    assert again.kept == fresh.kept
    assert again.dropped == fresh.dropped


def test_what_was_found_is_read_back_as_it_was(files, tmp_path):
    candidate, real = files
    sides = read_beside(candidate, real=real).sides
    first, second = (Unfinished(tmp_path / "out", sides, 0) for _ in range(2))
    for one in (*DEFAULTS, *ON_REQUEST):
        found, again = first.marks(one, sides), second.marks(one, sides)
        if isinstance(found, str):
            assert again == found
            continue
        assert (again.candidate == found.candidate).all()
        assert found.real is None or (again.real == found.real).all()
        assert (again.cut, again.sources) == (found.cut, found.sources)
        for row in np.flatnonzero(found.candidate).tolist():
            assert again.reason(row) == found.reason(row)
        if found.scores is not None:
            assert all((a == b).all() for a, b in zip(again.scores, found.scores, strict=True))
    assert len(list((tmp_path / ".out.unfinished").iterdir())) == len(DEFAULTS) + len(ON_REQUEST)


@pytest.mark.parametrize("rubbish", ["{}", "7", "null", "[null]", '{"candidate": [1e9]}', "not json"])
def test_what_was_not_written_by_us_is_found_again(files, tmp_path, rubbish):
    candidate, real = files
    sides = read_beside(candidate, real=real).sides
    unfinished = Unfinished(tmp_path / "out", sides, 0)
    for one in DEFAULTS:
        unfinished.marks(one, sides)
    unfinished.score("selection", lambda: np.ones(3))
    for file in (tmp_path / ".out.unfinished").iterdir():
        file.write_text(rubbish)
    for one in DEFAULTS:
        found, again = one(sides), Unfinished(tmp_path / "out", sides, 0).marks(one, sides)
        assert (again == found) if isinstance(found, str) else (again.candidate == found.candidate).all()
    assert (
        Unfinished(tmp_path / "out", sides, 0).score("selection", lambda: np.full(3, 2.0)).tolist()
        == [2.0] * 3
    )


def test_what_somebody_else_put_there_stays(files, tmp_path):
    candidate, real = files
    (tmp_path / ".out.unfinished").mkdir()
    (tmp_path / ".out.unfinished/notes.txt").write_text("mine")
    curate(candidate, real=real, output=tmp_path / "out", filter=["damage"])
    assert [file.name for file in (tmp_path / ".out.unfinished").iterdir()] == ["notes.txt"]


def test_what_a_writer_left_who_was_killed_goes(files, tmp_path):
    candidate, real = files
    folder = tmp_path / ".out.unfinished"
    folder.mkdir()
    with write_atomic(folder / f"{'0' * 32}.json"):
        (half,) = folder.iterdir()
    half.write_text("half of it")
    curate(candidate, real=real, output=tmp_path / "out", filter=["damage"])
    assert not folder.exists()


def test_nothing_else_is_replaced(files, tmp_path):
    """An anchor is no curated set, and neither is what is being read."""
    candidate, real = files
    freeze(real, output=tmp_path / "anchor")
    with pytest.raises(OutputError, match="something else"):
        curate(candidate, real=real, output=tmp_path / "anchor", replace=True)
    assert verify(tmp_path / "anchor") == []
    curate(candidate, real=real, output=tmp_path / "out", filter=["damage"])
    before = snapshot(tmp_path / "out")
    with pytest.raises(OutputError, match="is read, and would be lost"):
        curate(tmp_path / "out", real=real, output=tmp_path / "out", replace=True)
    assert snapshot(tmp_path / "out") == before


def test_where_nothing_can_be_kept_nothing_is(files, tmp_path):
    candidate, real = files
    (tmp_path / ".out.unfinished").write_text("a file stands here")
    assert curate(candidate, real=real, output=tmp_path / "out", filter=["damage"]).kept


def test_outputs_whose_names_begin_alike_keep_apart(files, tmp_path):
    candidate, real = files
    sides = read_beside(candidate, real=real).sides
    one, other = (Unfinished(tmp_path / f"{'x' * 60}{end}", sides, 0) for end in "ab")
    for unfinished in (one, other):
        unfinished.marks(DEFAULTS[0], sides)
    one.done()
    assert len(list(tmp_path.glob(".x*"))) == 1


@pytest.mark.slow
def test_killed_at_any_moment_it_leaves_the_old_or_the_new_state(tmp_path, real, made, start):
    # Few rows: what is written at the end is the larger part of a run, and that is where kills have to fall.
    candidate, real = write(tmp_path / "made.jsonl", made[:200]), write(tmp_path / "real.jsonl", real[:200])
    command = ["curate", str(candidate), "--real", str(real), "--filter", "damage", "--quiet", "--replace"]
    command += ["-o", str(tmp_path / "out"), "--budget"]

    def run(budget):
        process = start(*command, str(budget))
        process.join()
        assert process.exitcode == 0

    run(80)  # the first one starts the process that is forked
    states, spans = {}, []
    for budget in (160, 80):
        begun = time.monotonic()
        run(budget)
        spans.append(time.monotonic() - begun)
        states[budget] = snapshot(tmp_path / "out")
    assert states[80] != states[160]
    dice = random.Random(0)  # noqa: S311 - no secret
    killed = 0
    for trial in range(20):
        process = start(*command, str((80, 160)[trial % 2]))
        # Late moments are the ones that matter: most kills fall into the last quarter.
        time.sleep(min(spans) * (dice.uniform(0, 1) if trial < 5 else dice.uniform(0.7, 1.05)))
        killed += process.is_alive()
        process.kill()
        process.join()
        assert snapshot(tmp_path / "out") in states.values()
    assert killed >= 1
    run(80)
    assert snapshot(tmp_path / "out") == states[80]
    assert not list(tmp_path.glob(".out.*"))


def snapshot(folder):
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.suffix != ".parquet"
    }
