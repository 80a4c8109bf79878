"""`holdfast anchor` where the rows are pairs."""

import pytest

from world import write


def pairs(count=150):
    return [
        {
            "prompt": f"p{at}",
            "response_a": f"a{at}",
            "response_b": f"b{at}",
            "label": "ab"[at % 2],
            "annotator": f"ann{at % 3}",
            "annotator_type": "human",
        }
        for at in range(count)
    ]


@pytest.fixture
def labels(tmp_path):
    return write(tmp_path / "labels.jsonl", pairs())


def test_freeze_show_and_verify(say, labels, tmp_path):
    folder = str(tmp_path / "anchor")
    frozen = say("anchor", "freeze", labels, "-o", folder, "--holdout", "0.2", "--name", "people")
    assert frozen.code == 0
    assert frozen.out.startswith("people  sha256:")
    assert "labels by 3 named annotators" in frozen.out
    assert f"next: holdfast audit CANDIDATE --anchor {folder}" in frozen.out
    shown = say("anchor", "show", folder)
    assert shown.out == frozen.out.partition("\n\nnext")[0] + "\n"
    verified = say("anchor", "verify", folder)
    assert (verified.code, verified.out) == (0, "every part is what was sealed\n")
    part = tmp_path / "anchor" / "holdout_pairs.parquet"
    part.write_bytes(part.read_bytes()[:-50])
    verified = say("anchor", "verify", folder)
    assert verified.code == 2
    assert "holdout_pairs.parquet: a part of the anchor is damaged" in verified.err


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--label", "label"),
        ("--id", "pair_id"),
        ("--gold", "0.1"),
        ("--shares", "s.csv"),
        ("--succeeds", "old"),
        ("--reason", "why"),
    ],
)
def test_options_that_say_nothing_about_pairs(say, labels, tmp_path, option, value):
    said = say("anchor", "freeze", labels, "-o", str(tmp_path / "anchor"), option, value)
    assert said.code == 2
    assert f"{option}: says nothing about preference pairs" in said.err
    assert not (tmp_path / "anchor").exists()


def test_options_that_say_nothing_about_rows(say, real, tmp_path):
    said = say("anchor", "freeze", real, "-o", str(tmp_path / "anchor"), "--annotator", "me")
    assert said.code == 2
    assert "--annotator: says nothing about single records" in said.err


def test_whose_labels_they_are_must_be_known(say, tmp_path):
    rows = [{"prompt": f"p{at}", "chosen": f"a{at}", "rejected": f"b{at}"} for at in range(300)]
    path, folder = write(tmp_path / "a.jsonl", rows), str(tmp_path / "anchor")
    said = say("anchor", "freeze", path, "-o", folder)
    assert said.code == 2
    assert "--annotator-type human" in said.err
    said = say("anchor", "freeze", path, "-o", folder, "--annotator-type", "human", "--annotator", "we")
    assert said.code == 0
    assert "by 1 named annotator\n" in said.out
    # One side alone is a set of rows.
    said = say("anchor", "freeze", path, "-o", str(tmp_path / "rows"), "--text", "chosen", "--gold", "0")
    assert said.code == 0
    assert "read as text: text from 'chosen'" in said.out
