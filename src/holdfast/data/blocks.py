"""Blocks: a set of rows cut into parts that are read anywhere, in any order, and give together what the whole would have given.

    with ExitStack() as stack:
        blocks = find_blocks("s3://bucket/*.parquet", stack)
        set = survey(blocks)
        for reference in blocks.references:
            records = read_block(reference, set.reading)

What the columns of a set are read as is found once, in its first rows, as `read_records` finds it. Which column holds the labels, and whether
a column holds ids, only who has seen all rows can say: that is what `survey` goes through the set for (`survey.py`).
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal

from holdfast.data.cutting import SIZE, Size, cut_source, inline
from holdfast.data.growing import GrowingTable, NoIdsError
from holdfast.data.intake import Intake, taken
from holdfast.data.pieces import HeldPiece, TextPiece, piece_digest, piece_rows
from holdfast.data.read import begin, with_stratum
from holdfast.data.records import Detection, Records
from holdfast.data.sources import find_sources
from holdfast.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import ExitStack

    from holdfast.data.cutting import Run
    from holdfast.data.layout import Layout
    from holdfast.data.pieces import Piece
    from holdfast.data.sources import Sources

BadRow = Literal["stop", "skip"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A block, as it travels: where its rows stand, not the rows themselves, unless they are held in memory.

    Attributes:
        number: Its number in the set, from 0.
        pieces: Parts of files, mostly one; small files go together.
    """

    number: int
    pieces: tuple[Piece, ...]

    @property
    def rows(self) -> int:
        """Rows, at most: blank lines and rows without a text count."""
        return sum(piece.rows for piece in self.pieces)

    @property
    def where(self) -> str:
        """How a person would name it."""
        first = self.pieces[0]
        more = f" and {len(self.pieces) - 1} more" if len(self.pieces) > 1 else ""
        return f"{first.where}:{first.line} to {first.line + first.rows - 1}{more}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks:
    """A set, cut.

    Attributes:
        references: Its blocks, in order.
        layout: What its columns are read as, as far as its first rows tell.
        name: The name of the set.
        files: Its files.
        notes: What there is to say of the files.
        not_ids: What there is to say of a column that turned out to hold no ids.
    """

    references: tuple[Reference, ...]
    layout: Layout
    name: str
    files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    not_ids: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How the blocks of a set are read: the same for all of them, and small.

    Attributes:
        layout: What the columns are read as; its only label column is that of the strata.
        detection: The same in words.
        name: The name of the set.
        files: Its files.
    """

    layout: Layout
    detection: Detection
    name: str
    files: tuple[str, ...] = ()


def find_blocks(
    source: Any,
    stack: ExitStack,
    *,
    text: str | None = None,
    label: str | None = None,
    id: str | None = None,
    on_bad_row: BadRow = "stop",
    run: Run = inline,
    size: Size = SIZE,
) -> Blocks:
    """Cuts a set into blocks of at most 20,000 rows and 8 MiB of text.

    JSON Lines are cut at line ends, Parquet by row groups, Arrow by batches, rows in memory by number. CSV, JSON arrays and packed
    files are gone through once. Rows appended to a file change its last blocks only.

    Args:
        source: What `read_records` takes.
        stack: Keeps what the blocks are read from: the copy of what came through a pipe.
        text: The column of the text.
        label: The column of the strata.
        id: The column of the ids.
        on_bad_row: What to do with a row that cannot be read.
        run: Where parts of large files are gone through.
        size: How large blocks are.

    Raises:
        InputError: A file or one of the first rows cannot be read, or there is no row.
        PreferenceInput: The rows are preference pairs.
        UsageError: A named column does not exist.
    """
    check_bad_row(on_bad_row)
    sources = find_sources(source, stack)
    layout = _layout(sources, on_bad_row, text=text, label=label, id=id, ids=True)
    pieces = [cut_source(one, run, size) for one in sources.items]
    together = enumerate(_packed(pieces, size))
    return Blocks(
        references=tuple(Reference(number=number, pieces=tuple(part)) for number, part in together),
        layout=layout,
        name=sources.name,
        files=sources.files,
        notes=sources.notes,
    )


def check_bad_row(on_bad_row: str) -> None:
    """Raises `UsageError` unless it is something that can be done with a bad row."""
    if on_bad_row not in ("stop", "skip"):
        raise UsageError(f"there is no {on_bad_row!r}", where="on_bad_row", do="Say 'stop' or 'skip'")


def read_block(
    reference: Reference,
    reading: Reading,
    *,
    on_bad_row: BadRow = "stop",
    keep_payload: bool = False,
    keep_rows: bool = False,
) -> Records:
    """The records of a block: what `read_records` gives of the same rows, ids and errors included.

    Args:
        reference: The block.
        reading: How the set is read.
        on_bad_row: What to do with a row that cannot be read.
        keep_payload: Adds the canonical JSON of each record.
        keep_rows: Adds the JSON of each record as it was given.

    Returns:
        The records with a text; there may be none.

    Raises:
        InputError: A row cannot be read, or a file cannot any more.
    """
    try:
        intake, growing = take_block(
            reference, reading.layout, on_bad_row=on_bad_row, keep_payload=keep_payload, keep_rows=keep_rows
        )
    except NoIdsError as error:
        raise InputError(
            f"a row has lost its id since the set was gone through: {error}",
            where=reference.where,
            do="Read it when nobody writes it",
        ) from error
    labels = reading.layout.labels
    return Records(
        table=with_stratum(
            growing.table(), labels[0] if labels else None, keep_payload=keep_payload, keep_rows=keep_rows
        ),
        name=reading.name,
        detection=reading.detection,
        files=reading.files,
        empty_rows=intake.empty,
        skipped=tuple(intake.skipped),
        skipped_count=intake.skipped_count,
    )


def take_block(
    reference: Reference,
    layout: Layout,
    *,
    on_bad_row: BadRow,
    keep_payload: bool = False,
    keep_rows: bool = False,
) -> tuple[Intake, GrowingTable]:
    """The rows of a block, as a table with all columns that may hold labels, and what became of the others."""
    pieces = reference.pieces
    intake = Intake(names=[(piece.where, piece.prefix) for piece in pieces], skip=on_bad_row == "skip")
    growing = GrowingTable(layout, keep_payload=keep_payload, keep_rows=keep_rows)
    with closing(taken([partial(piece_rows, piece) for piece in pieces])) as chunks:
        intake.fill(growing, intake.good(chunks))
    return intake, growing


def block_digest(reference: Reference) -> str | None:
    """SHA-256 of what a block is read from, whatever it is called and wherever in a file it stands.

    None for rows in memory of which something cannot be written.
    """
    digests = [piece_digest(piece) for piece in reference.pieces]
    known = [digest for digest in digests if digest is not None]
    return sha256("\n".join(known).encode()).hexdigest() if len(known) == len(digests) else None


def layout_text(layout: Layout) -> str:
    """What columns are read as, in a text that is the same in every process: sets have no order of their own."""
    shape = layout.shape
    said = [shape.name, shape.columns, sorted(shape.known), layout.labels, layout.id]
    return repr([*said, layout.named_label, layout.named_id])


def without_ids(blocks: Blocks, note: str) -> Blocks:
    """The same blocks of a set whose column of ids turned out to hold none."""
    from dataclasses import replace

    return replace(blocks, layout=replace(blocks.layout, id=None), not_ids=note)


def _layout(
    sources: Sources,
    on_bad_row: BadRow,
    *,
    text: str | None,
    label: str | None,
    id: str | None,
    ids: bool,
) -> Layout:
    intake = Intake(names=[(item.where, item.prefix) for item in sources.items], skip=on_bad_row == "skip")
    with closing(taken([item.chunks for item in sources.items])) as chunks:
        try:
            layout, _ = begin(intake, chunks, sources.name, text=text, label=label, id=id, ids=ids)
        except UsageError as error:  # of several sets, say in which it is missing
            raise UsageError(f"{error.what} in {sources.name}", where=error.where, do=error.do) from error
    return layout


def _packed(cut: Iterable[list[Piece]], size: Size) -> Iterator[list[Piece]]:
    """Small files go together into one block; parts of large ones stay by themselves."""
    held: list[Piece] = []
    rows = weight = 0
    for pieces in cut:
        small = len(pieces) == 1 and _bytes(pieces[0], size) <= size.bytes
        if not small or rows + pieces[0].rows > size.rows or weight + _bytes(pieces[0], size) > size.bytes:
            if held:
                yield held
            held, rows, weight = [], 0, 0
        if small:
            held.append(pieces[0])
            rows, weight = rows + pieces[0].rows, weight + _bytes(pieces[0], size)
        else:
            yield from ([piece] for piece in pieces)
    if held:
        yield held


def _bytes(piece: Piece, size: Size) -> int:
    if isinstance(piece, TextPiece):
        return piece.stop - piece.start
    return 0 if isinstance(piece, HeldPiece) else piece.rows * size.bytes // size.rows
