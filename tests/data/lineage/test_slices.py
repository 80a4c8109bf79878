"""Slices: the rows of which lineage says so."""

import json

import pytest

import holdfast
from holdfast.data import read_records
from holdfast.data.lineage import slice_records, tag
from holdfast.errors import InputError, UsageError


@pytest.fixture
def made(tmp_path):
    rows = [
        {
            "id": f"m{i}",
            "text": f"some words about {i * 7919} things",
            "model": "ab"[i % 2] if i % 3 else None,
            "generation_depth": i % 2,
        }
        for i in range(120)
    ]
    file = tmp_path / "made.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    tag(file)
    return file


def test_conditions_on_several_columns_all_hold_and_values_of_one_are_alternatives(made):
    records = read_records(made)
    some, said = slice_records(records, ["agent=a"])
    assert said == "Only the 40 of 120 rows of which agent is a."
    assert all(int(id_[1:]) % 2 == 0 and int(id_[1:]) % 3 for id_ in some.ids)
    assert len(slice_records(records, ["agent=a", "agent=b"])[0]) == 80
    assert len(slice_records(records, ["agent=unknown"])[0]) == 40
    assert len(slice_records(records, ["agent=unknown", "generation_depth=0"])[0]) == 20


def test_what_does_not_fit_says_what_would(made):
    records = read_records(made)
    with pytest.raises(InputError, match="Values of agent are a, b, unknown"):
        slice_records(records, ["agent=c"])
    with pytest.raises(UsageError, match="Did you mean 'agent'"):
        slice_records(records, ["agents=a"])
    with pytest.raises(UsageError, match="--where column=value"):
        slice_records(records, ["agent"])
    with pytest.raises(InputError, match="no lineage to slice by"):
        slice_records(read_records([{"text": "a b"}]), ["agent=a"])


def test_an_audit_of_a_slice_is_that_of_its_rows(made, tmp_path):
    real = [{"text": f"some words about {i * 104729} things"} for i in range(120)]
    sliced = holdfast.audit(made, real=real, where=["generation_depth=1"])
    rows = [json.loads(line) for line in made.read_text().splitlines()]
    other = tmp_path / "part.jsonl"
    other.write_text("".join(json.dumps(row) + "\n" for row in rows if row["generation_depth"] == 1))
    assert len(sliced.sides.candidate) == 60
    assert sliced.notes[0].startswith("Only the 60 of 120 rows")
    alone = holdfast.audit(other, real=real)
    assert [outcome.p_adjusted for outcome in sliced.outcomes] == [
        outcome.p_adjusted for outcome in alone.outcomes
    ]
