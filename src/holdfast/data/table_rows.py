"""Tables as rows: CSV and TSV, Parquet, Arrow files and streams."""

from __future__ import annotations

import csv
from itertools import chain
from typing import IO, TYPE_CHECKING, Any

import pyarrow as pa

from holdfast.data.json_rows import check_not_utf16, not_utf8
from holdfast.data.rows import RowError
from holdfast.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from holdfast.data.rows import NumberedRows

# The largest field that every platform's C long can express: 2 GiB.
_FIELD_LIMIT = 2**31 - 1
_BATCH_ROWS = 4096


def delimited_rows(file: IO[bytes], delimiter: str | None) -> NumberedRows:
    """CSV with a header; quoted fields may span lines. A row's number is the line it begins on.

    Args:
        file: The bytes.
        delimiter: None chooses between comma, semicolon and tab by the header.

    Raises:
        InputError: The header cannot be used.
    """
    lines = _Lines(file)
    first = next(lines, None)
    while first is not None and not first.strip():
        first = next(lines, None)
    if first is None:
        return
    if delimiter is None:
        delimiter = max(",;\t", key=first.count)
    limit = csv.field_size_limit(_FIELD_LIMIT)  # one setting for the process: given back below
    try:
        rows = csv.reader(chain((first,), lines), delimiter=delimiter, strict=True)
        header = _header(rows)
        width = len(header)
        while True:
            begins = lines.number + 1
            try:
                row = next(rows)
            except StopIteration:
                return
            except csv.Error as error:
                yield begins, RowError(f"broken CSV: {error}")
                continue
            except UnicodeDecodeError as error:
                yield lines.number, not_utf8(error, lines.offset)
                continue
            if lines.nul is not None:
                yield lines.nul, RowError("a raw NUL byte")
                lines.nul = None
            elif len(row) == width:
                yield begins, dict(zip(header, row, strict=True))
            elif row:
                yield begins, RowError(f"fields in the row: {len(row)}, in the header: {width}")
    finally:
        csv.field_size_limit(limit)


class _Lines:
    """Decoded lines of a file, and where we are."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.number = 0
        self.offset = 0  # of the line last read
        self._next_offset = 0
        self.nul: int | None = None  # the line in which a NUL byte was met

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        raw = self._file.readline()
        if not raw:
            raise StopIteration
        self.number += 1
        self.offset = self._next_offset
        self._next_offset += len(raw)
        if self.number == 1:
            check_not_utf16(raw)
            raw = raw.removeprefix(b"\xef\xbb\xbf")
        if b"\0" in raw:
            self.nul = self.number
            raw = raw.replace(b"\0", b"")
        return raw.decode()


def _header(rows: Iterator[list[str]]) -> list[str]:
    try:
        header = next(rows)
    except csv.Error as error:
        raise InputError(f"broken CSV header: {error}", do="Mend the first line") from error
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise InputError(f"the header names {twice[0]!r} twice", do="Give every column its own name")
    return header


def parquet_rows(path: Path) -> NumberedRows:
    """Rows of a Parquet file, batch by batch."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        yield from batch_rows(file.iter_batches(batch_size=_BATCH_ROWS))


def arrow_rows(path: Path) -> NumberedRows:
    """Rows of an Arrow file (Feather) or of an Arrow stream, as Hugging Face `datasets` writes it."""
    with pa.memory_map(str(path)) as source:
        if source.read(6) == b"ARROW1":
            file = pa.ipc.open_file(source)
            yield from batch_rows(_sound(file.get_batch(at) for at in range(file.num_record_batches)))
        else:
            source.seek(0)
            yield from batch_rows(_sound(pa.ipc.open_stream(source)))


def _sound(batches: Iterable[Any]) -> Iterator[Any]:
    """Arrow files are mapped, not decoded: offsets that a fault has changed would lead out of the file."""
    for batch in batches:
        batch.validate(full=True)
        yield batch


def batch_rows(batches: Iterable[Any]) -> NumberedRows:
    """Rows of Arrow batches, numbered from 1.

    Raises:
        InputError: A column holds values that Python cannot.
    """
    row = 0
    for whole in batches:
        twice = {name for name in whole.schema.names if whole.schema.names.count(name) > 1}
        if twice:
            raise InputError(f"two columns are named {min(twice)!r}", do="Give every column its own name")
        # Batches in a file can be of any size; Python objects are made for a few thousand rows at a time.
        for start in range(0, whole.num_rows, _BATCH_ROWS):
            batch = _without_nanoseconds(whole.slice(start, _BATCH_ROWS))
            try:
                values = batch.to_pylist()
            except (ValueError, OverflowError) as error:
                raise InputError(
                    f"rows {row + 1} to {row + batch.num_rows} hold values that cannot be read: {error}",
                    do="Leave such columns out, or save them as text",
                ) from error
            for value in values:
                row += 1
                yield row, value


def _without_nanoseconds(batch: Any) -> Any:
    """Nanosecond columns as text: Python's own types stop at microseconds, and pandas may not be there."""
    for at, column in enumerate(batch.schema):
        kind = column.type
        has_unit = pa.types.is_timestamp(kind) or pa.types.is_time64(kind) or pa.types.is_duration(kind)
        if has_unit and kind.unit == "ns":
            plain = batch.column(at).cast(pa.int64()) if pa.types.is_duration(kind) else batch.column(at)
            batch = batch.set_column(at, column.name, plain.cast(pa.string()))
    return batch
