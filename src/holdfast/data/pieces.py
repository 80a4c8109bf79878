"""Pieces: parts of files, or of rows in memory, that can be read by themselves. They are small, and travel to workers."""

from __future__ import annotations

import io
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import lru_cache, partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from holdfast.data.delimited import Header, delimited_rows
from holdfast.data.formats import reported, unpacked
from holdfast.data.hashes import canonical_json
from holdfast.data.json_rows import array_values, json_lines
from holdfast.data.kept import KEPT, Stream, batches_taken
from holdfast.data.places import Place, read_range, size_of
from holdfast.data.rows import CHUNK_ROWS, in_chunks
from holdfast.data.table_rows import arrow_batches, batch_rows, open_arrow, open_parquet, sound
from holdfast.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from holdfast.data.rows import Chunks

_MOST_BYTES = 2**23  # fetched at a time, to be hashed


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPiece:
    """Whole lines, records or elements of a text file.

    Attributes:
        where: How errors name the file.
        prefix: How ids name it.
        line: The number of the first line in the file.
        rows: How many rows there are at most; blank lines count.
        place: The file.
        kind: `jsonl`, `array`, `csv` or `tsv`.
        packing: How the file is packed; `start` and `stop` are of the text.
        start: The first byte.
        stop: The byte behind the last.
        header: Of CSV, what its first line says; None where the piece begins with it.
        last: Whether the file ends with it.
        digest: SHA-256 of its bytes, where they were seen.
    """

    where: str
    prefix: str
    line: int
    rows: int
    place: Place
    kind: str
    packing: str | None
    start: int
    stop: int
    header: Header | None = None
    last: bool = False
    digest: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePiece:
    """Rows of a Parquet or Arrow file.

    Attributes:
        where: How errors name the file.
        prefix: How ids name it.
        line: The number of the first row in the file.
        rows: How many rows there are.
        place: The file.
        kind: `parquet` or `arrow`.
        first: The first row group or batch.
        stop: The row group or batch behind the last.
        skip: Rows of the first one that stand before the piece.
        whole: Whether nothing of them is left out.
        stamp: Size and date of the file as it was cut.
    """

    where: str
    prefix: str
    line: int
    rows: int
    place: Place
    kind: str
    first: int
    stop: int
    skip: int
    whole: bool = True
    stamp: tuple[int, ...] = field(default=(), compare=False)  # a file that grew has the pieces that it had


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPiece:
    """Rows in memory.

    Attributes:
        where: How errors name them.
        prefix: How ids name them.
        line: The number of the first row.
        rows: How many there are.
        values: The rows: values, or Arrow batches.
    """

    where: str
    prefix: str
    line: int
    rows: int
    values: tuple[Any, ...] = field(repr=False)

    def __reduce__(self) -> tuple[object, ...]:
        if not self.values or not isinstance(self.values[0], pa.RecordBatch):
            return _held, (self.where, self.prefix, self.line, self.rows, self.values)
        # A part of a batch would be pickled with the whole of it; written as a stream it is a part.
        return _held_batches, (self.where, self.prefix, self.line, self.rows, _streamed(self.values))


Piece = TextPiece | TablePiece | HeldPiece


def _held(where: str, prefix: str, line: int, rows: int, values: tuple[Any, ...]) -> HeldPiece:
    return HeldPiece(where=where, prefix=prefix, line=line, rows=rows, values=values)


def _held_batches(where: str, prefix: str, line: int, rows: int, stream: bytes) -> HeldPiece:
    with pa.ipc.open_stream(stream) as reader:
        return _held(where, prefix, line, rows, tuple(reader))


def _streamed(batches: tuple[Any, ...]) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batches[0].schema) as stream:
        for batch in batches:
            stream.write_batch(batch)
    return bytes(sink.getvalue())


def piece_rows(piece: Piece) -> Chunks:
    """The rows of a piece, with the numbers that they have in the whole.

    Raises:
        InputError: It cannot be read, or the file has changed since it was cut.
    """
    if isinstance(piece, HeldPiece):
        if piece.values and isinstance(piece.values[0], pa.RecordBatch):
            yield from batch_rows(piece.values, row=piece.line)
            return
        for start in range(0, piece.rows, CHUNK_ROWS):
            values = list(piece.values[start : start + CHUNK_ROWS])
            yield range(piece.line + start, piece.line + start + len(values)), values
        return
    with reported(piece.where):
        if isinstance(piece, TextPiece):
            yield from _text_rows(piece)
        else:
            if piece.stamp and piece.stamp != stamp_of(piece.place):
                raise _changed(piece)
            yield from batch_rows(_table(piece), row=piece.line)


def piece_digest(piece: Piece) -> str | None:
    """SHA-256 of what a piece is read from; None for rows in memory that cannot be written."""
    if isinstance(piece, HeldPiece):
        return _held_digest(piece)
    with reported(piece.where):
        if isinstance(piece, TextPiece):
            content = piece.digest or sha256(_text(piece)).hexdigest()
            header = None if piece.header is None else [*piece.header.names, piece.header.delimiter]
            return _digest([piece.kind, content, header])
        if piece.kind == "parquet":
            groups = _groups_digest(piece.place, stamp_of(piece.place), piece.first, piece.stop)
            return _digest([piece.kind, groups, piece.skip, piece.rows])
        return _digest([piece.kind, sha256(_streamed_all(_table(piece))).hexdigest()])


def _text_rows(piece: TextPiece) -> Chunks:
    text = _text(piece)
    if piece.kind == "array":
        values = array_values(b"[" + text + b"]" if piece.start else text)
        for start in range(0, len(values), CHUNK_ROWS):
            part = values[start : start + CHUNK_ROWS]
            yield range(piece.line + start, piece.line + start + len(part)), part
    elif piece.kind == "jsonl":
        yield from json_lines(io.BytesIO(text), line=piece.line, offset=piece.start)
    else:
        delimiter = "\t" if piece.kind == "tsv" else None
        yield from in_chunks(
            delimited_rows(
                io.BytesIO(text), delimiter, header=piece.header, line=piece.line, offset=piece.start
            )
        )


def _text(piece: TextPiece) -> bytes:
    if piece.packing is None:
        found = read_range(piece.place, piece.start, piece.stop)
    else:
        found = KEPT.read(
            (piece.place, piece.packing, stamp_of(piece.place)),
            partial(_unpacking, piece.place, piece.packing),
            piece.start,
            piece.stop,
            last=piece.last,
        )
    if len(found) != piece.stop - piece.start or (
        piece.digest is not None and sha256(found).hexdigest() != piece.digest
    ):
        raise _changed(piece)
    return found


def _changed(piece: TextPiece | TablePiece) -> InputError:
    return InputError(
        "the file has changed since it was first looked at",
        where=piece.where,
        do="Read it when nobody writes it",
    )


def _unpacking(place: Place, packing: str) -> Stream:
    stack = ExitStack()
    file = stack.enter_context(unpacked(place, packing))
    return Stream(take=file.read, close=stack.close)


def _table(piece: TablePiece) -> Iterator[Any]:
    if piece.kind == "parquet":
        yield from _parquet(piece)
        return
    with open_arrow(piece.place) as file:
        if hasattr(file, "num_record_batches"):
            batches = (file.get_batch(at) for at in range(piece.first, piece.stop))
            yield from map(sound, _trimmed(batches, piece.skip, piece.rows))
            return
        waiting = arrow_batches(file)
        for _ in range(piece.first):
            next(waiting)
        yield from map(sound, _trimmed(waiting, piece.skip, piece.rows))


def _trimmed(batches: Iterator[Any], skip: int, rows: int) -> Iterator[Any]:
    take = batches_taken(batches)
    take(skip)
    yield from take(rows)


def _parquet(piece: TablePiece) -> Iterator[Any]:
    if piece.whole:
        with open_parquet(piece.place) as file:
            yield from file.iter_batches(
                batch_size=CHUNK_ROWS, row_groups=list(range(piece.first, piece.stop))
            )
        return
    yield from KEPT.read(
        (piece.place, piece.first, stamp_of(piece.place)),
        partial(_row_group, piece.place, piece.first),
        piece.skip,
        piece.skip + piece.rows,
        last=False,
    )


def _row_group(place: Place, group: int) -> Stream:
    stack = ExitStack()
    file = stack.enter_context(open_parquet(place))
    batches = file.iter_batches(batch_size=CHUNK_ROWS, row_groups=[group])
    return Stream(take=batches_taken(batches), close=stack.close, step=CHUNK_ROWS)


def stamp_of(place: Place) -> tuple[int, ...]:
    """Size and date of a file: they change where it is written anew."""
    if isinstance(place, Path):
        status = place.stat()
        return status.st_size, status.st_mtime_ns
    return (size_of(place) or 0,)


@lru_cache(maxsize=64)
def _groups_digest(place: Place, stamp: tuple[int, ...], first: int, stop: int) -> str:
    """Hash of what row groups are written as, and of what their columns are; many pieces may be of one group."""
    del stamp  # the file is another one where it is
    digest = sha256()
    with open_parquet(place) as file:
        digest.update(str(file.schema_arrow.remove_metadata()).encode())
        described = [file.metadata.row_group(group) for group in range(first, stop)]
        columns = [group.column(at) for group in described for at in range(group.num_columns)]
    for column in columns:
        digest.update(f"{column.path_in_schema} {column.compression} {column.num_values}\n".encode())
    # Columns mostly stand one behind the other: they are fetched together.
    for begin, end in _spans(columns):
        digest.update(read_range(place, begin, end))
    return digest.hexdigest()


def _spans(columns: list[Any]) -> Iterator[tuple[int, int]]:
    begin = end = 0
    for column in columns:
        starts = [column.data_page_offset]
        if column.has_dictionary_page and column.dictionary_page_offset:
            starts.append(column.dictionary_page_offset)
        start = min(starts)
        if start != end or end - begin > _MOST_BYTES:
            if end > begin:
                yield begin, end
            begin = start
        end = start + column.total_compressed_size
    if end > begin:
        yield begin, end


def _streamed_all(batches: Iterator[Any]) -> bytes:
    held = tuple(batches)
    return _streamed(held) if held else b""


def _held_digest(piece: HeldPiece) -> str | None:
    if piece.values and isinstance(piece.values[0], pa.RecordBatch):
        return _digest(["table", sha256(_streamed(piece.values)).hexdigest()])
    digest = sha256()
    try:
        for value in piece.values:
            digest.update(canonical_json(value) + b"\n")
    except (TypeError, UnicodeEncodeError, RecursionError):
        return None
    return _digest(["values", digest.hexdigest()])


def _digest(parts: list[Any]) -> str:
    return sha256(canonical_json(parts)).hexdigest()
