"""A project in the words of OpenLineage: every cycle, every stage that was begun, and what each gate said."""

import datetime as dt
import json
import shutil
import uuid

import pytest
from journals import (
    ANCHOR,
    DATA,
    FIRST,
    LOSSES,
    MODEL,
    SNAPSHOT,
    began,
    ended,
    open_journal,
    to_the_data_gate,
    to_the_end,
)
from openlineage_client import client, decoded

from holdfast import export
from holdfast.cli import run
from holdfast.errors import InputError, UsageError
from holdfast.reports.exports.stages import render


@pytest.fixture
def project(tmp_path):
    """A cycle with a training that broke and one that was killed, which a gate stopped."""
    folder = tmp_path / "loop"
    folder.mkdir()
    (folder / "holdfast.toml").write_text('anchor = "anchor"\n', encoding="utf-8")
    journal = open_journal(folder)
    to_the_data_gate(journal)
    to_the_end(journal)
    journal.close()
    return folder


def events_of(project):
    export(project)
    return [json.loads(line) for line in (project / "openlineage.ndjson").read_text().splitlines()]


def of(events, stage, kind=None):
    name = f"holdfast.loop.{stage}"
    return [event for event in events if event["job"]["name"] == name and kind in (None, event["eventType"])]


def versions(sets):
    return {one["name"]: one["facets"]["version"]["datasetVersion"] for one in sets}


def test_every_event_is_read_back_by_the_client(project):
    for event in events_of(project):
        decoded(client("event_v2").RunEvent, event)
        assert dt.datetime.fromisoformat(event["eventTime"]).tzinfo is not None


def test_every_run_begins_once_and_ends_once(project):
    runs = {}
    for event in events_of(project):
        runs.setdefault(event["run"]["runId"], []).append(event["eventType"])
    assert all(kinds[0] == "START" and len(kinds) == 2 for kinds in runs.values())
    # A cycle, seven stages of which one was begun three times, one of the first model, and what was sealed.
    assert len(runs) == 1 + 6 + 2 + 1 + 1


def test_each_attempt_ends_as_it_did(project):
    events = events_of(project)
    assert [event["eventType"] for event in of(events, "train")] == [
        "START",
        "FAIL",
        "START",
        "ABORT",
        "START",
        "COMPLETE",
    ]
    (broken,) = of(events, "train", "FAIL")
    assert broken["run"]["facets"]["errorMessage"]["message"].startswith("train.py: exit code 1")
    # A gate that says no has not broken, and a cycle that is given up has not, either.
    assert [event["eventType"] for event in of(events, "model_gate")] == ["START", "COMPLETE"]
    assert [event["eventType"] for event in of(events, "cycle")] == ["START", "ABORT"]


def test_stages_name_their_cycle(project):
    events = events_of(project)
    (cycle,) = {event["run"]["runId"] for event in of(events, "cycle")}
    for event in events:
        if event["job"]["name"] != "holdfast.loop.cycle":
            assert event["run"]["facets"]["parent"]["run"] == {"runId": cycle}
    (first,) = [
        one for one in of(events, "evaluate", "COMPLETE") if versions(one["inputs"])["loop/model"] == FIRST
    ]
    assert first["run"]["facets"]["executionParameters"]["parameters"][0] == {"key": "cycle", "value": "0"}


def test_sets_are_named_by_what_they_hold(project):
    events = events_of(project)
    (blended,) = of(events, "blend", "COMPLETE")
    assert versions(blended["outputs"]) == {"loop/blend": DATA}
    assert blended["outputs"][0]["outputFacets"]["outputStatistics"]["rowCount"] == 40
    assert blended["inputs"][0]["inputFacets"]["inputStatistics"]["rowCount"] == 70
    assert blended["run"]["facets"]["holdfast_mixture"]["realised_rows"] == {"made": 24, "gold": 16}
    (trained,) = of(events, "train", "COMPLETE")
    assert versions(trained["outputs"]) == {"loop/model": MODEL}
    (sealed,) = of(events, "seal", "COMPLETE")
    assert versions(sealed["outputs"]) == {"loop/snapshots": SNAPSHOT}
    assert versions(sealed["inputs"]) == {"loop/blend": DATA}
    (judged,) = of(events, "model_gate", "COMPLETE")
    assert versions(judged["inputs"]) == {"loop/model": MODEL, ANCHOR["name"]: ANCHOR["digest"]}
    # What a result depends on besides is no set.
    named = {
        parameter["key"]
        for parameter in of(events, "train", "START")[0]["run"]["facets"]["executionParameters"]["parameters"]
    }
    assert named == {"cycle", "attempt", "train.py"}


def test_findings_are_tests(project):
    events = events_of(project)
    (judged,) = of(events, "data_gate", "COMPLETE")
    tests = {test["name"]: test for test in judged["run"]["facets"]["test"]["tests"]}
    states = {name: (test["status"], test["severity"]) for name, test in tests.items()}
    assert states == {
        "data_gate": ("fail", "warn"),
        "band_retention": ("pass", "error"),
        "novelty": ("fail", "warn"),
        "tail_coverage": ("skip", "error"),
    }
    assert (tests["band_retention"]["expected"], tests["band_retention"]["actual"]) == ("0.9 to 1.1", "0.93")
    assert tests["tail_coverage"]["actual"] == "undetermined: 3 rows, 20 are needed"
    (judged,) = of(events, "model_gate", "COMPLETE")
    tests = {test["name"]: test for test in judged["run"]["facets"]["test"]["tests"]}
    loss = tests["overall/the first model"]
    assert (loss["status"], loss["expected"], loss["actual"]) == ("fail", "<= 0.05", "0.2 (0.17 to 0.23)")
    assert tests["mmlu/the first model"]["status"] == "skip"
    assert (tests["model_gate"]["status"], tests["model_gate"]["severity"]) == ("fail", "error")


def test_a_gate_that_only_warns_blocks_nothing(tmp_path):
    journal = open_journal(tmp_path)
    began(journal, 1, "model_gate", subject=MODEL)
    journal.add(
        "gate",
        cycle=1,
        stage="model_gate",
        verdict="fail",
        sentence="It failed.",
        subject=MODEL,
        definition={"severity": "warn", "anchor": ANCHOR},
        look={"part": "p/1", "number": 1, "level": 0.01},
        findings=LOSSES,
    )
    found = render(journal.events(), name="loop")
    journal.close()
    assert {test["severity"] for test in found[-1]["run"]["facets"]["test"]["tests"]} == {"warn"}


def test_written_twice_it_is_the_same_file(project, tmp_path):
    events_of(project)
    first = (project / "openlineage.ndjson").read_bytes()
    events_of(project)
    assert (project / "openlineage.ndjson").read_bytes() == first
    # The same project in another place has the same runs, and another project has others.
    moved = shutil.copytree(project, tmp_path / "moved")
    ids = {event["run"]["runId"] for event in events_of(project)}
    assert {event["run"]["runId"] for event in events_of(moved)} == ids
    assert all(uuid.UUID(one).version == 5 for one in ids)
    other = open_journal(tmp_path / "other")
    to_the_data_gate(other)
    assert not ids & {event["run"]["runId"] for event in render(other.events(), name="loop")}
    other.close()


def test_more_that_happens_changes_nothing_that_was_told(project):
    before = events_of(project)
    journal = open_journal(project)
    to_the_data_gate(journal, cycle=2)
    journal.close()
    after = events_of(project)
    assert after[: len(before)] == before
    assert of(after, "cycle")[-1]["eventType"] == "START"


def test_a_stage_that_nobody_went_back_to_is_aborted_with_its_cycle(tmp_path):
    journal = open_journal(tmp_path)
    to_the_data_gate(journal)
    began(journal, 1, "train", data=DATA)
    ended(journal, 1, "train", model="model")
    began(journal, 1, "train", 2, data=DATA)  # asked for again, and killed; what stood there was found
    journal.add("cycle_ended", cycle=1, outcome="accepted")
    found = render(journal.events(), name="loop")
    journal.close()
    kinds = [event["eventType"] for event in of(found, "train")]
    assert kinds == ["START", "COMPLETE", "START", "ABORT"]
    assert found[-1]["eventType"] == "COMPLETE"


def test_an_interrupt_is_no_failure_and_a_folder_may_be_found(tmp_path):
    journal = open_journal(tmp_path)
    began(journal, 1, "train", data=DATA)
    journal.add("stage_broke", cycle=1, stage="train", attempt=1, error="KeyboardInterrupt: ")
    ended(journal, 1, "train", model="model")
    found = render(journal.events(), name="loop")
    journal.close()
    assert [event["eventType"] for event in found] == ["START", "ABORT", "START", "COMPLETE"]
    assert len({event["run"]["runId"] for event in found}) == 2
    for event in found:
        decoded(client("event_v2").RunEvent, event)


def test_names_may_be_given(project):
    (project / "about.toml").write_text('name = "support"\nnamespace = "team"\n')
    export(project, format=("openlineage",), about=project / "about.toml")
    event = json.loads((project / "openlineage.ndjson").read_text().splitlines()[0])
    assert (event["job"]["namespace"], event["job"]["name"]) == ("team", "holdfast.support.cycle")


def test_a_project_is_asked_for_nothing_that_only_rows_have(project, tmp_path, capsys):
    with pytest.raises(UsageError, match="openlineage alone"):
        export(project, format=("card",))
    with pytest.raises(UsageError, match="--audit"):
        export(project, audit="audit.json")
    assert run(["export", str(project), "--format", "openlineage"]) == 0
    assert "openlineage.ndjson" in capsys.readouterr().out
    (tmp_path / "new").mkdir()
    shutil.copy(project / "holdfast.toml", tmp_path / "new")
    with pytest.raises(InputError, match="nothing has happened"):
        export(tmp_path / "new")
    assert not (tmp_path / "new/.holdfast").exists()
