"""Intake: rows on their way into a table, and what becomes of those that do not get there."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from holdfast.data.records import SkippedRow
from holdfast.data.rows import Row, RowError
from holdfast.data.turns import kind_in_words
from holdfast.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

    from holdfast.data.growing import GrowingTable
    from holdfast.data.rows import Chunks

HEAD_ROWS = 256
"""Rows from which the layout of a set is found."""
SKIPPED_KEPT = 1_000

Taken = tuple[int, "list[int] | range", list[Any]]  # number of the source, lines, values

Placed = tuple[int, int, "Row"]  # number of the source, line, value


@dataclass(slots=True, kw_only=True)
class Intake:
    """One pass over rows.

    Attributes:
        names: For each source how errors name it and how ids do.
        skip: Whether rows that cannot be read are skipped; else the first of them is an error.
        progress: Called now and then with the number of rows so far.
        empty: Rows without a text.
        skipped_count: Rows that were skipped.
        skipped: The first of them.
        sources: For each row of the table the number of its source.
        lines: For each row of the table its line.
    """

    names: Sequence[tuple[str, str]]
    skip: bool
    progress: Callable[[int], None] | None = None
    empty: int = 0
    skipped_count: int = 0
    skipped: list[SkippedRow] = field(default_factory=list)
    sources: array[int] = field(default_factory=lambda: array("i"))
    lines: array[int] = field(default_factory=lambda: array("q"))

    def head(self, chunks: Iterator[Taken]) -> tuple[list[Placed], list[Taken]]:
        """The first rows that are good, and the chunks that were taken to find them: nothing of them is counted yet.

        Raises:
            InputError: One of the rows before them cannot be read, and none is skipped.
        """
        rows: list[Placed] = []
        seen: list[Taken] = []
        for source, lines, values in chunks:
            seen.append((source, lines, values))
            for line, value in zip(lines, values, strict=True):
                row = _row(value)
                if isinstance(row, dict):
                    rows.append((source, line, row))
                elif not self.skip:
                    self._bad(source, line, row)
                if len(rows) == HEAD_ROWS:
                    return rows, seen
        return rows, seen

    def good(self, chunks: Iterable[Taken]) -> Iterator[Taken]:
        """Rows that are objects; strings become objects with a text."""
        for source, lines, values in chunks:
            if set(map(type, values)) == {dict}:
                yield source, lines, values
                continue
            numbers: list[int] = []
            rows: list[Any] = []
            for line, value in zip(lines, values, strict=True):
                row = _row(value)
                if isinstance(row, dict):
                    numbers.append(line)
                    rows.append(row)
                else:  # told in the order of the rows: those before it are added first
                    yield source, numbers, rows
                    numbers, rows = [], []
                    self._bad(source, line, row)
            yield source, numbers, rows

    def fill(self, table: GrowingTable, chunks: Iterable[Taken]) -> None:
        """Adds rows to a table.

        Raises:
            InputError: A row cannot be read, and none is skipped.
            NoIdsError: A row has no id, and nobody said that it should.
        """
        read = told = 0
        for source, lines, rows in chunks:
            if not rows:
                continue
            prefix = self.names[source][1]
            added = table.add_all(rows, prefix, lines)
            if added is None:
                for line, row in zip(lines, rows, strict=True):
                    self._add(table, source, prefix, line, row)
            else:
                self.sources.extend([source] * len(added))
                self.lines.extend(added)
                self.empty += len(rows) - len(added)
            read += len(rows)
            if self.progress is not None and read - told >= 8192:
                told = read
                self.progress(read)
        if self.progress is not None:
            self.progress(read)

    def where(self, source: int, line: int) -> str:
        """How errors name a row."""
        return f"{self.names[source][0]}:{line}"

    def _add(self, table: GrowingTable, source: int, prefix: str, line: int, row: Row) -> None:
        try:
            text = table.text_of(row)
            if text is None:
                self.empty += 1
                return
            table.add(row, text, prefix, line)
        except RowError as error:
            self._bad(source, line, error)
        except UnicodeEncodeError:
            self._bad(source, line, RowError("half of a surrogate pair stands alone, which is no character"))
        except RecursionError:
            self._bad(source, line, RowError("the row is nested too deeply to be read"))
        except TypeError as error:  # only `canonical_json` raises it: a row from memory holds an object
            self._bad(source, line, RowError(str(error)))
        else:
            self.sources.append(source)
            self.lines.append(line)

    def _bad(self, source: int, line: int, error: RowError) -> None:
        where = self.where(source, line)
        if not self.skip:
            raise InputError(error.what, where=where, do=error.do) from error
        self.skipped_count += 1
        if len(self.skipped) < SKIPPED_KEPT:
            self.skipped.append(SkippedRow(where=where, reason=error.what))


def _row(value: Any) -> Row | RowError:
    """An object; a string becomes one with a text."""
    if type(value) is dict:
        return value
    if isinstance(value, str):
        return {"text": value}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, RowError):
        return value
    return RowError(f"the row is {kind_in_words(value)}, not an object")


def taken(sources: Iterable[Callable[[], Chunks]]) -> Generator[Taken]:
    """The chunks of several sources, one after the other."""
    for number, chunks in enumerate(sources):
        for lines, values in chunks():
            yield number, lines, values
