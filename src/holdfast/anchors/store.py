"""Store: an anchor as a plain folder of Parquet files and one JSON manifest.

anchor/
├── manifest.json       what it is, how it was read and split, and the seals
├── reference.parquet   id, text, answer_at, stratum, content_hash, payload: serves statistics
├── gold.parquet        the same: human-verified, may be infused into training
├── holdout.parquet     the same: never trained on, never printed
├── nulls.parquet       one row per reference row: its groups, and its stratum read as if it were new
├── lineage.parquet     where rows of reference and gold come from, where that was written down
└── labeller.parquet, cells.parquet, centres.parquet   what reads the stratum of a new row
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.data import canonical_json, content_hash, data_hash, digest_of
from holdfast.errors import AnchorError
from holdfast.views.clusters import Cells
from holdfast.views.labeller import Labeller
from holdfast.views.near import Duplicates
from holdfast.views.real_strata import RealStrata

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from holdfast.views.reality import Reality

SCHEMA = "holdfast.anchor/1"
COLUMNS = ("id", "text", "stratum", "content_hash", "payload")
"""What every part has."""
ANSWER = "answer_at"
"""What parts frozen since prompts are told from answers have, too: where in the text the answer begins."""


def seal(table: pa.Table) -> str:
    """SHA-256 over the canonical content of a part: ids, texts, strata and every nested value of the records.

    It does not change with row order, compression or packing, and changes with any value.
    """
    ids = table.column("id").to_pylist()
    rows = zip(
        table.column("content_hash").to_pylist(),
        table.column("text").to_pylist(),
        table.column("stratum").to_pylist(),
        strict=True,
    )
    hashes = [content_hash({"record": r, "text": t, "stratum": s}, id_column=None) for r, t, s in rows]
    return data_hash(ids, hashes)


def manifest_digest(manifest: dict[str, Any]) -> str:
    """SHA-256 over the canonical manifest without its own digest and date: the same reality has the same digest."""
    body = {key: value for key, value in manifest.items() if key not in ("digest", "created_at")}
    return digest_of(body)


def seal_columns(table: pa.Table) -> str:
    """SHA-256 over the values of a numeric table, whatever file they were packed in."""
    digest = hashlib.sha256()
    for name in table.column_names:
        column = table.column(name).combine_chunks()
        if name == "id":
            digest.update(canonical_json(column.to_pylist()))
            continue
        flat = column.flatten() if hasattr(column, "flatten") else column
        digest.update(name.encode() + b"\0")
        digest.update(np.ascontiguousarray(flat.to_numpy(zero_copy_only=False)).tobytes())
    return "sha256:" + digest.hexdigest()


def null_tables(reality: Reality) -> dict[str, pa.Table]:
    """What was learnt from the reference, as tables by file name without suffix."""
    import pyarrow as pa

    strata = reality.strata
    nulls: dict[str, Any] = {
        "id": list(reality.ids),
        "exact": reality.duplicates.exact,
        "near": reality.duplicates.near,
        "unit": reality.duplicates.units,
        "read": strata.read,
    }
    tables = {"nulls": pa.table(nulls)}
    if strata.labeller is not None:
        flat = np.ascontiguousarray(strata.labeller.coefficients).reshape(-1)
        width = strata.labeller.coefficients.shape[1]
        tables["labeller"] = pa.table(
            {
                "fit_row": strata.labeller.fit_rows,
                "coefficients": pa.FixedSizeListArray.from_arrays(pa.array(flat), width),
            }
        )
    if strata.cells is not None:
        dimensions = strata.cells.basis.shape[1]
        tables["cells"] = pa.table(
            {
                "column": strata.cells.columns,
                "basis": pa.FixedSizeListArray.from_arrays(
                    pa.array(strata.cells.basis.reshape(-1)), dimensions
                ),
            }
        )
        tables["centres"] = pa.table(
            {
                "centre": pa.FixedSizeListArray.from_arrays(
                    pa.array(strata.cells.centres.reshape(-1)), dimensions
                )
            }
        )
    return tables


def read_nulls(
    tables: dict[str, pa.Table], labels: tuple[str, ...], given: list[str | None]
) -> tuple[Duplicates, RealStrata]:
    """The inverse of `null_tables`."""
    nulls = tables["nulls"]
    exact, near, units, read = (_numbers(nulls, name) for name in ("exact", "near", "unit", "read"))
    index = {label: i for i, label in enumerate(labels)}
    codes = np.array([-1 if label is None else index[label] for label in given], np.int64)
    labeller = cells = confusion = accuracy = None
    if "labeller" in tables:
        table = tables["labeller"]
        flat = table.column("coefficients").combine_chunks().flatten().to_numpy(zero_copy_only=False)
        labeller = Labeller(
            fit_rows=_numbers(table, "fit_row"),
            coefficients=np.ascontiguousarray(flat.reshape(table.num_rows, len(labels))),
        )
        known = (codes >= 0) & (read >= 0)
        confusion = np.zeros((len(labels), len(labels)), np.int64)
        np.add.at(confusion, (codes[known], read[known]), 1)
        accuracy = float((codes[known] == read[known]).mean()) if known.any() else None
    if "cells" in tables:
        basis, centres = (
            table.column(name).combine_chunks()
            for table, name in ((tables["cells"], "basis"), (tables["centres"], "centre"))
        )
        cells = Cells(
            columns=_numbers(tables["cells"], "column"),
            basis=basis.flatten().to_numpy(zero_copy_only=False).reshape(len(basis), -1),
            centres=centres.flatten().to_numpy(zero_copy_only=False).reshape(len(centres), -1),
        )
    strata = RealStrata(
        labels=labels,
        given=codes,
        read=read,
        labeller=labeller,
        cells=cells,
        confusion=confusion,
        accuracy=accuracy,
    )
    return Duplicates(exact=exact, near=near, related=units, units=units), strata


def write_table(table: pa.Table, path: Path) -> None:
    """Write one Parquet file."""
    from pyarrow import parquet

    parquet.write_table(table, path, compression="zstd")


def read_table(path: Path) -> pa.Table:
    """Read one Parquet file of an anchor.

    Raises:
        AnchorError: It is missing or damaged.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        return parquet.read_table(path)
    except FileNotFoundError:
        raise AnchorError(
            "a part of the anchor is missing", where=str(path), do="Restore it or freeze anew"
        ) from None
    except (OSError, pa.ArrowException) as error:
        raise AnchorError(
            f"a part of the anchor is damaged ({str(error).splitlines()[0]})",
            where=str(path),
            do="Restore it or freeze anew",
        ) from error


def _numbers(table: pa.Table, name: str) -> Any:
    return table.column(name).to_numpy().astype(np.int64)
