"""A row on its way in: a decoded value, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
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
# Rows that were decoded together: their numbers, and as many values.
Chunk = tuple[list[int] | range, list[Any]]
Chunks = Iterator[Chunk]
CHUNK_ROWS = 4096


def in_chunks(rows: Iterable[tuple[int, Any]]) -> Chunks:
    """Numbered rows, some thousands together.

    >>> list(in_chunks([(1, "a"), (3, "b")]))
    [([1, 3], ['a', 'b'])]
    """
    waiting = iter(rows)
    while part := list(islice(waiting, CHUNK_ROWS)):
        yield [number for number, _ in part], [value for _, value in part]


def one_by_one(chunks: Chunks) -> NumberedRows:
    """The rows of chunks, one by one.

    >>> list(one_by_one(iter([([1, 3], ["a", "b"])])))
    [(1, 'a'), (3, 'b')]
    """
    for numbers, values in chunks:
        yield from zip(numbers, values, strict=True)
