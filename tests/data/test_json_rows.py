"""JSON rows: what is wrong is said with its line."""

from __future__ import annotations

import json

import pytest

from holdfast.data import read_records
from holdfast.errors import InputError

GOOD = b'{"text": "a"}\n'


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "rows.jsonl"

    def write(content):
        path.write_bytes(content)
        return path

    return write


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'{"text": "b",}', "trailing comma in object .column 14"),
        ('{"é": "b",}'.encode(), "column 11"),
        (b'{"text": "b"', "ends too early, at column 13"),
        (b'{"text": NaN}', "NaN and Infinity are not JSON"),
        (b'{"text": -Infinity}', "NaN and Infinity are not JSON"),
        (b'{"text": "a\x00b"}', "raw NUL byte at column 12"),
        (b'{"text": "\\ud800"}', "half of a surrogate pair"),
        (b'{"text": "\\udc00 x"}', "half of a surrogate pair"),
        (b'{"text": "x \\ud800 y"}', "half of a surrogate pair"),
        (b'{"text": "caf\xe9"}', "not UTF-8: byte 0xe9 at byte offset 27 of the file. Save .* iconv"),
        (b'{"text": ' + b"[" * 100_000, "nested too deeply"),
        (b'{"text": "a", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
        (b"[1, 2]", "the row is a list, not an object"),
        (b"12", "the row is a number, not an object"),
        (b"null", "the row is null, not an object"),
        (b'{"text": 3}', "column 'text' holds numbers"),
        (b'{"text": true}', "column 'text' holds truth values"),
        (b'{"messages": [{"role": "user", "content": "x"}]}', "of shape messages"),
    ],
)
def test_a_bad_row_stops_with_its_line_or_is_skipped(file, line, message):
    path = file(GOOD + line + b"\n" + GOOD)
    with pytest.raises(InputError, match=message) as caught:
        read_records(path)
    assert caught.value.where == f"{path}:2"
    assert caught.value.do
    records = read_records(path, on_bad_row="skip")
    assert records.ids == ["rows.jsonl:1", "rows.jsonl:3"]
    assert [(row.where, records.skipped_count) for row in records.skipped] == [(f"{path}:2", 1)]


def test_the_first_row_may_be_bad_too(file):
    path = file(b"{oops\n" + GOOD)
    with pytest.raises(InputError, match=r"rows.jsonl:1: broken JSON"):
        read_records(path)
    assert read_records(path, on_bad_row="skip").ids == ["rows.jsonl:2"]


def test_what_is_fine(file):
    digits = b"9" * 6000
    rows = [
        b"\xef\xbb\xbf" + GOOD.strip(),
        b"",
        b'  {"text": "nul \\u0000 inside"}\r',
        b'{"text": "big", "n": 123456789012345678901234567890}',
        b'{"text": "bigger", "n": ' + digits + b', "e": 1e999}',
        b'{"text": "nulls", "a": {"b": [null, {"c": null}]}}',
        b'"a bare string"',
        b'{"text": "pair \\ud83d\\ude00"}',
    ]
    records = read_records(file(b"\n".join(rows)))
    assert records.texts == ["a", "nul \0 inside", "big", "bigger", "nulls", "a bare string", "pair 😀"]
    assert records.ids[1] == "rows.jsonl:3"
    assert records.empty_rows == 0


def test_empty_rows_are_counted(file):
    records = read_records(file(GOOD + b'{"text": null}\n{"text": " \\n"}\n{}\n{"text": ""}\n' + GOOD))
    assert (len(records), records.empty_rows) == (2, 4)


@pytest.mark.parametrize(
    "content", [b"\n\n", b"{}\n{}\n", b'{"text": null}\n{"text": "  "}\n', b"\xef\xbb\xbf"]
)
def test_no_readable_record(file, content):
    with pytest.raises(InputError, match="no readable record"):
        read_records(file(content))


def test_nothing_left_after_skipping(file):
    with pytest.raises(
        InputError, match=r"no readable record \(0 empty, 2 skipped\).*rows.jsonl:1: broken JSON"
    ):
        read_records(file(b"{\n{\n"), on_bad_row="skip")


def test_an_empty_file(file):
    with pytest.raises(InputError, match=r"rows\.jsonl: the file is empty"):
        read_records(file(b""))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_utf16_is_named(file, encoding):
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
    with pytest.raises(InputError, match="the file is UTF-16"):
        read_records(file(mark + '{"text": "a"}\n'.encode(encoding)))


def test_a_line_of_50_megabytes(file):
    records = read_records(file(GOOD + b'{"text": "' + b"x" * 50_000_000 + b'"}\n'))
    assert [len(text) for text in records.texts] == [1, 50_000_000]


def test_skipped_rows_are_counted_exactly_and_kept_up_to_1000(file):
    records = read_records(file(GOOD + b"{\n" * 1500), on_bad_row="skip")
    assert (len(records.skipped), records.skipped_count) == (1000, 1500)


def test_arrays(tmp_path):
    path = tmp_path / "rows.json"
    path.write_text(json.dumps([{"text": "a"}, {"text": "b"}], indent=2))
    assert read_records(path).ids == ["rows.json:1", "rows.json:2"]
    path.write_text('["a", "b"]')
    assert read_records(path).texts == ["a", "b"]
    path.write_text('[{"text": "a"},\n {"text": "b",}]')
    with pytest.raises(InputError, match=r"trailing comma in object \(line 2, column 15\)"):
        read_records(path)
    path.write_text(json.dumps({"version": 1, "rows": []}, indent=2))
    with pytest.raises(InputError, match="one JSON object with the members version, rows"):
        read_records(path)
    path.write_text("[]")
    with pytest.raises(InputError, match="no readable record"):
        read_records(path)
