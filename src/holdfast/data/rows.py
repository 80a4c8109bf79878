"""A row on its way in: a decoded value, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

SKIP_ADVICE = "Mend the row, or leave such rows out with --on-bad-row skip"


class RowError(Exception):
    """One row cannot be read; whether that stops the reading is the reader's choice.

    Decoders yield it in place of the row, because a generator that raises cannot go on to the next row.
    """

    def __init__(self, what: str, *, do: str = SKIP_ADVICE) -> None:
        super().__init__(what, do)
        self.what = what
        self.do = do


Row = dict[str, Any]
# The 1-based line (or row, where a file has no lines) and the decoded value or a `RowError`.
NumberedRows = Iterator[tuple[int, Any]]
