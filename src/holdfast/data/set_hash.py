"""The identity of a set, from its blocks: what `data_hash` gives, without a list of all ids.

Records are sorted by id, and that nobody can do block by block. So each block is sorted by itself; sorted runs that grow large are laid on
disk; and in the end all runs are merged range by range, each range being what one piece of memory holds.
"""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import msgspec
import pyarrow as pa

if TYPE_CHECKING:
    from types import TracebackType

_ENCODE_LINES = msgspec.json.Encoder().encode_lines
_RANGE_ROWS = 2**16
_HELD_ROWS = 2**18
_SCHEMA = pa.schema([("id", pa.large_string()), ("hash", pa.large_string())])


class SetHash:
    """Takes ids and content hashes in parts, in any order.

    >>> from holdfast.data.hashes import data_hash
    >>> with SetHash() as found:
    ...     found.add(["b"], ["y"])
    ...     found.add(["a"], ["x"])
    ...     found.digest() == data_hash(["a", "b"], ["x", "y"])
    True
    """

    def __init__(self, *, held_rows: int = _HELD_ROWS, range_rows: int = _RANGE_ROWS) -> None:
        self._held_rows = held_rows
        self._range_rows = range_rows
        self._waiting: list[Any] = []
        self._rows = 0
        self._runs: list[Any] = []
        self._stack = ExitStack()
        self._folder: Path | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._runs.clear()
        self._stack.close()

    def add(self, ids: Any, content_hashes: Any) -> None:
        """Some records.

        Args:
            ids: Their ids, as Arrow strings or a list.
            content_hashes: Their content hashes, likewise.
        """
        table = pa.table([_strings(ids), _strings(content_hashes)], schema=_SCHEMA)
        if not table.num_rows:
            return
        self._waiting.append(table)
        self._rows += table.num_rows
        if self._rows >= self._held_rows:
            self._lay_down()

    def digest(self) -> str:
        """`sha256:<hex>` of all records."""
        runs = [*self._runs, *([self._sorted()] if self._waiting else [])]
        digest = sha256()
        starts = [0] * len(runs)
        for bound in [*self._bounds(runs), None]:
            parts = []
            for number, run in enumerate(runs):
                stop = run.num_rows if bound is None else _behind(run, bound)
                if stop > starts[number]:
                    parts.append(run.slice(starts[number], stop - starts[number]))
                    starts[number] = stop
            if parts:
                _update(digest, _ordered(pa.concat_tables(parts)) if len(parts) > 1 else parts[0])
        return "sha256:" + digest.hexdigest()

    def _bounds(self, runs: list[Any]) -> list[str]:
        """Ids between which about as many records stand as a range holds."""
        rows = sum(run.num_rows for run in runs)
        step = max(self._range_rows // (4 * max(len(runs), 1)), 1)
        seen = sorted(
            run.column("id")[at].as_py() for run in runs for at in range(step - 1, run.num_rows, step)
        )
        apart = max(len(seen) * self._range_rows // max(rows, 1), 1)
        return sorted(set(seen[apart - 1 :: apart]))

    def _sorted(self) -> Any:
        table = _ordered(pa.concat_tables(self._waiting))
        self._waiting.clear()
        self._rows = 0
        return table

    def _lay_down(self) -> None:
        if self._folder is None:
            self._folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        file = self._folder / f"{len(self._runs)}.arrow"
        with pa.ipc.new_file(str(file), _SCHEMA) as sink:
            sink.write_table(self._sorted())
        source = self._stack.enter_context(pa.memory_map(str(file)))
        self._runs.append(pa.ipc.open_file(source).read_all().combine_chunks())


def _strings(values: Any) -> Any:
    if isinstance(values, pa.Array | pa.ChunkedArray):
        return values.cast(pa.large_string())
    return pa.array(list(values), pa.large_string())


def _ordered(table: Any) -> Any:
    """By id, then by hash. Arrow compares the bytes of UTF-8, which stand in the order of the characters, as Python's do."""
    import pyarrow.compute as pc

    order = pc.sort_indices(table, sort_keys=[("id", "ascending"), ("hash", "ascending")])
    return table.take(order).combine_chunks()


def _behind(run: Any, bound: str) -> int:
    """How many ids of a run stand before a bound, or are it."""
    column = run.column("id")
    low, high = 0, run.num_rows
    while low < high:
        middle = (low + high) // 2
        if column[middle].as_py() <= bound:
            low = middle + 1
        else:
            high = middle
    return low


def _update(digest: Any, table: Any) -> None:
    for batch in table.to_batches(max_chunksize=65_536):
        ids, hashes = (column.to_pylist() for column in batch.columns)
        digest.update(_ENCODE_LINES(list(zip(ids, hashes, strict=True))))
