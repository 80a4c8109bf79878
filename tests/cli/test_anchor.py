"""`holdfast anchor`: what was frozen stays what it was, or is refused."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import chdir
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from world import QUICK, names


@pytest.fixture
def copy(anchor, tmp_path):
    """An anchor that may be damaged."""
    return Path(shutil.copytree(anchor, tmp_path / "copy"))


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def edit(path, column, change):
    """Change the first value of a column, and pack it again."""
    table = parquet.read_table(path)
    values = table.column(column).to_pylist()
    values[0] = change(values[0])
    at = table.column_names.index(column)
    parquet.write_table(
        table.set_column(at, column, pa.array(values, table.schema.field(column).type)),
        path,
        compression="snappy",
    )


def test_show_and_verify(say, anchor):
    shown = say("anchor", "show", anchor)
    assert shown.code == 0
    assert "reference" in shown.out
    assert "strata of the reference (4), rarest first" in shown.out
    verified = say("anchor", "verify", anchor)
    assert (verified.code, verified.out) == (0, "every part is what was sealed\n")


def test_packing_is_no_change(say, copy):
    for part in ("reference", "gold", "holdout"):
        table = parquet.read_table(copy / f"{part}.parquet")
        parquet.write_table(table, copy / f"{part}.parquet", compression="none", row_group_size=50)
    assert say("anchor", "verify", str(copy)).code == 0


@pytest.mark.parametrize("part", ["reference", "gold", "holdout", "nulls", "labeller"])
@pytest.mark.parametrize("damage", ["truncated", "missing", "emptied"])
def test_a_damaged_part(say, copy, good, part, damage):
    path = copy / f"{part}.parquet"
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[: -100 if damage == "truncated" else 0])
    said = say("anchor", "verify", str(copy))
    assert said.code == 2
    assert (
        f"{part}.parquet: a part of the anchor is {'missing' if damage == 'missing' else 'damaged'}"
        in said.err
    )
    assert "Traceback" not in said.err
    if part not in ("gold", "holdout"):  # an audit does not read these
        audited = say("audit", good, "--anchor", str(copy), *QUICK)
        assert audited.code == 2
        assert f"{part}.parquet" in audited.err


@pytest.mark.parametrize("column", ["text", "stratum", "id", "payload"])
@pytest.mark.parametrize("part", ["reference", "holdout"])
def test_an_edited_record(say, copy, part, column):
    edit(copy / f"{part}.parquet", column, lambda value: value.replace("a", "e").replace("1", "7") + " ")
    said = say("anchor", "verify", str(copy))
    assert said.code == 2
    assert said.err.startswith(f"changed: {part}: ")
    assert "sealed" in said.err


def test_an_audit_refuses_an_edited_reference(say, copy, good):
    edit(copy / "reference.parquet", "text", lambda value: value + " edited")
    said = say("audit", good, "--anchor", str(copy), *QUICK)
    assert said.code == 2
    assert "the reference is not what was sealed" in said.err
    assert "holdfast anchor verify" in said.err


def test_an_audit_refuses_an_edited_labeller(say, copy, good):
    edit(copy / "labeller.parquet", "coefficients", lambda value: [0.0] * len(value))
    said = say("audit", good, "--anchor", str(copy), *QUICK)
    assert said.code == 2
    assert "labeller.parquet" in said.err


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "digest does not fit"),
        (b"{", "cannot be read"),
        (b"\xff\x00", "cannot be read"),
        (b"[]", "is not a holdfast.anchor/1 manifest"),
        (b'{"schema": "holdfast.anchor/2"}', "found 'holdfast.anchor/2'"),
        (b'{"schema": "holdfast.anchor/1"}', "lacks '"),
    ],
)
def test_an_edited_manifest(say, copy, good, content, expected):
    path = copy / "manifest.json"
    if content is None:
        manifest = json.loads(path.read_bytes())
        manifest["parts"]["gold"]["rows"] += 1
        content = json.dumps(manifest).encode()
    path.write_bytes(content)
    for arguments in (["anchor", "verify", str(copy)], ["audit", good, "--anchor", str(copy)]):
        said = say(*arguments)
        assert said.code == 2
        assert expected in said.err
        assert "manifest.json" in said.err


def test_what_is_no_anchor(say, good, tmp_path):
    for arguments in (["anchor", "show"], ["anchor", "verify"], ["audit", good, "--anchor"]):
        said = say(*arguments, str(tmp_path))
        assert said.code == 2
        assert "is not an anchor: it has no manifest.json" in said.err
        assert "holdfast anchor freeze" in said.err


def test_an_existing_folder_is_refused_before_any_work(say, copy, real):
    before = contents(copy)
    said = say("anchor", "freeze", real, "-o", str(copy))
    assert said.code == 2
    assert "exists and is not empty" in said.err
    assert "--replace" in said.err
    assert contents(copy) == before
    assert names(copy.parent) == ["copy"]


def test_an_anchor_is_replaced_on_request(say, copy, good):
    before = contents(copy)
    said = say("anchor", "freeze", good, "-o", str(copy), "--replace", "--gold", "0", "--quiet")
    assert said.code == 0, said.err
    assert said.out.startswith("good.jsonl")
    assert f"holdfast audit CANDIDATE --anchor {copy}" in said.out
    assert contents(copy)["manifest.json"] != before["manifest.json"]
    assert names(copy.parent) == ["copy"]
    assert say("anchor", "verify", str(copy)).code == 0


def test_a_failed_replacement_leaves_the_old_one(say, copy, place):
    before = contents(copy)
    said = say("anchor", "freeze", str(place / "one.jsonl"), "-o", str(copy), "--replace")
    assert said.code == 2
    assert contents(copy) == before
    assert names(copy.parent) == ["copy"]


@pytest.mark.parametrize("verb", [["anchor", "freeze"], ["demo"]])
def test_the_folder_of_somebody_else_is_never_replaced(say, tmp_path, real, verb):
    thesis = tmp_path / "thesis"
    thesis.mkdir()
    (thesis / "chapter1.md").write_text("years of work")
    (thesis / "manifest.json").write_text('{"name": "a web app"}')
    more = [real, "--replace"] if verb[0] == "anchor" else []
    said = say(*verb, *more, "-o", str(thesis))
    assert said.code == 2
    assert "not written by holdfast" in said.err
    assert names(thesis) == ["chapter1.md", "manifest.json"]


@pytest.mark.parametrize("verb", [["anchor", "freeze"], ["demo"]])
def test_the_current_folder_is_never_replaced(say, tmp_path, real, verb):
    more = [real, "--replace"] if verb[0] == "anchor" else []
    with chdir(tmp_path):
        said = say(*verb, *more, "-o", ".")
        assert said.code == 2
        assert "you are in it" in said.err
        assert Path.cwd() == tmp_path


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("none/anchor", "Create the folder first"),
        ("file/anchor", "A part of the path is a file"),
        ("file", "a file stands where the folder should be"),
    ],
)
def test_an_output_that_cannot_be(say, tmp_path, real, output, expected):
    (tmp_path / "file").touch()
    said = say("anchor", "freeze", real, "-o", str(tmp_path / output))
    assert said.code == 2
    assert expected in said.err
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (["--gold", "nan"], "--gold"),
        (["--gold", "0.9", "--holdout", "0.2"], "leave room"),
        (["--shares", "none.csv"], "none.csv"),
    ],
)
def test_shares_that_cannot_be(say, tmp_path, real, flags, expected):
    said = say("anchor", "freeze", real, "-o", str(tmp_path / "anchor"), *flags)
    assert said.code == 2
    assert expected in said.err
    assert names(tmp_path) == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_protected_folder(say, tmp_path, real):
    (tmp_path / "locked").mkdir(mode=0o500)
    said = say("anchor", "freeze", real, "-o", str(tmp_path / "locked" / "anchor"))
    assert said.code == 2
    assert "permission denied" in said.err
