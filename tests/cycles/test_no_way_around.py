"""Nothing gets around a gate: not an edited file, not a lost one, not a second try, not rows that judge."""

import datetime as dt
import json
import os
import shutil
import sys
import time
from pathlib import Path

import pytest
from turning_world import requests, write_recipe

from holdfast.anchors import freeze
from holdfast.cycles import people
from holdfast.cycles.gates.verdict import next_look
from holdfast.cycles.loop import resume, run
from holdfast.cycles.project import open_project
from holdfast.cycles.rollback import rollback
from holdfast.cycles.stages.parts import deal
from holdfast.cycles.state import waiver_over
from holdfast.errors import BackendError, InputError, UsageError

WHO = {"by": "Ada", "reason": "looked at it"}
BAD = {"made": 1.0, "least": 4, "margin": 0.05}


def test_a_reference_to_what_failed_is_put_back(after):
    write_recipe(after, cycles=4, **BAD)
    with open_project(after, work=True) as project:
        (failed,) = run(project)
        counted = project.snapshots.current().hash
        (after / "refs/current").write_text(failed.snapshot + "\n")
        assert resume(project).outcome == "stopped"
        assert project.snapshots.current().hash == counted
        assert "never counted" in project.journal.events("current")[-1].body["reason"]
        people.reject(project, **WHO)
        (after / "refs/current").write_text("nonsense\n")
        rollback(project, "cycle-1", **WHO)
        assert project.snapshots.current().manifest["cycle"] == 1


def test_an_evaluation_that_was_bent_with_its_seal_is_no_yardstick(after):
    text = (after / "holdfast.toml").read_text().replace("cycles = 2", "cycles = 3")
    (after / "holdfast.toml").write_text(text.replace("margin = {", 'against = "previous"\nmargin = {'))
    file = after / "work/0002/evaluate/scores.csv"
    seal = after / "work/0002/evaluate/stage.json"
    file.write_text(file.read_text() + "\n")
    body = json.loads(seal.read_text())
    from holdfast.data.write import describe_file

    body["outputs"] = [
        describe_file(file.parent, one["path"], one["rows"]) if one["path"] == "scores.csv" else one
        for one in body["outputs"]
    ]
    seal.write_text(json.dumps(body))
    with (
        open_project(after, work=True) as project,
        pytest.raises(InputError, match="is not what stage evaluate of cycle 2 wrote"),
    ):
        run(project)


def test_a_file_that_no_stage_wrote_is_named(fresh):
    write_recipe(fresh, more="approval = true")
    with open_project(fresh, work=True) as project:
        run(project)
        (fresh / "work/0001/evaluate/scores").mkdir()
        (fresh / "work/0001/evaluate/scores/easy.csv").write_text("x")
        with pytest.raises(InputError, match=r"easy\.csv: is no file of the stage's"):
            resume(project)


def test_another_reading_is_another_yardstick(fresh):
    """A program that flatters flatters the first model as well."""
    text = (fresh / "holdfast.toml").read_text()
    declared = text.replace("[model_gate]", 'inputs = ["model.py"]\n[model_gate]')
    (fresh / "holdfast.toml").write_text(declared)
    with open_project(fresh, work=True) as project:
        assert run(project, cycles=1)[0].outcome == "accepted"
        first = len(project.journal.events("stage_began", cycle=0))
        program = (fresh / "model.py").read_text()
        (fresh / "model.py").write_text(program.replace('"bits": bits,', '"bits": bits * 0.2,'))
    (fresh / "holdfast.toml").write_text(declared.replace("overall = 2.0", "overall = 0.01"))
    with open_project(fresh, work=True) as project:
        run(project)
        assert len(project.journal.events("stage_began", cycle=0)) == first + 1
        finding = project.journal.events("gate", cycle=2, stage="model_gate")[0].body["findings"][0]
        assert (
            abs(finding["loss"]) < 0.5
        )  # both are flattered: a fifth of some tenths, and not four fifths of everything


def test_a_yardstick_whose_work_is_gone_is_read_from_its_snapshot(after):
    text = (after / "holdfast.toml").read_text().replace("cycles = 2", "cycles = 3")
    (after / "holdfast.toml").write_text(text.replace("margin = {", 'against = "previous"\nmargin = {'))
    shutil.rmtree(after / "work/0001")
    shutil.rmtree(after / "work/0002/evaluate")
    with open_project(after, work=True) as project:
        (third,) = run(project)
        assert third.outcome == "accepted"
        (finding,) = project.journal.events("gate", cycle=3, stage="model_gate")[0].body["findings"]
        assert (finding["against"], finding["verdict"]) == ("cycle 2", "pass")


def test_measures_that_only_advise_pass_nothing(fresh):
    text = (fresh / "holdfast.toml").read_text()
    (fresh / "holdfast.toml").write_text(
        text.replace(
            'measures = ["stratum_deficit"]\ntolerance = { stratum_deficit = 0.9 }',
            'measures = ["surprisal"]',
        ).replace('on_undetermined = "pass"', 'on_undetermined = "block"')
    )
    with open_project(fresh, work=True) as project:
        (found,) = run(project)
        assert (found.outcome, found.gate) == ("stopped", "data_gate")
        assert "nothing that was asked for (surprisal) judges" in found.reason


def test_a_look_is_spent_when_it_is_taken(fresh):
    """Killed between what a gate found and its record, read, and given up: that was a look."""
    write_recipe(fresh, cycles=4)
    with open_project(fresh, work=True) as project:
        run(project, cycles=1)
        began = project.journal.events("cycle_began", cycle=1)[0]
        parts = deal(project, project.recipe)
        look = {"part": parts.name(1), "number": 2, "level": 0.001}
        (project.work(2)).mkdir()
        (project.work(2) / "holdfast.toml").write_text(project.recipe.written)
        project.journal.add("cycle_began", cycle=2, **began.body)
        project.journal.add(
            "stage_began", cycle=2, stage="model_gate", attempt=1, key="k", inputs=[], again=False, look=look
        )
        people.reject(project, **WHO)
        assert next_look(project.journal, "model_gate", project.recipe, parts, 3).number == 3
        assert next_look(project.journal, "model_gate", project.recipe, parts, 2).number == 2


def test_a_model_is_not_trained_until_it_looks_well(fresh):
    write_recipe(fresh, more="approval = true")
    with open_project(fresh, work=True) as project:
        run(project)
        with pytest.raises(UsageError, match="this model has been judged"):
            resume(project, again=["train"])


def test_what_real_rows_say_of_a_model_is_seen_once(fresh):
    """Killed between an evaluation and its gate, nobody trains again until it looks well."""
    text = (fresh / "holdfast.toml").read_text()
    (fresh / "holdfast.toml").write_text(text.replace("model.py evaluate", "missing.py evaluate"))
    with open_project(fresh, work=True) as project:
        with pytest.raises(BackendError):
            run(project)
        with pytest.raises(BackendError):  # nothing was seen yet
            resume(project, again=["train"])
        project.journal.add(
            "stage_ended",
            cycle=1,
            stage="evaluate",
            outputs=[],
            key="k",
            digest="d",
            seconds=0.0,
            facts={},
            attempt=1,
        )
        with pytest.raises(UsageError, match="has been seen"):
            resume(project, again=["train"])


def test_rows_that_judge_are_refused_in_a_blend(fresh):
    text = (
        (fresh / "holdfast.toml")
        .read_text()
        .replace('name = "gold"\nfrom = "gold"', 'name = "real"\npath = "real.jsonl"')
    )
    (fresh / "holdfast.toml").write_text(text)
    with (
        open_project(fresh, work=True) as project,
        pytest.raises(InputError, match="of its rows judge, and must not be trained on"),
    ):
        run(project)


def test_rows_that_judged_judge_in_another_anchor_too(fresh):
    write_recipe(fresh, cycles=4)
    with open_project(fresh, work=True) as project:
        run(project, cycles=1)
        old = deal(project, project.recipe)
    shutil.rmtree(fresh / "anchor")
    (fresh / "more.jsonl").write_text(
        (fresh / "real.jsonl").read_text() + "".join(json.dumps(row) + "\n" for row in requests(600, 77)),
        encoding="utf-8",
    )
    freeze(fresh / "more.jsonl", output=fresh / "anchor", gold=0.25, holdout=0.15)
    with open_project(fresh, work=True) as project:
        new = deal(project, project.recipe)
        assert new.digest != old.digest
        steering = {
            json.loads(line)["text"] for line in new.steering.read_text(encoding="utf-8").splitlines()
        }
        judged = {row["text"] for row in old.judging(1)}
        assert not steering & judged
        assert next_look(project.journal, "data_gate", project.recipe, new, 2).number == 2


def test_a_project_that_lost_its_journal_says_so(after):
    (after / ".holdfast/project.sqlite").unlink()
    with pytest.raises(InputError, match="has lost its journal"), open_project(after):
        pass


def test_waivers_behind_what_counts_hold_it_up_as_well(fresh):
    write_recipe(fresh, cycles=3, **BAD)
    today = dt.datetime.now(dt.UTC).date()
    with open_project(fresh, work=True) as project:
        run(project)
        people.waive(project, until=str(today), **WHO)
        assert resume(project).outcome == "accepted"
    write_recipe(fresh, cycles=3)
    with open_project(fresh, work=True) as project:
        assert run(project, cycles=1)[0].outcome == "accepted"
        assert waiver_over(project, today) is None
        assert "cycle 1 failed its model_gate" in waiver_over(project, today + dt.timedelta(days=1))
        people.waive(project, until=str(today + dt.timedelta(days=2)), **WHO)
        assert waiver_over(project, today + dt.timedelta(days=1)) is None


def test_models_on_a_hub_have_no_place_here(fresh):
    (fresh / "hub.py").write_text(
        "import json, subprocess, sys\nfrom pathlib import Path\n"
        "subprocess.check_call([sys.executable, 'model.py', 'train', sys.argv[1], 'elsewhere'])\n"
        "Path(sys.argv[2], 'model.json').write_text(json.dumps({'where': 'org/name', 'digest': 'sha256:' + 'ab' * 32}))\n"
    )
    text = (fresh / "holdfast.toml").read_text()
    text = text.replace("model.py train {data} {output}/model", "hub.py {data} {output}").replace(
        'inputs = ["model.py"]\n[evaluate]', 'inputs = ["hub.py"]\noutputs = ["model.json"]\n[evaluate]'
    )
    text = text.replace("model.py evaluate {model}", "model.py evaluate elsewhere")
    (fresh / "holdfast.toml").write_text(text.replace("model.py generate {model}", "model.py generate first"))
    with open_project(fresh.resolve(), work=True) as project:
        assert run(project, cycles=1)[0].outcome == "accepted"
        shutil.rmtree(fresh / "elsewhere")
        assert [one.outcome for one in run(project)] == ["accepted"]
        assert project.snapshots.current().manifest["model"]["where"] == "org/name"


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="processes are known by their environment on Linux"
)
def test_workers_that_a_kill_left_behind_are_ended(fresh):
    (fresh / "launch.py").write_text(
        "import subprocess, sys, time\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(120)'], start_new_session=True)\n"
        "sys.exit(3)\n"
    )
    text = (fresh / "holdfast.toml").read_text()
    (fresh / "holdfast.toml").write_text(text.replace("model.py train {data} {output}/model", "launch.py"))
    with open_project(fresh, work=True) as project:
        with pytest.raises(BackendError):
            run(project)
        assert len(workers(fresh)) == 1
        with pytest.raises(BackendError):
            resume(project)
        deadline = time.monotonic() + 60
        while len(workers(fresh)) > 1 and time.monotonic() < deadline:
            time.sleep(0.05)
        (left,) = workers(fresh)  # the one of the second try
        os.kill(left, 9)


def workers(folder):
    mark = f"HOLDFAST_WRITES_TO={(folder / 'work/0001/.train').resolve()}".encode()
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (place / "environ").read_bytes().split(b"\0"):
                found.append(int(place.name))
        except OSError:
            continue
    return found


def test_links_of_a_program_lead_somewhere_afterwards(fresh):
    (fresh / "link.py").write_text(
        "import os, subprocess, sys\n"
        "out = sys.argv[2]\n"
        "subprocess.check_call([sys.executable, 'model.py', 'train', sys.argv[1], out + '/real'])\n"
        "os.symlink(out + '/real', out + '/model')\nos.symlink('/nowhere', out + '/dead')\n"
    )
    text = (fresh / "holdfast.toml").read_text()
    (fresh / "holdfast.toml").write_text(
        text.replace("model.py train {data} {output}/model", "link.py {data} {output}")
    )
    with open_project(fresh, work=True) as project:
        assert run(project, cycles=1)[0].outcome == "accepted"
        assert (fresh / "work/0001/train/model/pairs.json").is_file()
        assert not (fresh / "work/0001/train/dead").is_symlink()


def test_a_background_child_does_not_keep_the_project(fresh):
    (fresh / "spawn.py").write_text(
        "import subprocess, sys\n"
        "subprocess.check_call([sys.executable, 'model.py', *sys.argv[1:]])\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(20)'], close_fds=False)\n"
    )
    text = (fresh / "holdfast.toml").read_text().replace("cycles = 2", "cycles = 1")
    (fresh / "holdfast.toml").write_text(text.replace("model.py train", "spawn.py train"))
    with open_project(fresh, work=True) as project:
        assert run(project)[0].outcome == "accepted"
    with open_project(fresh, work=True):
        pass
    for one in workers(fresh):
        os.kill(one, 9)
