"""An audit in which a sentence encoder judges, as a user asks for it."""

import json

import numpy as np
import pytest
from tiny_models import write_onnx, write_tokenizer

from holdfast.cli import run

SPOKEN = ["how", "do", "i", "reset", "my", "password", "please", "now", *"abcdef"]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("audited")
    rng = np.random.default_rng(0)
    for name, rows in (("real", 300), ("candidate", 150)):
        texts = (" ".join(rng.choice(SPOKEN, rng.integers(6, 12))) for _ in range(rows))
        (folder / f"{name}.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    write_tokenizer(folder / "tiny")
    write_onnx(folder / "tiny/model.onnx")
    return folder


def audited(place, *options):
    asked = ["audit", f"{place}/candidate.jsonl", "--real", f"{place}/real.jsonl", "--json", "-", "--quiet"]
    return run([*asked, *options])


def test_the_encoder_judges_and_the_report_says_so(place, capsysbinary):
    assert audited(place, "--encoder", str(place / "tiny")) in (0, 1, 3)
    found = json.loads(capsysbinary.readouterr().out)
    assert found["settings"]["encoder"].startswith("tiny@")
    assert found["settings"]["encoder"] in found["worth"]["representation"]
    assert "the order of words" in found["worth"]["blind_to"]
    assert "first 512 tokens" in found["worth"]["blind_to"]
    assert any(found["settings"]["encoder"] in line for line in found["unseen"])
    assert audited(place) in (0, 1, 3)
    lexical = json.loads(capsysbinary.readouterr().out)
    assert lexical["settings"]["encoder"] is None
    assert "word pairs" in lexical["worth"]["representation"]
    assert lexical["worth"]["curve"]["candidate"] != found["worth"]["curve"]["candidate"]


def test_a_server_is_asked_for_the_model(place, server, capsysbinary):
    assert audited(place, "--encoder", server.url, "--encoder-model", "tiny") in (0, 1, 3)
    found = json.loads(capsysbinary.readouterr().out)
    assert found["settings"]["encoder"].startswith("tiny@127.0.0.1")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--encoder", "all-MiniLM-L6-v2"], b"nothing is downloaded"),
        (["--encoder-model", "tiny"], b"--encoder-model"),
        (["--encoder", "http://127.0.0.1:9/v1", "--encoder-model", "tiny"], b"cannot be reached"),
    ],
)
def test_what_cannot_be_used_is_said_before_anything_is_read(place, capsysbinary, options, said):
    assert audited(place, *options) == 2
    assert said in capsysbinary.readouterr().err
