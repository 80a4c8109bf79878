"""Arrow tables as rows: Parquet files, Arrow files and streams, tables in memory."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from holdfast.data.rows import CHUNK_ROWS
from holdfast.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from holdfast.data.places import Place
    from holdfast.data.rows import Chunks


def parquet_rows(place: Place) -> Chunks:
    """Rows of a Parquet file, batch by batch."""
    with open_parquet(place) as file:
        yield from batch_rows(file.iter_batches(batch_size=CHUNK_ROWS))


def arrow_rows(place: Place) -> Chunks:
    """Rows of an Arrow file (Feather) or of an Arrow stream, as Hugging Face `datasets` writes it."""
    with open_arrow(place) as file:
        yield from batch_rows(map(sound, arrow_batches(file)))


@contextmanager
def open_parquet(place: Place) -> Iterator[Any]:
    """A Parquet file; of a remote one only what is asked for is fetched."""
    import pyarrow.parquet as pq

    if isinstance(place, Path):
        with pq.ParquetFile(place) as file:
            yield file
    else:
        with place.open("rb") as remote, pq.ParquetFile(remote) as file:
            yield file


@contextmanager
def open_arrow(place: Place) -> Iterator[Any]:
    """An Arrow file with batches that can be asked for, or an Arrow stream. What is on this machine is mapped, not read."""
    if isinstance(place, Path):
        with pa.memory_map(str(place)) as source:
            yield _arrow(source)
    else:
        with place.open("rb") as remote, pa.PythonFile(remote, "r") as source:
            yield _arrow(source)


def _arrow(source: Any) -> Any:
    if source.read(6) == b"ARROW1":
        return pa.ipc.open_file(source)
    source.seek(0)
    return pa.ipc.open_stream(source)


def arrow_batches(file: Any) -> Iterator[Any]:
    """All batches of what `open_arrow` gives."""
    if hasattr(file, "num_record_batches"):
        return (file.get_batch(at) for at in range(file.num_record_batches))
    return iter(file)


def sound(batch: Any) -> Any:
    """The batch. Arrow files are mapped, not decoded: offsets that a fault has changed would lead out of the file.

    Raises:
        pyarrow.ArrowInvalid: It is damaged.
    """
    batch.validate(full=True)
    return batch


def batch_rows(batches: Iterable[Any], *, row: int = 1) -> Chunks:
    """Rows of Arrow batches.

    Args:
        batches: The batches.
        row: The number of the first row.

    Raises:
        InputError: A column holds values that Python cannot.
    """
    for whole in batches:
        twice = {name for name in whole.schema.names if whole.schema.names.count(name) > 1}
        if twice:
            raise InputError(f"two columns are named {min(twice)!r}", do="Give every column its own name")
        # Batches in a file can be of any size; Python objects are made for a few thousand rows at a time.
        for start in range(0, whole.num_rows, CHUNK_ROWS):
            batch = _without_nanoseconds(whole.slice(start, CHUNK_ROWS))
            numbers = range(row, row + batch.num_rows)
            try:
                values = batch.to_pylist()
            except (ValueError, OverflowError) as error:
                raise InputError(
                    f"rows {numbers[0]} to {numbers[-1]} hold values that cannot be read: {error}",
                    do="Leave such columns out, or save them as text",
                ) from error
            yield numbers, values
            row += batch.num_rows


def _without_nanoseconds(batch: Any) -> Any:
    """Nanosecond columns as text: Python's own types stop at microseconds, and pandas may not be there."""
    for at, column in enumerate(batch.schema):
        kind = column.type
        has_unit = pa.types.is_timestamp(kind) or pa.types.is_time64(kind) or pa.types.is_duration(kind)
        if has_unit and kind.unit == "ns":
            plain = batch.column(at).cast(pa.int64()) if pa.types.is_duration(kind) else batch.column(at)
            batch = batch.set_column(at, column.name, plain.cast(pa.string()))
    return batch
