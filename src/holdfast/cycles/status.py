"""What a project says of itself: where it stands, what waits, and what happened."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from holdfast.cycles.gates.verdict import GATES, passage
from holdfast.cycles.gates.wording import describe_gates
from holdfast.cycles.project.models import Model
from holdfast.cycles.stages.stage import NAMES
from holdfast.cycles.stages.work import check_model
from holdfast.cycles.state import open_cycle
from holdfast.errors import InputError

if TYPE_CHECKING:
    from holdfast.cycles.journal import Event
    from holdfast.cycles.project.project import Project


def status(project: Project, *, verify: bool = False) -> dict[str, Any]:
    """Where a project stands, as plain data.

    Args:
        project: The project.
        verify: Whether every sealed file, and every model that lies there, is read again.

    Returns:
        `anchor`, `gates` in words, `current` (snapshot, cycle, model), `cycles` (one entry each: stages done, gates, outcome), `open`, `waits`, `problems`.
    """
    journal = project.journal
    held = project.anchor()
    now = project.snapshots.current()
    open_ = open_cycle(project)
    began = [event.cycle for event in journal.events("cycle_began") if event.cycle is not None]
    problems = []
    if verify:
        for one in project.snapshots.all():
            if one.manifest.get("model"):
                problems += _weights(project, Model.of(one.manifest["model"]))
            problems += [
                f"{one.folder.relative_to(project.folder)}/{problem}"
                for problem in project.snapshots.verify(one)
            ]
    return {
        "anchor": {"name": held.name, "digest": held.digest, "rows": held.parts},
        "current": None
        if now is None
        else {
            "snapshot": now.hash,
            "cycle": now.manifest.get("cycle"),
            "rows": now.rows,
            "model": now.manifest.get("model"),
        },
        "gates": describe_gates(
            project.recipe,
            {"name": held.name, "rows": held.parts},
            {gate: _looks(project, gate) for gate in GATES},
        ),
        "cycles": [_cycle(project, number) for number in dict.fromkeys(began)],
        "open": open_,
        "waits": None if open_ is None else _waits(project, open_),
        "snapshots": len(project.snapshots.all()),
        "problems": problems,
        "verified": verify,
    }


def _weights(project: Project, model: Model) -> list[str]:
    """What is wrong with a model's files; nothing where they were removed to save space, unless it is the one that counts."""
    now = project.snapshots.current()
    counts = now is not None and (now.manifest.get("model") or {}).get("digest") == model.digest
    if not counts and not (project.folder / model.where).exists():
        return []
    try:
        check_model(model, project)
    except InputError as error:
        return [f"{model.where}: {error.what}"]
    return []


def _looks(project: Project, gate: str) -> list[int]:
    """Looks that were taken at each part."""
    looked = {
        event.cycle: event.body["look"]["part"] for event in project.journal.events("stage_began", stage=gate)
    }
    parts = [int(part.rpartition("/")[2]) for part in looked.values()]
    return [parts.count(part + 1) for part in range(project.recipe.judge.parts)]


def _cycle(project: Project, number: int) -> dict[str, Any]:
    journal = project.journal
    done = {event.stage for event in journal.events("stage_ended", cycle=number)}
    gates = {
        event.stage: {key: event.body[key] for key in ("verdict", "sentence", "look", "findings")}
        for event in journal.events("gate", cycle=number)
    }
    ended = journal.events("cycle_ended", cycle=number)
    stopped = journal.events("cycle_stopped", cycle=number)
    models = journal.events("model", cycle=number)
    sealed = journal.events("snapshot", cycle=number)
    return {
        "cycle": number,
        "stages": [name for name in NAMES if name in done],
        "gates": gates,
        "outcome": ended[-1].body["outcome"] if ended else "stopped" if stopped else "open",
        "model": models[-1].body["name"] if models else None,
        "snapshot": sealed[-1].snapshot if sealed else None,
        "again": sum(event.body["attempt"] > 1 for event in journal.events("stage_began", cycle=number)),
    }


def _waits(project: Project, number: int) -> dict[str, Any] | None:
    """The gate that holds the open cycle up, and why; None where nothing does but the work that is left."""
    spoken = [
        name
        for name in ("data_gate", "model_gate")
        if project.journal.events("gate", cycle=number, stage=name)
    ]
    if not spoken:
        return None
    way, why = passage(
        project.journal, spoken[-1], project.pinned(number), number, dt.datetime.now(dt.UTC).date()
    )
    return None if way == "go" else {"gate": spoken[-1], "passage": way, "reason": why}


def told(event: Event) -> str:
    """What happened, in a line."""
    body = event.body
    by = f" by {event.by}" if event.by else ""
    short = (event.snapshot or "")[7:23]
    lines = {
        "dealt": lambda: (
            f"dealt the anchor: {100 * body['share']:g} % of its reference judge, in {body['parts']} parts"
        ),
        "cycle_began": lambda: (
            f"began, judged by part {body['part']}" + "".join(f"; {one}" for one in body.get("changed", ()))
        ),
        "stage_began": lambda: (
            f"{event.stage} began"
            + (f", for the {_nth(body['attempt'])} time" if body["attempt"] > 1 else "")
        ),
        "stage_ended": lambda: f"{event.stage} ended after {body['seconds']:.1f} s",
        "stage_broke": lambda: f"{event.stage} broke: {body['error']}",
        "gate": lambda: (
            f"{event.stage}: {body['verdict']}. {body['sentence']} (look {body['look']['number']} at {body['look']['part']})"
        ),
        "model": lambda: f"model {body['name']}",
        "snapshot": lambda: f"sealed {short}, {body['rows']:,} rows",
        "current": lambda: (
            f"{short or 'nothing'} counts{by}" + (f" ({body['reason']})" if body.get("reason") else "")
        ),
        "approval": lambda: f"{event.stage} approved{by}: {body['reason']}",
        "rejection": lambda: f"given up{by}: {body['reason']}",
        "waiver": lambda: f"{event.stage} waived{by} until {body['until']}: {body['reason']}",
        "rollback": lambda: (
            f"rolled back to {short or 'the start'}{by}: {body['reason']}; {body['withdrawn_rows']:,} rows withdrawn, "
            f"{len(body['models'])} models affected"
        ),
        "cycle_stopped": lambda: f"stopped at {event.stage}: {body['reason']}",
        "cycle_ended": lambda: str(body["outcome"]),
        "copied": lambda: f"copied {short} to {body['where']}",
        "restored": lambda: f"restored {short} from {body['where']}",
        "removed": lambda: f"removed {short}, {body['rows']:,} rows{by}",
    }
    return lines[event.kind]() if event.kind in lines else event.kind


def _nth(number: int) -> str:
    return {2: "second", 3: "third"}.get(number, f"{number}th")
