"""`holdfast lab collapse`: what it says, writes, keeps and refuses."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time

import pytest

import world
from world import names, spawn

FILES = ["collapse.html", "collapse.json", "collapse.jsonl", "collapse.md"]
SMALL = ("--generations", "1", "--no-audit", "--quiet", "--rows", "700")


@pytest.fixture(scope="module")
def rows(tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("rows")
    return world.write(folder / "mine.jsonl", world.rows(1_500, seed=7, shares=(8, 5, 3, 1)))


def collapse(say, folder, real, *arguments):
    return say("lab", "collapse", "--real", real, "-o", str(folder), *SMALL, *arguments)


def refused(said):
    assert said.code == 2, (said.out, said.err)
    assert said.out == ""
    assert said.err.startswith("error: ")
    assert "Traceback" not in said.err
    return said.err


def test_a_run_prints_a_table_and_leaves_a_folder_that_the_same_command_finds(say, rows, tmp_path):
    folder = tmp_path / "bottle"
    said = collapse(say, folder, rows, "--protocol", "replace", "--protocol", "mix")
    assert said.code == 0, said.err
    assert said.err == ""
    assert said.out.startswith("After 1 generation on nothing but its own output the model keeps ")
    lines = said.out.splitlines()
    assert [line.split()[0] for line in lines if line.startswith(("replace ", "mix "))] == ["replace", "mix"]
    assert sum(line.startswith("  0 (real rows)") for line in lines) == 2
    assert "worth" not in said.out  # nothing was audited: absent, and no column of dashes
    assert lines[-1] == f"open {folder / 'collapse.html'}"
    assert names(folder) == FILES
    before = {name: (folder / name).read_bytes() for name in FILES}
    assert str(tmp_path).encode() not in before["collapse.json"] + before["collapse.html"]
    found = json.loads(before["collapse.json"])
    assert found["schema"] == "holdfast.collapse/1"
    assert found["real"]["name"] == "mine.jsonl"
    assert (
        b"holdfast lab collapse --real mine.jsonl --protocol replace --protocol mix --generations 1 --rows 700 --no-audit"
        in before["collapse.html"]
    )
    (folder / "collapse.json").unlink()
    # The store has it all: one protocol less is the same numbers.
    again = collapse(say, folder, rows, "--protocol", "mix")
    assert again.code == 0
    assert json.loads((folder / "collapse.json").read_bytes())["courses"] == found["courses"][1:]
    assert (folder / "collapse.jsonl").read_bytes() == before["collapse.jsonl"]
    # The whole command again gives every byte again.
    assert collapse(say, folder, rows, "--protocol", "replace", "--protocol", "mix").out == said.out
    assert {name: (folder / name).read_bytes() for name in FILES} == before


def test_without_labels_no_column_speaks_of_strata(say, rows, tmp_path):
    said = collapse(say, tmp_path / "bottle", rows, "--protocol", "replace", "--no-labels")
    assert said.code == 0, said.err
    assert "recall" not in said.out
    assert "strata" not in said.out
    assert "bits/byte" in said.out
    page = (tmp_path / "bottle" / "collapse.html").read_text()
    assert 'id="forecast"' not in page
    assert "--no-labels" in page


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_ctrl_c_keeps_what_was_read_and_the_same_command_goes_on(rows, tmp_path):
    arguments = [
        "lab",
        "collapse",
        "--real",
        rows,
        "-o",
        "bottle",
        "--rows",
        "700",
        "--no-audit",
        "--generations",
        "40",
    ]
    arguments += ["--protocol", "replace"]
    process = subprocess.Popen(  # noqa: S603 - our own interpreter
        world.command(*arguments),
        cwd=tmp_path,
        env=world.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A shell's background job ignores Ctrl-C, and its children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )
    store = tmp_path / "bottle" / "collapse.jsonl"
    deadline = time.monotonic() + 300
    while (
        not (store.exists() and len(store.read_bytes().splitlines()) > 2)
        and process.poll() is None
        and time.monotonic() < deadline
    ):
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 130, err
    assert out == b""
    assert b"Traceback" not in err
    assert b"the same command goes on from there" in err
    assert names(tmp_path / "bottle") == ["collapse.jsonl"]
    kept = store.read_bytes().splitlines()
    assert 2 < len(kept) < 41
    again = spawn(*arguments[:-3], "1", *arguments[-2:], cwd=tmp_path)
    assert again.code == 0, again.err
    assert store.read_bytes().splitlines() == kept  # two generations were there, and none is made
    assert names(tmp_path / "bottle") == FILES


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "rows.jsonl"),
        (
            b'{"text": "one", "label": "a"}\n{"text": "two", "label": "b"}\n' * 9 + b'{"text": "three"}\n',
            "label",
        ),
        (b'{"text": "one", "label": "a"}\n{"text": "two", "label": "b"}\n', "2 rows are too few"),
    ],
    ids=["empty", "a picture", "labels on some rows", "two rows"],
)
def test_rows_that_cannot_be_used_leave_nothing_behind(say, tmp_path, content, why):
    (tmp_path / "rows.jsonl").write_bytes(content)
    said = say(
        "lab", "collapse", "--real", str(tmp_path / "rows.jsonl"), "-o", str(tmp_path / "bottle"), "--quiet"
    )
    assert why in refused(said)
    assert names(tmp_path) == ["rows.jsonl"]


def test_a_folder_that_is_not_ours_is_left_alone(say, rows, tmp_path):
    (tmp_path / "bottle").mkdir()
    (tmp_path / "bottle" / "thesis.doc").write_text("mine")
    assert "holds no collapse.jsonl" in refused(collapse(say, tmp_path / "bottle", rows))
    assert "it is a file" in refused(collapse(say, tmp_path / "bottle" / "thesis.doc", rows))
    assert names(tmp_path / "bottle") == ["thesis.doc"]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--protocol", "replaced"), "Did you mean 'replace'"),
        (("--learner", "ngram"), "Did you mean 'ngrams'"),
        (("--real-share", "0.5"), "--real-share"),
        (("--rows", "20"), "700 rows at least"),
        (("--real", "-"), "Save standard input"),
        (("--label", "nothing"), "nothing"),
        (("--temperature", "0"), "--temperature"),
    ],
)
def test_what_cannot_be_asked_is_said(say, rows, tmp_path, arguments, why):
    assert why in refused(collapse(say, tmp_path / "bottle", rows, *arguments))
    assert names(tmp_path) == []
