"""Killed at any moment, a project is whole, and goes on; two processes do not work in it at once."""

import os
import random
import signal
import time

from turning_world import copy_project

from holdfast.cli import run as command
from holdfast.cycles.project import open_project
from holdfast.cycles.state import open_cycle
from holdfast.cycles.status import status

KILLS = int(os.environ.get("HOLDFAST_KILLS", "10"))
"""Moments of chance; `HOLDFAST_KILLS=50` takes fifty."""


def ended(process, patience=120):
    process.join(patience)
    assert process.exitcode is not None, "it does not end"
    return process.exitcode


def go_on(folder):
    """What somebody types who finds the project as it is."""
    with open_project(folder) as project:
        verb = "run" if open_cycle(project) is None else "resume"
    return ["cycle", verb, "--project", str(folder), "--quiet"]


def finished(folder):
    with open_project(folder) as project:
        return len(project.journal.events("cycle_ended")) == project.recipe.cycles


def test_killed_at_any_moment_it_is_whole_and_comes_to_the_same(made, turned, tmp_path, start):
    folder = copy_project(made, tmp_path / "project")
    began = time.monotonic()
    assert ended(start(*go_on(copy_project(made, tmp_path / "timed")))) == 0
    whole = time.monotonic() - began
    rng = random.Random(7)  # noqa: S311 - moments, no secret
    kills = 0
    while kills < KILLS or not finished(folder):
        if finished(folder):  # the moments left are spent on another round
            folder = copy_project(made, tmp_path / f"project-{kills}")
        process = start(*go_on(folder))
        if kills < KILLS:
            process.join(rng.uniform(0.0, whole / 2))
            if process.exitcode is None:
                os.kill(process.pid, signal.SIGKILL)
                kills += 1
        assert ended(process) in (0, -signal.SIGKILL)
        check(folder)
    with open_project(folder) as project, open_project(turned) as other:
        assert [one.hash for one in project.snapshots.all()] == [one.hash for one in other.snapshots.all()]
        for cycle in (1, 2):
            for stage in ("generate", "blend", "train", "evaluate"):
                began_ = project.journal.events("stage_began", cycle=cycle, stage=stage)
                # Whoever begins again says so, and what ended is never begun again.
                assert [event.body["again"] for event in began_] == [False] + [True] * (len(began_) - 1)
                assert len(project.journal.events("stage_ended", cycle=cycle, stage=stage)) == 1
            assert len(project.journal.events("gate", cycle=cycle)) == 2
        # The program itself counts how often it trains: the journal knows of every time.
        trained = (folder / "trained.txt").read_text(encoding="utf-8").splitlines()
        assert 2 <= len(trained) <= len(project.journal.events("stage_began", stage="train"))


def check(folder):
    """Nothing half-written is to be seen."""
    with open_project(folder) as project:
        found = status(project, verify=True)
        assert found["problems"] == []
        now = project.snapshots.current()
        assert now is None or now.hash in {one.hash for one in project.snapshots.all()}
        for one in found["cycles"]:
            for stage in one["stages"]:
                assert (project.work(one["cycle"]) / stage / "stage.json").is_file()


def test_a_second_process_is_refused(fresh, start, capsys):
    slow = (fresh / "holdfast.toml").read_text().replace("model.py train", "slow.py train")
    (fresh / "holdfast.toml").write_text(slow, encoding="utf-8")
    (fresh / "slow.py").write_text(
        "import sys, time\nprint('training', flush=True)\ntime.sleep(600)\n", encoding="utf-8"
    )
    first = start(*go_on(fresh))
    log = fresh / "work/0001/.train/log.txt"
    wait_for(lambda: log.is_file() and log.stat().st_size > 0)
    for verb in (["run"], ["resume"], ["rollback", "start", "--by", "Ada", "--reason", "x"]):
        assert command(["cycle", *verb, "--project", str(fresh)]) == 2
        assert f"another process works in this project: {first.pid}" in capsys.readouterr().err
    assert command(["cycle", "status", "--project", str(fresh)]) == 0  # looking is free
    # Killed, it takes the program it started with it: the next one does not train beside it.
    os.kill(first.pid, signal.SIGKILL)
    ended(first)
    wait_for(
        lambda: command(["cycle", "reject", "--project", str(fresh), "--by", "Ada", "--reason", "slow"]) == 0
    )


def test_interrupted_it_ends_the_program_and_says_so(fresh, start):
    slow = (fresh / "holdfast.toml").read_text().replace("model.py train", "slow.py train")
    (fresh / "holdfast.toml").write_text(slow, encoding="utf-8")
    (fresh / "slow.py").write_text(
        "import os, sys, time\nprint(os.getpid(), flush=True)\ntime.sleep(600)\n", encoding="utf-8"
    )
    process = start(*go_on(fresh))
    log = fresh / "work/0001/.train/log.txt"
    wait_for(lambda: log.is_file() and log.stat().st_size > 0)
    child = int(log.read_text().split()[0])
    # Not SIGINT: where tests run in the background of a shell, that is ignored. Both are one to us.
    os.kill(process.pid, signal.SIGTERM)
    assert ended(process) == 130
    wait_for(lambda: not running(child))
    with open_project(fresh) as project:
        assert project.journal.events("stage_broke", stage="train")
        assert not (fresh / "work/0001/.train").exists()


def running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_for(there, patience=300):
    end = time.monotonic() + patience
    while not there():
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.05)
