"""Pairs held against single records, and the reverse: whoever mixes them up is told which file is which."""

import json

import pytest
from test_anchor_preferences import pairs

from world import write


@pytest.fixture
def labels(tmp_path):
    return write(tmp_path / "labels.jsonl", pairs())


@pytest.fixture
def people(say, labels, tmp_path):
    folder = str(tmp_path / "people")
    assert say("anchor", "freeze", labels, "-o", folder).code == 0
    return folder


@pytest.mark.parametrize("verb", ["audit", "curate"])
def test_a_candidate_that_cannot_be_held_against_people_is_named_itself(say, people, real, tmp_path, verb):
    empty = tmp_path / "empty.jsonl"
    empty.write_text("")
    for path, said in (
        (tmp_path / "gone.jsonl", "gone.jsonl: the file does not exist"),
        (empty, "empty.jsonl: the file is empty"),
        (real, "the rows are no preference pairs"),
    ):
        done = say(verb, str(path), "--anchor", people)
        assert done.code == 2
        assert said in done.err
        assert "manifest" not in done.err


@pytest.mark.parametrize("verb", ["audit", "curate"])
def test_single_records_against_pairs(say, people, labels, real, tmp_path, verb):
    done = say(verb, real, "--real", labels)
    assert done.code == 2
    assert "the real rows are preference pairs, and the candidate holds single records" in done.err
    done = say(verb, str(tmp_path / "gone.jsonl"), "--real", labels)
    assert "gone.jsonl: the file does not exist" in done.err
    done = say(verb, real, "--text", "text", "--anchor", people)
    assert "is an anchor of people's preferences, and single records cannot be held against it" in done.err


@pytest.mark.parametrize("verb", ["audit", "curate", "winrate"])
def test_pairs_against_an_anchor_of_single_records(say, labels, anchor, verb):
    done = say(verb, labels, "--anchor", anchor)
    assert done.code == 2
    assert "is an anchor of single records, and preference pairs cannot be held against it" in done.err


def test_no_command_advises_an_option_that_it_has_not(say, labels, tmp_path):
    log = tmp_path / "log.jsonl"
    log.write_text(json.dumps({"pair_id": "p", "step": 1}) + "\n{broken\n")
    done = say("reward", str(log), "--real", labels)
    assert done.code == 2
    assert "Mend the row" in done.err
    assert "--on-bad-row" not in done.err
    assert "--on-bad-row skip" in say("audit", str(log), "--real", str(log)).err
