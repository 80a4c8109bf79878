"""A loop that really goes round, with a line in its recipe that says where figures go."""

import json

import pytest
from openlineage_client import client, decoded
from turning_world import make_project

from holdfast import export
from holdfast.cli import run


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project after one cycle by the command, with a page and a file of lines."""
    folder = make_project(
        tmp_path_factory.mktemp("loop") / "project", cycles=1, more='[sinks]\njsonl = "logs/loop.jsonl"'
    )
    assert run(["cycle", "run", "--project", str(folder), "--quiet"]) == 0
    return folder


def test_figures_and_a_page_lie_beside_the_project(project):
    lines = [json.loads(line) for line in (project / "logs/loop.jsonl").read_text().splitlines()]
    told = {line["name"]: line for line in lines if line["cycle"] == 1}
    for name in (
        "data_gate/stratum_deficit/reality_high",
        "model_gate/overall/the first model/loss",
        "blend/source/gold/rows",
    ):
        assert told[name]["value"] is not None
    assert told["cycle/outcome"]["value"] == "accepted"
    assert (project / told["snapshot"]["path"] / "manifest.json").is_file()
    page = (project / "reports/0001-data_gate.html").read_text(encoding="utf-8")
    assert page.lower().startswith("<!doctype html>")
    judging = next((project / ".holdfast/parts").glob("*/judge-1.jsonl"))
    texts = [json.loads(line)["text"] for line in judging.read_text(encoding="utf-8").splitlines()]
    # Who reads it makes the next rows; what judges them must not be in it.
    assert not [text for text in texts if text in page]


def test_the_loop_is_told_to_catalogues(project):
    export(project)
    events = [json.loads(line) for line in (project / "openlineage.ndjson").read_text().splitlines()]
    for event in events:
        decoded(client("event_v2").RunEvent, event)
    begun = [event["run"]["runId"] for event in events if event["eventType"] == "START"]
    done = [event["run"]["runId"] for event in events if event["eventType"] == "COMPLETE"]
    assert sorted(begun) == sorted(done)
    # What one stage writes the next one reads, in the same version.
    written = {
        (one["name"], one["facets"]["version"]["datasetVersion"])
        for event in events
        for one in event["outputs"]
    }
    for stage in ("blend", "train", "evaluate", "model_gate"):
        (last,) = [
            event
            for event in events
            if event["job"]["name"] == f"holdfast.project.{stage}"
            and event["eventType"] == "COMPLETE"
            and {"key": "cycle", "value": "1"} in event["run"]["facets"]["executionParameters"]["parameters"]
        ]
        read = {(one["name"], one["facets"]["version"]["datasetVersion"]) for one in last["inputs"]}
        assert read & written, stage


def test_a_missing_package_is_told_before_the_cycle_begins(project, capsys):
    import importlib.util

    if importlib.util.find_spec("wandb") is not None:
        pytest.skip("it is there")
    recipe = project / "holdfast.toml"
    text = recipe.read_text(encoding="utf-8")
    recipe.write_text(text.replace("cycles = 1", "cycles = 2") + 'wandb = "support"\n', encoding="utf-8")
    assert run(["cycle", "run", "--project", str(project), "--quiet"]) == 2
    assert "pip install 'holdfast[wandb]'" in capsys.readouterr().err
    assert not (project / "work/0002").exists()
