"""Formats are told by name, and by content where the name says nothing."""

from __future__ import annotations

import gzip
from hashlib import sha256

import pyarrow as pa
import pytest

from holdfast.data import read_records
from holdfast.errors import InputError

LINES = b'{"text": "a"}\n{"text": "b"}\n'


def pack(path, content, packing):
    with pa.CompressedOutputStream(str(path), packing) as sink:
        sink.write(content)


@pytest.mark.parametrize(
    ("suffix", "packing"), [(".gz", "gzip"), (".zst", "zstd"), ("", "gzip"), ("", "zstd")]
)
@pytest.mark.parametrize(
    ("name", "content"), [("a.jsonl", LINES), ("a.json", b'["a", "b"]'), ("a.csv", b"text,label\na,x\nb,y\n")]
)
def test_compressed(tmp_path, name, content, suffix, packing):
    path = tmp_path / (name + suffix)
    pack(path, content, packing)
    assert read_records(path).texts == ["a", "b"]


@pytest.mark.parametrize(
    "content",
    [
        LINES,
        b'[\n{"text": "a"}, {"text": "b"}\n]',
        b'"a"\n"b"\n',
        b"text,label\na,x\nb,y\n",
        b"text\tlabel\na\tx\nb\ty\n",
    ],
)
def test_sniffed(tmp_path, content):
    path = tmp_path / "rows.data"
    path.write_bytes(content)
    assert read_records(path).texts == ["a", "b"]


def test_json_lines_and_arrays_under_the_other_name(tmp_path):
    (tmp_path / "a.json").write_bytes(LINES)
    (tmp_path / "a.jsonl").write_bytes(b'[{"text": "a"},\n{"text": "b"}]')
    assert read_records(tmp_path / "a.json").texts == read_records(tmp_path / "a.jsonl").texts == ["a", "b"]


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_truncated(tmp_path, packing, name):
    # Digests do not compress, so that half of the file is half of the rows.
    lines = b"".join(b'{"text": "%s"}\n' % sha256(b"%d" % i).hexdigest().encode() for i in range(20_000))
    path = tmp_path / name
    pack(path, lines if name == "a.jsonl" else lines.replace(b'"', b"").replace(b": ", b","), packing)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=f"{name}: cannot be read"):
        read_records(path, on_bad_row="skip", text=None if name == "a.jsonl" else "{text")


def test_several_gzip_members(tmp_path):
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"text": "a"}\n') + gzip.compress(b'{"text": "b"}\n'))
    assert read_records(path).texts == ["a", "b"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", b"just words\n", "the format is not known"),
        ("a.bin", b"\x01\x00\x02\x00", "binary and of an unknown format"),
        ("a.txt", "a,b\n".encode("utf-16"), "UTF-16"),
        ("a.csv", b"PAR1xxxx", "the file is parquet, whatever its name says"),
        ("a.jsonl.gz", gzip.compress(b"", mtime=0), "the file is empty"),
    ],
)
def test_not_readable(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        read_records(tmp_path / name)
    assert caught.value.where == str(tmp_path / name)
