"""Forms: how facts and records stand in a file. Reading believes nothing that its sum does not confirm.

Facts are an Arrow stream of one row, a list of numbers for each array, which other programs read too; behind its end stand 20 bytes of ours,
its length and its sum (CRC-32). Records are JSON with a sum. Nothing is unpickled.
"""

from __future__ import annotations

import json
import mmap
import struct
import zlib
from collections.abc import Sequence
from typing import IO, TYPE_CHECKING, Any, TypeVar

import msgspec
import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    Value = NDArray[Any] | str | Sequence[str]
    Facts = Mapping[str, Value]

T = TypeVar("T")
_END = struct.Struct("<8sQI")
_MARK = b"HOLDFAS1"
_ABOUT = b"holdfast"
_MAPPED = 2**25
"""Bytes from which on a file is mapped, not read. A map keeps its file open, and a program may have no more than some hundred open."""
_DIRECT = frozenset(["|i1", "<i2", "<i4", "<i8", "|u1", "<u2", "<u4", "<u8", "<f4", "<f8"])
"""Types that Arrow holds as they are; arrays of others are lists of bytes to it."""
_KINDS = frozenset("biufcSUmM")


def write_facts(file: IO[bytes], facts: Facts, *, about: str) -> int:
    """Writes facts to a file that is open.

    Args:
        file: Where to.
        facts: Arrays of numbers, truth values or fixed-width strings; texts; lists of texts.
        about: The key, to be compared when they are read.

    Returns:
        Bytes written.

    Raises:
        TypeError: An array holds objects.
    """
    columns, notes = [], []
    for name, value in facts.items():
        column, note = _column(name, value)
        columns.append(column)
        notes.append([name, *note])
    schema = pa.schema(
        [pa.field(f"{place}", column.type, nullable=False) for place, column in enumerate(columns)],
        metadata={_ABOUT: json.dumps([about, notes])},
    )
    sink = _Summed(file)
    with pa.ipc.new_stream(pa.PythonFile(sink, mode="w"), schema) as writer:
        # A batch without columns has no rows, whatever is said.
        writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
    file.write(_END.pack(_MARK, sink.length, sink.sum))
    return sink.length + _END.size


def read_facts(path: Path, *, about: str) -> dict[str, Any] | None:
    """Facts of a file, or None where it holds no such facts, or is damaged.

    Args:
        path: The file.
        about: The key they were written under.

    Raises:
        OSError: There is no such file, or it cannot be read.
    """
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        mapped = size >= _MAPPED
        content = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if mapped else file.read())
    if len(content) < _END.size:
        return None
    stream = content[: -_END.size]
    if _END.unpack(content[-_END.size :]) != (_MARK, len(stream), zlib.crc32(stream)):
        return None
    try:
        with pa.ipc.open_stream(pa.py_buffer(stream)) as reader:
            said, notes = json.loads(reader.schema.metadata[_ABOUT])
            batch = reader.read_next_batch()
        if said != about:
            return None
        return {note[0]: _value(batch.column(place), *note[1:]) for place, note in enumerate(notes)}
    except (ValueError, KeyError, TypeError, IndexError, pa.ArrowException):  # written by another release
        return None


def encode_record(record: Any, *, about: str) -> bytes:
    """A record as JSON: whatever msgspec encodes."""
    content = msgspec.json.encode(record)
    return msgspec.json.encode({"key": about, "sum": zlib.crc32(content), "record": msgspec.Raw(content)})


class _Kept(msgspec.Struct, forbid_unknown_fields=True):
    """A record in its file."""

    key: str
    sum: int
    record: msgspec.Raw


def decode_record(content: bytes, kind: type[T], *, about: str) -> T | None:
    """A record, or None where it is another, of another kind, or damaged.

    Args:
        content: Of the file.
        kind: Of the record.
        about: The key it was written under.
    """
    try:
        kept = msgspec.json.decode(content, type=_Kept)
        if kept.key != about or kept.sum != zlib.crc32(kept.record):
            return None
        return msgspec.json.decode(kept.record, type=kind)
    except (ValueError, RecursionError):  # msgspec's own errors are such
        return None


class _Summed:
    """A file that keeps the length and the sum of what is written to it."""

    closed = False

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.length = 0
        self.sum = 0

    def write(self, content: bytes) -> int:
        self.length += len(content)
        self.sum = zlib.crc32(content, self.sum)
        return self._file.write(content)

    def flush(self) -> None:
        """Nothing is held back here."""

    def close(self) -> None:
        """The file is closed by who opened it."""


def _column(name: str, value: Value) -> tuple[Any, list[Any]]:
    """One row for Arrow, and what is needed to undo it."""
    if isinstance(value, str):
        return _listed(pa.array([value.encode("utf-8", "surrogatepass")], pa.large_binary())), ["text"]
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in _KINDS:
            raise TypeError(
                f"{name!r} holds {value.dtype}, and arrays of numbers or fixed-width strings are kept"
            )
        flat = np.ascontiguousarray(value, dtype=value.dtype.newbyteorder("<")).reshape(-1)
        note = ["array", flat.dtype.str, list(value.shape)]
        if flat.dtype.str not in _DIRECT:
            flat = flat.view(np.uint8)
        return _listed(pa.array(flat)), note
    if isinstance(value, Sequence) and all(isinstance(text, str) for text in value):
        try:
            return _listed(pa.array(value, pa.large_string())), ["texts"]
        except UnicodeEncodeError:  # half of a surrogate pair
            halves = [text.encode("utf-8", "surrogatepass") for text in value]
            return _listed(pa.array(halves, pa.large_binary())), ["halves"]
    raise TypeError(f"{name!r} is a {type(value).__name__}, and arrays, texts and lists of texts are kept")


def _listed(values: Any) -> Any:
    return pa.LargeListArray.from_arrays(pa.array([0, len(values)], pa.int64()), values)


def _value(column: Any, form: str, dtype: str = "", shape: Sequence[int] = ()) -> Any:
    values = column.values
    if form == "array":
        kind = np.dtype(dtype)
        if kind.kind not in _KINDS:
            raise TypeError(dtype)
        return values.to_numpy(zero_copy_only=True).view(kind).reshape(shape)
    if form == "texts":
        return values.to_pylist()
    texts = [text.decode("utf-8", "surrogatepass") for text in values.to_pylist()]
    return texts if form == "halves" else texts[0]
