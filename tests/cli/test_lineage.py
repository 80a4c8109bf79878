"""`holdfast tag`, `trace` and `lineage`."""

from __future__ import annotations

import csv
import io
import json

import pytest


@pytest.fixture
def sets(tmp_path, say):
    real, made = tmp_path / "real.jsonl", tmp_path / "made.jsonl"
    real.write_text('{"id": "r1", "text": "my card is lost"}\n{"id": "r2", "text": "where is it"}\n')
    rows = [
        {"id": "m1", "text": "=1+1 card", "made_of": ["r1"]},
        {"id": "\x1b[31m", "text": "b c", "made_of": ["r1", "r2"]},
    ]
    made.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert say("tag", str(real), "--source", "people", "--source-type", "human").code == 0
    words = ["--source-type", "synthetic", "--agent", "=org/m@1", "--trained-on-depth", "0"]
    said = say("tag", str(made), *words, "--parents", "made_of", "--parents-in", str(real))
    assert said.code == 0, said.err
    assert "made.lineage.parquet: lineage of 2 rows" in said.out
    assert "not known of any row: source" in said.out
    return str(real), str(made)


def test_trace(sets, say, tmp_path):
    said = say("trace", "m1", *sets)
    assert said.code == 0, said.err
    assert "generation_depth   1" in said.out
    assert "made from: 1\n  r1  human, people, depth 0" in said.out
    said = say("trace", "r1", *sets)
    assert "made of it: 2" in said.out
    assert "\x1b" not in said.out
    said = say("trace", "m1", sets[1], "--json", str(tmp_path / "t.json"))
    assert "r1  (in none of the files)" in said.out
    assert json.loads((tmp_path / "t.json").read_text())["missing"] == ["r1"]
    said = say("trace", "m9", *sets)
    assert said.code == 2
    assert "Did you mean 'm1'?" in said.err


def test_summary(sets, say):
    said = say("lineage", "summary", *sets, "--json", "-")
    assert said.code == 0, said.err
    found = json.loads(said.out)
    assert found["rows"] == 4
    assert {share["value"]: share["rows"] for share in found["groups"]["generation_depth"]} == {0: 2, 1: 2}


def test_sql(sets, say):
    question = "SELECT id, agent FROM lineage WHERE agent IS NOT NULL ORDER BY id DESC"
    said = say("lineage", "sql", question, *sets)
    assert said.code == 0, said.err
    assert said.out.splitlines()[0].split() == ["id", "agent"]
    assert "\x1b" not in said.out
    rows = list(csv.DictReader(io.StringIO(say("lineage", "sql", question, *sets, "--form", "csv").out)))
    assert rows[0] == {"id": "m1", "agent": "'=org/m@1"}  # a spreadsheet would run it
    lines = say("lineage", "sql", question, *sets, "--form", "json").out.splitlines()
    assert json.loads(lines[0]) == {"id": "m1", "agent": "=org/m@1"}
    said = say("lineage", "sql", "SELECT nothing FROM lineage", *sets)
    assert said.code == 2
    assert "generation_depth" in said.err


def test_lineage_that_is_not_there(say, tmp_path):
    (tmp_path / "x.jsonl").write_text('{"text": "a b"}\n')
    said = say("lineage", "summary", str(tmp_path / "x.jsonl"))
    assert said.code == 2
    assert "holdfast tag" in said.err


def test_lineage_is_written_once(sets, say):
    said = say("tag", sets[0], "--source", "others")
    assert said.code == 2
    assert "--replace" in said.err
    assert say("tag", sets[0], "--source", "others", "--replace").code == 0


def test_words_of_the_command_line_are_those_of_the_library():
    """The command line has them once more, so that help need not wait for tables to load."""
    from holdfast.cli.export import export
    from holdfast.cli.lineage import BY
    from holdfast.data.lineage.schema import GROUPS
    from holdfast.reports.exports import FORMATS

    assert BY == GROUPS
    (format_,) = [option for option in export.params if option.name == "format"]
    assert tuple(format_.type.choices) == FORMATS
