"""Reading preferences: any file, folder or list of pairs becomes `Preferences`."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from holdfast.data.columns import columns_of
from holdfast.data.growing import as_given
from holdfast.data.preferences.collect import Collector, TwiceError
from holdfast.data.preferences.detect import explain, find_reader
from holdfast.data.preferences.preferences import KINDS, Preferences, Written
from holdfast.data.preferences.sidecars import read_origins
from holdfast.data.records import SkippedRow
from holdfast.data.rows import Row, RowError
from holdfast.data.sources import Sources, find_sources, standard_input_kept
from holdfast.data.turns import kind_in_words
from holdfast.errors import InputError, UsageError, unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from holdfast.data.preferences.given import Reader
    from holdfast.data.preferences.sidecars import Origins

_HEAD_ROWS = 256
_SKIPPED_KEPT = 1_000
_PROGRESS_ROWS = 8_192
_NAMED = 6
_NEAR = (
    "prompt",
    "annotator",
    "annotator_type",
    "author_a",
    "author_b",
    "order",
    "swapped_label",
    "strength",
)

_Placed = tuple[int, int, Any]  # number of the source, line, value


def read_preferences(
    source: Any,
    *,
    annotator: str | None = None,
    annotator_type: str | None = None,
    shape: str | None = None,
    on_bad_row: Literal["stop", "skip"] = "stop",
    keep_empty: bool = False,
    keep_rows: bool = False,
    name: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> Preferences:
    """Reads pairs of responses and who preferred which, row by row; only a JSON array is decoded whole.

    What a row says of its annotator goes first, then what the lineage beside the file says, then what is given here.

    Args:
        source: A path (`-` is standard input), a glob, a folder, several of these, a list of dicts, or an Arrow table.
        annotator: Who gave the labels, where the file does not say so.
        annotator_type: What that is: one of `KINDS`.
        shape: How the rows are to be understood; detected from the first rows where not given.
        on_bad_row: What to do with a row that cannot be read.
        keep_empty: Keeps pairs of which one response is empty. Evaluations have them, where a model said nothing.
        keep_rows: Keeps the rows themselves, too, as `written`.
        name: A name for reports; by default the name of the file.
        progress: Called now and then with the number of rows read so far.

    Returns:
        Pairs and labels; see `Preferences`.

    Raises:
        InputError: A file or a row cannot be read, or no pair is left.
        PreferenceInput: The rows are single responses with a verdict.
        UsageError: An option has a value that does not exist.
    """
    if on_bad_row not in ("stop", "skip"):
        raise UsageError(f"there is no {on_bad_row!r}", where="on_bad_row", do="Say 'stop' or 'skip'")
    if annotator_type is not None and annotator_type not in KINDS:
        raise unknown("kind of annotator", annotator_type, list(KINDS))
    with ExitStack() as stack:
        reading = _Reading(
            sources=find_sources(source, stack),
            skip=on_bad_row == "skip",
            rows=[] if keep_rows else None,
            progress=progress,
            collector=Collector(annotator=annotator, annotator_type=annotator_type, keep_empty=keep_empty),
        )
        return reading.run(shape=shape, name=name)


def find_preferences(source: Any) -> str | None:
    """Whether a source holds pairs, by its first rows; all of it can be read afterwards, standard input included.

    Args:
        source: As for `read_preferences`, but nothing that can be gone through once only, such as a generator.

    Returns:
        The shape of its pairs; None where the rows are no pairs, or cannot be read: whoever reads all of it says what is
        wrong, and where. A named pipe gives its rows once, and is not looked at: None.

    Raises:
        UsageError: The source can be gone through once only.
    """
    if isinstance(source, Iterator):
        raise UsageError(
            "rows that can be gone through once only cannot be looked at first", do="Give a list"
        )
    given = source if isinstance(source, list | tuple) else [source]
    if any(_is_pipe(value) for value in given):
        return None
    with ExitStack() as stack:
        if any(isinstance(value, str) and value == "-" for value in given):
            stack.enter_context(standard_input_kept())
        try:
            placed = stack.enter_context(closing(_placed(find_sources(source, stack))))
            values = (value for _, _, value in placed)
            rows = list(islice((dict(value) for value in values if isinstance(value, Mapping)), _HEAD_ROWS))
        except InputError:
            return None
        reader = find_reader(rows, columns_of(rows))
    return None if reader is None else reader.shape


def _is_pipe(value: Any) -> bool:
    if not isinstance(value, str | os.PathLike):
        return False
    try:
        path = Path(value)
        return path.exists() and not path.is_file() and not path.is_dir()
    except (OSError, ValueError):  # a text among texts, too long or with a NUL, is no path
        return False


def _placed(sources: Sources) -> Generator[_Placed]:
    for number, source in enumerate(sources.items):
        for line, value in source.rows():
            yield number, line, value


@dataclass(slots=True, kw_only=True)
class _Reading:
    """One pass over the rows."""

    sources: Sources
    skip: bool
    progress: Callable[[int], None] | None
    collector: Collector
    rows: list[str] | None = None
    row_of_label: list[int] = field(default_factory=list)
    skipped_count: int = 0
    skipped: list[SkippedRow] = field(default_factory=list)

    def run(self, *, shape: str | None, name: str | None) -> Preferences:
        # Closed here and not when the error is forgotten: a file is open, and CSV has raised a limit.
        with closing(_placed(self.sources)) as placed:
            rows = self._good(placed)
            head = list(islice(rows, _HEAD_ROWS))
            first = [row for _, _, row in head]
            columns = columns_of(first)
            if not any(first):
                raise self._nothing()
            reader = find_reader(first, columns, shape)
            if reader is None:
                error = explain(first, columns)
                raise type(error)(error.what, where=self._where(*head[0][:2]), do=error.do)
            self._fill(reader, chain(head, rows))
        pairs, labels = self.collector.tables()
        if not pairs.num_rows:
            raise self._nothing()
        return Preferences(
            pairs=pairs,
            labels=labels,
            name=name or self.sources.name,
            shape=reader.shape,
            files=self.sources.files,
            notes=(*self.sources.notes, *reader.notes, *self._notes(reader, columns, pairs.num_rows)),
            skipped=tuple(self.skipped),
            skipped_count=self.skipped_count,
            set_aside=dict(self.collector.set_aside),
            written=None
            if self.rows is None
            else Written(rows=tuple(self.rows), row=tuple(self.row_of_label)),
        )

    def _good(self, rows: Iterable[_Placed]) -> Iterator[tuple[int, int, Row]]:
        """Rows that are objects."""
        for number, line, value in rows:
            if type(value) is dict:
                yield number, line, value
            elif isinstance(value, Mapping):
                yield number, line, dict(value)
            else:
                wrong = f"the row is {kind_in_words(value)}, not an object"
                self._bad(number, line, value if isinstance(value, RowError) else RowError(wrong))

    def _fill(self, reader: Reader, rows: Iterable[tuple[int, int, Row]]) -> None:
        origins = read_origins(self.sources.files)
        read = 0
        for number, line, row in rows:
            read += 1
            if self.progress is not None and read % _PROGRESS_ROWS == 0:
                self.progress(read)
            try:
                self._take(reader, row, number, line, origins)
            except TwiceError as error:
                place = self._where(*self.collector.where(error.pair_id))
                self._bad(number, line, RowError(f"{error.what} at {place}", do=error.do))
            except RowError as error:
                self._bad(number, line, error)
            except UnicodeEncodeError:
                self._bad(
                    number, line, RowError("half of a surrogate pair stands alone, which is no character")
                )
            except RecursionError:
                self._bad(number, line, RowError("the row is nested too deeply to be read"))
        if self.progress is not None:
            self.progress(read)

    def _take(self, reader: Reader, row: Row, number: int, line: int, origins: Origins | None) -> None:
        auto = f"{self.sources.items[number].prefix}:{line}"
        origin = None if origins is None else origins.of(row, auto)
        given = reader.read(row)
        before = self.collector.label_count
        try:
            for at, pair in enumerate(given, start=1):
                own = auto if len(given) == 1 else f"{auto}#{at}"
                self.collector.add(pair, auto_id=own, place=(number, line), origin=origin)
        finally:  # a row that is skipped may have given labels before
            labels = self.collector.label_count - before
            if self.rows is not None and labels:
                self.row_of_label += [len(self.rows)] * labels
                self.rows.append(as_given(row))

    def _notes(self, reader: Reader, columns: tuple[str, ...], pairs: int) -> Iterator[str]:
        collector = self.collector
        if collector.nameless:
            yield (
                f"Nobody is named as annotator of {collector.nameless:,} labels; --annotator and --annotator-type say who it was."
            )
        if collector.promptless:
            yield f"Pairs without a prompt: {collector.promptless:,} of {pairs:,}."
        unread = [column for column in columns if column not in reader.columns and column != "id"]
        if unread:
            more = f" and {len(unread) - _NAMED} more" if len(unread) > _NAMED else ""
            yield f"Not read: {', '.join(map(repr, unread[:_NAMED]))}{more}."
        for column in unread:
            near = difflib.get_close_matches(column.lower(), _NEAR, n=1, cutoff=0.85)
            if near and near[0] not in columns and reader.shape == "holdfast":
                yield f"The column {column!r} may be meant as {near[0]!r}."

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
        counts = [f"{count:,}: {reason}" for reason, count in self.collector.set_aside.items()]
        if self.skipped_count:
            counts.append(f"{self.skipped_count:,} skipped")
        do = "Give at least one pair with a label"
        if self.skipped:
            do = f"The first skipped row is {self.skipped[0].where}: {self.skipped[0].reason}"
        listed = f" ({', '.join(counts)})" if counts else ""
        return InputError(f"no readable pair{listed}", where=self.sources.name, do=do)
