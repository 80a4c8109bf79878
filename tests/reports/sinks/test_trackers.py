"""The trackers themselves, where they are installed: on this machine, and nowhere else."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from journals import DATA

HERE = Path(__file__).parents[1]

# Each runs on its own: trackers read the environment when they are imported, and one that calls somebody must not do it here.
START = """
import json, os, sys
reached = []
sys.addaudithook(lambda event, args: reached.append([event, str(args[-1])]) if event in ("socket.connect", "socket.getaddrinfo") else None)
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from holdfast.reports.sinks import open_sinks
from journals import open_journal, to_the_end
project, said = Path(sys.argv[2]), []

def turn(name):
    before = dict(os.environ)
    sinks = open_sinks({name: "support"}, project, said.append)
    sinks.cycle(1, "waiting")
    journal = open_journal(project)
    to_the_end(journal)
    journal.close()
    sinks.stage(1, None)
    sinks.cycle(1, "stopped")
    open_sinks({name: "support"}, project, said.append)  # and never ended: a stage broke
    assert dict(os.environ) == before
    print("this is what the command says")
"""
TRACKIO = """
turn("trackio")
from trackio.sqlite_storage import SQLiteStorage
rows = SQLiteStorage.get_logs("support", project.name)
runs = SQLiteStorage.get_runs("support")
print(json.dumps([said, reached, runs, rows]))
"""
MLFLOW = """
turn("mlflow")
from mlflow.tracking import MlflowClient
client = MlflowClient()
runs = client.search_runs([client.get_experiment_by_name("support").experiment_id])
(run,) = runs
history = [[m.value, m.step] for m in client.get_metric_history(run.info.run_id, "data_gate/band_retention/value")]
given = [[i.dataset.digest, {t.key: t.value for t in i.tags}] for i in run.inputs.dataset_inputs]
print(json.dumps([said, reached, run.info.status, run.data.metrics, run.data.tags, history, given]))
"""


def run(program, project, **environment):
    done = subprocess.run(  # noqa: S603 - written above
        [sys.executable, "-c", START + program, HERE, project],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, done.stderr
    first, last = done.stdout.splitlines()
    assert first == "this is what the command says"
    return json.loads(last)


@pytest.mark.models
def test_trackio_gets_every_figure_once_and_calls_nobody(project, tmp_path):
    pytest.importorskip("trackio")
    said, reached, runs, rows = run(
        TRACKIO,
        project,
        TRACKIO_DIR=str(tmp_path / "trackio"),
        # Neither a token nor a Space that lies about is a wish to send figures there.
        HF_TOKEN="hf_abcdefghijklmnopqrstuvwxyz",  # noqa: S106 - nobody's
        TRACKIO_SPACE_ID="somebody/else",
    )
    assert said == reached == []
    assert runs == ["loop"]
    names = [name for row in rows for name in row if name not in ("timestamp", "step")]
    assert len(names) == len(set(names)) > 30
    told = {name: (row[name], row["step"]) for row in rows for name in row}
    assert told["data_gate/band_retention/value"] == (0.93, 1)
    assert told["data_gate/band_retention/reality_low"] == (0.9, 1)
    assert told["training/digest"] == (DATA, 1)
    assert told["cycle/outcome"] == ("rejected", 1)


@pytest.mark.models
def test_mlflow_has_one_run_and_our_hash_of_its_rows(project, tmp_path):
    pytest.importorskip("mlflow")
    said, reached, status, metrics, tags, history, given = run(
        MLFLOW,
        project,
        MLFLOW_TRACKING_URI=(tmp_path / "mlruns").as_uri(),
        MLFLOW_ALLOW_FILE_STORE="true",
    )
    assert said == reached == []
    assert status == "RUNNING"
    assert history == [[0.93, 1]]
    assert metrics["model_gate/overall/the first model/high"] == 0.23
    assert tags["holdfast.0001.model_gate/verdict"] == "fail"
    assert tags["holdfast.outcome"] == "stopped"
    assert given == [
        [
            DATA.removeprefix("sha256:")[:36],
            {"mlflow.data.context": "training", "holdfast.data_hash": DATA, "holdfast.cycle": "1"},
        ]
    ]


def test_a_server_that_is_away_is_reported_and_the_loop_goes_on(project):
    pytest.importorskip("mlflow")
    program = """
sinks = open_sinks({"mlflow": "support"}, project, said.append)
sinks.cycle(1, "waiting")
print("this is what the command says")
print(json.dumps([said, (project / "metrics.jsonl").read_text().count("\\n")]))
"""
    # A port at which nobody answers.
    said, lines = run(program, project, MLFLOW_TRACKING_URI="http://127.0.0.1:9")
    assert len(said) == 1
    assert said[0].startswith("sinks: mlflow: no figures go there any longer")
    assert lines > 10
