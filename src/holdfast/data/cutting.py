"""Cutting: a file, or rows in memory, becomes pieces.

Where a piece ends follows from the content before it and from fixed places, counted from the start of the file: a file that grew has the
same pieces as before, but for its last ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeVar, cast

import msgspec
import numpy as np
import pyarrow as pa

from holdfast.data.delimited import delimited_ends
from holdfast.data.formats import opened, reported
from holdfast.data.json_rows import array_values
from holdfast.data.pieces import HeldPiece, Piece, TablePiece, TextPiece, stamp_of
from holdfast.data.places import Place, read_range, size_of
from holdfast.data.table_rows import arrow_batches, open_arrow, open_parquet
from holdfast.errors import InputError

if TYPE_CHECKING:
    from typing import IO

    from holdfast.data.formats import Form
    from holdfast.data.sources import Source

_MORE_BYTES = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large blocks are, at most.

    Attributes:
        rows: Rows.
        bytes: Bytes of text, but for one row that has more.
    """

    rows: int = 20_000
    bytes: int = 2**23


SIZE = Size()

Job = TypeVar("Job")
Answer = TypeVar("Answer")
Run = Callable[[Callable[[Any], Any], Sequence[Any]], Sequence[Any]]
"""Runs a function over jobs, here, in threads or on other machines, and gives the answers in the order of the jobs."""


def inline(work: Callable[[Job], Answer], jobs: Sequence[Job]) -> list[Answer]:
    """One job after the other."""
    return [work(job) for job in jobs]


def cut_source(source: Source, run: Run = inline, size: Size = SIZE) -> list[Piece]:
    """The pieces of a source, in order.

    Args:
        source: A file or rows in memory.
        run: Where parts of large files are gone through.
        size: How large pieces are.

    Raises:
        InputError: The file cannot be read.
    """
    if source.place is None:
        return list(_held(source, size))
    with reported(source.where), opened(source.place, named=source.named) as (form, file):
        if form.kind in ("parquet", "arrow"):
            return list(_tables(source, form.kind, size))
        if form.kind == "jsonl" and form.packing is None:
            return _plain_lines(source, source.place, run, size)
        cut = {"jsonl": _packed_lines, "array": _elements}.get(form.kind, _records)
        pieces = list(cut(_piece(source, source.place, form), file, size))
    return [*pieces[:-1], replace(pieces[-1], last=True)] if pieces else []


def _piece(source: Source, place: Place, form: Form) -> TextPiece:
    return TextPiece(
        where=source.where,
        prefix=source.prefix,
        line=1,
        rows=0,
        place=place,
        kind=form.kind,
        packing=form.packing,
        start=0,
        stop=0,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Region:
    """A part of a file between two fixed places; the lines that begin in it are its own."""

    place: Place
    where: str
    start: int
    stop: int
    size: int
    rows: int


@dataclass(frozen=True, slots=True)
class _Lines:
    """Lines that stand together: where they begin and end, how many they are, and their hash."""

    start: int
    stop: int
    count: int
    digest: str


def _plain_lines(source: Source, place: Place, run: Run, size: Size) -> list[Piece]:
    end = size_of(place)
    if end is None:
        raise InputError("the server does not say how large the file is", do="Download it, and give the file")
    regions = [
        _Region(
            place=place,
            where=source.where,
            start=start,
            stop=min(start + size.bytes, end),
            size=end,
            rows=size.rows,
        )
        for start in range(0, end, size.bytes)
    ]
    pieces: list[Piece] = []
    line = 1
    for lines in (one for found in run(_cut_region, regions) for one in found):
        pieces.append(
            TextPiece(
                where=source.where,
                prefix=source.prefix,
                line=line,
                rows=lines.count,
                place=place,
                kind="jsonl",
                packing=None,
                start=lines.start,
                stop=lines.stop,
                last=lines.stop == end,
                digest=lines.digest,
            )
        )
        line += lines.count
    return pieces


def _cut_region(region: _Region) -> list[_Lines]:
    with reported(region.where):
        before = min(region.start, 1)  # whether a line begins at the very start says the byte before it
        data = read_range(region.place, region.start - before, region.stop)
        first = 0
        if before:
            first = data.find(b"\n") + 1
            if first == 0 or first == len(data):
                return []
        parts, end = [data[first:]], region.stop
        while end < region.size and not parts[-1].endswith(b"\n"):
            more = read_range(region.place, end, min(end + _MORE_BYTES, region.size))
            ends = more.find(b"\n") + 1
            parts.append(more[:ends] if ends else more)
            end += len(parts[-1])
        return list(_cut_lines(b"".join(parts), region.start - before + first, region.rows))


def _cut_lines(data: bytes, offset: int, rows: int) -> Iterator[_Lines]:
    """Whole lines, some thousands together."""
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n")) + 1
    if not data.endswith(b"\n"):
        ends = np.append(ends, len(data))
    start = 0
    for at in range(0, len(ends), rows):
        count = min(rows, len(ends) - at)
        stop = int(ends[at + count - 1])
        yield _Lines(offset + start, offset + stop, count, sha256(data[start:stop]).hexdigest())
        start = stop


def _packed_lines(like: TextPiece, file: IO[bytes], size: Size) -> Iterator[TextPiece]:
    """Lines of a packed file, which is gone through once."""
    offset, line = 0, 1
    while data := file.read(size.bytes):
        if not data.endswith(b"\n"):
            data += file.readline()
        for lines in _cut_lines(data, offset, size.rows):
            yield replace(
                like, line=line, rows=lines.count, start=lines.start, stop=lines.stop, digest=lines.digest
            )
            line += lines.count
        offset += len(data)


def _records(like: TextPiece, file: IO[bytes], size: Size) -> Iterator[TextPiece]:
    """Records of CSV: only who has read all before it knows whether a line begins one."""
    start, line, rows, end, next_line = 0, 1, 0, 0, 1
    header = None
    hashing = _Hashing(file)
    for found, end, next_line in delimited_ends(
        cast("IO[bytes]", hashing), "\t" if like.kind == "tsv" else None
    ):
        rows += 1
        if rows >= size.rows or end - start >= size.bytes:
            yield replace(
                like, line=line, rows=rows, start=start, stop=end, header=header, digest=hashing.digest()
            )
            start, line, rows, header = end, next_line, 0, found
    end = hashing.position  # behind the last record may stand blank lines
    if end > start:
        yield replace(
            like, line=line, rows=max(rows, 1), start=start, stop=end, header=header, digest=hashing.digest()
        )


class _Hashing:
    """Lines of a file, and the hash of those since it was last asked for."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._hash = sha256()
        self.position = 0

    def readline(self) -> bytes:
        line = self._file.readline()
        self._hash.update(line)
        self.position += len(line)
        return line

    def digest(self) -> str:
        found, self._hash = self._hash.hexdigest(), sha256()
        return found


def _elements(like: TextPiece, file: IO[bytes], size: Size) -> Iterator[TextPiece]:
    """Elements of a JSON array, which is decoded whole: what is wrong with it is told of the whole."""
    content = file.read()
    count = len(array_values(content))
    try:
        elements = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"), type=list[msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        # Numbers that need a second look: they are read with all that stands around them.
        yield replace(like, rows=count, stop=len(content))
        return
    at = content.index(b"[") + 1
    start, first, rows = at, 1, 0
    for number, element in enumerate(elements, start=1):
        value = bytes(element)
        begin = content.index(value, at)  # between two elements stand blanks and a comma only
        if rows == 0:
            start, first = begin, number
        at = begin + len(value)
        rows += 1
        if rows >= size.rows or at - start >= size.bytes:
            yield _element_piece(like, content, first, rows, start, at)
            rows = 0
    if rows:
        yield _element_piece(like, content, first, rows, start, at)


def _element_piece(
    like: TextPiece, content: bytes, first: int, rows: int, start: int, stop: int
) -> TextPiece:
    return replace(
        like, line=first, rows=rows, start=start, stop=stop, digest=sha256(content[start:stop]).hexdigest()
    )


@dataclass(frozen=True, slots=True)
class _Group:
    """A row group or a batch."""

    rows: int
    bytes: int


def _tables(source: Source, kind: str, size: Size) -> Iterator[TablePiece]:
    """Small groups go together, large ones are cut."""
    assert source.place is not None  # noqa: S101 - the caller asked
    make = partial(
        TablePiece,
        where=source.where,
        prefix=source.prefix,
        place=source.place,
        kind=kind,
        stamp=stamp_of(source.place),
    )
    groups = list(_groups(source.place, kind))
    line, first, rows, weight = 1, 0, 0, 0
    for number, group in enumerate(groups):
        if rows and (rows + group.rows > size.rows or weight + group.bytes > size.bytes):
            yield make(line=line, rows=rows, first=first, stop=number, skip=0)
            line, rows, weight = line + rows, 0, 0
        if rows == 0:
            first = number
        rows, weight = rows + group.rows, weight + group.bytes
        if rows > size.rows or (weight > size.bytes and rows > 1):  # one group alone
            step = max(min(size.rows, rows * size.bytes // max(weight, 1)), 1)
            for skip in range(0, rows, step):
                count = min(step, rows - skip)
                yield make(
                    line=line, rows=count, first=number, stop=number + 1, skip=skip, whole=count == rows
                )
                line += count
            rows = weight = 0
    if rows:
        yield make(line=line, rows=rows, first=first, stop=len(groups), skip=0)


def _groups(place: Place, kind: str) -> Iterator[_Group]:
    if kind == "parquet":
        with open_parquet(place) as file:
            for at in range(file.metadata.num_row_groups):
                described = file.metadata.row_group(at)
                yield _Group(described.num_rows, described.total_byte_size)
        return
    with open_arrow(place) as file:
        for batch in arrow_batches(file):
            yield _Group(batch.num_rows, batch.nbytes)


def _held(source: Source, size: Size) -> Iterator[HeldPiece]:
    values = source.values or ()
    make = partial(HeldPiece, where=source.where, prefix=source.prefix)
    if values and isinstance(values[0], pa.RecordBatch):
        line = 1
        held: list[Any] = []
        rows = 0
        for batch in (part for whole in values for part in _parts(whole, size)):
            if held and rows + batch.num_rows > size.rows:
                yield make(line=line, rows=rows, values=tuple(held))
                line, held, rows = line + rows, [], 0
            held.append(batch)
            rows += batch.num_rows
        if rows:
            yield make(line=line, rows=rows, values=tuple(held))
        return
    start = weight = 0
    for at, value in enumerate(values, start=1):
        weight += _weight(value)
        if at - start >= size.rows or weight >= size.bytes:
            yield make(line=start + 1, rows=at - start, values=tuple(values[start:at]))
            start, weight = at, 0
    if start < len(values):
        yield make(line=start + 1, rows=len(values) - start, values=tuple(values[start:]))


def _parts(batch: Any, size: Size) -> Iterator[Any]:
    if batch.num_rows == 0:
        return
    step = max(min(size.rows, batch.num_rows * size.bytes // max(batch.nbytes, 1)), 1)
    for start in range(0, batch.num_rows, step):
        yield batch.slice(start, step)


def _weight(value: Any) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(len(member) for member in value.values() if isinstance(member, str | bytes | list))
    return 0
