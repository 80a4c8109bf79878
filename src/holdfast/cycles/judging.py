"""Judging: a gate speaks once of what a cycle made, by rows that steered nothing and by models that counted before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from holdfast.cycles.gates.data_gate import evidence, judge_data
from holdfast.cycles.gates.model_gate import Yardstick, judge_model
from holdfast.cycles.gates.verdict import defined, next_look, passage, today
from holdfast.cycles.stages import work
from holdfast.cycles.stages.stage import Done, look, perform, plain_inputs
from holdfast.cycles.state import accepted, find_snapshot
from holdfast.data import digest_of
from holdfast.data.write import sha256_of
from holdfast.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from holdfast.audits import Audit
    from holdfast.cycles.gates.verdict import Look, Verdict
    from holdfast.cycles.observer import Observer
    from holdfast.cycles.stages.work import Turn


def pass_gate(
    turn: Turn,
    gate: str,
    subject: str,
    observers: Collection[Observer],
    judge: Callable[[Path, Look], tuple[Verdict, Audit | None]],
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
            verdict, found[0] = judge(out, taken)
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
            entry.name: sha256_of(entry)
            for entry in sorted(done.folder.iterdir())
            if entry.name != "stage.json"
        }
        event = project.journal.add("gate", cycle=number, stage=gate, **record, evidence=files)
        for observer in observers:
            observer.gate(number, event, found[0])
    way, why = passage(project.journal, gate, turn.recipe, number, today())
    return None if way == "go" else (gate, way, why)


def judge_blend(turn: Turn, blend: Path, out: Path, taken: Look) -> tuple[Verdict, Audit | None]:
    """Judges what is to be trained on; the audit behind it is kept in `out`."""
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


def judge_trained(turn: Turn, taken: Look) -> tuple[Verdict, Audit | None]:
    """Judges the model of this cycle by what was read of it, and of those before."""
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


def _write(file: Path, body: Any) -> None:
    file.write_bytes(msgspec.json.format(msgspec.json.encode(body), indent=1) + b"\n")
