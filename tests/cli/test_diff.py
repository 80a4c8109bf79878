"""`holdfast anchor diff`, and freezing anew on the record."""

from __future__ import annotations

import json

import pytest

from world import rows, write

QUICK = ("--quiet", "--draws", "1499", "--alpha", "0.02")


@pytest.fixture(scope="module")
def later(tmp_path_factory) -> str:
    """Reality without loans."""
    return write(tmp_path_factory.mktemp("later") / "later.jsonl", rows(500, seed=9, shares=(4, 3, 2, 0)))


def test_reality_that_moved(say, anchor, later, good, tmp_path):
    said = say(
        "anchor", "diff", anchor, later, "--candidate", good, *QUICK, "--json", str(tmp_path / "d.json")
    )
    assert said.code == 1, said.err
    assert said.out.startswith(
        "MOVED  Reality has moved from real.jsonl to later.jsonl: strata that reality lost"
    )
    assert "good.jsonl: " in said.out
    found = json.loads((tmp_path / "d.json").read_text())
    assert found["schema"] == "holdfast.diff/1"
    assert {share["stratum"]: share["change"] for share in found["shares"]}["loan"] == "lost"
    assert found["candidate"]["old_verdict"] == "pass"


def test_reality_that_did_not_move(say, anchor, good):
    said = say("anchor", "diff", anchor, good, *QUICK, "--no-text")
    assert said.code == 0, said.out + said.err
    assert "reality has not moved beyond what chance does" in said.out
    assert "The smallest move it would have seen" in said.out


def test_too_few_rows(say, anchor, tmp_path):
    few = write(tmp_path / "few.jsonl", rows(20, seed=4))
    said = say("anchor", "diff", anchor, few, *QUICK)
    assert said.code == 3
    assert said.out.startswith("UNDETERMINED  It cannot be told whether reality moved")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("ANCHOR", "ANCHOR"), "both are the same anchor"),
        (("nowhere", "GOOD"), "there is no such folder"),
        (("GOOD", "GOOD"), "is a file, not an anchor"),
        (("ANCHOR", "nowhere.jsonl"), "nowhere.jsonl"),
        (("ANCHOR", "ANCHOR", "GOOD"), "an anchor stands alone"),
        (("ANCHOR", "GOOD", "--draws", "200"), "Use at least"),
        (("ANCHOR", "GOOD", "--tolerance", "x"), "is not MEASURE=SHARE"),
        (("ANCHOR", "GOOD", "--alpha", "2"), "--alpha"),
    ],
)
def test_what_it_refuses(say, anchor, good, arguments, message):
    names = {"ANCHOR": anchor, "GOOD": good}
    said = say("anchor", "diff", *(names.get(word, word) for word in arguments), "--quiet")
    assert said.code == 2
    assert message in said.err
    assert "Traceback" not in said.err


def test_freezing_anew_is_on_the_record(say, anchor, later, tmp_path):
    new = str(tmp_path / "new")
    said = say("anchor", "freeze", later, "-o", new, "--succeeds", anchor, "--quiet")
    assert (said.code, "says why" in said.err) == (2, True)
    frozen = say(
        "anchor", "freeze", later, "-o", new, "--succeeds", anchor, "--reason", "no loans", "--quiet"
    )
    assert frozen.code == 0, frozen.err
    shown = say("anchor", "show", new)
    assert "succeeds real.jsonl  sha256:" in shown.out
    assert "because: no loans" in shown.out
    assert "Reality has moved from real.jsonl to later.jsonl" in shown.out
    assert say("anchor", "verify", new).code == 0
    assert "succeeds" not in say("anchor", "show", anchor).out
