"""The folder of a reviewed set: rows that stay, edits, rows that are out and why, items left open, and the lineage of all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from holdfast.data import write_folder_atomic
from holdfast.data.identified import hash_of_written, with_id
from holdfast.data.lineage import depth_of, lineage_of, lineage_table, write_lineage
from holdfast.data.lineage.sidecar import FOLDER_FILE
from holdfast.data.write import describe_file
from holdfast.reviews.outcomes.rulings import said_why
from holdfast.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from holdfast.data import Records
    from holdfast.reviews.outcomes.rulings import Ruling
    from holdfast.reviews.queues.contract import Queue

KIND = "holdfast.reviewed/"
SCHEMA = f"{KIND}1"
KEPT, EDITED, DROPPED, OPEN = (
    "data/kept.jsonl",
    "data/edited.jsonl",
    "dropped/rows.jsonl",
    "open/items.jsonl",
)
_STEP = "review"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A new record that a person made of another.

    Attributes:
        id: Its id.
        row: Its JSON, as it is written.
        content_hash: Its `sha256:...`.
    """

    id: str
    row: str
    content_hash: str


def write_reviewed(
    output: Path,
    queue: Queue,
    records: Records,
    found: Sequence[Ruling],
    edits: Mapping[str, Edit],
    *,
    people: int,
    replace: bool,
) -> None:
    """Writes a reviewed set, whole or not at all.

    Args:
        output: The folder.
        queue: The queue.
        records: The set, with its rows as they were given.
        found: What becomes of items.
        edits: New records by the id of what was edited.
        people: How many people must have decided.
        replace: Whether a reviewed folder that is there may be replaced.

    Raises:
        OutputError: It cannot be written.
    """
    by_id = {one.item.id: one for one in found}
    rows = records.table.column("row").to_pylist()
    given = records.detection.id_column is not None
    # Rows that brought no id are written with the one they were given here, so that lineage finds them.
    written = [
        row if given else with_id(row, id_, id_column=None)
        for row, id_ in zip(rows, records.ids, strict=True)
    ]
    gone = {id_: _reason(one, edits) for id_, one in by_id.items() if one.outcome in ("reject", "edit")}
    ids = records.ids
    left_open = [one for one in found if one.outcome == "open"]
    with write_folder_atomic(output, replace=replace, kind=KIND) as folder:
        contents: dict[str, Iterable[bytes]] = {
            KEPT: [row.encode() for id_, row in zip(ids, written, strict=True) if id_ not in gone],
            EDITED: [edits[id_].row.encode() for id_ in ids if id_ in edits],
            DROPPED: [
                _dropped(id_, row, by_id[id_], gone[id_])
                for id_, row in zip(ids, rows, strict=True)
                if id_ in gone
            ],
            OPEN: [_open(one) for one in left_open],
        }
        counts: dict[str, int] = {}
        for name, lines in contents.items():
            counts[name] = _write(folder, name, lines)
        table = _lineage(queue, records, written, by_id, gone, edits)
        write_lineage(table, folder / FOLDER_FILE)
        counts[FOLDER_FILE] = len(table)
        manifest: dict[str, Any] = {
            "schema": SCHEMA,
            "holdfast_version": __version__,
            "queue": {"name": queue.name, "digest": queue.digest},
            "input": dict(queue.sources[0]),
            "people": people,
            "rows": {
                "read": len(records),
                "kept": counts[KEPT],
                "edited": counts[EDITED],
                "dropped": counts[DROPPED],
                "open": len(left_open),
                "decided": len(found),
            },
            "reviewers": sorted({name for one in found for name in one.by}),
            "files": [
                describe_file(folder, name, count)
                for name, count in counts.items()
                if (folder / name).is_file()
            ],
        }
        body = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
        (folder / "manifest.json").write_bytes(body + b"\n")


def _write(folder: Path, name: str, lines: Iterable[bytes]) -> int:
    """Writes lines; a file of none is not written, for a reader would find it empty."""
    held = list(lines)
    if held or name == KEPT:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"".join(line + b"\n" for line in held))
    return len(held)


def _reason(ruling: Ruling, edits: Mapping[str, Edit]) -> str:
    names = ", ".join(ruling.by)
    if ruling.outcome == "edit":
        return f"edited by {names}: {edits[ruling.item.id].id} stands in its place"
    return f"rejected by {names}" + (f": {ruling.why}" if ruling.why else "")


def _dropped(id_: str, row: str, ruling: Ruling, reason: str) -> bytes:
    return msgspec.json.encode(
        {
            "id": id_,
            "dropped_by": _STEP,
            "drop_reason": reason,
            "by": list(ruling.by),
            "row": msgspec.Raw(row.encode()),
        }
    )


def _open(ruling: Ruling) -> bytes:
    return msgspec.json.encode(
        {
            "item": ruling.item.item,
            "id": ruling.item.id,
            "why": ruling.why,
            "said": [{"reviewer": one.reviewer, "answers": one.answers} for one in ruling.decisions],
        }
    )


def _lineage(
    queue: Queue,
    records: Records,
    written: Sequence[str],
    by_id: Mapping[str, Ruling],
    gone: Mapping[str, str],
    edits: Mapping[str, Edit],
) -> pa.Table:
    """What was known of the rows, what people said of them, and the edits behind their parents."""
    table = lineage_of(records)
    if table is None:
        hashes = records.table.column("content_hash").to_pylist()
        table = lineage_table({"id": records.ids, "content_hash": hashes}, len(records))
    rows = table.to_pylist()
    if records.detection.id_column is None:
        for row, text in zip(rows, written, strict=True):
            row["content_hash"] = hash_of_written(text)
    made = []
    for row in rows:
        ruling = by_id.get(row["id"])
        if ruling is None:
            continue
        row["review"] = [*(row["review"] or []), *_said(queue, ruling)]
        if row["id"] in edits:
            made.append(_made(row, edits[row["id"]], ruling))
        row["kept"] = row["id"] not in gone
        if not row["kept"]:
            row["dropped_by"], row["drop_reason"] = _STEP, gone[row["id"]]
    every = [*rows, *made]
    return lineage_table({name: [row[name] for row in every] for name in table.column_names}, len(every))


def _said(queue: Queue, ruling: Ruling) -> list[dict[str, Any]]:
    verdict = queue.questions.of_kind("verdict")
    assert verdict is not None  # noqa: S101 - for the type checker; rulings have looked
    return [
        {
            "timestamp": one.at,
            "author": one.reviewer,
            "decision": one.answers[verdict.name],
            "reason": said_why(queue, one.answers) or None,
        }
        for one in ruling.decisions
    ]


def _made(parent: Mapping[str, Any], edit: Edit, ruling: Ruling) -> dict[str, Any]:
    """The lineage of an edit. What a person wrote and a person edited is still a person's."""
    source_type = "human" if parent["source_type"] == "human" else "human_edited"
    kept = ("prompt_id", "source", "tags", "cycle", "label_source_type", "strata", "licenses")
    return (
        dict.fromkeys(parent)
        | {name: parent[name] for name in kept}
        | {
            "id": edit.id,
            "content_hash": edit.content_hash,
            "source_type": source_type,
            "parent_ids": [parent["id"]],
            "generation_depth": depth_of(source_type, parents=[parent["generation_depth"]]),
            "agent": ", ".join(dict.fromkeys(ruling.by)),
            "review": list(parent["review"]),
            "kept": True,
        }
    )
