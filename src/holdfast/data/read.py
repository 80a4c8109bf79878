"""Reading: any file, folder or list of rows becomes `Records`."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import pyarrow as pa

from holdfast.data.columns import LabelChoice, choose_label, find_id, id_of, label_candidates, label_of
from holdfast.data.hashes import canonical_json, content_hash
from holdfast.data.records import Detection, Records, SkippedRow
from holdfast.data.rows import Row, RowError
from holdfast.data.shapes import Shape, find_shape
from holdfast.data.sources import Sources, find_sources
from holdfast.data.turns import kind_in_words
from holdfast.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

_HEAD_ROWS = 256
# Rows held as Python objects before they become Arrow columns.
_CHUNK_ROWS = 16_384
_SKIPPED_KEPT = 1_000

_Placed = tuple[int, int, Any]  # number of the source, line, value


def read_records(
    source: Any,
    *,
    text: str | None = None,
    label: str | None = None,
    id: str | None = None,
    on_bad_row: Literal["stop", "skip"] = "stop",
    keep_payload: bool = False,
    keep_rows: bool = False,
    name: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> Records:
    """Reads records, row by row and in bounded memory; only a JSON array is decoded whole.

    Args:
        source: A path (`-` is standard input, any text format), a glob, a folder (also one that Hugging Face
            `datasets` saved), several of these, a list of dicts or of strings, or an Arrow table. A list of plain
            strings is a list of texts unless one is named like a data file or all of them exist; a `Path` is
            always a path.
        text: The column of the text; several, joined by `+`, are joined by line feeds.
        label: The column of the strata.
        id: The column of the ids.
        on_bad_row: What to do with a row that cannot be read.
        keep_payload: Adds the column `payload` with the canonical JSON of each record.
        keep_rows: Adds the column `row` with the JSON of each record as it was given: members in their order, nulls kept.
        name: A name for reports; by default the name of the file.
        progress: Called now and then with the number of rows read so far. The count starts again where a
            column `id` turns out not to hold ids and the rows have to be read a second time.

    Returns:
        The records with a text; see `Records`.

    Raises:
        InputError: A file or a row cannot be read, or no record is left.
        PreferenceInput: The rows are preference pairs.
        UsageError: A named column does not exist.
    """
    if on_bad_row not in ("stop", "skip"):
        raise UsageError(f"there is no {on_bad_row!r}", where="on_bad_row", do="Say 'stop' or 'skip'")
    with ExitStack() as stack:
        sources = find_sources(source, stack)
        begin = partial(
            _Reading,
            sources=sources,
            skip=on_bad_row == "skip",
            keep_payload=keep_payload,
            keep_rows=keep_rows,
            progress=progress,
        )
        try:
            records = begin().run(text=text, label=label, id=id)
        except _NoIdsError as found:
            records = begin().run(text=text, label=label, id=None, not_ids=str(found))
        except UsageError as error:  # a column that was named: of several sets, say in which it is missing
            raise UsageError(f"{error.what} in {sources.name}", where=error.where, do=error.do) from error
    return records if name is None else replace(records, name=name)


class _NoIdsError(Exception):
    """A column that looked like ids does not hold ids after all."""


@dataclass(slots=True, kw_only=True)
class _Reading:
    """One pass over the rows: what was collected so far."""

    sources: Sources
    skip: bool
    keep_payload: bool
    keep_rows: bool
    progress: Callable[[int], None] | None
    empty: int = 0
    skipped_count: int = 0
    skipped: list[SkippedRow] = field(default_factory=list)
    source_numbers: array[int] = field(default_factory=lambda: array("i"))
    lines: array[int] = field(default_factory=lambda: array("q"))

    def run(
        self, *, text: str | None, label: str | None, id: str | None, not_ids: str | None = None
    ) -> Records:
        # Closed here and not when the error is forgotten: a file is open, and CSV has raised a limit.
        with closing(self._placed()) as placed:
            return self._run(self._good(placed), text, label, id, not_ids)

    def _run(
        self,
        rows: Iterator[_Placed],
        text: str | None,
        label: str | None,
        id: str | None,
        not_ids: str | None,
    ) -> Records:
        head = list(islice(rows, _HEAD_ROWS))
        first = [value for _, _, value in head]
        if not any(first):
            self.empty = len(first)
            raise self._nothing()
        try:
            shape = find_shape(first, text=text)
        except InputError as error:
            raise type(error)(
                error.what, where=error.where or self._where(*head[0][:2]), do=error.do
            ) from error
        labels = label_candidates(first, shape, label=label)
        id_column = None if not_ids else find_id(first, shape, id=id)
        columns = _Columns(
            shape=shape,
            labels=labels,
            id_column=id_column,
            keep_payload=self.keep_payload,
            keep_rows=self.keep_rows,
        )
        self._fill(columns, chain(head, rows), named_id=id is not None, named_label=label is not None)
        import pyarrow.compute as pc

        table = columns.table()
        if not table.num_rows:
            raise self._nothing()
        if id_column is not None:
            self._check_unique(table, id_column, named=id is not None)
        distinct = {
            column: pc.count_distinct(table.column(f"label:{column}")).as_py()
            for column in labels
            if column not in columns.unfit
        }
        choice = choose_label(distinct, table.num_rows, label=label)
        notes = (*self.sources.notes, *shape.notes, *((not_ids,) if not_ids else ()), *choice.notes)
        return self._records(table, choice, shape, id_column, notes)

    def _placed(self) -> Generator[_Placed]:
        for number, source in enumerate(self.sources.items):
            for line, value in source.rows():
                yield number, line, value

    def _good(self, rows: Iterable[_Placed]) -> Iterator[_Placed]:
        """Rows that are objects; strings become objects with a text."""
        for row in rows:
            value = row[2]
            kind = type(value)
            if kind is dict:
                yield row
            elif isinstance(value, str):
                yield row[0], row[1], {"text": value}
            elif isinstance(value, Mapping):
                yield row[0], row[1], dict(value)
            else:
                what = (
                    value
                    if kind is RowError
                    else RowError(f"the row is {kind_in_words(value)}, not an object")
                )
                self._bad(row[0], row[1], what)

    def _fill(self, columns: _Columns, rows: Iterable[_Placed], *, named_id: bool, named_label: bool) -> None:
        items = self.sources.items
        read = 0
        for number, line, row in rows:
            read += 1
            if self.progress is not None and read % 8192 == 0:
                self.progress(read)
            try:
                text = columns.text_of(row)
                if text is None:
                    self.empty += 1
                    continue
                columns.add(row, text, items[number].prefix, line, named_id=named_id, named_label=named_label)
            except RowError as error:
                self._bad(number, line, error)
            except UnicodeEncodeError:
                self._bad(
                    number, line, RowError("half of a surrogate pair stands alone, which is no character")
                )
            except RecursionError:
                self._bad(number, line, RowError("the row is nested too deeply to be read"))
            except TypeError as error:  # only `canonical_json` raises it: a row from memory holds an object
                self._bad(number, line, RowError(str(error)))
            else:
                self.source_numbers.append(number)
                self.lines.append(line)
        if self.progress is not None:
            self.progress(read)

    def _bad(self, number: int, line: int, error: RowError) -> None:
        where = self._where(number, line)
        if not self.skip:
            raise InputError(error.what, where=where, do=error.do) from error
        self.skipped_count += 1
        if len(self.skipped) < _SKIPPED_KEPT:
            self.skipped.append(SkippedRow(where=where, reason=error.what))

    def _where(self, number: int, line: int) -> str:
        return f"{self.sources.items[number].where}:{line}"

    def _nothing(self) -> InputError:
        counts = (
            f" ({self.empty:,} empty, {self.skipped_count:,} skipped)"
            if self.empty or self.skipped_count
            else ""
        )
        do = "Give at least one row with a text"
        if self.skipped:
            do = f"The first skipped row is {self.skipped[0].where}: {self.skipped[0].reason}"
        return InputError(f"no readable record{counts}", where=self.sources.name, do=do)

    def _check_unique(self, table: Any, id_column: str, *, named: bool) -> None:
        import pyarrow.compute as pc

        ids = table.column("id")
        if pc.count_distinct(ids).as_py() == len(ids):
            return
        seen: dict[str, int] = {}
        for row, value in enumerate(ids.to_pylist()):
            if value in seen:
                break
            seen[value] = row
        one, two = (self._where(self.source_numbers[at], self.lines[at]) for at in (seen[value], row))
        if not named:
            raise _NoIdsError(f"The column {id_column!r} is not used for ids: {one} and {two} have the same.")
        raise InputError(
            f"the id {value!r} stands at {one} already", where=two, do="Give every row its own id"
        )

    def _records(
        self, table: Any, choice: LabelChoice, shape: Shape, id_column: str | None, notes: tuple[str, ...]
    ) -> Records:
        stratum = pa.nulls(len(table), pa.string())
        if choice.column is not None:
            stratum = table.column(f"label:{choice.column}")
        names = [
            "id",
            "text",
            "answer_at",
            "stratum",
            "content_hash",
            *(["payload"] if self.keep_payload else []),
            *(["row"] if self.keep_rows else []),
        ]
        table = table.append_column("stratum", stratum).select(names)
        detection = Detection(
            shape=shape.name,
            text_column="+".join(shape.columns),
            label_column=choice.column,
            id_column=id_column,
            notes=notes,
        )
        return Records(
            table=table,
            name=self.sources.name,
            detection=detection,
            files=self.sources.files,
            empty_rows=self.empty,
            skipped=tuple(self.skipped),
            skipped_count=self.skipped_count,
        )


class _Columns:
    """Arrow columns as they grow."""

    def __init__(
        self,
        *,
        shape: Shape,
        labels: tuple[str, ...],
        id_column: str | None,
        keep_payload: bool,
        keep_rows: bool,
    ) -> None:
        self._shape = shape
        self._only = shape.columns[0] if len(shape.columns) == 1 else None
        self._labels = {label: f"label:{label}" for label in labels}
        self._id = id_column
        fields = [
            ("id", pa.string()),
            ("text", pa.large_string()),
            ("answer_at", pa.int64()),
            ("content_hash", pa.string()),
        ]
        fields += [(column, pa.string()) for column in self._labels.values()]
        fields += [("payload", pa.large_string())] if keep_payload else []
        fields += [("row", pa.large_string())] if keep_rows else []
        self._schema = pa.schema(fields)
        self._batches: list[Any] = []
        self._ids: list[str] = []
        self._texts: list[str] = []
        self._answers: list[int | None] = []
        self._hashes: list[str] = []
        self._strata: dict[str, list[str | None]] = {label: [] for label in labels}
        self._unfit: set[str] = set()
        self._payloads: list[str] | None = [] if keep_payload else None
        self._rows: list[str] | None = [] if keep_rows else None
        self._characters = 0

    def text_of(self, row: Row) -> str | None:
        text = row.get(self._only) if self._only is not None else None
        if type(text) is not str:
            text = self._shape.text_of(row)
        return None if text is None or not text or text.isspace() else text

    def add(self, row: Row, text: str, prefix: str, line: int, *, named_id: bool, named_label: bool) -> None:
        # Everything that can fail comes first, so that the columns stay of one length.
        name = f"{prefix}:{line}" if self._id is None else self._id_of(row, self._id, named=named_id)
        digest = content_hash(row, id_column=self._id)
        payload = None if self._payloads is None else canonical_json(row).decode()
        given = None if self._rows is None else as_given(row)
        answer = self._shape.answer_at(row, text)
        labels = [self._label_of(row, label, named=named_label) for label in self._labels]
        self._ids.append(name)
        self._texts.append(text)
        self._answers.append(answer)
        self._hashes.append(digest)
        for values, value in zip(self._strata.values(), labels, strict=True):
            values.append(value)
        if self._payloads is not None and payload is not None:
            self._payloads.append(payload)
            self._characters += len(payload)
        if self._rows is not None and given is not None:
            self._rows.append(given)
            self._characters += len(given)
        self._characters += len(text)
        if len(self._ids) >= _CHUNK_ROWS or self._characters > 2**26:
            self._flush()

    def table(self) -> Any:
        self._flush()
        return pa.Table.from_batches(self._batches, schema=self._schema)

    def _id_of(self, row: Row, column: str, *, named: bool) -> str:
        found = id_of(row.get(column))
        if found is not None:
            return found
        if named:
            raise RowError(f"the id column {column!r} holds {row.get(column)!r:.60}, which is no id")
        raise _NoIdsError(f"The column {column!r} is not used for ids: not every row has one.")

    def _label_of(self, row: Row, label: str, *, named: bool) -> str | None:
        try:
            return label_of(row.get(label))
        except RowError:
            if named:
                raise
            self._unfit.add(label)  # a column of that name with other things in it is no label column
            return None

    def _flush(self) -> None:
        lists: list[list[Any]] = [self._ids, self._texts, self._answers, self._hashes, *self._strata.values()]
        lists += [values for values in (self._payloads, self._rows) if values is not None]
        arrays = [pa.array(values, field.type) for values, field in zip(lists, self._schema, strict=True)]
        self._batches.append(pa.record_batch(arrays, schema=self._schema))
        for values in lists:
            values.clear()
        self._characters = 0

    @property
    def unfit(self) -> frozenset[str]:
        """Candidates that hold something other than labels."""
        return frozenset(self._unfit)


def as_given(row: Row) -> str:
    """JSON of a row as it was given; values that JSON has no form for are written as `canonical_json` writes them."""
    try:
        return msgspec.json.encode(row).decode()
    except (TypeError, OverflowError):
        return canonical_json(row).decode()
