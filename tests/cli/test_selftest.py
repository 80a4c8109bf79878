"""`holdfast selftest`: what it says, what it writes, and what it refuses."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time

import pytest

import world
from world import names, rows, write

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals")


def test_it_says_what_it_saw_and_writes_it(say, tmp_path):
    real = write(tmp_path / "real.jsonl", rows(160, seed=5))
    said = say(
        *("selftest", "--real", real, "--quiet", "--workers", "1", "--repeats", "1", "--dose", "1"),
        *("--loss", "broken_rows", "--report", str(tmp_path / "r.html"), "--json", str(tmp_path / "r.json")),
    )
    assert said.code == 0, said.err
    assert "An audit of 40 rows against 80 rows of real.jsonl" in said.out
    assert "had no verdict" in said.out  # 160 rows are too few for a pass, and that is a result
    found = json.loads((tmp_path / "r.json").read_text())
    assert (found["schema"], found["complete"]) == ("holdfast.selftest/1", True)
    assert [loss["loss"] for loss in found["losses"]] == ["broken_rows"]
    page = (tmp_path / "r.html").read_text()
    assert page.startswith("<!DOCTYPE html>")
    assert "<script" not in page
    text = json.loads((tmp_path / "real.jsonl").read_text().splitlines()[0])["text"]
    assert text not in page + said.out + (tmp_path / "r.json").read_text()
    assert names(tmp_path) == ["r.html", "r.json", "real.jsonl"]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ((), "there is no reality to plant losses in"),
        (("--real", "REAL", "--anchor", "x"), "exclude each other"),
        (("--real", "nowhere.jsonl"), "nowhere.jsonl"),
        (("--anchor", "nowhere"), "there is no such folder"),
        (("--real", "ONE"), "1 row is too few to be anchor and candidate at once. Give at least 80"),
        (("--real", "EMPTY"), "EMPTY"),
        (("--real", "REAL", "--loss", "label_nois"), "Did you mean 'label_noise'?"),
        (("--real", "REAL", "--size", "500"), "Use at most 200"),
        (("--real", "REAL", "--size", "5"), "Use at least 20"),
        (("--real", "REAL", "--dose", "1.5"), "doses lie above 0 and up to 1"),
        (("--real", "REAL", "--label", "nothing"), "nothing"),
        (("--real", "REAL", "--json", "REAL"), "would be lost"),
        (("--real", "REAL", "--json", "-", "--report", "-"), "only one output"),
        (("--real", "REAL", "--draws", "200"), "Use at least"),
    ],
)
def test_what_it_refuses(say, real, place, tmp_path, flags, message):
    empty = tmp_path / "EMPTY"
    empty.write_text("")
    files = {"REAL": real, "ONE": str(place / "one.jsonl"), "EMPTY": str(empty)}
    said = say("selftest", *(files.get(flag, flag) for flag in flags), "--quiet", "--workers", "1")
    assert said.code == 2
    assert message in said.err
    assert "Traceback" not in said.err
    assert said.out == ""


@posix
def test_interrupted_it_says_what_is_known_and_writes_nothing(tmp_path):
    real = write(tmp_path / "real.jsonl", rows(200, seed=5))
    process = subprocess.Popen(  # noqa: S603 - our own interpreter
        world.command("selftest", "--real", real, "--workers", "1", "--json", "r.json"),
        cwd=tmp_path,
        # A test run in the background of a shell ignores Ctrl-C, and so would its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no threads here
        env=world.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    said = ""
    while "audit " not in said:  # the first trial is done
        said = process.stderr.readline()
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 130, err
    assert out.startswith("Interrupted: what follows is known")
    assert err.splitlines()[-1] == "interrupted; nothing half-written is left"
    assert names(tmp_path) == ["real.jsonl"]
