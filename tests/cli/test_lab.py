"""`holdfast lab bench`: runs without a download, goes on after an interrupt, and trusts no name."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import world
from world import names, spawn

FAKE = Path(__file__).parents[1] / "lab" / "bench" / "fake_peer.py"
SMALL = ("--size", "120", "--scenario", "D7 exact", "--severity", "1", "--detector", "distinct-2", "--quiet")
FILES = ["bench.html", "bench.json", "bench.jsonl", "bench.md"]


def peer(mood="good"):
    return shlex.join([sys.executable, str(FAKE), mood])


def table(folder):
    return json.loads((folder / "bench.json").read_text(encoding="utf-8"))


def lines(folder):
    return (folder / "bench.jsonl").read_bytes().splitlines()


def test_the_bench_runs_on_what_it_makes_itself(say, tmp_path):
    folder = tmp_path / "bench"
    said = say("lab", "bench", "-o", str(folder), *SMALL, "--null-draws", "99", "--peer", peer())
    assert said.code == 0, said.err
    assert said.err == ""
    assert f"open {folder}/bench.html" in said.out
    assert names(folder) == FILES
    found = table(folder)
    assert found["schema"] == "holdfast.bench/1"
    assert [(world["corpus"], world["rows"], world["null_draws"]) for world in found["worlds"]] == [
        ("generated", 120, 99)
    ]
    by_name = {detector["name"]: detector for detector in found["detectors"]}
    assert set(by_name) == {"distinct-2", "fake"}
    # Three rows of four repeat another: nobody can miss it, and the peer's own limit is never reached by real rows.
    assert by_name["fake"]["power"][1]["worst_share"] == 1.0
    assert by_name["fake"]["false_alarms"]["hits"] == 0
    assert by_name["fake"]["seconds"] == 0.5
    assert by_name["distinct-2"]["false_alarms"] is None
    assert len(lines(folder)) == 99 * 2 + 4  # and truths, of a null draw, too
    page = (folder / "bench.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert not re.search(r"<script|\ssrc=|https?://|@import|url\(", page)
    assert "| fake |" in (folder / "bench.md").read_text(encoding="utf-8")


def test_a_second_run_does_nothing_twice_and_shows_all_there_is(say, tmp_path):
    folder = tmp_path / "bench"
    common = ("lab", "bench", "-o", str(folder), *SMALL)
    assert say(*common, "--null-draws", "2").code == 0
    first = lines(folder)
    assert say(*common, "--null-draws", "2").code == 0
    assert lines(folder) == first
    # Another detector alone, and another corpus: the page shows them beside the first.
    assert say(*common, "--detector", "none", "--null-draws", "2", "--peer", peer()).code == 0
    rows = world.write(tmp_path / "intents.jsonl", world.rows(900, seed=1))
    assert say(*common, "--corpus", rows, "--tail", "natural", "--null-draws", "1").code == 0
    found = table(folder)
    assert [world["corpus"] for world in found["worlds"]] == ["generated", "intents"]
    assert {detector["name"] for detector in found["detectors"]} == {"distinct-2", "fake"}
    assert lines(folder)[: len(first)] == first
    before = lines(folder)
    (folder / "bench.html").unlink()
    assert say("lab", "bench", "-o", str(folder), "--show", "store").code == 0
    assert table(folder) == found
    assert lines(folder) == before
    assert names(folder) == FILES


def test_of_two_worlds_of_one_name_and_size_one_is_shown(say, tmp_path):
    folder = tmp_path / "bench"
    common = ("lab", "bench", "-o", str(folder), *SMALL)
    assert say(*common, "--null-draws", "3", "--tail", "0.5").code == 0
    assert say(*common, "--null-draws", "1", "--tail", "0").code == 0
    assert [world["null_draws"] for world in table(folder)["worlds"]] == [1]
    assert say(*common, "--null-draws", "3", "--tail", "0.5").code == 0
    assert [world["null_draws"] for world in table(folder)["worlds"]] == [3]


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_leaves_a_store_that_the_same_command_goes_on_with(tmp_path, workers):
    arguments = ["lab", "bench", "-o", "bench", *SMALL, "--null-draws", "150", "--workers", workers]
    arguments += ["--peer", peer()]
    process = subprocess.Popen(  # noqa: S603 - our own interpreter
        world.command(*arguments),
        cwd=tmp_path,
        env=world.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A shell's background job ignores Ctrl-C, and its children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )
    store = tmp_path / "bench" / "bench.jsonl"
    deadline = time.monotonic() + 300
    while not (store.exists() and store.stat().st_size > 5_000) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 130, err
    assert out == b""
    assert b"Traceback" not in err
    told = re.search(rb"([\d,]+) of 304 looks are kept in bench/bench.jsonl; the same command goes on", err)
    assert told, err
    kept = lines(tmp_path / "bench")
    assert int(told.group(1)) <= len(kept) < 304
    assert names(tmp_path / "bench") == ["bench.jsonl"]
    again = spawn(*arguments, cwd=tmp_path)
    assert again.code == 0, again.err
    # An interrupt may come between writing and remembering it: a line then stands there twice.
    assert len({json.loads(line)["key"] for line in lines(tmp_path / "bench")}) == 304
    assert lines(tmp_path / "bench")[: len(kept)] == kept
    assert names(tmp_path / "bench") == FILES


def refused(said):
    assert said.code == 2, (said.out, said.err)
    assert said.out == ""
    assert said.err.startswith("error: ")
    assert "Traceback" not in said.err
    assert "\x1b" not in said.err
    return said.err


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "rows.jsonl"),
        (b'{"text": "one", "label": "a"}\n{"text": "two"}\n', "label"),
        (b'{"text": "one", "label": "a"}\n', "fewer than two strata"),
    ],
    ids=["empty", "a picture", "labels on some rows", "one row"],
)
def test_a_file_that_is_no_corpus(say, tmp_path, content, why):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(content)
    assert why in refused(say("lab", "bench", "--corpus", str(path), "-o", str(tmp_path / "bench"), *SMALL))
    assert names(tmp_path) == ["rows.jsonl"]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--corpus", "no-such-file.jsonl"), "no-such-file.jsonl"),
        (("--corpus", "-"), "Save standard input to a file"),
        (("--size", "100000"), "Use a size of at most"),
        (("--tail", "natrual"), "neither a power"),
        (("--tail", "nan"), "neither a power"),
        (("--scenario", "D44"), "there is no 'D44'. Did you mean 'D4'?"),
        (("--detector", "holdfats"), "Did you mean 'holdfast'?"),
        (("--severity", "2"), "--severity"),
        (("--severity", "0"), "--severity"),
        (("--peer", "/no/such/peer"), "cannot be started"),
        (("--peer", peer("mute")), "no licence found"),
        (("--peer", peer(), "--peer", peer("good ")), "two detectors share a name"),
        (("--show", "stroe"), "Did you mean 'store'?"),
        (("--show", "store"), "there is no store"),
    ],
)
def test_wrong_options_are_refused_and_leave_nothing(say, tmp_path, arguments, why):
    assert why in refused(say("lab", "bench", "-o", str(tmp_path / "bench"), *SMALL, *arguments))
    assert names(tmp_path) == []


def test_a_folder_that_is_not_ours_stays_as_it_is(say, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "bench.html").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for place in ("thesis", "file"):
        assert "-o" in refused(say("lab", "bench", "-o", str(tmp_path / place), *SMALL))
    assert names(tmp_path / "thesis") == ["bench.html"]
    assert (tmp_path / "thesis" / "bench.html").read_text() == "mine"


def test_hostile_names_are_shown_and_do_nothing(say, tmp_path):
    rows = [row | {"intent": f"<b>{row['intent']}</b>\x1b[31m"} for row in world.rows(900, seed=1)]
    path = tmp_path / "<img src=x onerror=alert(1)>|[x](javascript:alert(1))\x1b[31m.jsonl"
    world.write(path, rows)
    folder = tmp_path / "bench"
    said = say(
        "lab", "bench", "--corpus", str(path), "--tail", "natural", "-o", str(folder), *SMALL,
        "--null-draws", "2", "--peer", peer("hostile"),
    )  # fmt: skip
    assert said.code == 0, said.err
    assert "\x1b" not in said.out + said.err
    page = (folder / "bench.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page
    assert "&lt;img src=x" in page
    plain = (folder / "bench.md").read_text(encoding="utf-8")
    assert "\\<script\\>" in plain
    assert not re.search(r"(?<!\\)<(script|img)", plain)
    assert not re.search(r"(?<!\\)\]\(", plain)
    assert "\x1b" not in page + plain + (folder / "bench.json").read_text(encoding="utf-8")
    grids = [line.count(" | ") for line in plain.splitlines() if line.startswith(("| detector", "| corpus"))]
    assert {line.count(" | ") for line in plain.splitlines() if "script" in line} <= set(grids)


def test_a_peer_that_breaks_is_told_of(say, tmp_path):
    folder = tmp_path / "bench"
    common = ("lab", "bench", "-o", str(folder), *SMALL, "--null-draws", "1")
    said = say(*common, "--peer", peer("dies"))
    assert said.code == 0
    assert "2 looks broke" in said.out
    (failure,) = table(folder)["failures"]
    assert (failure["part"], failure["count"]) == ("fake", 2)
    assert "it ended" in failure["reasons"][0]
    assert "\x1b" not in (folder / "bench.html").read_text(encoding="utf-8")
    assert "broke" not in say(*common, "--peer", peer()).out
    assert table(folder)["failures"] == []
