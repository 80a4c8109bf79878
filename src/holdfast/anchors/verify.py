"""Verify: is the anchor still what was sealed?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from holdfast.anchors.anchor import open_anchor
from holdfast.anchors.split import PARTS
from holdfast.anchors.store import read_table, seal, seal_columns
from holdfast.data import content_hash
from holdfast.data.columns import id_of
from holdfast.errors import AnchorError

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

_NAMED = 5


def verify(path: str | Path) -> list[str]:
    """Check every part of an anchor against its seals.

    Args:
        path: The anchor's folder.

    Returns:
        What is wrong, one sentence each; empty when everything is as it was sealed. Rows of the holdout are counted,
        never named.

    Raises:
        AnchorError: It is no anchor, or its manifest was edited.
    """
    anchor = open_anchor(path)
    problems = []
    for part in PARTS:
        try:
            table = anchor.part(part)
        except AnchorError as error:
            problems.append(str(error))
            continue
        sealed = anchor.manifest["parts"][part]
        changed = _changed(table, anchor.manifest["detection"].get("id_column"))
        if changed:
            names = (
                ""
                if part == "holdout"
                else f": {', '.join(changed[:_NAMED])}{' ...' if len(changed) > _NAMED else ''}"
            )
            problems.append(
                f"{part}: {len(changed)} record{'s are' if len(changed) > 1 else ' is'} not what was sealed{names}"
            )
        if table.num_rows != sealed["rows"]:
            problems.append(f"{part}: {table.num_rows} rows, sealed with {sealed['rows']}")
        if seal(table) != sealed["seal"] and not changed:
            problems.append(f"{part}: ids, texts, strata or hashes are not what was sealed")
    for name, sealed_columns in anchor.manifest["learnt"].items():
        try:
            if seal_columns(read_table(anchor.path / f"{name}.parquet")) != sealed_columns:
                problems.append(f"{name}: what was learnt from the reference is not what was sealed")
        except AnchorError as error:
            problems.append(str(error))
    try:
        anchor.lineage()
    except AnchorError as error:
        problems.append(str(error))
    return problems


def _changed(table: pa.Table, id_column: str | None) -> list[str]:
    """Ids of the records whose payload no longer has the hash that stands beside it."""
    rows = zip(*(table.column(name).to_pylist() for name in ("id", "content_hash", "payload")), strict=True)
    changed = []
    for id_, sealed, payload in rows:
        try:
            record = msgspec.json.decode(payload)
            found = content_hash(record, id_column=id_column)
            # The content hash leaves the id out, so that equal records have equal hashes.
            if id_column is not None and id_of(record.get(id_column)) != id_:
                found = ""
        except (msgspec.DecodeError, TypeError, AttributeError):
            found = ""
        if found != sealed:
            changed.append(str(id_))
    return changed
