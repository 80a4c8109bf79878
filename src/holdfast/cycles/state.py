"""Where a project stands: what its events and its reference say together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.cycles.gates.verdict import GATES, answers
from holdfast.errors import InputError

if TYPE_CHECKING:
    import datetime as dt

    from holdfast.cycles.project.project import Project
    from holdfast.cycles.snapshots import Snapshot


def open_cycle(project: Project) -> int | None:
    """The cycle that has begun and not ended, or None."""
    began = [event.cycle for event in project.journal.events("cycle_began")]
    ended = {event.cycle for event in project.journal.events("cycle_ended")}
    left = [cycle for cycle in began if cycle not in ended]
    return left[-1] if left else None


def accepted(project: Project) -> list[int]:
    """Cycles that what counts was made by: its own, that of its parent, and so on to the first; in their order."""
    found: list[int] = []
    waiting = [project.snapshots.current()]
    while waiting:
        snapshot = waiting.pop()
        if snapshot is None:
            continue
        if snapshot.manifest.get("cycle") is not None:
            found.append(int(snapshot.manifest["cycle"]))
        waiting += [project.snapshots.open(parent) for parent in snapshot.parents]
    return sorted(set(found))


def find_snapshot(project: Project, name: str) -> Snapshot:
    """The snapshot of a name: the first digits of its hash, `cycle-3`, or `current`.

    Raises:
        InputError: There is none.
    """
    if name == "current":
        now = project.snapshots.current()
        if now is None:
            raise InputError("no snapshot counts yet", where=str(project.folder))
        return now
    number = name.removeprefix("cycle-")
    if number != name and number.isdigit():
        sealed = project.journal.events("snapshot", cycle=int(number))
        if not sealed:
            raise InputError(
                f"cycle {number} sealed no snapshot",
                where=str(project.folder),
                do="holdfast cycle status names them",
            )
        return project.snapshots.open(str(sealed[-1].snapshot))
    return project.snapshots.open(name)


def reconcile(project: Project) -> None:
    """Finishes a rollback that a kill came into, and writes down a reference that was moved by hand.

    A rollback writes down what it will do before it does it; files are the truth about what was done.
    """
    moved = project.journal.events("current", "rollback")
    if moved and moved[-1].kind == "rollback":
        finish_rollback(project)
        return
    now = project.snapshots.current()
    said = moved[-1].snapshot if moved else None
    found = None if now is None else now.hash
    if found != said and not (moved and _in_progress(project, found)):
        project.journal.add("current", snapshot=found, before=said, reason="found moved by hand")


def finish_rollback(project: Project) -> None:
    """Does what the last rollback said it would do."""
    event = project.journal.events("rollback")[-1]
    target = None if event.snapshot is None else project.snapshots.open(event.snapshot)
    project.snapshots.point_to(target)
    project.journal.add(
        "current", snapshot=event.snapshot, by=event.by, before=event.body["before"], reason="rollback"
    )


def waiver_over(project: Project, today: dt.date) -> str | None:
    """Why what counts must not be built on any longer: it passed a gate by a waiver that has ended. None where it may."""
    now = project.snapshots.current()
    if now is None or now.manifest.get("cycle") is None:
        return None
    cycle = int(now.manifest["cycle"])
    for gate in GATES:
        judged = project.journal.events("gate", cycle=cycle, stage=gate)
        if (
            not judged
            or judged[-1].body["verdict"] != "fail"
            or judged[-1].body["definition"]["severity"] == "warn"
        ):
            continue
        days = [said.body["until"] for said in answers(project.journal, gate, cycle) if said.kind == "waiver"]
        if days and max(days) < today.isoformat():
            return f"cycle {cycle} failed its {gate}, and the waiver it passed by ended on {max(days)}"
    return None


def _in_progress(project: Project, found: str | None) -> bool:
    """Whether the reference was moved by a cycle that a kill came into before it could say so."""
    cycle = open_cycle(project)
    return cycle is not None and any(
        event.snapshot == found for event in project.journal.events("snapshot", cycle=cycle)
    )
