"""Reading: any file, folder or list of rows becomes `Records`."""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa

from holdfast.data.columns import LabelChoice, choose_label
from holdfast.data.growing import GrowingTable, NoIdsError
from holdfast.data.intake import Intake, taken
from holdfast.data.layout import Layout, find_layout
from holdfast.data.records import Detection, Records
from holdfast.data.sources import Sources, find_sources
from holdfast.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from holdfast.data.intake import Taken


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
            `datasets` saved), a URL of any of these that fsspec can read (`s3://bucket/*.parquet`), several of
            these, a list of dicts or of strings, or an Arrow table. A list of plain strings is a list of texts
            unless one is named like a data file or all of them exist; a `Path` is always a path.
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
        except NoIdsError as found:
            records = begin().run(text=text, label=label, id=None, not_ids=str(found))
        except UsageError as error:  # a column that was named: of several sets, say in which it is missing
            raise UsageError(f"{error.what} in {sources.name}", where=error.where, do=error.do) from error
    return records if name is None else replace(records, name=name)


@dataclass(slots=True, kw_only=True)
class _Reading:
    """One pass over the rows of a set."""

    sources: Sources
    skip: bool
    keep_payload: bool
    keep_rows: bool
    progress: Callable[[int], None] | None

    def run(
        self, *, text: str | None, label: str | None, id: str | None, not_ids: str | None = None
    ) -> Records:
        items = self.sources.items
        intake = Intake(
            names=[(item.where, item.prefix) for item in items], skip=self.skip, progress=self.progress
        )
        # Closed here and not when the error is forgotten: a file is open, and CSV has raised a limit.
        with closing(taken([item.chunks for item in items])) as chunks:
            layout, head = begin(
                intake, chunks, self.sources.name, text=text, label=label, id=id, ids=not not_ids
            )
            table = GrowingTable(layout, keep_payload=self.keep_payload, keep_rows=self.keep_rows)
            intake.fill(table, intake.good(chain(head, chunks)))
        return self._records(intake, layout, table, not_ids)

    def _records(self, intake: Intake, layout: Layout, growing: GrowingTable, not_ids: str | None) -> Records:
        import pyarrow.compute as pc

        table = growing.table()
        if not table.num_rows:
            raise nothing(intake, self.sources.name)
        if layout.id is not None:
            _check_unique(intake, table, layout)
        distinct = {
            column: pc.count_distinct(table.column(f"label:{column}")).as_py()
            for column in layout.labels
            if column not in growing.unfit
        }
        choice = choose_label(
            distinct, table.num_rows, label=layout.labels[0] if layout.named_label else None
        )
        return Records(
            table=with_stratum(
                table, choice.column, keep_payload=self.keep_payload, keep_rows=self.keep_rows
            ),
            name=self.sources.name,
            detection=detected(layout, choice, before=self.sources.notes, not_ids=not_ids),
            files=self.sources.files,
            empty_rows=intake.empty,
            skipped=tuple(intake.skipped),
            skipped_count=intake.skipped_count,
        )


def begin(
    intake: Intake,
    chunks: Iterator[Taken],
    name: str,
    *,
    text: str | None,
    label: str | None,
    id: str | None,
    ids: bool,
) -> tuple[Layout, Iterator[Taken]]:
    """The layout of a set, and the chunks that it was found in.

    Args:
        intake: Takes the rows.
        chunks: The rows, from the first on.
        name: The name of the set.
        text: The column of the text that the user named.
        label: The column of the labels that the user named.
        id: The column of the ids that the user named.
        ids: Whether a column may hold ids.

    Raises:
        InputError: There is no row, or none with a text.
        UsageError: A named column does not exist.
    """
    head, seen = intake.head(chunks)
    first = [row for _, _, row in head]
    if not any(first):
        for _ in intake.good(seen):  # what was skipped is counted
            pass
        intake.empty = len(first)
        raise nothing(intake, name)
    try:
        layout = find_layout(first, text=text, label=label, id=id, ids=ids)
    except InputError as error:
        raise type(error)(error.what, where=error.where or intake.where(*head[0][:2]), do=error.do) from error
    return layout, iter(seen)


def nothing(intake: Intake, name: str) -> InputError:
    """What is said where no record is left."""
    counts = (
        f" ({intake.empty:,} empty, {intake.skipped_count:,} skipped)"
        if intake.empty or intake.skipped_count
        else ""
    )
    do = "Give at least one row with a text"
    if intake.skipped:
        do = f"The first skipped row is {intake.skipped[0].where}: {intake.skipped[0].reason}"
    return InputError(f"no readable record{counts}", where=name, do=do)


def not_unique(column: str, value: str, one: str, two: str, *, named: bool) -> Exception:
    """What is said where two rows have one id: an error where the user named the column, else it holds no ids."""
    if not named:
        return NoIdsError(f"The column {column!r} is not used for ids: {one} and {two} have the same.")
    return InputError(f"the id {value!r} stands at {one} already", where=two, do="Give every row its own id")


def detected(layout: Layout, choice: LabelChoice, *, before: Sequence[str], not_ids: str | None) -> Detection:
    """How the rows were understood.

    Args:
        layout: What the columns were read as.
        choice: The column of the labels.
        before: What there is to say of the files.
        not_ids: What there is to say of a column that turned out to hold no ids.
    """
    shape = layout.shape
    return Detection(
        shape=shape.name,
        text_column="+".join(shape.columns),
        label_column=choice.column,
        id_column=layout.id,
        notes=(*before, *shape.notes, *((not_ids,) if not_ids else ()), *choice.notes),
    )


def with_stratum(table: Any, column: str | None, *, keep_payload: bool, keep_rows: bool) -> Any:
    """The columns of `Records.table`, with the labels of this column as strata."""
    stratum = pa.nulls(len(table), pa.string()) if column is None else table.column(f"label:{column}")
    names = [
        "id",
        "text",
        "answer_at",
        "stratum",
        "content_hash",
        *(["payload"] if keep_payload else []),
        *(["row"] if keep_rows else []),
    ]
    return table.append_column("stratum", stratum).select(names)


def _check_unique(intake: Intake, table: Any, layout: Layout) -> None:
    import pyarrow.compute as pc

    ids = table.column("id")
    if pc.count_distinct(ids).as_py() == len(ids):
        return
    seen: dict[str, int] = {}
    for row, value in enumerate(ids.to_pylist()):
        if value in seen:
            break
        seen[value] = row
    one, two = (intake.where(intake.sources[at], intake.lines[at]) for at in (seen[value], row))
    raise not_unique(str(layout.id), value, one, two, named=layout.named_id)
