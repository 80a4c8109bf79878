"""What tells two snapshots apart: rows, mixture, what was measured of them, and what their models pay for real rows."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec

from holdfast.audits.generation import paired_losses
from holdfast.cycles.state import find_snapshot
from holdfast.data.lineage.sidecar import FOLDER_FILE, read_table
from holdfast.errors import InputError

if TYPE_CHECKING:
    from holdfast.cycles.project.project import Project
    from holdfast.cycles.snapshots import Snapshot

_BY = ("source", "source_type", "generation_depth", "agent", "stratum")
_NAMED = 10


def compare(project: Project, one: str, other: str) -> dict[str, Any]:
    """What tells two snapshots apart, as plain data.

    Args:
        project: The project.
        one: The first digits of a snapshot's hash, `cycle-3`, or `current`.
        other: The same.

    Returns:
        `one`, `other` (snapshot, cycle, rows, model), `differ`, `rows` (added, removed, edited, same, some ids), `counts` (by source, source type,
        depth, agent and stratum, where they differ), `readings` (of the data's audits), `losses` (bits per byte of the models, paired).

    Raises:
        InputError: There is no such snapshot, or it is damaged.
    """
    a, b = find_snapshot(project, one), find_snapshot(project, other)
    for snapshot in (a, b):
        problems = project.snapshots.verify(snapshot)
        if problems:
            raise InputError(
                f"is not what was sealed: {problems[0]}",
                where=str(snapshot.folder),
                do="Restore it from a copy",
            )
    change = project.snapshots.change(a, b)
    return {
        "one": _about(a),
        "other": _about(b),
        "differ": list(change.files),
        "rows": {
            "added": len(change.added),
            "removed": len(change.removed),
            "edited": len(change.edited),
            "same": change.same,
            "some_added": list(change.added[:_NAMED]),
            "some_removed": list(change.removed[:_NAMED]),
            "some_edited": list(change.edited[:_NAMED]),
        },
        "counts": _counts(a, b),
        "readings": _readings(a, b),
        "losses": _losses(a, b),
    }


def _about(snapshot: Snapshot) -> dict[str, Any]:
    model = snapshot.manifest.get("model")
    return {
        "snapshot": snapshot.hash,
        "cycle": snapshot.manifest.get("cycle"),
        "rows": snapshot.rows,
        "model": None if model is None else model["name"],
    }


def _counts(one: Snapshot, other: Snapshot) -> dict[str, dict[str, list[int]]]:
    """Rows by what is known of them, in both, where that differs."""
    before, after = _counted(one), _counted(other)
    found = {}
    for name in _BY:
        keys = sorted(
            before[name].keys() | after[name].keys(),
            key=lambda key: (-before[name][key] - after[name][key], key),
        )
        changed = {
            key: [before[name][key], after[name][key]]
            for key in keys
            if before[name][key] != after[name][key]
        }
        if changed:
            found[name] = changed
    return found


def _counted(snapshot: Snapshot) -> dict[str, Counter[str]]:
    table = read_table(snapshot.folder / FOLDER_FILE)
    found = {
        name: Counter("unknown" if value is None else str(value) for value in table.column(name).to_pylist())
        for name in _BY
        if name != "stratum"
    }
    strata = table.column("strata").to_pylist()
    return {
        **found,
        "stratum": Counter(
            str(dict(value)) if value and len(value) > 1 else str(value[0][1]) if value else "unknown"
            for value in strata
        ),
    }


def _readings(one: Snapshot, other: Snapshot) -> list[dict[str, Any]]:
    """What both audits of the data measured, each beside what reality scored in its place."""
    before, after = _audited(one), _audited(other)
    names = ("value", "reality", "verdict")
    return [
        {
            "name": name,
            "one": {key: before[name].get(key) for key in names},
            "other": {key: after[name].get(key) for key in names},
        }
        for name in before
        if name in after and ("value" in before[name] or "value" in after[name])
    ]


def _audited(snapshot: Snapshot) -> dict[str, dict[str, Any]]:
    file = snapshot.folder / "evidence/data_gate/audit.json"
    if not file.is_file():
        return {}
    return {reading["name"]: reading for reading in msgspec.json.decode(file.read_bytes())["readings"]}


def _losses(one: Snapshot, other: Snapshot) -> list[dict[str, Any]]:
    """What the other's model pays more for the same real rows."""
    before, after = (snapshot.folder / "evidence/evaluation/rows.parquet" for snapshot in (one, other))
    if not before.is_file() or not after.is_file():
        return []
    return [
        {
            "band": loss.band,
            "rows": loss.rows,
            "loss": loss.loss,
            "interval": None
            if loss.loss is None or loss.standard_error is None
            else [loss.loss - 1.96 * loss.standard_error, loss.loss + 1.96 * loss.standard_error],
            "reason": loss.reason,
        }
        for loss in paired_losses(before, after)
    ]
