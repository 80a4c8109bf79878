"""Formats: which decoder reads a file, by its name or, failing that, by its first bytes."""

from __future__ import annotations

import io
import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import IO, TYPE_CHECKING, Any

import msgspec
import pyarrow as pa

from holdfast.data.delimited import delimited_rows
from holdfast.data.json_rows import check_not_utf16, json_array, json_lines
from holdfast.data.places import RemoteError
from holdfast.data.rows import in_chunks
from holdfast.data.table_rows import arrow_rows, parquet_rows
from holdfast.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from holdfast.data.places import Place
    from holdfast.data.rows import Chunks

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
NO_FILE = "the file does not exist"
_READABLE = "JSON Lines, JSON, CSV, TSV (also .gz, .zst), Parquet and Arrow files can be read"


def kind_by_name(name: str) -> str | None:
    """The format that a file's name promises, or None.

    >>> kind_by_name("a.JSONL.gz"), kind_by_name("notes.md")
    ('jsonl', None)
    """
    plain = name.lower()
    for suffix in _PACKED:
        plain = plain.removesuffix(suffix)
    return SUFFIXES.get(PurePath(plain).suffix)


def file_rows(place: Place) -> Chunks:
    """The rows of a file, decoded as they are asked for. A JSON array is decoded whole.

    Raises:
        InputError: The file as a whole cannot be read.
    """
    with reported(str(place)), opened(place) as (form, file):
        yield from read_form(form, place, file)


def read_form(form: Form, place: Place, file: IO[bytes]) -> Chunks:
    """The rows of a file that was opened."""
    if form.kind == "parquet":
        return parquet_rows(place)
    if form.kind == "arrow":
        return arrow_rows(place)
    return _text_rows(form, file)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How a file is written.

    Attributes:
        kind: `jsonl`, `array`, `csv`, `tsv`, `parquet` or `arrow`.
        packing: `gzip` or `zstd`, or None where the text is not packed.
    """

    kind: str
    packing: str | None = None


@contextmanager
def opened(place: Place, *, named: bool = True) -> Iterator[tuple[Form, IO[bytes]]]:
    """How a file is written, found by its name or its first bytes, and its text, unpacked; nothing of tables.

    Args:
        place: The file.
        named: Whether its name says what is in it.

    Raises:
        InputError: It is empty, or of an unknown format.
    """
    with place.open("rb", buffering=8192) as file:
        magic = file.read(8)
    kind = kind_by_name(place.name) if named else None
    binary = _MAGIC.get(magic[:4])
    _check_start(magic, kind, binary)
    if kind in ("parquet", "arrow") or (kind is None and binary):
        yield Form(kind=kind or str(binary)), io.BytesIO()
        return
    packing = _PACKED_MAGIC.get(magic[:2])
    with unpacked(place, packing) as file:
        head = file.peek(_HEAD_BYTES)
        if not head:
            raise InputError("the file is empty", do="Give a file with at least one row")
        yield Form(kind=_text_kind(head, kind), packing=packing), file


def piped_rows(copy: IO[bytes], where: str) -> Chunks:
    """The rows of what came through a pipe and has no name: text of any format, packed or not.

    Args:
        copy: A file with what came through.
        where: How errors name it.

    Raises:
        InputError: It cannot be read as a whole.
    """
    with reported(where), os.fdopen(os.dup(copy.fileno()), "rb") as file:
        file.seek(0)
        magic = file.read(8)
        file.seek(0)
        check_pipe(magic)
        packing = _PACKED_MAGIC.get(magic[:2])
        raw = file if packing is None else pa.CompressedInputStream(pa.PythonFile(file, "r"), packing)
        with io.BufferedReader(raw, _HEAD_BYTES) as text:
            head = text.peek(_HEAD_BYTES)
            if not head:
                raise InputError("the file is empty", do="Give a file with at least one row")
            yield from _text_rows(Form(kind=_text_kind(head, piped_kind(head))), text)


def check_pipe(magic: bytes) -> None:
    """Raises `InputError` where what came through a pipe has to be read from its end."""
    if magic[:4] in _MAGIC:
        raise InputError(
            f"{_MAGIC[magic[:4]].capitalize()} cannot be read from a pipe", do="Give the file itself"
        )


def piped_kind(head: bytes) -> str | None:
    """The format of a text without a name, where its first byte leaves no doubt."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    return "jsonl" if start in (b"{", b'"') else None


@contextmanager
def reported(where: str) -> Iterator[None]:
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
    except FileNotFoundError as error:
        raise InputError(NO_FILE, where=where, do="Check the path or the URL") from error
    except (OSError, EOFError, pa.ArrowException) as error:
        raise InputError(f"cannot be read: {_first_line(error)}", where=where, do=_advice(error)) from error


def _check_start(magic: bytes, kind: str | None, binary: str | None) -> None:
    if not magic:
        raise InputError("the file is empty", do="Give a file with at least one row")
    if kind not in ("parquet", "arrow", None) and binary:
        raise InputError(f"the file is {binary}, whatever its name says", do=f"Rename it to end in .{binary}")


@contextmanager
def unpacked(place: Place, packing: str | None) -> Iterator[io.BufferedReader]:
    """The text of a file, decompressed."""
    if packing is not None and isinstance(place, Path):
        with (
            pa.input_stream(str(place), compression=packing) as stream,
            io.BufferedReader(stream, _HEAD_BYTES) as file,
        ):
            yield file
        return
    raw: Any
    with place.open("rb", buffering=0) as raw:
        source = raw if packing is None else pa.CompressedInputStream(pa.PythonFile(raw, "r"), packing)
        with io.BufferedReader(source, _HEAD_BYTES) as file:
            yield file


def _text_rows(form: Form, file: IO[bytes]) -> Chunks:
    if form.kind in ("csv", "tsv"):
        return in_chunks(delimited_rows(file, "\t" if form.kind == "tsv" else None))
    return json_array(file) if form.kind == "array" else json_lines(file)


def _text_kind(head: bytes, kind: str | None) -> str:
    kind = kind or _sniffed(head)
    if kind in ("csv", "tsv"):
        return kind
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"[") or (kind == "json" and start.startswith(b"{") and _spans_lines(start)):
        return "array"
    return "jsonl"


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
    if isinstance(error, RemoteError):
        return "Check the URL, the network, and who may read it"
    return "The file is damaged, cut short, or of another format than its name says: copy or write it again"
