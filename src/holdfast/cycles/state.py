"""Where a project stands: what its events and its reference say together."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from holdfast.cycles.gates.verdict import GATES, answers, passage
from holdfast.errors import HoldfastError, InputError

if TYPE_CHECKING:
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
    if number != name and number.isdecimal() and number.isascii():
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
    """Brings what counts and what is on record together, after a kill or after somebody's hand.

    A rollback that was cut off is finished: it wrote down what it would do. A reference that was moved by hand to a snapshot which counted before is written
    down. One that names anything else is put back: what no gate let pass does not count, whoever says so.
    """
    moved = project.journal.events("current", "rollback")
    if moved and moved[-1].kind == "rollback":
        finish_rollback(project)
        moved = project.journal.events("current", "rollback")
    said = moved[-1].snapshot if moved else None
    try:
        now = project.snapshots.current()
        found, strange = (None if now is None else now.hash), False
    except HoldfastError:
        found, strange = None, True
    if strange or found != said:
        _put_right(project, found, said, strange=strange)
    number = open_cycle(project)
    if number is not None and project.journal.events("rejection", cycle=number):
        project.journal.add("cycle_ended", cycle=number, outcome="rejected")


def _put_right(project: Project, found: str | None, said: str | None, *, strange: bool) -> None:
    counted = {event.snapshot for event in project.journal.events("current")}
    if not strange and found in counted:
        project.journal.add("current", snapshot=found, before=said, reason="found moved by hand")
        return
    if not strange and found is not None and _passing(project, found):
        return  # a kill came between the reference and its event
    project.snapshots.point_to(None if said is None else project.snapshots.open(said))
    project.journal.add(
        "current", snapshot=said, before=found, reason="put back: what stood there never counted"
    )


def finish_rollback(project: Project) -> None:
    """Does what the last rollback said it would do."""
    event = project.journal.events("rollback")[-1]
    target = None if event.snapshot is None else project.snapshots.open(event.snapshot)
    project.snapshots.point_to(target)
    project.journal.add(
        "current", snapshot=event.snapshot, by=event.by, before=event.body["before"], reason="rollback"
    )


def waiver_over(project: Project, today: dt.date) -> str | None:
    """Why what counts must not be built on any longer: it, or what it was made from, passed a gate by a waiver that has ended."""
    for cycle in accepted(project):
        for gate in GATES:
            judged = project.journal.events("gate", cycle=cycle, stage=gate)
            if (
                not judged
                or judged[-1].body["verdict"] != "fail"
                or judged[-1].body["definition"]["severity"] == "warn"
            ):
                continue
            days = [
                said.body["until"] for said in answers(project.journal, gate, cycle) if said.kind == "waiver"
            ]
            if not days or max(days) < today.isoformat():
                ended = f"the waiver it passed by ended on {max(days)}" if days else "nobody waived it"
                return f"cycle {cycle} failed its {gate}, and {ended}"
    return None


def _passing(project: Project, found: str) -> bool:
    """Whether it is the snapshot of the open cycle, which may pass all of its gates."""
    cycle = open_cycle(project)
    if cycle is None or not any(
        event.snapshot == found for event in project.journal.events("snapshot", cycle=cycle)
    ):
        return False
    today = dt.datetime.now(dt.UTC).date()
    recipe = project.pinned(cycle)
    return all(
        project.journal.events("gate", cycle=cycle, stage=gate)
        and passage(project.journal, gate, recipe, cycle, today)[0] == "go"
        for gate in GATES
    )
