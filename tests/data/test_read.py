"""Reading as a whole: columns, counts, progress."""

from __future__ import annotations

import json
import pickle

import pytest

from holdfast.data import canonical_json, content_hash, read_records
from holdfast.errors import InputError, PreferenceInput, UsageError


def test_the_table(tmp_path):
    rows = [{"id": f"r{i}", "text": f"t{i}", "label": "ab"[i % 2], "extra": None} for i in range(6)]
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    records = read_records(path, keep_payload=True)
    assert records.table.column_names == ["id", "text", "answer_at", "stratum", "content_hash", "payload"]
    types = [str(field.type) for field in records.table.schema]
    assert types == ["string", "large_string", "int64", "string", "string", "large_string"]
    assert records.table.column("content_hash").to_pylist() == [
        content_hash(row, id_column="id") for row in rows
    ]
    assert records.table.column("payload")[0].as_py() == canonical_json(rows[0]).decode()
    detection = records.detection
    assert (detection.shape, detection.text_column) == ("text", "text")
    assert (detection.label_column, detection.id_column) == ("label", "id")
    assert "payload" not in read_records(path).table.column_names


def test_chunks_and_progress():
    rows = [{"text": f"t{i}", "label": i % 5} for i in range(40_000)]
    calls = []
    records = read_records(rows, progress=calls.append)
    assert len(records) == 40_000
    assert records.texts[-1] == "t39999"
    assert records.strata[-1] == "4"
    assert calls == sorted(calls)
    assert calls[-1] == 40_000


def test_several_shapes_report_their_place():
    with pytest.raises(InputError, match="row:2: the row is of shape messages"):
        read_records([{"text": "a"}, {"messages": [{"role": "user", "content": "b"}]}])
    with pytest.raises(PreferenceInput, match="row:1: the rows are preference pairs"):
        read_records([{"chosen": "a", "rejected": "b"}])
    with pytest.raises(InputError, match="row:2: turn 1 of 'conversations' has the unknown role 'robot'"):
        read_records([{"conversations": [{"from": role, "value": "a"}]} for role in ("human", "robot")])


def test_rows_from_memory_that_cannot_be_written():
    for bad, message in [
        ({"text": "\ud800"}, "surrogate"),
        ({"text": "a", "x": object()}, "object is no data"),
    ]:
        with pytest.raises(InputError, match=f"row:2: .*{message}"):
            read_records([{"text": "a"}, bad])
        assert read_records([{"text": "a"}, bad], on_bad_row="skip").skipped_count == 1


def test_a_deep_row_from_memory():
    deep = inner = {"text": "a"}
    for _ in range(5000):
        inner["x"] = inner = {}
    with pytest.raises(InputError, match="row:1: the row is nested too deeply"):
        read_records([deep])


def test_preference_side_by_flag():
    turns = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
    records = read_records([{"chosen": turns, "rejected": turns}], text="chosen")
    assert records.texts == ["q\na"]
    assert records.detection.shape == "messages"


def test_options_are_checked():
    with pytest.raises(UsageError, match="Say 'stop' or 'skip'"):
        read_records(["a"], on_bad_row="ignore")


def test_errors_pickle():
    with pytest.raises(InputError) as caught:
        read_records([{"text": 1}])
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - made in this line
    assert str(again) == str(caught.value)


def test_selecting_rows():
    records = read_records(["a", "b", "c"])
    assert records.select([2, 0]).texts == ["c", "a"]
