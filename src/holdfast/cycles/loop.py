"""The loop: cycles that go round behind gates, and can be killed at any moment.

Everything a cycle did stands in folders that are whole or not there, and in events. What is left to do follows from both, so going on
after a kill is the same as going on.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from holdfast.cycles.gates.verdict import GATES, asked_of, passage, today
from holdfast.cycles.judging import judge_blend, judge_trained, pass_gate
from holdfast.cycles.project.models import Model
from holdfast.cycles.project.project import RECIPE
from holdfast.cycles.sealing import say_once, seal_cycle
from holdfast.cycles.stages import work
from holdfast.cycles.stages.check import check_recipe
from holdfast.cycles.stages.parts import deal
from holdfast.cycles.stages.stage import Done, perform
from holdfast.cycles.state import open_cycle, reconcile, waiver_over
from holdfast.data import digest_of
from holdfast.data.write import write_text_atomic
from holdfast.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from holdfast.cycles.observer import Observer, Outcome
    from holdfast.cycles.project.project import Project
    from holdfast.cycles.project.recipe import Recipe
    from holdfast.cycles.stages.work import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """How a cycle came out.

    Attributes:
        cycle: Its number.
        outcome: `accepted`: its model counts. `stopped`: a gate did not let it pass. `waiting`: for a person.
        gate: The gate that stopped it, or at which it waits.
        reason: Why, in a sentence.
        snapshot: Hash of what was sealed, or None where nothing was.
    """

    cycle: int
    outcome: Outcome
    gate: str | None
    reason: str
    snapshot: str | None


def run(
    project: Project,
    *,
    cycles: int | None = None,
    observers: Collection[Observer] = (),
    progress: Callable[[str], None] = lambda _: None,
) -> list[Turned]:
    """Begins cycles, until there are as many as the recipe has, or one does not pass.

    Args:
        project: The project, held.
        cycles: No more than these now.
        observers: Told what happens.
        progress: Called with a word about what is done next.

    Raises:
        InputError: A cycle is open, or the recipe's cycles are done.
        HoldfastError: A stage broke.
    """
    reconcile(project)
    waiting = open_cycle(project)
    if waiting is not None:
        raise InputError(
            f"cycle {waiting} has not ended",
            where=str(project.folder),
            do="holdfast cycle resume goes on with it; holdfast cycle reject gives it up",
        )
    turned: list[Turned] = []
    while cycles is None or len(turned) < cycles:
        over = waiver_over(project, today())
        if over is not None:
            raise InputError(
                over, where=str(project.folder), do="Waive anew, or roll back to a snapshot that passed"
            )
        number = len(project.journal.events("cycle_began")) + 1
        if number > project.recipe.cycles:
            if not turned:
                raise InputError(
                    f"its {project.recipe.cycles} cycles are done",
                    where=str(project.folder / RECIPE),
                    do="Raise cycles = ... if there shall be more",
                )
            break
        check_recipe(project, project.recipe)
        _begin(project, number)
        turned.append(_turn(project, number, observers, (), progress))
        if turned[-1].outcome != "accepted":
            break
    return turned


def resume(
    project: Project,
    *,
    again: Collection[str] = (),
    observers: Collection[Observer] = (),
    progress: Callable[[str], None] = lambda _: None,
) -> Turned:
    """Goes on with the cycle that has not ended.

    Args:
        project: The project, held.
        again: Stages that are done anew although they stand there; what follows them is, too, where it depends on them.
        observers: Told what happens.
        progress: Called with a word about what is done next.

    Raises:
        InputError: No cycle is open.
        UsageError: A gate cannot look twice.
    """
    reconcile(project)
    number = open_cycle(project)
    if number is None:
        raise InputError("no cycle is open", where=str(project.folder), do="holdfast cycle run begins one")
    for stage in again:
        _refuse_again(project, number, stage)
    return _turn(project, number, observers, again, progress)


def _refuse_again(project: Project, number: int, stage: str) -> None:
    def began(gate: str) -> bool:
        return bool(project.journal.events("stage_began", cycle=number, stage=gate))

    if stage.endswith("gate"):
        raise UsageError(
            "a gate looks once",
            where=f"--again {stage}",
            do="holdfast cycle waive is the way past one that failed",
        )
    give_up = "holdfast cycle reject gives the cycle up; the next one makes new rows"
    if began("data_gate") and stage in ("generate", "filter", "blend"):
        raise UsageError(
            "these rows have been judged, and others would be judged as if nobody had looked",
            where=f"--again {stage}",
            do=give_up,
        )
    if began("model_gate"):
        raise UsageError("this model has been judged", where=f"--again {stage}", do=give_up)
    if stage == "train" and project.journal.events("stage_ended", cycle=number, stage="evaluate"):
        raise UsageError(
            "what real rows say of this model has been seen, and training until it looks well is no training",
            where=f"--again {stage}",
            do=give_up,
        )


def _begin(project: Project, number: int) -> None:
    folder = project.work(number)
    folder.mkdir(parents=True, exist_ok=True)
    recipe = project.recipe
    write_text_atomic(folder / RECIPE, recipe.written)
    parts = deal(project, recipe)
    parent = project.snapshots.current()
    model = project.model(parent, recipe)
    project.journal.add(
        "cycle_began",
        cycle=number,
        recipe_hash=digest_of(recipe.written),
        parent=None if parent is None else parent.hash,
        model=None if model is None else model.plain(),
        depth=None if model is None else model.depth,
        seed=recipe.seed,
        part=parts.name(parts.turn(number)),
        gates=asked_of(recipe),
        changed=_changed(project, recipe),
    )


def _changed(project: Project, recipe: Recipe) -> list[str]:
    """What the gates ask for otherwise than in the cycle before: who moves a gate between cycles does it in the open."""
    before = project.journal.events("cycle_began")
    if not before:
        return []
    old, new = before[-1].body.get("gates") or {}, asked_of(recipe)
    return [
        f"{gate}: {name} was {old[gate].get(name)}, is {value}"
        for gate, asked in new.items()
        for name, value in asked.items()
        if gate in old and old[gate].get(name) != value
    ]


def _turn(
    project: Project,
    number: int,
    observers: Collection[Observer],
    again: Collection[str],
    progress: Callable[[str], None],
) -> Turned:
    began = project.journal.events("cycle_began", cycle=number)[-1].body
    recipe = project.pinned(number)
    if digest_of(recipe.written) != began["recipe_hash"]:
        raise InputError(
            "is not the recipe the cycle began with",
            where=str(project.work(number) / RECIPE),
            do="Restore it from a copy",
        )
    if recipe.written != project.recipe.written:
        progress(
            f"{RECIPE} was edited; cycle {number} goes on with what it began with. holdfast cycle reject begins anew"
        )
    turn = work.Turn(
        project=project,
        cycle=number,
        recipe=recipe,
        parts=deal(project, recipe, progress),
        parent=None if began["parent"] is None else project.snapshots.open(began["parent"]),
        model=None if began["model"] is None else Model.of(began["model"]),
        progress=progress,
    )

    def do(stage: str, inputs: dict[str, Any], what: Callable[[Path], dict[str, Any]]) -> Done:
        progress(stage)
        anew = stage in again or _after(stage, again)
        if anew and stage == "train":
            shutil.rmtree(project.work(number) / "train.scratch", ignore_errors=True)
        gate = "model_gate" if stage in ("train", "evaluate") else "data_gate"
        done = perform(
            project,
            number,
            stage,
            inputs,
            what,
            again=anew,
            settled=bool(project.journal.events("stage_began", cycle=number, stage=gate)),
            progress=progress,
        )
        for observer in observers:
            observer.stage(number, done)
        return done

    model = None if turn.model is None else (turn.model.digest or turn.model.where)
    made = do(
        "generate", {"model": model, **turn.declared(recipe.generate)}, lambda out: work.generate(turn, out)
    )
    rows = made.folder / work.ROWS
    if recipe.filter is not None:
        kept = do(
            "filter",
            {"made": made.digest, **turn.declared(recipe.filter)},
            lambda out: work.filter_rows(turn, rows, out),
        )
        # The folder and not its file: what a filter dropped is on record in the lineage of both.
        rows = kept.folder / ("curated/data/kept.jsonl" if recipe.filter.command is None else work.ROWS)
        made = kept
    blended = do(
        "blend",
        {"made": made.digest, "parent": began["parent"], **turn.declared(recipe.blend)},
        lambda out: work.blend(turn, rows, out),
    )
    blend = blended.folder / "blend"

    stopped = pass_gate(
        turn,
        "data_gate",
        blended.facts["data_hash"],
        observers,
        lambda out, taken: judge_blend(turn, blend, out, taken),
    )
    if stopped is not None:
        return _halt(turn, stopped, blend, None, observers)

    taught = do(
        "train",
        {"data": blended.facts["data_hash"], "model": model, **turn.declared(recipe.train)},
        lambda out: work.train(turn, blend, out),
    )
    # Checkpoints are of use until the model stands.
    shutil.rmtree(project.work(number) / "train.scratch", ignore_errors=True)
    new = work.trained(turn, taught.folder, taught.facts, blended.facts["depth"])
    say_once(
        project,
        "model",
        number,
        stage="train",
        **new.plain(),
        data_hash=blended.facts["data_hash"],
        base=None if turn.model is None else turn.model.name,
    )
    do(
        "evaluate",
        {
            "model": new.digest or new.where,
            "anchor": turn.parts.digest,
            **turn.declared(recipe.evaluate),
        },
        lambda out: work.evaluate(turn, new, out),
    )
    stopped = pass_gate(
        turn, "model_gate", new.digest or new.where, observers, lambda _, taken: judge_trained(turn, taken)
    )
    if stopped is not None:
        return _halt(turn, stopped, blend, new, observers)
    sealed = seal_cycle(turn, blend, new)
    project.snapshots.point_to(project.snapshots.open(sealed))
    say_once(project, "current", number, snapshot=sealed, before=began["parent"])
    say_once(project, "cycle_ended", number, outcome="accepted")
    for observer in observers:
        observer.cycle(number, "accepted")
    said = passage(project.journal, "model_gate", recipe, number, today())[1]
    for gate in GATES:
        body = project.journal.events("gate", cycle=number, stage=gate)[-1].body
        if body["verdict"] in ("undetermined", "fail"):
            said += f". {gate} said {body['verdict']}: {body['sentence']}"
    return Turned(cycle=number, outcome="accepted", gate=None, reason=said, snapshot=sealed)


def _after(stage: str, again: Collection[str]) -> bool:
    """Whether a stage stands behind one that is done anew."""
    order = ("generate", "filter", "blend", "train", "evaluate")
    return any(name in order and order.index(name) < order.index(stage) for name in again)


def _halt(
    turn: Turn,
    stopped: tuple[str, str, str],
    blend: Path,
    model: Model | None,
    observers: Collection[Observer],
) -> Turned:
    gate, way, why = stopped
    outcome: Outcome = "waiting" if way == "wait" else "stopped"
    sealed = None
    if outcome == "stopped":
        # What failed is sealed, too: one must be able to say what it was.
        sealed = seal_cycle(turn, blend, model)
        say_once(turn.project, "cycle_stopped", turn.cycle, stage=gate, snapshot=sealed, reason=why)
    for observer in observers:
        observer.cycle(turn.cycle, outcome)
    event = turn.project.journal.events("gate", cycle=turn.cycle, stage=gate)[-1]
    return Turned(
        cycle=turn.cycle,
        outcome=outcome,
        gate=gate,
        reason=f"{why}. {event.body['sentence']}",
        snapshot=sealed,
    )
