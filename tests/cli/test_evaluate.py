"""`holdfast evaluate`, run as a user would: against a server on this machine."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "backends" / "models"))

from completions import Completions, bits_of

import world
from holdfast import freeze
from holdfast.anchors import open_anchor
from holdfast.cli.evaluate import evaluate
from holdfast.errors import HoldfastError, InputError, OutputError, UsageError

pytest.importorskip("openai")
QUICK = ("--quiet", "--samples", "60", "--draws", "1199")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("evaluate")
    freeze(world.rows(600, seed=1), output=folder / "anchor", holdout=0.2)
    return folder


@pytest.fixture
def server(monkeypatch):
    for name in ("OPENAI_API_KEY", "OPENAI_CUSTOM_HEADERS", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    with Completions() as running:
        yield running


def go(*arguments):
    return evaluate.main([str(each) for each in arguments], standalone_mode=False)


def test_a_server_is_evaluated(place, server, capsys):
    out = place / "out"
    options = ("--anchor", place / "anchor", "-o", out, "--json", place / "all.json", *QUICK)
    assert go(server.url, "--model-name", "tiny", *options) == 0
    said, told = capsys.readouterr()
    assert "rarest tenth" in said
    assert "What it writes: 60 samples" in said
    assert "Calibration" in said
    assert "folder: " in told
    plain = json.loads((place / "all.json").read_text())
    assert plain == json.loads((out / "evaluation.json").read_text())
    texts = open_anchor(place / "anchor").sealed_part("holdout").column("text").to_pylist()
    bits = sum(bits_of(text, begin=True) for text in texts)
    assert plain["holdout"]["bits_per_byte"]["value"] == pytest.approx(
        bits / sum(len(text.encode()) for text in texts)
    )
    assert plain["mass"]["gap"]["value"] is None
    with pytest.raises(OutputError, match="--replace"):
        go(server.url, "--model-name", "tiny", *options)


def test_json_on_standard_output_stands_alone(place, server, capsys):
    (place / "asked.txt").write_text("one\ntwo\n")
    options = ("--anchor", place / "anchor", "--prompts", place / "asked.txt", "--json", "-", "--quiet")
    assert go(server.url, "--model-name", "tiny", *options, "--samples", 4, "--seed", 3) == 0
    plain = json.loads(capsys.readouterr().out)
    assert plain["samples"]["rows"] == 4
    assert plain["conditions"]["prompts"]


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (("nowhere", "--anchor", "anchor"), InputError),
        (("http://127.0.0.1:9/v1", "--anchor", "anchor"), UsageError),
        (("nowhere", "--anchor", "none"), InputError),
        (("nowhere", "--anchor", "anchor", "--temperature", "0"), UsageError),
        (("nowhere", "--anchor", "anchor", "--prompts", "none.txt"), InputError),
        (("nowhere", "--anchor", "anchor", "-o", "no/such"), OutputError),
        (("nowhere", "--anchor", "anchor", "--json", "anchor/x.json"), UsageError),
    ],
)
def test_what_cannot_be_done_is_said(place, monkeypatch, arguments, kind):
    monkeypatch.chdir(place)
    with pytest.raises(HoldfastError) as caught:
        go(*arguments, "--quiet")
    assert isinstance(caught.value, kind)
    assert caught.value.do
