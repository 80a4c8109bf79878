"""The loop: cycles that go round behind gates, and can be killed at any moment.

Everything a cycle did stands in folders that are whole or not there, and in events. What is left to do follows from both, so going on
after a kill is the same as going on.
"""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

import msgspec

from holdfast.cycles.copies import copy_out
from holdfast.cycles.gates.data_gate import evidence, judge_data
from holdfast.cycles.gates.model_gate import Yardstick, judge_model
from holdfast.cycles.gates.verdict import GATES, asked_of, defined, next_look, passage
from holdfast.cycles.project.models import Model
from holdfast.cycles.project.project import RECIPE
from holdfast.cycles.stages import work
from holdfast.cycles.stages.check import check_recipe
from holdfast.cycles.stages.parts import deal
from holdfast.cycles.stages.stage import Done, look, perform, plain_inputs
from holdfast.cycles.state import accepted, find_snapshot, open_cycle, reconcile, waiver_over
from holdfast.data import digest_of
from holdfast.data.write import write_text_atomic
from holdfast.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from holdfast.audits import Audit
    from holdfast.cycles.gates.verdict import Verdict
    from holdfast.cycles.journal import Event
    from holdfast.cycles.project.project import Project
    from holdfast.cycles.project.recipe import Recipe
    from holdfast.cycles.stages.work import Turn

Outcome = Literal["accepted", "stopped", "waiting"]


class Observer(Protocol):
    """Who is told what happens, when it has happened; what they do with it changes nothing."""

    def gate(self, cycle: int, event: Event, audit: Audit | None) -> None:
        """A gate has spoken."""
        ...

    def stage(self, cycle: int, done: Done) -> None:
        """A stage is done."""
        ...

    def cycle(self, cycle: int, outcome: Outcome) -> None:
        """A cycle has ended, or waits."""
        ...


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
    over = waiver_over(project, _today())
    if over is not None:
        raise InputError(
            over, where=str(project.folder), do="Waive anew, or roll back to a snapshot that passed"
        )
    turned: list[Turned] = []
    while cycles is None or len(turned) < cycles:
        over = waiver_over(project, _today())
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

    stopped = _pass(
        turn, "data_gate", blended.facts["data_hash"], observers, lambda out: _judge_data(turn, blend, out)
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
    _once(
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
    stopped = _pass(
        turn, "model_gate", new.digest or new.where, observers, lambda out: _judge_model(turn, out)
    )
    if stopped is not None:
        return _halt(turn, stopped, blend, new, observers)
    sealed = _seal(turn, blend, new)
    project.snapshots.point_to(project.snapshots.open(sealed))
    _once(project, "current", number, snapshot=sealed, before=began["parent"])
    _once(project, "cycle_ended", number, outcome="accepted")
    for observer in observers:
        observer.cycle(number, "accepted")
    said = passage(project.journal, "model_gate", recipe, number, _today())[1]
    for gate in GATES:
        body = project.journal.events("gate", cycle=number, stage=gate)[-1].body
        if body["verdict"] in ("undetermined", "fail"):
            said += f". {gate} said {body['verdict']}: {body['sentence']}"
    return Turned(cycle=number, outcome="accepted", gate=None, reason=said, snapshot=sealed)


def _after(stage: str, again: Collection[str]) -> bool:
    """Whether a stage stands behind one that is done anew."""
    order = ("generate", "filter", "blend", "train", "evaluate")
    return any(name in order and order.index(name) < order.index(stage) for name in again)


def _pass(
    turn: Turn,
    gate: str,
    subject: str,
    observers: Collection[Observer],
    judge: Callable[[Path], tuple[Verdict, Audit | None]],
) -> tuple[str, str, str] | None:
    """Lets a gate speak, once; None where the cycle may go on, otherwise the gate, whether it waits or stops, and why."""
    project, number = turn.project, turn.cycle
    spoken = project.journal.events("gate", cycle=number, stage=gate)
    if spoken and spoken[-1].body["subject"] != subject:
        raise InputError(
            f"{gate} of cycle {number} judged something else than what stands there now",
            where=str(project.work(number)),
            do="Restore what was judged, or give the cycle up: holdfast cycle reject",
        )
    if not spoken:
        turn.progress(gate)
        taken = next_look(project.journal, gate, turn.recipe, turn.parts, number)
        held = project.anchor(turn.recipe)
        found: list[Audit | None] = [None]

        def decide(out: Path) -> dict[str, Any]:
            verdict, found[0] = judge(out)
            record = {
                "verdict": verdict.verdict,
                "sentence": verdict.sentence,
                "subject": subject,
                "definition": defined(
                    getattr(turn.recipe, gate), {"name": held.name, "digest": held.digest}, taken
                ),
                "look": look_,
                "findings": list(verdict.findings),
            }
            _write(out / "verdict.json", record)
            return {"verdict": verdict.verdict}

        inputs = {
            "subject": subject,
            "look": digest_of([taken.part, taken.number]),
            "definition": digest_of(turn.recipe.written),
        }
        look_ = {"part": taken.part, "number": taken.number, "level": taken.level}
        done = perform(project, number, gate, inputs, decide, said={"look": look_}, progress=turn.progress)
        record = msgspec.json.decode((done.folder / "verdict.json").read_bytes())
        files = {
            entry.name: _sha256(entry)
            for entry in sorted(done.folder.iterdir())
            if entry.name != "stage.json"
        }
        event = project.journal.add("gate", cycle=number, stage=gate, **record, evidence=files)
        for observer in observers:
            observer.gate(number, event, found[0])
    way, why = passage(project.journal, gate, turn.recipe, number, _today())
    return None if way == "go" else (gate, way, why)


def _judge_data(turn: Turn, blend: Path, out: Path) -> tuple[Verdict, Audit | None]:
    taken = next_look(turn.project.journal, "data_gate", turn.recipe, turn.parts, turn.cycle)
    verdict, found = judge_data(
        blend / "data/train.jsonl",
        turn.parts.judging(turn.parts.turn(turn.cycle)),
        turn.project.anchor(turn.recipe),
        turn.recipe.data_gate,
        taken,
        seed=turn.seed,
        progress=lambda step: turn.progress(f"data_gate: {step}"),
    )
    if found is not None:
        _write(out / "audit.json", evidence(found))
    return verdict, found


def _judge_model(turn: Turn, out: Path) -> tuple[Verdict, Audit | None]:
    del out
    taken = next_look(turn.project.journal, "model_gate", turn.recipe, turn.parts, turn.cycle)
    folder = turn.project.work(turn.cycle) / "evaluate"
    verdict = judge_model(
        *_read_of(folder),
        _yardsticks(turn),
        turn.recipe.model_gate,
        taken,
        turn.parts.holdout(turn.parts.turn(turn.cycle)),
        turn.parts.elsewhere(turn.parts.turn(turn.cycle)),
    )
    return verdict, None


def _yardsticks(turn: Turn) -> list[Yardstick]:
    against = turn.recipe.model_gate.options["against"]
    passed = [number for number in accepted(turn.project) if number < turn.cycle]
    found = []
    if against in ("start", "best") or not passed:
        start = _start(turn)
        found += [] if start is None else [start]
    if against == "previous":
        passed = passed[-1:]
    return found + ([_earlier(turn, number) for number in passed] if against in ("best", "previous") else [])


def _earlier(turn: Turn, number: int) -> Yardstick:
    """A model that counted, as it was read then: from its stage, or from its snapshot where that is gone.

    Both are held against their seals: a yardstick that was bent would let everything pass.
    """
    name = f"cycle {number}"
    began = turn.project.journal.events("stage_began", cycle=number, stage="evaluate")
    then = {one["name"]: one["digest"] for one in began[-1].body["inputs"]} if began else {}
    now = {one["name"]: one["digest"] for one in plain_inputs(_reading(turn))}
    if any(then.get(key) != digest for key, digest in now.items()):
        return Yardstick(
            name=name, rows=None, scores=None, reason=f"{name} was read in another way than this model"
        )
    done = look(turn.project, number, "evaluate")
    if done is not None:
        rows, scores = _read_of(done.folder)
        return Yardstick(name=name, rows=rows, scores=scores)
    kept = find_snapshot(turn.project, f"cycle-{number}")
    problems = turn.project.snapshots.verify(kept)
    if problems:
        raise InputError(
            f"is not what was sealed: {problems[0]}", where=str(kept.folder), do="Restore it from a copy"
        )
    rows, scores = _read_of(kept.folder / "evidence")
    return Yardstick(name=name, rows=rows, scores=scores)


def _reading(turn: Turn) -> dict[str, Any]:
    """What an evaluation depends on besides the model: two of them are compared only where that is the same."""
    declared = turn.declared(turn.recipe.evaluate)
    del declared["seed"]
    return {"anchor": turn.parts.digest, **declared}


def _start(turn: Turn) -> Yardstick | None:
    """The model before the first cycle, evaluated as this one is."""
    model = turn.project.model(None, turn.recipe)
    if model is None:
        return None
    turn.progress("evaluate: the model before the first cycle")
    inputs = {"model": model.digest or model.where, **_reading(turn)}

    def do(*, again: bool) -> Done:
        return perform(
            turn.project,
            0,
            "evaluate",
            inputs,
            lambda out: work.evaluate(turn, model, out),
            again=again,
            progress=turn.progress,
        )

    try:
        done = do(again=False)
    except InputError:
        # Another first model, read otherwise, or damaged: it is read anew, and the journal says so.
        done = do(again=True)
    rows, scores = _read_of(done.folder)
    return Yardstick(name="the first model", rows=rows, scores=scores)


def _read_of(folder: Path) -> tuple[Path | None, Path | None]:
    rows = folder / work.EVALUATION / "rows.parquet"
    return (rows if rows.is_file() else None), work.scores_in(folder)


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
        sealed = _seal(turn, blend, model)
        _once(turn.project, "cycle_stopped", turn.cycle, stage=gate, snapshot=sealed, reason=why)
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


def _seal(turn: Turn, blend: Path, model: Model | None) -> str:
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
    _once(
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
        _once(turn.project, "copied", turn.cycle, snapshot=found.hash, where=turn.recipe.copies)
    return found.hash


def _once(
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


def _write(file: Path, body: Any) -> None:
    file.write_bytes(msgspec.json.format(msgspec.json.encode(body), indent=1) + b"\n")


def _sha256(file: Path) -> str:
    from hashlib import file_digest

    with file.open("rb") as handle:
        return file_digest(handle, "sha256").hexdigest()


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()
