"""Freeze: make reality an object that can be held against."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import numpy as np

from holdfast.anchors.anchor import Anchor, open_anchor
from holdfast.anchors.shares import read_shares
from holdfast.anchors.split import PARTS, split
from holdfast.anchors.store import (
    ANSWER,
    COLUMNS,
    SCHEMA,
    manifest_digest,
    null_tables,
    seal,
    seal_columns,
    write_table,
)
from holdfast.anchors.succession import succeed
from holdfast.data import read_records, write_folder_atomic
from holdfast.data.lineage.schema import lineage_hash
from holdfast.data.lineage.sidecar import FOLDER_FILE, lineage_of
from holdfast.errors import InputError, UsageError
from holdfast.version import __version__
from holdfast.views.near import find_duplicates
from holdfast.views.reality import Rows, read_reality
from holdfast.views.tokens import read_tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa
    from numpy.typing import NDArray

    from holdfast.data import Records

_NAMED = 5


def freeze(
    real: Any,
    *,
    output: str | Path,
    text: str | None = None,
    label: str | None = None,
    id: str | None = None,
    gold: float = 0.1,
    holdout: float = 0.1,
    shares: str | Path | Mapping[str, float] | None = None,
    name: str | None = None,
    replace: bool = False,
    succeeds: str | Path | Anchor | None = None,
    reason: str | None = None,
    moved: Mapping[str, Any] | None = None,
    on_bad_row: Literal["stop", "skip"] = "stop",
    progress: Callable[[str], None] = lambda _: None,
) -> Anchor:
    """Freeze real rows as an anchor.

    Args:
        real: Real rows: a path, several, a list of dicts or strings, or an Arrow table.
        output: The folder to write. It appears whole or not at all.
        text: Column the text is taken from; detected where not given.
        label: Column the strata are taken from; detected where not given.
        id: Column the record ids are taken from.
        gold: Share of the gold part (human-verified, may be infused into training).
        holdout: Share of the holdout (never trained on, never printed).
        shares: Population shares of the strata, where the rows were sampled by stratum: a CSV file with the columns
            `stratum` and `share`, or a mapping.
        name: A name for reports.
        replace: Take the place of an anchor that is already there.
        succeeds: The anchor whose place this one takes, its folder or an opened one: the manifest records which, when
            and why.
        reason: Why it takes its place; needed with `succeeds`.
        moved: What a diff of both said (`Diff.record`), to be recorded, too.
        on_bad_row: What to do with a row that cannot be read.
        progress: Called with a word about what is done next.

    Returns:
        The anchor.

    Raises:
        InputError: Rows that cannot be used, too few of them, or rows that a model wrote by their lineage.
        OutputError: The folder cannot be written.
        UsageError: Shares that do not fit.
    """
    if not (0 <= gold < 1 and 0 <= holdout < 1 and gold + holdout < 1):
        raise UsageError(
            "the shares of gold and holdout lie between 0 and 1 and leave room", where="--gold / --holdout"
        )
    chain = None
    if succeeds is not None:
        old = succeeds if isinstance(succeeds, Anchor) else open_anchor(succeeds)
        chain = succeed(old, reason=reason, moved=moved)
    elif reason is not None or moved is not None:
        raise UsageError("a reason is given, and no predecessor", where="--reason", do="Give --succeeds, too")
    progress("reading real rows")
    records = read_records(
        real, text=text, label=label, id=id, on_bad_row=on_bad_row, keep_payload=True, name=name
    )
    progress("grouping near-duplicates")
    units = find_duplicates(read_tokens(records.texts)).units
    hashes = records.table.column("content_hash").to_pylist()
    part = split(hashes, units, gold=gold, holdout=holdout)
    tables = {
        label_: records.table.select([*COLUMNS, ANSWER]).take(np.flatnonzero(part == index))
        for index, label_ in enumerate(PARTS)
    }
    lineage = _lineage(records, part)
    reference = tables["reference"]
    strata = reference.column("stratum").to_pylist()
    labelled = any(label_ is not None for label_ in strata)
    reality = read_reality(
        Rows(
            ids=reference.column("id").to_pylist(),
            texts=reference.column("text").to_pylist(),
            strata=strata if labelled else None,
            answers=reference.column(ANSWER).to_pylist(),
        ),
        step=progress,
    )
    declared = read_shares(shares, reality.strata.labels, flag="--shares") if shares is not None else None
    learnt = null_tables(reality)
    progress("writing")
    manifest = _manifest(records, tables, learnt, reality.strata.labels, gold, holdout, declared)
    if reality.strata.accuracy is not None:
        manifest["labeller_accuracy"] = reality.strata.accuracy
    if lineage is not None:
        manifest["lineage"] = {"rows": lineage.num_rows, "seal": lineage_hash(lineage)}
    if chain is not None:  # an anchor without a predecessor keeps the digest that it always had
        manifest["succeeds"] = chain
    manifest["digest"] = manifest_digest(manifest)
    with write_folder_atomic(output, replace=replace, kind="holdfast.anchor/") as folder:
        for file, table in (tables | learnt).items():
            write_table(table, folder / f"{file}.parquet")
        if lineage is not None:
            write_table(lineage, folder / FOLDER_FILE)
        (folder / "manifest.json").write_bytes(
            msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"
        )
    return Anchor(path=Path(output), manifest=manifest)


def _lineage(records: Records, part: NDArray[np.int64]) -> pa.Table | None:
    """What is known of the rows that may be trained on; None where nothing is.

    Raises:
        InputError: A model stands in the ancestry of some of the rows: they are no reality.
    """
    found = lineage_of(records)
    if found is None:
        return None
    kinds, depths = (found.column(name).to_pylist() for name in ("source_type", "generation_depth"))
    made = [
        id_
        for id_, kind, depth in zip(records.ids, kinds, depths, strict=True)
        if kind in ("synthetic", "machine_edited") or (depth or 0) > 0
    ]
    if made:
        raise InputError(
            f"a model had a hand in {len(made):,} of the rows, by their lineage: {', '.join(made[:_NAMED])}{' ...' if len(made) > _NAMED else ''}",
            where=records.name,
            do="Freeze what people wrote; what is held against itself always passes",
        )
    return found.take(np.flatnonzero(part != PARTS.index("holdout")))


def _manifest(
    records: Records,
    tables: Mapping[str, Any],
    learnt: Mapping[str, Any],
    labels: tuple[str, ...],
    gold: float,
    holdout: float,
    shares: dict[str, float] | None,
) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "name": records.name,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "holdfast_version": __version__,
        # Names alone: a folder of the machine it was frozen on helps nobody and may say too much.
        "files": [Path(file).name for file in records.files],
        "detection": {
            "shape": records.detection.shape,
            "text_column": records.detection.text_column,
            "label_column": records.detection.label_column,
            "id_column": records.detection.id_column,
            "notes": list(records.detection.notes),
        },
        "empty_rows": records.empty_rows,
        "skipped_rows": records.skipped_count,
        "split": {
            "by": "content hash of the near-duplicate group's leader",
            "gold": gold,
            "holdout": holdout,
        },
        "labels": list(labels),
        "shares": shares,
        "parts": {name: {"rows": table.num_rows, "seal": seal(table)} for name, table in tables.items()},
        "learnt": {name: seal_columns(table) for name, table in learnt.items()},
    }
