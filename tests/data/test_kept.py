"""Streams that are kept open are read once where blocks come in order, and right in any order."""

from __future__ import annotations

import io
import threading

import numpy as np
import pyarrow as pa
import pytest

from holdfast.data.kept import KeptStreams, Stream, batches_taken

CONTENT = bytes(range(256)) * 40


class Opening:
    """Opens streams of the content, and counts what was opened and closed."""

    def __init__(self):
        self.opened = 0
        self.closed = 0

    def __call__(self):
        self.opened += 1
        return Stream(take=io.BytesIO(CONTENT).read, close=self._close, step=100)

    def _close(self):
        self.closed += 1


def test_in_order_one_stream_is_enough():
    kept, opening = KeptStreams(), Opening()
    for start in range(0, 10_000, 500):
        read = kept.read("a", opening, start, start + 400, last=start == 9_500)
        assert read == CONTENT[start : start + 400]
    assert (opening.opened, opening.closed) == (1, 1)


def test_any_order_gives_the_same():
    kept, opening = KeptStreams(), Opening()
    for start in np.random.default_rng(1).integers(0, 9_000, 60):
        assert (
            kept.read("a", opening, int(start), int(start) + 321, last=False) == CONTENT[start : start + 321]
        )
    assert opening.closed == opening.opened - 1
    kept.close()
    assert opening.closed == opening.opened


def test_few_stay_open():
    kept, opening = KeptStreams(), Opening()
    for number in range(50):
        kept.read(number, opening, 0, 10, last=False)
    assert opening.closed == 42


def test_a_stream_that_fails_is_not_kept():
    kept, opening = KeptStreams(), Opening()

    def fail(_):
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        kept.read("a", lambda: Stream(take=fail, close=opening._close), 0, 10, last=False)
    assert opening.closed == 1
    assert kept.read("a", opening, 0, 10, last=False) == CONTENT[:10]


def test_threads_share_a_stream():
    kept, opening = KeptStreams(), Opening()
    found = {}

    def read(first):
        for start in range(first, 10_000, 400):
            found[start] = kept.read("a", opening, start, start + 200, last=False)

    threads = [threading.Thread(target=read, args=(first,)) for first in (0, 200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {start: CONTENT[start : start + 200] for start in range(0, 10_000, 200)}


def test_rows_of_batches_of_any_size():
    table = pa.table({"a": range(100)})
    take = batches_taken(iter(table.to_batches(max_chunksize=7)))
    taken = [
        [row for batch in take(count) for row in batch.column(0).to_pylist()] for count in (3, 20, 1, 0, 90)
    ]
    assert [len(part) for part in taken] == [3, 20, 1, 0, 76]
    assert [row for part in taken for row in part] == list(range(100))
