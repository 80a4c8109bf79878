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

    def head(self, chunks: Iterator[Taken]) -> tuple[list[Taken], list[Taken]]:
        """The first rows that are good, and what was taken with them and not yet looked at."""
        head: list[Taken] = []
        missing = HEAD_ROWS
        for source, lines, values in chunks:
            good: Taken = (source, [], [])
            for at, (line, value) in enumerate(zip(lines, values, strict=True)):
                if missing == 0:
                    head.append(good)
                    return head, [(source, lines[at:], values[at:])]
                self._take(source, line, value, good)
                missing = HEAD_ROWS - sum(len(taken[2]) for taken in head) - len(good[2])
            head.append(good)
            if missing == 0:
                break
        return head, []

    def good(self, chunks: Iterable[Taken]) -> Iterator[Taken]:
        """Rows that are objects; strings become objects with a text."""
        for source, lines, values in chunks:
            if set(map(type, values)) == {dict}:
                yield source, lines, values
                continue
            good: Taken = (source, [], [])
            for line, value in zip(lines, values, strict=True):
                if not self._is_good(value):  # told in the order of the rows: those before it are added first
                    yield good
                    good = (source, [], [])
                self._take(source, line, value, good)
            yield good

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

    @staticmethod
    def _is_good(value: Any) -> bool:
        return isinstance(value, dict | str | Mapping)

    def _take(self, source: int, line: int, value: Any, good: Taken) -> None:
        row: Row
        if type(value) is dict:
            row = value
        elif isinstance(value, str):
            row = {"text": value}
        elif isinstance(value, Mapping):
            row = dict(value)
        else:
            known = isinstance(value, RowError)
            self._bad(
                source,
                line,
                value if known else RowError(f"the row is {kind_in_words(value)}, not an object"),
            )
            return
        numbers = good[1]
        if isinstance(numbers, list):
            numbers.append(line)
        good[2].append(row)

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


def taken(sources: Iterable[Callable[[], Chunks]]) -> Generator[Taken]:
    """The chunks of several sources, one after the other."""
    for number, chunks in enumerate(sources):
        for lines, values in chunks():
            yield number, lines, values
