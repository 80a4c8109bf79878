"""Formats: which decoder reads a file, by its name or, failing that, by its first bytes."""

from __future__ import annotations

import io
import os
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import msgspec
import pyarrow as pa

from holdfast.data.json_rows import check_not_utf16, json_array, json_lines
from holdfast.data.table_rows import arrow_rows, delimited_rows, parquet_rows
from holdfast.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from holdfast.data.rows import NumberedRows

SUFFIXES = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
}
_PACKED = (".gz", ".zst", ".zstd")
_MAGIC = {b"PAR1": "parquet", b"ARRO": "arrow", b"\xff\xff\xff\xff": "arrow"}
_PACKED_MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5": "zstd"}  # two bytes tell: neither begins a UTF-8 text
_HEAD_BYTES = 65_536
_READABLE = "JSON Lines, JSON, CSV, TSV (also .gz, .zst), Parquet and Arrow files can be read"


def kind_by_name(path: Path) -> str | None:
    """The format that a file's name promises, or None.

    >>> kind_by_name(Path("a.JSONL.gz")), kind_by_name(Path("notes.md"))
    ('jsonl', None)
    """
    name = path.name.lower()
    for suffix in _PACKED:
        name = name.removesuffix(suffix)
    return SUFFIXES.get(Path(name).suffix)


def file_rows(path: Path) -> NumberedRows:
    """The rows of a file, decoded as they are asked for. A JSON array is decoded whole.

    Raises:
        InputError: The file as a whole cannot be read.
    """
    with _reported(str(path)):
        with path.open("rb") as file:
            magic = file.read(8)
        kind = kind_by_name(path)
        binary = _MAGIC.get(magic[:4])
        _check_start(magic, kind, binary)
        if kind in ("parquet", "arrow") or (kind is None and binary):
            yield from (parquet_rows if (kind or binary) == "parquet" else arrow_rows)(path)
            return
        with _unpacked(path, _PACKED_MAGIC.get(magic[:2])) as (file, head):
            yield from _text_rows(file, head, kind)


def piped_rows(copy: IO[bytes], where: str) -> NumberedRows:
    """The rows of what came through a pipe and has no name: text of any format, packed or not.

    Args:
        copy: A file with what came through.
        where: How errors name it.

    Raises:
        InputError: It cannot be read as a whole.
    """
    with _reported(where), os.fdopen(os.dup(copy.fileno()), "rb") as file:
        file.seek(0)
        magic = file.read(8)
        file.seek(0)
        if magic[:4] in _MAGIC:
            raise InputError(
                f"{_MAGIC[magic[:4]].capitalize()} cannot be read from a pipe", do="Give the file itself"
            )
        packing = _PACKED_MAGIC.get(magic[:2])
        raw = file if packing is None else pa.CompressedInputStream(pa.PythonFile(file, "r"), packing)
        with io.BufferedReader(raw, _HEAD_BYTES) as text:
            head = text.peek(_HEAD_BYTES)
            start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
            yield from _text_rows(text, head, "jsonl" if start in (b"{", b'"') else None)


@contextmanager
def _reported(where: str) -> Iterator[None]:
    """Turns what a decoder says of a file as a whole into an error with advice."""
    try:
        yield
    except InputError as error:
        raise type(error)(error.what, where=error.where or where, do=error.do) from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"the encoding is not UTF-8: byte 0x{error.object[error.start]:02x} at byte offset {error.start}",
            where=f"{where}:1",
            do="Save the file as UTF-8, for example with: iconv -f WINDOWS-1252 -t UTF-8 old > new",
        ) from error
    except (OSError, EOFError, pa.ArrowException) as error:
        raise InputError(f"cannot be read: {_first_line(error)}", where=where, do=_advice(error)) from error


def _check_start(magic: bytes, kind: str | None, binary: str | None) -> None:
    if not magic:
        raise InputError("the file is empty", do="Give a file with at least one row")
    if kind not in ("parquet", "arrow", None) and binary:
        raise InputError(f"the file is {binary}, whatever its name says", do=f"Rename it to end in .{binary}")


@contextmanager
def _unpacked(path: Path, packing: str | None) -> Iterator[tuple[IO[bytes], bytes]]:
    """The file and its first bytes, decompressed."""
    if packing is None:
        with path.open("rb", buffering=0) as raw, io.BufferedReader(raw, _HEAD_BYTES) as file:
            yield file, file.peek(_HEAD_BYTES)
    else:
        with (
            pa.input_stream(str(path), compression=packing) as stream,
            io.BufferedReader(stream, _HEAD_BYTES) as file,
        ):
            yield file, file.peek(_HEAD_BYTES)


def _text_rows(file: IO[bytes], head: bytes, kind: str | None) -> NumberedRows:
    if not head:
        raise InputError("the file is empty", do="Give a file with at least one row")
    kind = kind or _sniffed(head)
    if kind == "csv":
        return delimited_rows(file, None)
    if kind == "tsv":
        return delimited_rows(file, "\t")
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"[") or (kind == "json" and start.startswith(b"{") and _spans_lines(start)):
        return json_array(file)
    return json_lines(file)


def _spans_lines(start: bytes) -> bool:
    """Whether a value goes on after its first line, as indented JSON does."""
    line, newline, _ = start.partition(b"\n")
    if not newline:
        return False
    try:
        msgspec.json.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return not line.rstrip().endswith(b"}")
    return False


def _sniffed(head: bytes) -> str:
    check_not_utf16(head)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if b"\0" in start:
        raise InputError("the file is binary and of an unknown format", do=_READABLE)
    if start[:1] in (b"{", b"["):
        return "json"
    line = start.partition(b"\n")[0]
    if line.startswith(b'"') and _is_json(line):
        return "jsonl"
    if b"\t" in line:
        return "tsv"
    if b"," in line or b";" in line:
        return "csv"
    raise InputError("the format is not known from the name, nor from the content", do=_READABLE)


def _is_json(line: bytes) -> bool:
    try:
        msgspec.json.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return False
    return True


def _first_line(error: BaseException) -> str:
    text = getattr(error, "strerror", None) or str(error)
    lines = str(text).strip().splitlines()
    return lines[0][:200].rstrip(".") if lines else type(error).__name__


def _advice(error: Any) -> str:
    if isinstance(error, PermissionError):
        return "Check its permissions"
    return "The file is damaged, cut short, or of another format than its name says: copy or write it again"
