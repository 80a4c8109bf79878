"""What people say at a gate: yes, no, or that it is passed for once. Each is an event with a name, a time and a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from holdfast.cycles.gates.verdict import GATES, passage, today, waiver_until
from holdfast.cycles.state import accepted, open_cycle, reconcile
from holdfast.errors import InputError, UsageError

if TYPE_CHECKING:
    from holdfast.cycles.journal import Event
    from holdfast.cycles.project.project import Project

Answer = Literal["approval", "rejection", "waiver"]


def approve(project: Project, *, by: str, reason: str) -> Event:
    """Says yes where a gate waits for a person.

    Args:
        project: The project, held.
        by: Who.
        reason: Why.

    Raises:
        InputError: No gate waits.
        UsageError: A name or a reason is missing.
    """
    cycle, gate = _standing(project)
    way, why = passage(project.journal, gate, project.pinned(cycle), cycle, today())
    if way != "wait":
        raise InputError(
            f"the {gate} of cycle {cycle} waits for nobody: {why}",
            where=str(project.folder),
            do="holdfast cycle waive is the way past a gate that failed"
            if way == "stop"
            else "holdfast cycle resume goes on",
        )
    return _say(project, "approval", cycle, gate, by, reason)


def waive(project: Project, *, by: str, reason: str, until: str) -> Event:
    """Lets a cycle pass a gate that failed, until a day.

    Behind that day what passed does not count any longer: no cycle builds on it until it is waived anew.

    Args:
        project: The project, held.
        by: Who.
        reason: Why.
        until: The last day, as 2027-01-31.

    Raises:
        InputError: No gate failed.
        UsageError: A name or a reason is missing, or the day is none, is over, or is more than a year away.
    """
    day = waiver_until(until, today())
    reconcile(project)
    number = open_cycle(project)
    # Also of cycles that what counts was made from: their waivers may have ended.
    cycles = [number] if number is not None else list(reversed(accepted(project)))
    failed = [
        (cycle, gate)
        for cycle in cycles
        for gate in GATES
        for judged in project.journal.events("gate", cycle=cycle, stage=gate)[-1:]
        if judged.body["verdict"] == "fail" and judged.body["definition"]["severity"] == "stop"
    ]
    held_up = [
        (cycle, gate)
        for cycle, gate in failed
        if passage(project.journal, gate, project.pinned(cycle), cycle, today())[0] == "stop"
    ]
    if not failed:
        raise InputError("no gate failed that could be waived", where=str(project.folder))
    # The first that holds it up; where none does, the waiver of the last is renewed.
    cycle, gate = (held_up or failed[-1:])[0]
    return _say(project, "waiver", cycle, gate, by, reason, until=day)


def reject(project: Project, *, by: str, reason: str) -> Event:
    """Gives the open cycle up. What counted before it counts on.

    Args:
        project: The project, held.
        by: Who.
        reason: Why.

    Raises:
        InputError: No cycle is open, or its model counts already.
        UsageError: A name or a reason is missing.
    """
    reconcile(project)
    cycle = open_cycle(project)
    if cycle is None:
        raise InputError(
            "no cycle is open",
            where=str(project.folder),
            do="holdfast cycle rollback takes back one that was accepted",
        )
    now = project.snapshots.current()
    if now is not None and now.manifest.get("cycle") == cycle:
        raise InputError(
            f"cycle {cycle} was accepted, and only its last note is missing",
            where=str(project.folder),
            do="holdfast cycle resume ends it; holdfast cycle rollback takes it back",
        )
    judged = [gate for gate in GATES if project.journal.events("gate", cycle=cycle, stage=gate)]
    event = _say(project, "rejection", cycle, judged[-1] if judged else None, by, reason)
    project.journal.add("cycle_ended", cycle=cycle, outcome="rejected")
    return event


def _standing(project: Project) -> tuple[int, str]:
    reconcile(project)
    cycle = open_cycle(project)
    if cycle is None:
        raise InputError("no cycle is open", where=str(project.folder), do="holdfast cycle run begins one")
    for gate in reversed(GATES):
        if project.journal.events("gate", cycle=cycle, stage=gate):
            return cycle, gate
    raise InputError(
        f"no gate has spoken in cycle {cycle}",
        where=str(project.folder),
        do="holdfast cycle resume goes on with it",
    )


def _say(
    project: Project, kind: Answer, cycle: int, gate: str | None, by: str, reason: str, **more: str
) -> Event:
    for name, value in (("by", by), ("reason", reason)):
        if not value.strip():
            raise UsageError(
                "is empty", where=f"--{name}", do="What people decide is on record with a name and a reason"
            )
    return project.journal.add(kind, cycle=cycle, stage=gate, by=by.strip(), reason=reason.strip(), **more)
