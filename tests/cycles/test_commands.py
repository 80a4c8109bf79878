"""The commands: what they say, their exit codes, and what is wrong in words."""

import json

import pytest
from turning_world import write_recipe

from holdfast.cli import run

WHO = ("--by", "Ada", "--reason", "looked at it")


@pytest.fixture
def command(capsys):
    def command(*words):
        code = run([str(word) for word in words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return command


def test_from_an_anchor_to_a_rollback(fresh, command):
    write_recipe(fresh, cycles=3)
    here = ("--project", fresh)
    code, out, _ = command("cycle", "run", "--cycles", 1, "--quiet", *here)
    assert (code, out[:40]) == (0, "cycle 1: accepted. the gate said pass. d")
    assert command("cycle", "run", "--cycles", 1, "--quiet", *here)[0] == 0
    code, out, _ = command("cycle", "status", "--verify", *here)
    assert code == 0
    assert "2 snapshots are what was sealed" in out
    code, out, _ = command("cycle", "status", "--json", "-", *here)
    status = json.loads(out)
    assert status["current"]["cycle"] == 2
    first = status["cycles"][0]["snapshot"]
    code, out, _ = command("cycle", "rollback", "cycle-1", "--dry-run", *here, *WHO)
    assert (code, out.splitlines()[0][:21]) == (0, "would count again: " + first[7:9])
    code, out, _ = command("cycle", "rollback", first[7:15], *here, *WHO)
    assert out.startswith(f"counts again: {first[7:23]}")
    assert "model     cycle-2@" in out
    code, out, _ = command("cycle", "log", *here)
    assert "rolled back to" in out
    assert "by Ada: looked at it" in out
    code, out, _ = command("cycle", "log", "--cycle", 1, "--json", "-", *here)
    assert {event["cycle"] for event in json.loads(out)} == {1}
    code, out, _ = command("diff", "cycle-1", "cycle-2", *here)
    assert "bits per byte that the second model pays more" in out
    code, out, _ = command("diff", "cycle-1", "current", "--json", "-", *here)
    assert json.loads(out)["rows"]["same"] == 400
    code, out, _ = command("cycle", "gc", *here)
    assert (code, out) == (0, "everything is needed\n")


def test_a_stop_a_waiver_and_a_person(fresh, command):
    write_recipe(fresh, made=1.0, least=4, margin=0.05)
    here = ("--project", fresh)
    code, out, err = command("cycle", "run", "--quiet", *here)
    assert (code, "stopped at model_gate" in out, "waive it until a day" in err) == (1, True, True)
    code, _, err = command("cycle", "approve", *here, *WHO)
    assert (code, "waits for nobody" in err) == (2, True)
    assert command("cycle", "resume", "--quiet", *here)[0] == 1
    code, out, _ = command("cycle", "status", *here)
    assert "model_gate: the gate failed" in out
    code, _, err = command("cycle", "waive", "--until", "2001-01-01", *here, *WHO)
    assert (code, "is over" in err) == (2, True)
    code, _, err = command("cycle", "resume", "--again", "gate", *here)
    assert (code, "there is no 'gate'" in err) == (2, True)
    code, _, err = command("cycle", "resume", "--again", "train", *here)
    assert (code, "this model has been judged" in err) == (2, True)
    assert command("cycle", "reject", *here, *WHO)[0] == 0
    code, _, err = command("cycle", "rollback", "cycle-1", *here, *WHO)
    assert (code, "never counted: it failed its model_gate" in err) == (2, True)
    code, _, err = command("cycle", "resume", *here)
    assert (code, "no cycle is open" in err) == (2, True)


def test_no_project_and_no_such_snapshot(after, tmp_path, command):
    code, _, err = command("cycle", "status", "--project", tmp_path)
    assert (code, "holdfast init makes one" in err) == (2, True)
    assert (
        command("diff", "cycle-7", "current", "--project", after)[2]
        .strip()
        .endswith("holdfast cycle status names them")
    )
    assert "there is no snapshot 'zzzz'" in command("cycle", "rollback", "zzzz", "--project", after, *WHO)[2]
    assert "the recipe keeps no copies" in command("cycle", "restore", "zzzz", "--project", after)[2]
    code, _, err = command("cycle", "rollback", "cycle-1", "--project", after)
    assert (code, "--by" in err or "--reason" in err) == (2, True)
    code, _, err = command("init", after, "--anchor", after / "anchor")
    assert (code, "there is a project already" in err) == (2, True)


def test_a_damaged_project_is_named(after, command):
    (snapshot, *_) = sorted((after / "snapshots").iterdir())
    (snapshot / "data/train.jsonl").write_bytes(b"")
    code, _, err = command("cycle", "status", "--verify", "--project", after)
    assert (code, f"snapshots/{snapshot.name}/data/train.jsonl: is not what was sealed" in err) == (1, True)
    (after / ".holdfast/project.sqlite").write_bytes(b"nothing of the kind" * 100)
    code, _, err = command("cycle", "status", "--project", after)
    assert (code, "is no journal of a project" in err) == (2, True)


def test_a_recipe_that_is_wrong_says_where(fresh, command):
    file = fresh / "holdfast.toml"
    file.write_text(file.read_text().replace("cycles", "cycels"), encoding="utf-8")
    code, _, err = command("cycle", "run", "--project", fresh)
    assert (code, "Did you mean 'cycles'" in err) == (2, True)
    file.write_text(file.read_text().replace("cycels", "cycles").replace("{seed}", "{sed}"), encoding="utf-8")
    code, _, err = command("cycle", "run", "--project", fresh, "--quiet")
    assert (code, "Did you mean 'seed'" in err) == (2, True)
