"""Managed: the product's own loop. A project with a recipe, its stages and its gates; programs of the lab's write, train and examine.

Nothing here is done to the rows but what `holdfast.toml` says: `holdfast curate` selects from more rows than are needed, `holdfast blend` joins
them with the real rows at hand and with rows that passed earlier gates, `holdfast audit` judges the blend against rows that steer nothing, and the
model is held against the first one on a holdout that nobody trains on.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from holdfast.cycles.loop import run
from holdfast.cycles.project.project import RECIPE, init, open_project
from holdfast.data.lineage.sidecar import read_lineage, sidecar_of, write_lineage
from holdfast.errors import InputError
from holdfast.lab.bench.corpus import Row
from holdfast.lab.collapse.generation import Step
from holdfast.lab.collapse.world import ANCHOR, JUDGE_SHARE
from holdfast.lab.learners.saved import describe, train_into
from holdfast.measures import MEASURES

if TYPE_CHECKING:
    from holdfast.cycles.journal import Event
    from holdfast.cycles.loop import Turned
    from holdfast.cycles.project.project import Project
    from holdfast.lab.collapse.generation import Past, Scene
    from holdfast.remedies.curate.select import Mix, Prefer

_SPARE = 1.03
"""Rows that the selection keeps, in rows that are blended: some copy the holdout, and are dropped."""
_EARLIER = "earlier.jsonl"
_STAGE = "holdfast.lab.collapse.stage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Managed:
    """The managed loop.

    Attributes:
        real: Share of real rows in every cycle; at most what is at hand.
        earlier: Share of the made rows that is kept from the snapshot that counts; the rest is new in every cycle.
        more: Rows written, in new rows that are needed: the selection has a choice.
        mix: How strata share the new rows.
        prefer: Which rows of a stratum the selection takes.
        margin: What the model may lose against the first one: accuracy in points, and bits per byte.
        on_undetermined: What the model's gate does where a loss is neither surely within its margin nor surely beyond.
        filtered: Whether rows are filtered and selected, and rows of earlier cycles kept. Without, the loop is `replace` behind gates.
        gated: Whether a gate that fails stops the loop.
    """

    real: float = 0.3
    earlier: float = 0.98
    more: float = 5.0
    mix: Mix = "equal"
    prefer: Prefer = "words"
    margin: tuple[float, float] = (0.1, 0.3)
    on_undetermined: Literal["block", "pass"] = "pass"
    filtered: bool = True
    gated: bool = True

    @property
    def name(self) -> str:
        """What tables call it."""
        return "managed" if self.filtered else "replace behind gates"

    def step(self, scene: Scene, past: Past, /) -> Step:
        """One cycle of the project; the rows that count when it has ended."""
        folder = scene.folder / "project"
        if past.generation == 1:
            self._begin(scene, folder)
        with open_project(folder) as project:
            if self._stopped(project):
                return self._step(project, scene, written=0)
        written = self._plan(scene, folder, past.generation)
        with open_project(folder, work=True) as project:
            try:
                turned = run(project, cycles=1, progress=scene.progress)[-1]
            except InputError:
                # The filters may leave too few rows to blend: then the loop has come to its end, and says why.
                if not _broke(project):
                    raise
                return self._step(project, scene, written=written)
            if turned.outcome == "accepted":
                self._keep_earlier(project, folder)
            return self._step(project, scene, written=written, turned=turned)

    def _begin(self, scene: Scene, folder: Path) -> None:
        """A project, and the model before its first cycle: generation 0."""
        world = scene.world
        shutil.rmtree(folder, ignore_errors=True)
        init(folder, anchor=world.folder / ANCHOR)
        (folder / "learner.json").write_bytes(msgspec.json.encode(describe(scene.learner)))
        train_into(
            folder / "start",
            scene.learner,
            [row.text for row in world.origin],
            [row.stratum for row in world.origin] if world.labelled else None,
            seed=scene.seed,
        )

    def _plan(self, scene: Scene, folder: Path, cycle: int) -> int:
        """Writes the recipe of the cycle; how many rows it has written."""
        anchor = Path(os.path.relpath((scene.world.folder / ANCHOR).resolve(), folder.resolve())).as_posix()
        size = scene.world.size
        real = min(round(self.real * size), len(scene.world.at_hand)) if self.filtered else 0
        made = size - real
        kept = round(self.earlier * made) if self.filtered and (folder / _EARLIER).exists() else 0
        new = made - kept
        written = round(new * (self.more if self.filtered else 1.02))
        sources = [
            ("real", 'from = "steering"', real),
            ("earlier", f'path = "{_EARLIER}"', kept),
            ("made", 'from = "made"', new),
        ]
        told = "\n".join(
            f'[[blend.source]]\nname = "{name}"\n{origin}\nrows = {rows}'
            for name, origin, rows in sources
            if rows
        )
        filtering = (
            f'[filter]\nbudget = {round(new * _SPARE) + 8}\nmix = "{self.mix}"\njoined = {real}\nprefer = "{self.prefer}"\n'
            if self.filtered
            else ""
        )
        severity = "stop" if self.gated else "warn"
        scores = {
            f"holdout:{name}": margin
            for name, margin in zip(("accuracy", "bits_per_byte"), self.margin, strict=True)
        }
        asked = ", ".join(
            f'"{name}" = {margin}'
            for name, margin in scores.items()
            if scene.world.labelled or "bits" in name
        )
        program = json.dumps([sys.executable, "-m", _STAGE])[:-1]
        decoding = scene.decoding
        recipe = f"""\
anchor = {json.dumps(anchor)}
seed = {scene.seed}
cycles = {cycle}
model = "start"
model_depth = 0

[judge]
share = {JUDGE_SHARE}
parts = 1

[generate]
command = {program}, "write", "--model", "{{model}}", "--rows", "{written}", "--seed", "{{seed}}", "--temperature", "{decoding.temperature}", "--top-p", "{decoding.top_p}", "--output", "{{output}}/rows.jsonl"]

{filtering}
[blend]
on_leak = "drop"
{told}

[data_gate]
measures = {json.dumps([measure.name for measure in MEASURES if measure.judged])}
# Strata are made more equal on purpose, so frequent ones lose rows; what labels that do not fit cost is asked of the model.
tolerance = {{ stratum_deficit = 0.3, label_noise = 0.15 }}
on_undetermined = "pass"
severity = "{severity}"

[train]
command = {program}, "train", "--data", "{{data}}", "--learner", "learner.json", "--seed", "{{seed}}", "--output", "{{output}}/model"]
inputs = ["learner.json"]

[evaluate]
command = {program}, "examine", "--model", "{{model}}", "--anchor", "{{anchor}}", "--output", "{{output}}/scores.csv"]

[model_gate]
scores = {{ {asked} }}
on_undetermined = "{self.on_undetermined}"
severity = "{severity}"
"""
        (folder / RECIPE).write_text(recipe, encoding="utf-8")
        return written

    def _keep_earlier(self, project: Project, folder: Path) -> None:
        """What models wrote of the snapshot that counts, in a file that the next cycle may take from."""
        import pyarrow.compute as pc

        current = project.snapshots.current()
        assert current is not None  # noqa: S101 - a cycle has just been accepted
        lineage = read_lineage(current.folder)
        synthetic = lineage.filter(pc.equal(lineage.column("source_type"), "synthetic"))
        ids = set(synthetic.column("id").to_pylist())
        lines = (current.folder / "data/train.jsonl").read_bytes().splitlines()
        file = folder / _EARLIER
        file.write_bytes(b"".join(line + b"\n" for line in lines if msgspec.json.decode(line)["id"] in ids))
        write_lineage(synthetic, sidecar_of(file))

    def _stopped(self, project: Project) -> str | None:
        """Where the loop was stopped, and by what."""
        stops = project.journal.events("cycle_stopped")
        if stops:
            return f"cycle {stops[-1].cycle}: {stops[-1].stage}"
        broke = _broke(project)
        return None if broke is None else f"cycle {broke.cycle}: blend ({broke.body['error']})"

    def _step(self, project: Project, scene: Scene, *, written: int, turned: Turned | None = None) -> Step:
        current = project.snapshots.current()
        halted = self._stopped(project)
        gates: tuple[tuple[str, str], ...] = ()
        if turned is not None:
            said = project.journal.events("gate", cycle=turned.cycle)
            gates = tuple((str(event.stage), str(event.body["verdict"])) for event in said)
        if current is None:  # the first cycle was stopped: the first model counts
            rows = scene.world.origin
            return Step(rows=rows, real=len(rows), written=written, halted=halted, gates=gates)
        real = {row.id for row in scene.world.at_hand}
        lines = (
            msgspec.json.decode(line)
            for line in (current.folder / "data/train.jsonl").read_bytes().splitlines()
        )
        rows = tuple(Row(id=line["id"], text=line["text"], label=line.get("label")) for line in lines)
        return Step(
            rows=rows, real=sum(row.id in real for row in rows), written=written, halted=halted, gates=gates
        )


def _broke(project: Project) -> Event | None:
    """The blend that could not be made, where the last cycle has none."""
    broke = project.journal.events("stage_broke", stage="blend")
    return (
        broke[-1]
        if broke and not project.journal.events("stage_ended", cycle=broke[-1].cycle, stage="blend")
        else None
    )
