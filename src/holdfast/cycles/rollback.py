"""Going back: an earlier snapshot counts again, and everything that learnt from what is withdrawn is named. Nothing is deleted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from holdfast.cycles.gates.verdict import GATES, answers
from holdfast.cycles.project.models import Model
from holdfast.cycles.stages.work import check_model
from holdfast.cycles.state import find_snapshot, finish_rollback, open_cycle, reconcile
from holdfast.data.lineage.sidecar import FOLDER_FILE, read_table
from holdfast.errors import InputError, UsageError

if TYPE_CHECKING:
    from holdfast.cycles.project.project import Project
    from holdfast.cycles.snapshots import Snapshot

START = "start"
"""What the state before the first cycle is called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """What going back withdraws.

    Attributes:
        to: Hash of the snapshot that counts again; None for the state before the first cycle.
        before: Hash of the one that counted; None where none did.
        rows: Records that counted and count no longer.
        snapshots: Hashes of all snapshots that hold one of them, or were made from one that does.
        models: Models that were trained on one of them, or on top of such a model: `name`, `where`, `digest`, `cycle`.
    """

    to: str | None
    before: str | None
    rows: int
    snapshots: tuple[str, ...]
    models: tuple[dict[str, Any], ...]


def rollback(project: Project, snapshot: str, *, by: str, reason: str) -> Withdrawal:
    """Makes an earlier snapshot the one that counts, in one step.

    Args:
        project: The project, held.
        snapshot: The first digits of its hash, or `cycle-3`; `start` for the state before the first cycle.
        by: Who goes back.
        reason: Why.

    Raises:
        InputError: There is no such snapshot, it is damaged, or no gate let it pass; a cycle is open; or it counts already.
        UsageError: A name or a reason is missing.
    """
    for name, value in (("by", by), ("reason", reason)):
        if not value.strip():
            raise UsageError(
                "is empty", where=f"--{name}", do="What people decide is on record with a name and a reason"
            )
    reconcile(project)
    cycle = open_cycle(project)
    if cycle is not None:
        raise InputError(
            f"cycle {cycle} is open, and builds on what counts",
            where=str(project.folder),
            do="Give it up first: holdfast cycle reject",
        )
    found = withdrawn(project, snapshot)
    project.journal.add(
        "rollback",
        snapshot=found.to,
        by=by.strip(),
        before=found.before,
        withdrawn_rows=found.rows,
        snapshots=list(found.snapshots),
        models=list(found.models),
        reason=reason.strip(),
    )
    finish_rollback(project)
    return found


def withdrawn(project: Project, snapshot: str) -> Withdrawal:
    """What going back to a snapshot would withdraw. Nothing is changed.

    Raises:
        InputError: As for `rollback`.
    """
    store = project.snapshots
    now = store.current()
    if now is None and snapshot == START:
        raise InputError(
            "no snapshot counts", where=str(project.folder), do="holdfast cycle status says what is there"
        )
    target = None if snapshot == START else find_snapshot(project, snapshot)
    if target is not None:
        if now is not None and target.hash == now.hash:
            raise InputError(f"snapshot {target.short} counts already", where=str(project.folder))
        problems = store.verify(target)
        if problems:
            raise InputError(
                f"is not what was sealed: {problems[0]}",
                where=str(target.folder),
                do="Restore it from a copy",
            )
        _check_passed(project, target)
        if target.manifest.get("model"):
            check_model(Model.of(target.manifest["model"]), project)
    records = store.withdrawn(to=target)
    chain = set() if now is None else {now.hash, *_ancestors(project, now)}
    kept = set() if target is None else {target.hash, *_ancestors(project, target)}
    gone = ({one.hash for one in store.holding(records)} | chain) - kept
    for name in list(gone):
        gone |= {one.hash for one in store.descendants(store.open(name))}
    gone -= kept
    return Withdrawal(
        to=None if target is None else target.hash,
        before=None if now is None else now.hash,
        rows=len(records),
        snapshots=tuple(one.hash for one in store.all() if one.hash in gone),
        models=tuple(_models(project, records, gone, kept)),
    )


def _check_passed(project: Project, target: Snapshot) -> None:
    """Going back is no way around a gate."""
    cycle = target.manifest.get("cycle")
    moved = {
        event.snapshot
        for event in project.journal.events("current")
        if event.cycle is not None or event.body.get("reason") == "rollback"
    }
    if target.hash in moved:
        return
    failed = [
        gate
        for gate in GATES
        if any(
            event.body["verdict"] == "fail"
            for event in project.journal.events("gate", cycle=cycle, stage=gate)
        )
        and not any(said.kind == "waiver" for said in answers(project.journal, gate, int(cycle or 0)))
    ]
    why = f"it failed its {failed[0]}" if failed else "no model of its was accepted"
    raise InputError(
        f"snapshot {target.short} never counted: {why}",
        where=str(project.folder),
        do="holdfast cycle log names those that did",
    )


def _ancestors(project: Project, snapshot: Snapshot) -> set[str]:
    found: set[str] = set()
    waiting = list(snapshot.parents)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += project.snapshots.open(name).parents
    return found


def _models(
    project: Project, records: set[tuple[str, str]], gone: set[str], kept: set[str]
) -> list[dict[str, Any]]:
    """Models that saw withdrawn records, also of cycles that were given up, and models trained on top of those."""
    held = {one.manifest["data_hash"] for one in project.snapshots.all() if one.hash in gone}
    spared = {one.manifest["data_hash"] for one in project.snapshots.all() if one.hash in kept}
    found: list[dict[str, Any]] = []
    names: set[str] = set()
    for event in project.journal.events("model"):
        body = event.body
        if body["data_hash"] in spared:
            continue
        if body["data_hash"] in held or body["base"] in names or _saw(project, event.cycle, records):
            names.add(body["name"])
            found.append({**{key: body[key] for key in ("name", "where", "digest")}, "cycle": event.cycle})
    return found


def _saw(project: Project, cycle: int | None, records: set[tuple[str, str]]) -> bool:
    """Whether what a cycle was to train on holds one of the records, though it was never sealed."""
    file = project.work(cycle or 0) / "blend/blend" / FOLDER_FILE
    if not file.is_file():
        return False
    table = read_table(file)
    return bool(
        records
        & set(zip(table.column("id").to_pylist(), table.column("content_hash").to_pylist(), strict=True))
    )


def unneeded(project: Project) -> list[Snapshot]:
    """Snapshots that neither count, nor are the ancestor of one that does, nor hold what a model was trained on that still lies there."""
    trained = {
        event.body["data_hash"]
        for event in project.journal.events("model")
        # What lies elsewhere cannot be seen to be gone.
        if not event.body["where"].startswith("work/") or (project.folder / event.body["where"]).exists()
    }
    kept = [one.hash for one in project.snapshots.all() if one.manifest["data_hash"] in trained]
    return project.snapshots.unreferenced(kept)


def remove_unneeded(project: Project, *, by: str) -> list[str]:
    """Removes what `unneeded` names, and says so.

    Returns:
        Hashes of what is gone.
    """
    reconcile(project)
    gone = unneeded(project)
    kept = [one.hash for one in project.snapshots.all() if one.hash not in {other.hash for other in gone}]
    for one in gone:
        project.journal.add("removed", snapshot=one.hash, by=by, rows=one.rows)
        project.snapshots.remove(one, kept)
    return [one.hash for one in gone]
