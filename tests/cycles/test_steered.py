"""A cycle adds what its own rows lack: [generate] recipe."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from turning_world import copy_project, make_project, requests, teach

sys.path.insert(0, str(Path(__file__).parents[1] / "backends" / "chats"))

from chat_server import ChatServer, Said, completion

from holdfast.anchors import open_anchor
from holdfast.cycles.loop import resume, run
from holdfast.cycles.project import open_project
from holdfast.data.lineage import read_lineage
from holdfast.errors import HoldfastError

RECIPE = """
rows = 30
rounds = 2
[[model]]
model = "{url}"
model_name = "tiny"
parallel = 2
trained_on_depth = 1
[[method]]
name = "few_shot"
[budget]
requests = 60
"""
PARALLEL = 2


def poor_project(folder, *, recipe=RECIPE, url="http://localhost:1/v1"):
    """A project whose model never saw what heirs ask, and whose cycles make that up."""
    make_project(folder, cycles=1)
    rows = [row for row in requests(700, 2) if row["intent"] != "heirs"]
    (folder / "poor.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    teach(folder, folder / "poor.jsonl", folder / "poor")
    toml = folder / "holdfast.toml"
    said = toml.read_text().replace('model = "first"', 'model = "poor"')
    said = said.replace(
        'inputs = ["model.py"]\n[blend]', 'inputs = ["model.py"]\nrecipe = "generate.toml"\n[blend]'
    )
    toml.write_text(said, encoding="utf-8")
    (folder / "generate.toml").write_text(recipe.format(url=url), encoding="utf-8")
    return folder


class Helper:
    """A server that writes what heirs ask, each time in other words."""

    def __init__(self):
        self.fresh = [row["text"] for row in requests(9_000, 77) if row["intent"] == "heirs"]
        self.known = {}

    def __call__(self, asked, number):
        said = json.dumps(asked, sort_keys=True)
        place = self.known.setdefault(said, len(self.known))
        return Said(body=completion(self.fresh[place % len(self.fresh)], model="tiny-2026"), delay=0.02)


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary-4f1d9a7be20c5513")
    with ChatServer(Helper()) as running:
        yield running


def lines(file):
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_what_a_cycle_lacks_is_made_beside_its_rows(server, tmp_path):
    folder = poor_project(tmp_path / "project", url=server.url)
    with open_project(folder, work=True) as project:
        (turned,) = run(project)
    assert turned.cycle == 1
    stage = folder / "work" / "0001" / "generate"
    facts = json.loads((stage / "stage.json").read_bytes())["facts"]
    rows, own = lines(stage / "rows.jsonl"), lines(stage / "steered" / "data" / "made.jsonl")
    assert facts["steered"]["added"] == len(own) > 5
    assert facts["rows"] == len(rows) == 700 + len(own)
    assert rows[700:] == own
    # The lineage of all rows, each once; what was dropped stays with the generation.
    lineage = {row["id"]: row for row in read_lineage(stage / "rows.jsonl").to_pylist()}
    assert set(lineage) == {row["id"] for row in rows}
    for row in own:
        found = lineage[row["id"]]
        assert (found["agent"], found["cycle"], found["source_type"]) == ("tiny-2026", 1, "synthetic")
        assert (found["method"], found["kept"], found["generation_depth"]) == ("few_shot", True, 2)
        assert found["prompt_id"]
    # And they come as far as the blend that is trained on.
    blended = {row["id"] for row in read_lineage(folder / "work" / "0001" / "blend" / "blend").to_pylist()}
    assert blended & {row["id"] for row in own}
    # No prompt held a row that judges, of the reference or of the holdout.
    said = "\n".join(message["content"] for asked in server.asked for message in asked["messages"])
    steering = {row["text"] for row in lines(next((folder / ".holdfast" / "parts").rglob("steering.jsonl")))}
    anchor = open_anchor(folder / "anchor")
    hidden = {
        *anchor.sealed_part("reference").column("text").to_pylist(),
        *anchor.sealed_part("holdout").column("text").to_pylist(),
    }
    shown = [
        message["content"]
        for asked in server.asked
        for message in asked["messages"]
        if message["role"] == "assistant"
    ]
    assert shown
    assert set(shown) <= steering
    assert not [text for text in hidden - steering if len(text) > 30 and text in said.split("\n")]
    everything = b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())
    assert b"canary" not in everything


@pytest.mark.skipif(os.name == "nt", reason="needs signals")
def test_killed_and_resumed_it_asks_for_nothing_twice(server, tmp_path):
    folder = poor_project(tmp_path / "project", url=server.url)
    command = [sys.executable, "-m", "holdfast", "cycle", "run", "--project", str(folder), "--quiet"]
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).parents[2] / "src"),
        "OPENBLAS_NUM_THREADS": "1",
    }
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:  # noqa: S603 - our own interpreter
        end = time.monotonic() + 300
        while len(server.asked) < 10 and time.monotonic() < end and process.poll() is None:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
    with open_project(folder, work=True) as project:
        turned = resume(project)
    assert turned.cycle == 1
    twice = sum(count - 1 for count in server.keys.values())
    assert twice <= PARALLEL
    stage = folder / "work" / "0001" / "generate"
    assert len(lines(stage / "rows.jsonl")) == 700 + len(lines(stage / "steered" / "data" / "made.jsonl"))
    spent = json.loads((stage / "stage.json").read_bytes())["facts"]["steered"]["spent"]
    assert spent["requests"] == len(server.asked) <= 60
    assert Counter(server.keys.values())[1] >= len(server.keys) - PARALLEL


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        ("[[method]]\nname = 'few_shot'\n", "few_shot asks a model"),
        ("[[method]]\nname = 'few_shots'\n", "Did you mean 'few_shot'"),
        ("rows = -1", "rows is a whole number"),
        (None, "no such recipe"),
    ],
)
def test_a_recipe_that_cannot_be_followed_is_said_before_a_cycle_begins(made, tmp_path, recipe, words):
    folder = copy_project(made, tmp_path / "project")
    toml = folder / "holdfast.toml"
    toml.write_text(toml.read_text().replace("[blend]\n", 'recipe = "generate.toml"\n[blend]\n', 1))
    if recipe is not None:
        (folder / "generate.toml").write_text(recipe, encoding="utf-8")
    with open_project(folder, work=True) as project, pytest.raises(HoldfastError, match=words):
        run(project)
    assert not (folder / "work" / "0001").exists()


def test_where_nothing_is_missing_nothing_is_added(made, tmp_path):
    folder = copy_project(made, tmp_path / "project")
    toml = folder / "holdfast.toml"
    toml.write_text(toml.read_text().replace("[blend]\n", 'recipe = "generate.toml"\n[blend]\n', 1))
    (folder / "generate.toml").write_text("[[method]]\nname = 'rule_based'\n", encoding="utf-8")
    with open_project(folder, work=True) as project:
        run(project, cycles=1)
    stage = folder / "work" / "0001" / "generate"
    facts = json.loads((stage / "stage.json").read_bytes())["facts"]
    assert (facts["rows"], facts["steered"]["added"], facts["steered"]["ended"]) == (
        700,
        0,
        "nothing_missing",
    )
    assert len(read_lineage(stage / "rows.jsonl")) == 700
