"""The sidecar: lineage beside the file it belongs to.

`made.jsonl` has `made.lineage.parquet`, and a folder has `lineage.parquet`. The records stay as a trainer reads them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.data.lineage.schema import conform
from holdfast.data.write import write_atomic
from holdfast.errors import InputError

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    import pyarrow as pa

    from holdfast.data.records import Records

FOLDER_FILE = "lineage.parquet"
_PACKED = (".gz", ".zst")


def sidecar_of(path: str | os.PathLike[str]) -> Path:
    """Where the lineage of a file or folder stands.

    >>> sidecar_of("data/made.jsonl.gz").as_posix()
    'data/made.lineage.parquet'
    """
    target = Path(path)
    if target.is_dir():
        return target / FOLDER_FILE
    name = target.name
    for suffix in _PACKED:
        name = name.removesuffix(suffix)
    return target.with_name(f"{Path(name).stem}.lineage.parquet")


def read_lineage(path: str | os.PathLike[str]) -> pa.Table:
    """The lineage of a file or folder, or the lineage file itself.

    Raises:
        InputError: There is none, or it cannot be read.
    """
    given = Path(path)
    file = given if given.name.endswith(FOLDER_FILE) else sidecar_of(given)
    if not file.is_file():
        raise InputError(
            "there is no lineage beside it" if given.exists() else "there is no such file",
            where=str(given),
            do=f"holdfast tag {given} writes {file.name}" if given.exists() else None,
        )
    return read_table(file)


def read_table(file: Path) -> pa.Table:
    """The lineage in a Parquet file.

    Raises:
        InputError: It cannot be read, or is no lineage.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(file, use_threads=True)
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(
            f"cannot be read: {error}", where=str(file), do="Restore it, or write it anew with holdfast tag"
        ) from error
    return conform(table, str(file))


def write_lineage(table: pa.Table, path: str | os.PathLike[str]) -> None:
    """Writes lineage as Parquet, whole or not at all.

    Raises:
        OutputError: The file could not be written.
    """
    import pyarrow.parquet as pq

    with write_atomic(path) as handle:
        # Ids are looked up one by one: small groups of rows with their least and greatest id are skipped unread.
        pq.write_table(table, handle, compression="zstd", row_group_size=131_072)


def lineage_of(records: Records) -> pa.Table | None:
    """The lineage of records as they were read, in their order; None where no file of theirs has any.

    A record that the sidecar does not know has nulls. One that was edited since has another content and is no
    longer what the sidecar speaks of.

    Raises:
        InputError: A sidecar cannot be read, names an id twice, or speaks of other contents.
    """
    import pyarrow as pa

    parts = [
        (place, read_table(place)) for place in dict.fromkeys(places_of(records.files)) if place.is_file()
    ]
    if not parts:
        return None
    known: dict[str, tuple[int, str | None]] = {}
    start = 0
    for place, table in parts:
        ids, hashes = table.column("id").to_pylist(), table.column("content_hash").to_pylist()
        for row, (id_, digest) in enumerate(zip(ids, hashes, strict=True)):
            if id_ in known:
                raise InputError(f"names the id {id_!r} twice", where=str(place))
            known[id_] = start + row, digest
        start += len(table)
    taken: list[int | None] = []
    for id_, digest in zip(records.ids, records.table.column("content_hash").to_pylist(), strict=True):
        found = known.get(id_)
        if found is not None and found[1] is not None and found[1] != digest:
            raise InputError(
                "was edited since its lineage was written",
                where=id_,
                do="holdfast tag --replace writes its lineage anew; an edited text is a record of its own",
            )
        taken.append(None if found is None else found[0])
    table = pa.concat_tables([table for _, table in parts]).take(pa.array(taken, pa.int64()))
    table = table.set_column(0, table.schema.field("id"), pa.array(records.ids, pa.string()))
    hashes = records.table.column("content_hash")
    return table.set_column(1, table.schema.field("content_hash"), hashes)


def places_of(files: Iterable[str]) -> list[Path]:
    """Where the lineage of files that were read may stand."""
    found: list[Path] = []
    for file in files:
        path = Path(file)
        found += [sidecar_of(path), path.parent / FOLDER_FILE]
        if path.parent.name == "data":  # what a curated or blended folder keeps beside its data
            found.append(path.parent.parent / FOLDER_FILE)
    return found
