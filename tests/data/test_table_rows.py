"""CSV, Parquet and Arrow rows."""

from __future__ import annotations

import csv
import datetime as dt
import json
from decimal import Decimal

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest

from holdfast.data import read_records
from holdfast.errors import InputError

TABLE = pa.table({"text": ["a", None, "c"], "intent": ["x", "y", "x"]})


def test_quoted_fields_may_span_lines(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_bytes('\ufefftext,intent\r\n"one\r\n""two"", three",x\r\n\r\nlast,y\r\nlost,\r\n'.encode())
    records = read_records(path)
    assert records.texts == ['one\r\n"two", three', "last", "lost"]
    assert records.ids == ["rows.csv:2", "rows.csv:5", "rows.csv:6"]
    assert records.strata == ["x", "y", None]


@pytest.mark.parametrize(
    ("name", "delimiter"), [("a.csv", ","), ("a.csv", ";"), ("a.csv", "\t"), ("a.tsv", "\t")]
)
def test_delimiters(tmp_path, name, delimiter):
    path = tmp_path / name
    path.write_text(f"text{delimiter}label\nhello{delimiter}x\n")
    assert read_records(path).texts == ["hello"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (b"a,b,c", "fields in the row: 3, in the header: 2"),
        (b"a", "fields in the row: 1"),
        (b'"a"b,c', "broken CSV"),
        (b"caf\xe9,x", "byte 0xe9 at byte offset 18"),
        (b"a\x00b,x", "a raw NUL byte"),
    ],
)
def test_bad_rows(tmp_path, row, message):
    path = tmp_path / "rows.csv"
    path.write_bytes(b"text,label\na,x\n" + row + b"\nz,y\n")
    with pytest.raises(InputError, match=message) as caught:
        read_records(path)
    assert caught.value.where == f"{path}:3"
    records = read_records(path, on_bad_row="skip")
    assert records.texts == ["a", "z"]
    assert records.skipped_count == 1


def test_an_open_quote_is_found(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text('text,label\na,x\n"open,y\nb,z\n')
    with pytest.raises(InputError, match=r"rows.csv:3: broken CSV: unexpected end of data"):
        read_records(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"text,text\na,b\n", "the header names 'text' twice"),
        (b"text,label\n", "no readable record"),
        (b"\n\n", "no readable record"),
        (b"caf\xe9,x\na,b\n", "rows.csv:1: the encoding is not UTF-8"),
        ("text,label\na,b\n".encode("utf-16"), "UTF-16"),
    ],
)
def test_bad_files(tmp_path, content, message):
    path = tmp_path / "rows.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_records(path)


def test_long_fields_work_and_the_limit_is_given_back(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("text,label\n" + "x" * 200_000 + ",a\n")
    before = csv.field_size_limit()
    assert len(read_records(path).texts[0]) == 200_000
    assert csv.field_size_limit() == before
    path.write_text("text,label\nx\n")
    with pytest.raises(InputError) as held:
        read_records(path)
    assert (csv.field_size_limit(), held.value.where) == (before, f"{path}:2")


def write_stream(table, path):
    with pa.ipc.new_stream(path, table.schema) as sink:
        sink.write_table(table)


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("a.parquet", pq.write_table),
        ("a.arrow", write_stream),
        ("a.feather", feather.write_feather),
        ("unknown", pq.write_table),
        ("unknown", write_stream),
        ("unknown", feather.write_feather),
    ],
)
def test_tables(tmp_path, name, write):
    write(TABLE, str(tmp_path / name))
    records = read_records(tmp_path / name)
    assert records.texts == ["a", "c"]
    assert records.ids == [f"{name}:1", f"{name}:3"]
    assert records.empty_rows == 1


def test_every_form_has_the_same_hashes(tmp_path):
    rows = [
        {"text": "é\n", "meta": {"k": [1, 2], "none": None}, "n": 1.5},
        {"text": "b", "meta": {"k": [], "none": None}, "n": None},
    ]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "a.json").write_text(json.dumps(rows))
    table = pa.Table.from_pylist(rows)
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=1)
    write_stream(table, str(tmp_path / "a.arrow"))
    sources = [rows, table, *(tmp_path / f"a.{end}" for end in ("jsonl", "json", "parquet", "arrow"))]
    hashes = [read_records(source).table.column("content_hash").to_pylist() for source in sources]
    assert all(other == hashes[0] for other in hashes)
    assert len(set(hashes[0])) == 2


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow"])
def test_damaged_tables(tmp_path, name):
    path = tmp_path / name
    (pq.write_table if name == "a.parquet" else write_stream)(
        pa.table({"text": ["abc " * 50] * 500}), str(path)
    )
    whole = path.read_bytes()
    for content in (whole[: len(whole) // 2], b"garbage that is no table", whole[:4]):
        path.write_bytes(content)
        with pytest.raises(InputError, match=f"{name}: cannot be read"):
            read_records(path, on_bad_row="skip")


def test_an_arrow_file_with_offsets_that_lead_nowhere(tmp_path):
    path = tmp_path / "a.arrow"
    write_stream(pa.table({"text": ["abc", "def"]}), str(path))
    whole = path.read_bytes()
    offsets = bytes([0, 0, 0, 0, 3, 0, 0, 0, 6, 0, 0, 0])
    assert whole.count(offsets) == 1
    path.write_bytes(whole.replace(offsets, bytes([0, 0, 0, 0, 3, 0, 0, 0x7F, 6, 0, 0, 0])))
    with pytest.raises(InputError, match=r"a\.arrow: cannot be read"):
        read_records(path)


def test_types_that_json_has_not():
    moment = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    table = pa.table(
        {
            "text": pa.array(["a"]).dictionary_encode(),
            "ns": pa.array([1], pa.timestamp("ns")),
            "span": pa.array([1], pa.duration("ns")),
            "us": pa.array([moment], pa.timestamp("us", "UTC")),
            "money": [Decimal("1.50")],
            "blob": [b"\xff"],
            "pairs": pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64())),
        }
    )
    records = read_records(table, keep_payload=True)
    payload = json.loads(records.table.column("payload")[0].as_py())
    assert payload == {
        "text": "a",
        "ns": "1970-01-01 00:00:00.000000001",
        "span": "1",
        "us": "2024-01-01T00:00:00+00:00",
        "money": "holdfast:decimal:1.50",
        "blob": "holdfast:bytes:ff",
        "pairs": [["k", 1]],
    }


def test_numbers_and_bytes_are_no_text():
    with pytest.raises(InputError, match="row:1: column 'text' holds numbers"):
        read_records(pa.table({"text": [1, 2]}))
    with pytest.raises(InputError, match="column 'text' holds values of type bytes"):
        read_records(pa.table({"text": [b"a"]}))
