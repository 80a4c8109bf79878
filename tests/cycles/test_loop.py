"""The loop: cycles that go round, stop at gates, wait for people, and say what they did."""

import datetime as dt
import json
import shutil

import pytest
from turning_world import write_recipe

from holdfast.cycles import people
from holdfast.cycles.copies import restore
from holdfast.cycles.history import generations_of, history
from holdfast.cycles.loop import resume, run
from holdfast.cycles.project import open_project
from holdfast.cycles.rollback import remove_unneeded, rollback, unneeded, withdrawn
from holdfast.cycles.stages.stage import NAMES
from holdfast.cycles.state import accepted, open_cycle, waiver_over
from holdfast.cycles.status import status, told
from holdfast.data.lineage import read_lineage
from holdfast.errors import BackendError, InputError, UsageError

WHO = {"by": "Ada", "reason": "looked at it"}


def kinds(project, *names, **where):
    return [event.kind for event in project.journal.events(*names, **where)]


def ids_in(file):
    return {json.loads(line)["id"] for line in file.read_text(encoding="utf-8").splitlines()}


def test_cycles_go_round_and_every_stage_is_on_record(turned):
    with open_project(turned) as project:
        assert accepted(project) == [1, 2]
        assert open_cycle(project) is None
        for cycle in (1, 2):
            ended = [event.stage for event in project.journal.events("stage_ended", cycle=cycle)]
            assert ended == [name for name in NAMES if name != "filter"]
        first, second = project.snapshots.all()
        assert project.snapshots.current().hash == second.hash
        assert second.parents == (first.hash,)
        assert project.snapshots.verify(first) == project.snapshots.verify(second) == []
        assert second.manifest["model"]["name"].startswith("cycle-2@")
        for one in (first, second):
            kept = {entry["path"] for entry in one.manifest["files"]}
            assert {
                "evidence/holdfast.toml",
                "evidence/data_gate/audit.json",
                "evidence/evaluation/rows.parquet",
            } <= kept
        found = status(project, verify=True)
        assert [one["outcome"] for one in found["cycles"]] == ["accepted", "accepted"]
        assert found["problems"] == []
        assert all(told(event) for event in project.journal.events())


def test_each_generation_of_rows_lies_one_deeper(turned):
    for cycle, depth in ((1, 1), (2, 2)):
        table = read_lineage(turned / f"work/000{cycle}/generate/rows.jsonl")
        assert set(table.column("generation_depth").to_pylist()) == {depth}
        assert set(table.column("cycle").to_pylist()) == {cycle}
    with open_project(turned) as project:
        assert [event.body["depth"] for event in project.journal.events("model")] == [1, 2]
        agents = set(read_lineage(turned / "work/0002/generate/rows.jsonl").column("agent").to_pylist())
        assert agents == {project.journal.events("model", cycle=1)[0].body["name"]}


def test_looks_at_one_part_share_one_rate(turned):
    with open_project(turned) as project:
        looks = [event.body["look"] for event in project.journal.events("gate", stage="model_gate")]
        assert [look["number"] for look in looks] == [1, 2]
        assert len({look["part"] for look in looks}) == 1
        # Two gates and one part share 5 %; look t may spend 6 / (pi^2 t^2) of that.
        assert looks[0]["level"] == pytest.approx(0.025 * 0.6079271)
        assert looks[1]["level"] == pytest.approx(0.025 * 0.6079271 / 4)


def test_the_recipes_cycles_are_the_last(after):
    with open_project(after, work=True) as project, pytest.raises(InputError, match="its 2 cycles are done"):
        run(project)


def test_a_gate_that_fails_closes_the_cycle(fresh):
    write_recipe(fresh, made=1.0, least=4, margin=0.05)
    with open_project(fresh, work=True) as project:
        (stopped,) = run(project)
        assert (stopped.outcome, stopped.gate) == ("stopped", "model_gate")
        assert "lost too much: overall" in stopped.reason
        assert project.snapshots.current() is None
        assert project.snapshots.open(stopped.snapshot).manifest["model"] is not None  # what failed is sealed
        with pytest.raises(InputError, match="cycle 1 has not ended"):
            run(project)
        with pytest.raises(InputError, match="waits for nobody"):
            people.approve(project, **WHO)
        with pytest.raises(UsageError, match="been judged"):
            resume(project, again=["generate"])
        with pytest.raises(UsageError, match="a gate looks once"):
            resume(project, again=["model_gate"])
    # A wider margin is for the next cycle: nobody moves a gate while something stands before it.
    write_recipe(fresh, made=1.0, least=4, margin=5.0)
    with open_project(fresh, work=True) as project:
        assert resume(project).outcome == "stopped"
        assert kinds(project, "gate") == ["gate", "gate"]  # the second one of the data; none was asked twice
        with pytest.raises(InputError, match="cycle 1 is open"):
            rollback(project, stopped.snapshot, **WHO)
        people.reject(project, **WHO)
        (passed,) = run(project, cycles=1)
        assert (passed.cycle, passed.outcome) == (2, "accepted")
        began = project.journal.events("cycle_began", cycle=2)[0]
        assert began.body["changed"] == ["model_gate: margin was {'overall': 0.05}, is {'overall': 5.0}"]
        assert "margin was {'overall': 0.05}" in told(began)
        with pytest.raises(InputError, match="never counted: it failed its model_gate"):
            rollback(project, stopped.snapshot, **WHO)


def test_a_waiver_lets_pass_until_it_ends(fresh):
    write_recipe(fresh, made=1.0, least=4, margin=0.05)
    today = dt.datetime.now(dt.UTC).date()
    with open_project(fresh, work=True) as project:
        run(project)
        for until, what in (
            (str(today - dt.timedelta(days=1)), "is over"),
            ("soon", "no day"),
            ("2199-01-01", "more than a year"),
        ):
            with pytest.raises(UsageError, match=what):
                people.waive(project, until=until, **WHO)
        with pytest.raises(UsageError, match="is empty"):
            people.waive(project, until=str(today), by=" ", reason="x")
        people.waive(project, until=str(today), **WHO)
        found = resume(project)
        assert found.outcome == "accepted"
        assert found.reason.startswith(f"waived by Ada until {today}. ")
        assert "model_gate said fail" in found.reason
        assert (
            project.journal.events("gate", stage="model_gate")[0].body["verdict"] == "fail"
        )  # stays what it was


def test_nothing_is_built_on_a_waiver_that_has_ended(fresh):
    write_recipe(fresh, made=1.0, least=4, margin=0.05)
    today = dt.datetime.now(dt.UTC).date()
    with open_project(fresh, work=True) as project:
        run(project)
        people.waive(project, until=str(today), **WHO)
        resume(project)
        assert waiver_over(project, today) is None
        assert "the waiver it passed by ended" in waiver_over(project, today + dt.timedelta(days=1))
        people.waive(project, until=str(today + dt.timedelta(days=3)), **WHO)
        assert waiver_over(project, today + dt.timedelta(days=1)) is None


def test_what_cannot_be_known_waits_for_a_person(fresh):
    text = (
        (fresh / "holdfast.toml").read_text().replace('on_undetermined = "pass"', 'on_undetermined = "ask"')
    )
    (fresh / "holdfast.toml").write_text(text)
    with open_project(fresh, work=True) as project:
        (found,) = run(project)
        assert (found.outcome, found.gate) == ("waiting", "data_gate")
        assert kinds(project, "stage_began", stage="train") == []
        assert status(project)["waits"]["gate"] == "data_gate"
        assert resume(project).outcome == "waiting"
        people.approve(project, **WHO)
        assert resume(project).outcome == "accepted"
        event = project.journal.events("approval")[0]
        assert (event.by, event.body["reason"], event.stage) == ("Ada", "looked at it", "data_gate")


def test_a_gate_may_ask_for_approval_of_a_pass(fresh):
    write_recipe(fresh, more="approval = true")
    with open_project(fresh, work=True) as project:
        (found,) = run(project)
        assert (found.outcome, found.gate) == ("waiting", "model_gate")
        people.reject(project, **WHO)
        assert project.snapshots.current() is None
        assert [event.body["outcome"] for event in project.journal.events("cycle_ended")] == ["rejected"]


def test_the_recipe_is_pinned_and_must_not_be_bent(fresh):
    text = (fresh / "holdfast.toml").read_text()
    (fresh / "holdfast.toml").write_text(text.replace("model.py train", "nothing.py train"))
    with open_project(fresh, work=True) as project:
        with pytest.raises(BackendError, match=r"ended with exit code 2[\s\S]*nothing\.py"):
            run(project)
        assert (fresh / "work/0001/train.failed/log.txt").read_text().count("nothing.py")
        assert kinds(project, "stage_broke") == ["stage_broke"]
    (fresh / "holdfast.toml").write_text(text)
    with open_project(fresh, work=True) as project:
        with pytest.raises(BackendError):  # the cycle goes on with what it began with
            resume(project)
        pinned = fresh / "work/0001/holdfast.toml"
        pinned.write_text(text)
        with pytest.raises(InputError, match="not the recipe the cycle began with"):
            resume(project)


def test_files_of_a_stage_that_changed_are_named(fresh):
    write_recipe(fresh, more="approval = true")
    with open_project(fresh, work=True) as project:
        run(project)
        rows = fresh / "work/0001/generate/rows.jsonl"
        kept = rows.read_bytes()
        rows.write_bytes(kept.replace(b"the", b"THE"))
        with pytest.raises(
            InputError, match=r"generate/rows\.jsonl: is not what the stage wrote.*--again generate"
        ):
            resume(project)
        rows.write_bytes(kept)
        program = (fresh / "model.py").read_text()
        (fresh / "model.py").write_text(program + "\n")
        assert resume(project).outcome == "waiting"  # what was judged is what it is


def test_a_program_that_changed_in_the_middle_is_named(fresh):
    text = (fresh / "holdfast.toml").read_text()
    (fresh / "holdfast.toml").write_text(text.replace("model.py evaluate", "missing.py evaluate"))
    with open_project(fresh, work=True) as project:
        with pytest.raises(BackendError):
            run(project)
        (fresh / "model.py").write_text((fresh / "model.py").read_text() + "\n")
        with pytest.raises(InputError, match="stage train of cycle 1 was done from something else"):
            resume(project)
        with pytest.raises(BackendError):
            resume(project, again=["train"])


def test_a_stage_is_done_again_when_asked_and_says_so(fresh):
    text = (fresh / "holdfast.toml").read_text().replace("model.py evaluate", "missing.py evaluate")
    (fresh / "holdfast.toml").write_text(text)
    said = []
    with open_project(fresh, work=True) as project:
        with pytest.raises(BackendError):
            run(project)
        with pytest.raises(BackendError):
            resume(project, again=["train"], progress=said.append)
        began = project.journal.events("stage_began", stage="train")
        assert [(event.body["attempt"], event.body["again"]) for event in began] == [(1, False), (2, True)]
        assert any("train was begun before and is asked for again" in one for one in said)
        with pytest.raises(UsageError, match="these rows have been judged"):
            resume(project, again=["blend"])


def test_the_depth_cap_holds(fresh):
    text = (fresh / "holdfast.toml").read_text().replace("max_depth = 6", "max_depth = 1")
    (fresh / "holdfast.toml").write_text(text)
    with open_project(fresh, work=True) as project:
        assert [one.outcome for one in run(project, cycles=1)] == ["accepted"]
        with pytest.raises(InputError, match="all rows have a generation depth above 1"):
            run(project)
        people.reject(project, **WHO)


def test_rollback_names_who_saw_what_is_withdrawn(after):
    with open_project(after, work=True) as project:
        first, second = project.snapshots.all()
        bytes_before = {file: file.read_bytes() for file in sorted(first.folder.rglob("*")) if file.is_file()}
        seen = withdrawn(project, first.short)
        found = rollback(project, first.short, **WHO)
        assert found == seen
        assert project.snapshots.current().hash == first.hash
        assert {file: file.read_bytes() for file in bytes_before} == bytes_before
        assert found.snapshots == (second.hash,)
        assert [model["cycle"] for model in found.models] == [2]
        assert 0 < found.rows <= second.rows
        event = project.journal.events("rollback")[0]
        assert (event.by, event.snapshot, event.body["models"]) == ("Ada", first.hash, list(found.models))
        with pytest.raises(InputError, match="counts already"):
            rollback(project, first.hash, **WHO)
        # Forward again: it counted once, so no gate is gone around.
        assert rollback(project, second.short, **WHO).to == second.hash


def test_rollback_to_the_start_names_every_model(after):
    with open_project(after, work=True) as project:
        found = rollback(project, "start", **WHO)
        assert project.snapshots.current() is None
        assert [model["cycle"] for model in found.models] == [1, 2]
        assert len(found.snapshots) == 2
        assert accepted(project) == []
    write_recipe(after, cycles=3)
    with open_project(after, work=True) as project:
        (third,) = run(project)
        assert (third.cycle, third.outcome) == (3, "accepted")
        assert project.snapshots.current().parents == ()


def test_a_rollback_that_was_cut_off_is_finished(after):
    with open_project(after, work=True) as project:
        first, second = project.snapshots.all()
        found = withdrawn(project, first.short)
        project.journal.add(
            "rollback", snapshot=first.hash, by="Ada", before=second.hash, withdrawn_rows=found.rows,
            snapshots=list(found.snapshots), models=list(found.models), reason="killed here",
        )  # fmt: skip
    with open_project(after, work=True) as project:
        assert project.snapshots.current().hash == second.hash
        with pytest.raises(InputError, match="cycles are done"):
            run(project)
        assert project.snapshots.current().hash == first.hash
        assert project.journal.events("current")[-1].snapshot == first.hash


def test_a_damaged_snapshot_is_named_and_never_counts(after):
    with open_project(after, work=True) as project:
        first, _ = project.snapshots.all()
        file = first.folder / "data/train.jsonl"
        file.write_bytes(file.read_bytes()[:-10] + b"0123456789")
        (problem,) = status(project, verify=True)["problems"]
        assert problem == f"snapshots/{first.short}/data/train.jsonl: is not what was sealed"
        with pytest.raises(InputError, match=r"data/train\.jsonl: is not what was sealed"):
            rollback(project, first.short, **WHO)
        assert project.journal.events("rollback") == []


def test_only_what_nobody_needs_is_removed(fresh):
    write_recipe(fresh, made=1.0, least=4, margin=0.05)
    with open_project(fresh, work=True) as project:
        (stopped,) = run(project)
        people.reject(project, **WHO)
        assert unneeded(project) == []  # its model lies there
        shutil.rmtree(fresh / "work/0001/train")
        assert [one.hash for one in unneeded(project)] == [stopped.snapshot]
        assert remove_unneeded(project, by="Ada") == [stopped.snapshot]
        assert project.snapshots.all() == []
        assert kinds(project, "removed") == ["removed"]


def test_a_reference_moved_by_hand_is_written_down(after):
    with open_project(after, work=True) as project:
        first, _ = project.snapshots.all()
        (after / "refs/current").write_text(first.hash + "\n")
        with pytest.raises(InputError, match="cycles are done"):
            run(project)
        assert project.journal.events("current")[-1].body["reason"] == "found moved by hand"


def test_rows_that_judge_are_handed_to_no_stage(after):
    with open_project(after) as project:
        (folder,) = [one for one in project.parts().iterdir() if one.is_dir()]
        judging, steering = ids_in(folder / "judge-1.jsonl"), ids_in(folder / "steering.jsonl")
        reference = set(project.anchor().part("reference").column("id").to_pylist())
        assert not judging & steering
        assert judging | steering == reference
        for cycle in (1, 2):
            assert not ids_in(after / f"work/000{cycle}/blend/blend/data/train.jsonl") & judging
        (folder / "judge-1.jsonl").write_text("{}\n")
    write_recipe(after, cycles=3)
    with (
        open_project(after, work=True) as project,
        pytest.raises(InputError, match=r"judge-1\.jsonl: is not what was dealt"),
    ):
        run(project)


def test_the_same_anchor_is_not_dealt_twice(after):
    text = (
        (after / "holdfast.toml")
        .read_text()
        .replace("cycles = 2", "cycles = 3")
        .replace("parts = 1", "parts = 1\nshare = 0.4")
    )
    (after / "holdfast.toml").write_text(text)
    with (
        open_project(after, work=True) as project,
        pytest.raises(InputError, match=r"share was 0\.5 when this anchor was dealt"),
    ):
        run(project)


def test_snapshots_are_copied_and_come_back_as_they_were_sealed(fresh, tmp_path):
    store = tmp_path / "store"
    text = (fresh / "holdfast.toml").read_text()
    (fresh / "holdfast.toml").write_text(f'copies = "{store.as_uri()}"\n{text}')
    with open_project(fresh, work=True) as project:
        (one,) = run(project, cycles=1)
        found = project.snapshots.open(one.snapshot)
        kept = {
            file.relative_to(found.folder): file.read_bytes()
            for file in found.folder.rglob("*")
            if file.is_file()
        }
        shutil.rmtree(found.folder)
        with pytest.raises(InputError, match="there is no copy 'ffff'"):
            restore(project, "ffff")
        assert restore(project, found.short).hash == found.hash
        assert {
            file.relative_to(found.folder): file.read_bytes()
            for file in found.folder.rglob("*")
            if file.is_file()
        } == kept
        (found.folder / "data/train.jsonl").write_text("bent")
        restore(project, found.hash)
        assert project.snapshots.verify(project.snapshots.open(found.hash)) == []
        (store / found.short / "recipe.toml").write_text("bent")
        with pytest.raises(InputError, match=r"the copy is not what was sealed: recipe\.toml"):
            restore(project, found.hash)
        assert project.snapshots.verify(project.snapshots.open(found.hash)) == []
        assert kinds(project, "copied", "restored") == ["copied", "restored", "restored"]


def test_a_store_that_does_not_answer_costs_no_training(fresh, tmp_path):
    text = (fresh / "holdfast.toml").read_text()
    (tmp_path / "file").write_text("")
    (fresh / "holdfast.toml").write_text(f'copies = "{(tmp_path / "file").as_uri()}/x"\n{text}')
    with open_project(fresh, work=True) as project:
        with pytest.raises(BackendError, match="the store does not answer"):
            run(project, cycles=1)
        (tmp_path / "file").unlink()
        assert resume(project).outcome == "accepted"
        assert len(project.journal.events("stage_began", stage="train")) == 1


def test_every_generation_of_a_project_stands_in_its_history(turned):
    first, one, two = generations_of(turned)
    assert [one.name for one in (first, one, two)] == ["first model", "cycle 1", "cycle 2"]
    assert (first.learnt_from, one.learnt_from, two.learnt_from) == (None, 400, 400)
    assert first.strata is None
    assert set(two.strata.made) <= set(two.strata.real)
    assert two.strata.made_rows == 400
    found = history([first, one, two])
    assert found.plain()["generations"][2]["name"] == "cycle 2"


def test_a_project_without_models_has_no_history(fresh):
    with pytest.raises(InputError, match="no model was evaluated yet"):
        generations_of(fresh)


def test_a_model_that_was_bent_after_it_was_judged_trains_nobody(after):
    write_recipe(after, cycles=3)
    weights = after / "work/0002/train/model/pairs.json"
    kept = weights.read_text()
    weights.write_text(kept.replace("refund", "refunds"))
    with open_project(after, work=True) as project:
        assert any(
            "train/model: is not the model cycle-2@" in one
            for one in status(project, verify=True)["problems"]
        )
        with pytest.raises(InputError, match=r"is not the model cycle-2@\w+ that was judged"):
            run(project)
        weights.write_text(kept)
        assert resume(project).outcome == "accepted"
