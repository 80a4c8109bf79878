"""kill -9 of the command, with a server of its own that counts what it is asked."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_runs import REAL, Writer

_CHATS = str(Path(__file__).parents[2] / "backends" / "chats")
if _CHATS not in sys.path:
    sys.path.insert(0, _CHATS)

from chat_server import ChatServer, Said, completion  # noqa: E402 - the path above makes it importable

from holdfast.backends.chats.chat import ChatRequest, Message  # noqa: E402

PARALLEL = 3
RECIPE = """
rows = 45
rounds = 2
[[model]]
name = "tiny"
model = "{url}"
model_name = "tiny"
key = "HOLDFAST_TEST_KEY"
parallel = {parallel}
price_input = 1000.0
price_output = 2000.0
[[method]]
name = "few_shot"
[[method]]
name = "back_translation"
[budget]
requests = 150
[steer]
judge_share = 0.0
"""


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture
def server(monkeypatch):
    """A server that writes well, by the prompt alone, and takes its time."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setenv("HOLDFAST_TEST_KEY", "sk-canary-4f1d9a7be20c5513")
    fresh = Writer()
    known = {}

    def answer(asked, number):
        said = json.dumps(asked, sort_keys=True)
        if said not in known:
            record = f"g-1-{len(known):05d}"
            messages = tuple(Message(role=one["role"], content=one["content"]) for one in asked["messages"])
            known[said] = fresh(ChatRequest(record=record, messages=messages))
        return Said(body=completion(known[said], model=asked["model"]), delay=0.02)

    with ChatServer(answer) as running:
        yield running


@pytest.mark.skipif(os.name == "nt", reason="needs signals")
def test_killed_at_any_moment_it_goes_on_where_it_was(server, tmp_path):
    write(tmp_path / "real.jsonl", REAL)
    (tmp_path / "generate.toml").write_text(RECIPE.format(url=server.url, parallel=PARALLEL))
    command = [
        *(sys.executable, "-m", "holdfast", "generate", "--real", "real.jsonl", "--recipe", "generate.toml"),
        *("-o", "made", "--quiet", "--json", "said.json"),
    ]
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).parents[3] / "src"),
        "OPENBLAS_NUM_THREADS": "1",
    }
    kills = 0
    for enough in (8, 45):
        with subprocess.Popen(  # noqa: S603 - our own interpreter
            command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            end = time.monotonic() + 300
            while len(server.asked) < enough and time.monotonic() < end and process.poll() is None:
                time.sleep(0.005)
            process.send_signal(signal.SIGKILL)
        kills += 1
        assert not (tmp_path / "made").exists()
    done = subprocess.run(  # noqa: S603 - the same
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode in (0, 1), done.stderr
    found = json.loads((tmp_path / "said.json").read_bytes())
    twice = sum(server.keys.values()) - len(server.keys)
    assert twice <= found["requests"]["lost_before"] <= kills * PARALLEL
    assert "when an earlier run was killed" in " ".join(found["notes"]) or not twice
    assert max(server.keys.values()) <= 1 + kills
    assert server.most <= PARALLEL
    kept = [json.loads(line) for line in (tmp_path / "made" / "data" / "made.jsonl").read_text().splitlines()]
    assert len(kept) == found["accepted"] >= 30
    # A request that was on its way at a kill may never have come there: it counts as sent.
    assert 0 <= found["spent"]["requests"] - len(server.asked) <= found["requests"]["lost_before"]
    assert found["spent"]["requests"] <= 150
    assert sorted(one.name for one in tmp_path.iterdir()) == [
        "generate.toml",
        "made",
        "real.jsonl",
        "said.json",
    ]
    everything = b"".join(file.read_bytes() for file in (tmp_path / "made").rglob("*") if file.is_file())
    assert b"canary" not in everything + done.stdout.encode() + done.stderr.encode()
