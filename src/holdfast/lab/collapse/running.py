"""Running: a world, a learner and a protocol go round, and every generation is read.

A run is a function of its settings and its seed. Each generation, and each thing that is drawn in it, has a stream of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.lab.collapse.generation import Past, Scene
from holdfast.lab.collapse.protocols import plain
from holdfast.lab.collapse.readings import Examiner, Reading

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from holdfast.lab.bench.corpus import Row
    from holdfast.lab.collapse.generation import Protocol
    from holdfast.lab.learners.learner import Trained

GENERATIONS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A generation, as it goes by.

    Attributes:
        reading: What was read of it.
        rows: What its model learnt from.
        model: That model.
    """

    reading: Reading
    rows: tuple[Row, ...]
    model: Trained


def recur(
    scene: Scene,
    protocol: Protocol,
    *,
    generations: int = GENERATIONS,
    audited: Collection[int] = (),
    examiner: Examiner | None = None,
    start: Told | None = None,
) -> Iterator[Told]:
    """Generation 0, which learns from real rows, and those that follow.

    Args:
        scene: World, learner, decoding and seed.
        protocol: What is done with what models write.
        generations: How often a model is trained anew, generation 0 not counted.
        audited: Generations whose rows are audited, too, against the rows that judge.
        examiner: Of the same world, where one is at hand: it reads the exam once.
        start: Generation 0, where it is at hand from another protocol of the same scene: it is the same for all.
    """
    examiner = examiner or Examiner(world=scene.world)
    rows, real, written = scene.world.origin, scene.world.size, 0
    pool = rows
    halted: str | None = None
    gates: tuple[tuple[str, str], ...] = ()
    model: Trained | None = None
    if start is not None:
        model = start.model
        yield start
    for generation in range(0 if start is None else 1, generations + 1):
        if model is not None:
            scene.progress(f"{protocol.name}, generation {generation}: what it learns from")
            past = Past(
                generation=generation,
                rows=rows,
                pool=pool,
                model=model,
                rng=stream(scene, protocol.name, generation),
            )
            step = protocol.step(scene, past)
            known = {row.id for row in pool}
            pool = (
                *pool,
                *(
                    row
                    for row in {one.id: one for one in (*step.rows, *step.stored)}.values()
                    if row.id not in known
                ),
            )
            rows, real, written, halted, gates = step.rows, step.real, step.written, step.halted, step.gates
        scene.progress(f"{protocol.name}, generation {generation}: training and reading")
        model = train(scene, rows, generation)
        reading = examiner.read(
            generation, rows, model, real=real, written=written, rng=stream(scene, "words", generation)
        )
        reading = replace(reading, halted=halted, gates=gates)
        if generation in audited:
            scene.progress(f"{protocol.name}, generation {generation}: auditing")
            reading = replace(reading, worth=audit_rows(scene, rows))
        yield Told(reading=reading, rows=rows, model=model)


def train(scene: Scene, rows: Sequence[Row], generation: int) -> Trained:
    """The model of a generation. It depends on the rows and the seed alone, and not on the protocol that brought them."""
    return scene.learner.train(
        [row.text for row in rows],
        [row.stratum for row in rows] if scene.world.labelled else None,
        seed=int(stream(scene, "train", generation).integers(2**31)),
        progress=scene.progress,
    )


def stream(scene: Scene, what: str, generation: int) -> np.random.Generator:
    """The stream of one thing in one generation."""
    digest = sha256(f"{scene.seed}/{scene.world.name}/{what}/{generation}".encode()).digest()
    return np.random.default_rng(np.frombuffer(digest, np.uint32))


def audit_rows(scene: Scene, rows: Sequence[Row]) -> dict[str, Any]:
    """What the audit says of these rows: what they are worth in real rows, and its verdict by the measures that judge."""
    from holdfast.audits import audit
    from holdfast.measures import MEASURES

    label = "label" if scene.world.labelled else None
    found = audit(
        plain(rows),
        real=plain(scene.world.judges),
        text="text",
        label=label,
        id="id",
        seed=scene.seed,
        measures=tuple(measure for measure in MEASURES if measure.judged),
    )
    worth = found.worth
    return {
        "verdict": found.verdict,
        "rows": None if worth is None else _rows(worth["headline"]),
        "at_least": None if worth is None else bool(worth["headline"]["at_least"]),
        "rare_rows": None if worth is None else _rarest(worth),
        "judges": len(scene.world.judges),
        "failed": sorted(outcome.measure.name for outcome in found.outcomes if outcome.verdict == "fail"),
        "lost": len(found.lost),
    }


def _rows(value: dict[str, Any]) -> float | None:
    return None if value.get("real_rows") is None else round(float(value["real_rows"]), 1)


def _rarest(worth: dict[str, Any]) -> float | None:
    rarest = next((band for band in worth.get("bands", ()) if band["band"] == "rarest tenth"), None)
    return None if rarest is None else _rows(rarest)
