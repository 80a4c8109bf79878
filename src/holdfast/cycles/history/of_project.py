"""The generations of a project: the model before the first cycle, and that of every cycle which was evaluated."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from holdfast.cycles.history.generation import Strata
from holdfast.cycles.history.read import read_generation
from holdfast.cycles.project import open_project
from holdfast.data.scores.numbers import read_json
from holdfast.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from holdfast.cycles.history.generation import Generation
    from holdfast.cycles.project import Project


def generations_of(folder: str | Path, *, bias: Sequence[str] = ()) -> list[Generation]:
    """Every generation of a project, the oldest first, also of cycles that were stopped or given up.

    Args:
        folder: The project's folder.
        bias: Patterns of task names that ask for bias or facts, besides those known.

    Raises:
        InputError: It is no project, or nothing in it was evaluated.
    """
    with open_project(folder) as project:
        cycles = [event.cycle or 0 for event in project.journal.events("stage_ended", stage="evaluate")]
        outcomes = {
            event.cycle: str(event.body["outcome"]) for event in project.journal.events("cycle_ended")
        }
        real = _real(project)
        found = []
        for cycle in sorted(set(cycles)):
            if not (project.work(cycle) / "evaluate").is_dir():
                continue
            name = "first model" if cycle == 0 else f"cycle {cycle}"
            one = read_generation(project.work(cycle) / "evaluate", name, bias=bias)
            if outcomes.get(cycle, "accepted") != "accepted":
                one = replace(one, notes=(*one.notes, f"{name} was {outcomes[cycle]}"))
            if cycle:
                made, rows = _made(project, cycle)
                strata = (
                    None if made is None else replace(real, made=made, made_rows=float(sum(made.values())))
                )
                one = replace(one, strata=strata, learnt_from=rows)
            found.append(one)
    if not found:
        gone = "their evaluations are gone from work/" if cycles else None
        raise InputError(
            f"{len(set(cycles))} models were evaluated, and {gone}" if gone else "no model was evaluated yet",
            where=str(folder),
            do="Restore work/*/evaluate from a copy" if gone else "holdfast cycle run gets there",
        )
    return found


def _real(project: Project) -> Strata:
    """How reality falls into strata: by all rows of the reference, whichever part judged."""
    anchor = project.anchor()
    counts = Counter(
        label for label in anchor.part("reference").column("stratum").to_pylist() if label is not None
    )
    return Strata(
        anchor=str(anchor.manifest["parts"]["reference"]["seal"]),
        real={name: float(count) for name, count in counts.items()},
        real_rows=float(sum(counts.values())),
        made={},
        made_rows=0.0,
        file=str(project.folder),
    )


def _made(project: Project, cycle: int) -> tuple[dict[str, float] | None, int | None]:
    """Rows of each stratum in what a cycle trained on, as its audit counted them, and all of them."""
    ended = project.journal.events("stage_ended", cycle=cycle, stage="blend")
    rows = int(ended[-1].body["facts"]["rows"]) if ended else None
    file = project.work(cycle) / "data_gate/audit.json"
    body: Any = read_json(file) if file.is_file() else {}
    made = {str(row["stratum"]): float(row["candidate_rows"]) for row in body.get("strata", ())}
    return (made or None), rows
