"""Records as columns: what every file, list or table becomes when it enters holdfast."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """How the rows were understood; printed in every report, so that a wrong guess is seen.

    Attributes:
        shape: `text`, `prompt_completion`, `messages`, `sharegpt` or `alpaca`.
        text_column: The column, or columns joined by `+`, that the text was taken from.
        label_column: The column the strata were taken from, or None.
        id_column: The column the ids were taken from, or None where they are `file:line` or row numbers.
        notes: One sentence for each decision a reader may want to override.
    """

    shape: str
    text_column: str
    label_column: str | None = None
    id_column: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedRow:
    """A row that could not be read and was skipped on request."""

    where: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """A set of records.

    Attributes:
        table: Arrow columns `id` (string, unique), `text` (large_string, never empty), `answer_at`
            (int64, the character of `text` where the answer to a prompt begins, null without one), `stratum` (string, null
            where unlabelled), `content_hash` (string, `sha256:...` over the canonical record without its id)
            and, where asked for, `payload` (large_string, the canonical JSON of the whole record) and `row` (large_string,
            its JSON as it was given).
        name: A short name for reports, such as `synthetic.jsonl`.
        files: The files read, in order; empty for values from memory.
        detection: How the rows were understood.
        empty_rows: Rows without any text; they are counted here and left out of `table`.
        skipped: Rows that could not be read, with `on_bad_row="skip"`; at most the first 1,000.
        skipped_count: How many rows were skipped in all.
    """

    table: pa.Table
    name: str
    detection: Detection
    files: tuple[str, ...] = ()
    empty_rows: int = 0
    skipped: tuple[SkippedRow, ...] = field(default=())
    skipped_count: int = 0

    def __len__(self) -> int:
        return int(self.table.num_rows)

    @property
    def ids(self) -> list[str]:
        """Record ids, in order."""
        return _strings(self.table, "id")

    @property
    def texts(self) -> list[str]:
        """Texts, in order."""
        return _strings(self.table, "text")

    @property
    def answers(self) -> list[int | None] | None:
        """Where in each text the answer begins, in order, or None where no row has a prompt."""
        column = self.table.column("answer_at")
        return None if column.null_count == len(column) else column.to_pylist()

    @property
    def strata(self) -> list[str | None] | None:
        """Labels, in order, or None where no row has one."""
        column = self.table.column("stratum")
        return None if column.null_count == len(column) else column.to_pylist()

    def select(self, rows: Sequence[int]) -> Records:
        """The records at these positions, in this order."""
        from dataclasses import replace

        return replace(self, table=self.table.take(list(rows)))


def _strings(table: Any, column: str) -> list[str]:
    values: list[str] = table.column(column).to_pylist()
    return values
