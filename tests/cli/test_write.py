"""Writing goes wrong, or is interrupted: the old files stay, and nothing else is left."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import world
from world import QUICK, names, rows, write

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs devices, signals and limits of Unix")


@pytest.mark.parametrize("kind", ["--report", "--json", "--markdown", "--junit"])
@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("none/r", "Create the folder first"),
        ("file/r", "A part of the path is a file"),
        ("folder", "is a directory"),
    ],
)
def test_an_output_that_cannot_be_is_refused_before_any_work(say, tmp_path, kind, output, expected):
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    said = say("audit", "none.jsonl", "--real", "none.jsonl", kind, str(tmp_path / output))
    assert said.code == 2
    assert f"{output}: cannot be written" in said.err.replace(os.sep, "/")
    assert expected in said.err
    assert names(tmp_path) == ["file", "folder"]


@posix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write anywhere")
def test_a_protected_file(say, tmp_path):
    (tmp_path / "r.json").touch(mode=0o400)
    said = say("audit", "none.jsonl", "--real", "none.jsonl", "--json", str(tmp_path / "r.json"))
    assert said.code == 2
    assert "permission denied" in said.err


def test_an_input_is_never_an_output(say, copy_of_world, tmp_path):
    candidate, real = copy_of_world
    before = Path(real).read_bytes()
    for output in (real, candidate, str(tmp_path / "sub" / ".." / "real.jsonl")):
        (tmp_path / "sub").mkdir(exist_ok=True)
        said = say("audit", candidate, "--real", real, "--json", output, *QUICK)
        assert said.code == 2
        assert "is an input and would be lost" in said.err
    for verb in (["plan"], ["lineage", "attribute", "--by", "agent"]):
        said = say(*verb, candidate, "--real", real, "--json", real)
        assert said.code == 2
        assert "is an input and would be lost" in said.err
    said = say("audit", str(tmp_path / "cand*.jsonl"), "--real", real, "--json", candidate, *QUICK)
    assert "is an input and would be lost" in said.err
    assert Path(real).read_bytes() == before


def test_nothing_is_written_into_an_anchor(say, good, anchor):
    said = say("audit", good, "--anchor", anchor, "--json", f"{anchor}/manifest.json")
    assert said.code == 2
    assert "lies in the anchor" in said.err


def test_two_outputs_are_two_files(say, good, real, tmp_path):
    said = say(
        "audit", good, "--real", real, "--json", str(tmp_path / "r"), "--junit", str(tmp_path / "." / "r")
    )
    assert said.code == 2
    assert "is the file of --json too" in said.err
    said = say("audit", good, "--real", real, "--json", "-", "--junit", "-")
    assert said.code == 2
    assert "only one output can go to standard output" in said.err


@pytest.fixture
def copy_of_world(tmp_path):
    return (
        write(tmp_path / "candidate.jsonl", rows(60, seed=5)),
        write(tmp_path / "real.jsonl", rows(60, seed=6)),
    )


@posix
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk(say, tmp_path, place):
    small = str(place / "one.jsonl")
    said = say("audit", small, "--real", small, *QUICK, "--json", "/dev/full")
    assert said.code == 2
    assert "/dev/full: cannot be written: no space left" in said.err
    with Path("/dev/full").open("wb") as full:
        for flags in ([], ["--json", "-"]):
            done = subprocess.run(  # noqa: S603 - our own interpreter
                world.command("audit", small, "--real", small, *QUICK, *flags),
                stdout=full,
                stderr=subprocess.PIPE,
                env=world.environment(),
                cwd=tmp_path,
                check=False,
            )
            assert done.returncode == 2
            assert done.stderr == b"error: standard output: No space left on device\n"


@posix
def test_a_disk_that_gets_full_leaves_nothing_half_written(tmp_path, place):
    import resource

    (tmp_path / "r.html").write_text("old")

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (6_000, 6_000))

    outputs = ["--report", "r.html", "--json", "r.json"]
    small = str(place / "one.jsonl")
    said = world.spawn("audit", small, "--real", small, *QUICK, *outputs, cwd=tmp_path, preexec_fn=limit)
    assert said.code == 2
    assert said.err.startswith("error: r.html: cannot be written: file too large")
    assert names(tmp_path) == ["r.html"]
    assert (tmp_path / "r.html").read_text() == "old"
    said = world.spawn(
        *("anchor", "freeze", str(place / "real.jsonl"), "-o", "anchor", "--quiet"),
        cwd=tmp_path,
        preexec_fn=limit,
    )
    assert said.code == 2
    assert said.err.startswith("error: anchor: cannot be written: ")
    assert names(tmp_path) == ["r.html"]


def interrupted(process, number):
    process.send_signal(number)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 130, err
    assert out == ""
    assert err.splitlines()[-1] == "interrupted; nothing half-written is left"
    assert "Traceback" not in err


def start(*arguments, cwd):
    return subprocess.Popen(  # noqa: S603 - our own interpreter
        world.command(*arguments),
        cwd=cwd,
        # A test run in the background of a shell ignores Ctrl-C, and so would its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no threads here
        env=world.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


SIGNALS = [signal.SIGINT, signal.SIGTERM]


@posix
@pytest.mark.parametrize("number", SIGNALS)
def test_interrupted_while_reading(tmp_path, real, number):
    os.mkfifo(tmp_path / "pipe")
    process = start("audit", "pipe", "--real", real, "--json", "r.json", cwd=tmp_path)
    with (tmp_path / "pipe").open("wb"):  # opens once the reader is there, and gives it nothing
        interrupted(process, number)
    assert names(tmp_path) == ["pipe"]


@posix
@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("verb", ["freeze", "audit"])
def test_interrupted_while_computing(tmp_path, number, verb):
    real = write(tmp_path / "real.jsonl", rows(6_000, seed=1))
    outputs = ["--json", "r.json", "--report", "r.html"]
    arguments = (
        ["anchor", "freeze", real, "-o", "a"]
        if verb == "freeze"
        else ["audit", real, "--real", real, *outputs]
    )
    process = start(*arguments, cwd=tmp_path)
    assert re.match(r"\d+ s: ", process.stderr.readline())  # the first word of progress
    interrupted(process, number)
    assert names(tmp_path) == ["real.jsonl"]


@posix
@pytest.mark.parametrize("number", SIGNALS)
def test_interrupted_while_writing(tmp_path, place, number):
    os.mkfifo(tmp_path / "r.json")
    small = str(place / "one.jsonl")
    process = start(
        "audit", small, "--real", small, *QUICK, "--json", "r.json", "--junit", "r.xml", cwd=tmp_path
    )
    wait_until_it_sleeps(process.pid)  # nobody reads: opening the pipe for writing waits for ever
    interrupted(process, number)
    assert names(tmp_path) == ["r.json"]


def wait_until_it_sleeps(pid):
    """Until a process waits for somebody to open the other end of a pipe."""
    for _ in range(6_000):
        time.sleep(0.05)
        channel = Path(f"/proc/{pid}/wchan")
        if channel.exists() and channel.read_text() in ("wait_for_partner", "fifo_open"):
            return
    pytest.skip("cannot see what a process waits for")


@posix
def test_an_interrupted_replacement_leaves_the_old_anchor(tmp_path, anchor):
    shutil.copytree(anchor, tmp_path / "anchor")
    before = {path.name: path.read_bytes() for path in (tmp_path / "anchor").iterdir()}
    real = write(tmp_path / "real.jsonl", rows(6_000, seed=1))
    process = start("anchor", "freeze", real, "-o", "anchor", "--replace", cwd=tmp_path)
    process.stderr.readline()
    interrupted(process, signal.SIGINT)
    assert names(tmp_path) == ["anchor", "real.jsonl"]
    assert {path.name: path.read_bytes() for path in (tmp_path / "anchor").iterdir()} == before
