"""Sealing: everything a cycle came to under one hash, and events that stand there once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from holdfast.cycles.copies import copy_out
from holdfast.cycles.project.project import RECIPE
from holdfast.cycles.stages import work

if TYPE_CHECKING:
    from pathlib import Path

    from holdfast.cycles.project.models import Model
    from holdfast.cycles.project.project import Project
    from holdfast.cycles.stages.work import Turn


def seal_cycle(turn: Turn, blend: Path, model: Model | None) -> str:
    """Seals what a cycle came to, and copies it where the recipe says so; done twice, it is one snapshot.

    Returns:
        Its hash.
    """
    folder = turn.project.work(turn.cycle)
    evidence_ = {RECIPE: folder / RECIPE}
    for gate in ("data_gate", "model_gate"):
        evidence_ |= {f"{gate}/{file.name}": file for file in sorted((folder / gate).glob("audit.json"))}
    for name in ("evaluation.json", "rows.parquet"):
        file = folder / "evaluate" / work.EVALUATION / name
        if model is not None and file.is_file():
            evidence_[f"evaluation/{name}"] = file
    scores = work.scores_in(folder / "evaluate")
    if model is not None and scores is not None:
        every = sorted(scores.rglob("*")) if scores.is_dir() else [scores]
        evidence_ |= {
            file.relative_to(folder / "evaluate").as_posix(): file for file in every if file.is_file()
        }
    held = turn.project.anchor(turn.recipe)
    found = turn.project.snapshots.seal(
        blend,
        parents=[] if turn.parent is None else [turn.parent.hash],
        cycle=turn.cycle,
        anchor={"name": held.name, "digest": held.digest},
        model=None if model is None else model.plain(),
        evidence=evidence_,
    )
    say_once(
        turn.project,
        "snapshot",
        turn.cycle,
        snapshot=found.hash,
        data_hash=found.manifest["data_hash"],
        rows=found.rows,
        parents=list(found.parents),
    )
    if turn.recipe.copies is not None:
        turn.progress(f"copying snapshot {found.short}")
        copy_out(found, turn.recipe.copies)
        say_once(turn.project, "copied", turn.cycle, snapshot=found.hash, where=turn.recipe.copies)
    return found.hash


def say_once(
    project: Project,
    kind: str,
    cycle: int,
    *,
    stage: str | None = None,
    snapshot: str | None = None,
    **body: Any,
) -> None:
    """Writes an event down unless the same stands there: a kill may have come right after it."""
    for event in project.journal.events(kind, cycle=cycle, stage=stage, snapshot=snapshot):
        if event.body == msgspec.json.decode(msgspec.json.encode(body)):
            return
    project.journal.add(kind, cycle=cycle, stage=stage, snapshot=snapshot, **body)
