"""How people's labels of pairs are stored: two Parquet files for each part, and what seals them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.anchors.store import read_table
from holdfast.data import data_hash, digest_of
from holdfast.data.preferences.preferences import LABELS, PAIRS
from holdfast.errors import AnchorError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pyarrow as pa

AGAIN = "Restore it or freeze anew"
_BATCH_ROWS = 4_096


def read_part(folder: Path, part: str) -> tuple[pa.Table, pa.Table]:
    """Pairs of a part, and their labels by pair_id.

    Args:
        folder: The anchor's folder.
        part: The part.

    Raises:
        AnchorError: A file is missing or damaged, or is no such table.
    """
    import pyarrow as pa

    found = []
    for file, schema in (("pairs", PAIRS), ("labels", stored_labels())):
        where = folder / f"{part}_{file}.parquet"
        table = read_table(where)
        try:
            found.append(table.select(schema.names).cast(schema))
        except (KeyError, ValueError, pa.ArrowException) as error:
            raise AnchorError(
                f"a part of the anchor is damaged ({str(error).splitlines()[0]})", where=str(where), do=AGAIN
            ) from error
    pairs, labels = found
    if not set(labels.column("pair_id").to_pylist()) <= set(pairs.column("pair_id").to_pylist()):
        raise AnchorError(
            "a label is of a pair that is not there", where=str(folder / f"{part}_labels.parquet"), do=AGAIN
        )
    return pairs, labels


def stored_labels() -> pa.Schema:
    """Labels as they are stored: they name their pair, so that the order of rows says nothing."""
    import pyarrow as pa

    return pa.schema([pa.field("pair_id", pa.string(), nullable=False), *list(LABELS)[1:]])


def numbered(labels: pa.Table, rows: Sequence[int]) -> pa.Table:
    """Stored labels with the rows of their pairs, as `Preferences` has them."""
    import pyarrow as pa

    columns = [pa.array(rows, pa.int64()), *(labels.column(name) for name in LABELS.names[1:])]
    return pa.Table.from_arrays(columns, schema=LABELS)


def seal_part(pairs: pa.Table, labels: pa.Table) -> str:
    """SHA-256 over the content of a part. It does not change with row order or packing, and changes with any value."""
    ids = [f"pair {id_}" for id_ in pairs.column("pair_id").to_pylist()]
    ids += [f"label {id_}" for id_ in labels.column("pair_id").to_pylist()]
    batches = (batch for table in (pairs, labels) for batch in table.to_batches(max_chunksize=_BATCH_ROWS))
    return data_hash(ids, [digest_of(row) for batch in batches for row in batch.to_pylist()])
