"""The folder of a curated set: what is kept, what was dropped and why, and the lineage of all rows."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from holdfast.data import data_hash, digest_of, write_folder_atomic
from holdfast.data.identified import hash_of_written, with_id
from holdfast.data.lineage import lineage_of, lineage_table, write_lineage
from holdfast.data.lineage.sidecar import FOLDER_FILE
from holdfast.data.write import describe_file
from holdfast.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa
    from numpy.typing import NDArray

    from holdfast.remedies.curate.contract import Curation
    from holdfast.remedies.sides import Beside

KIND = "holdfast.curation/"
SCHEMA = f"{KIND}1"
KEPT, DROPPED = "data/kept.jsonl", "dropped/rows.jsonl"


def write_folder(
    found: Curation,
    beside: Beside,
    kept: NDArray[np.bool_],
    sources: Mapping[str, str],
    asked: dict[str, Any],
    *,
    replace: bool,
) -> None:
    """Write a curated set, whole or not at all.

    Args:
        found: The curation; its `output` is the folder.
        beside: What was curated, beside reality.
        kept: bool [n], rows that are kept.
        sources: For each dropped copy the id of what it repeats.
        asked: The options, for the manifest.
        replace: Whether a curated folder that is there may be replaced.

    Raises:
        OutputError: It cannot be written.
    """
    records = beside.records
    assert found.output is not None  # noqa: S101 - for the type checker; the caller has looked
    rows = records.table.column("row").to_pylist()
    # Rows that brought no id are written with the one they were given here.
    written = (
        rows
        if records.detection.id_column is not None
        else [with_id(row, id_, id_column=None) for row, id_ in zip(rows, records.ids, strict=True)]
    )
    lineage = _lineage(found, beside, kept, sources, digest_of(asked), written)
    hashes = records.table.column("content_hash").to_pylist()
    manifest = {
        "schema": SCHEMA,
        "holdfast_version": __version__,
        "input": {
            "name": records.name,
            "rows": len(records),
            "digest": data_hash(list(beside.sides.candidate.ids), hashes),
        },
        "reality": {"name": beside.name, "digest": beside.digest},
        "asked": asked,
        "steps": [asdict(step) for step in found.steps],
        "rows": {"read": found.rows, "kept": len(found.kept), "dropped": len(found.dropped)},
        "by_stratum": [
            {"stratum": name, "before": before, "after": after} for name, before, after in found.by_stratum
        ],
    }
    with write_folder_atomic(found.output, replace=replace, kind=KIND) as folder:
        (folder / "data").mkdir()
        (folder / "dropped").mkdir()
        with (folder / KEPT).open("wb") as handle:
            for row in np.flatnonzero(kept).tolist():
                handle.write(written[row].encode() + b"\n")
        with (folder / DROPPED).open("wb") as handle:
            for row in np.flatnonzero(~kept).tolist():
                id_ = beside.sides.candidate.ids[row]
                step, reason = found.dropped[id_]
                line = {
                    "id": id_,
                    "dropped_by": step,
                    "drop_reason": reason,
                    "row": msgspec.Raw(rows[row].encode()),
                }
                handle.write(msgspec.json.encode(line) + b"\n")
        write_lineage(lineage, folder / FOLDER_FILE)
        manifest["files"] = [
            describe_file(folder, name, rows)
            for name, rows in (
                (KEPT, len(found.kept)),
                (DROPPED, len(found.dropped)),
                (FOLDER_FILE, found.rows),
            )
        ]
        text = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
        (folder / "manifest.json").write_bytes(text + b"\n")


def _lineage(
    found: Curation,
    beside: Beside,
    kept: NDArray[np.bool_],
    sources: Mapping[str, str],
    recipe: str,
    written: list[str],
) -> pa.Table:
    import pyarrow as pa

    ids = beside.sides.candidate.ids
    table = lineage_of(beside.records)
    if table is None:
        hashes = beside.records.table.column("content_hash").to_pylist()
        table = lineage_table({"id": list(ids), "content_hash": hashes}, len(ids))
    gone = [found.dropped.get(id_) for id_ in ids]
    columns: dict[str, list[Any]] = {
        "kept": kept.tolist(),
        "dropped_by": [None if entry is None else entry[0] for entry in gone],
        "drop_reason": [None if entry is None else entry[1] for entry in gone],
        "duplicate_of": [sources.get(id_) for id_ in ids],
        "recipe_hash": [recipe] * len(ids),
    }
    if beside.records.detection.id_column is None:
        columns["content_hash"] = [hash_of_written(row) for row in written]
    if table.column("strata").null_count == len(table):
        labels, strata = beside.sides.labels, beside.sides.candidate.strata.tolist()
        name = beside.records.detection.label_column or beside.sides.origin
        columns["strata"] = [None if at < 0 else [(name, labels[at])] for at in strata]
    for name, values in columns.items():
        at = table.schema.get_field_index(name)
        table = table.set_column(at, table.schema.field(at), pa.array(values, table.schema.field(at).type))
    return table
