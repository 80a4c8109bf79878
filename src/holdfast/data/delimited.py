"""CSV and TSV as rows, from the start or from any row on."""

from __future__ import annotations

import csv
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from threading import Lock
from typing import IO, TYPE_CHECKING

from holdfast.data.json_rows import check_not_utf16, not_utf8
from holdfast.data.rows import RowError
from holdfast.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from holdfast.data.rows import NumberedRows

# The largest field that every platform's C long can express: 2 GiB.
_FIELD_LIMIT = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """How a CSV file is to be read from anywhere in it.

    Attributes:
        names: The columns.
        delimiter: What stands between fields.
    """

    names: tuple[str, ...]
    delimiter: str


def delimited_rows(
    file: IO[bytes],
    delimiter: str | None = None,
    *,
    header: Header | None = None,
    line: int = 1,
    offset: int = 0,
) -> NumberedRows:
    """CSV with a header; quoted fields may span lines. A row's number is the line it begins on.

    Args:
        file: The bytes.
        delimiter: None chooses between comma, semicolon and tab by the header.
        header: The header, where the bytes are a part of a file and begin with a row.
        line: The number of the first line in the whole file.
        offset: Where in the whole file that line begins.

    Raises:
        InputError: The header cannot be used.
    """
    with _long_fields():
        if header is None:
            header, rows, lines = _begin(file, delimiter)
            if header is None:
                return
        else:
            lines = _Lines(file, line=line, offset=offset)
            rows = csv.reader(lines, delimiter=header.delimiter, strict=True)
        names, width = header.names, len(header.names)
        for begins, row in _parsed(rows, lines):
            if isinstance(row, RowError):
                yield begins, row
            elif len(row) == width:
                yield begins, dict(zip(names, row, strict=True))
            elif row:
                yield begins, RowError(f"fields in the row: {len(row)}, in the header: {width}")


def delimited_ends(file: IO[bytes], delimiter: str | None = None) -> Iterator[tuple[Header, int, int]]:
    """The header, and for every row where the next one begins: its offset and its line.

    Raises:
        InputError: The header cannot be used.
    """
    with _long_fields():
        header, rows, lines = _begin(file, delimiter)
        if header is None:
            return
        for _ in _parsed(rows, lines):
            if lines.nul is None:  # else it is told with the row to come
                yield header, lines.next_offset, lines.number + 1


def _begin(file: IO[bytes], delimiter: str | None) -> tuple[Header | None, Iterator[list[str]], _Lines]:
    lines = _Lines(file)
    first = next(lines, None)
    while first is not None and not first.strip():
        first = next(lines, None)
    if first is None:
        return None, iter(()), lines
    if delimiter is None:
        delimiter = max(",;\t", key=first.count)
    rows = csv.reader(chain((first,), lines), delimiter=delimiter, strict=True)
    return Header(names=tuple(_header(rows)), delimiter=delimiter), rows, lines


def _parsed(rows: Iterator[list[str]], lines: _Lines) -> Iterator[tuple[int, list[str] | RowError]]:
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
            line, lines.nul = lines.nul, None
            yield line, RowError("a raw NUL byte")
        else:
            yield begins, row


_limits: list[int] = []
_limits_lock = Lock()


@contextmanager
def _long_fields() -> Iterator[None]:
    """Fields of any length. It is one setting for the process: the last reader of several gives it back."""
    with _limits_lock:
        _limits.append(csv.field_size_limit(_FIELD_LIMIT))
    try:
        yield
    finally:
        with _limits_lock:
            first = _limits[0]
            _limits.pop()
            if not _limits:
                csv.field_size_limit(first)


class _Lines:
    """Decoded lines of a file, and where we are."""

    def __init__(self, file: IO[bytes], *, line: int = 1, offset: int = 0) -> None:
        self._file = file
        self.number = line - 1
        self.offset = offset  # of the line last read
        self.next_offset = offset
        self.nul: int | None = None  # the line in which a NUL byte was met

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        raw = self._file.readline()
        if not raw:
            raise StopIteration
        self.number += 1
        self.offset = self.next_offset
        self.next_offset += len(raw)
        if self.offset == 0:
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
