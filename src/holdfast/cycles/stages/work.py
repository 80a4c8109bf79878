"""What each stage does: what is built in, or the program of the user's."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from holdfast.cycles.project.models import REFERENCE, digest_of_file, digest_of_folder, read_model
from holdfast.cycles.stages.command import run
from holdfast.cycles.stages.parts import write_gold
from holdfast.cycles.stages.steered import add_missing, recipe_inputs
from holdfast.data import digest_of, read_records
from holdfast.data.lineage import Declared, lineage_of, read_lineage, sidecar_of, tag
from holdfast.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from holdfast.cycles.project.models import Model
    from holdfast.cycles.project.project import Project
    from holdfast.cycles.project.recipe import Recipe, Stage
    from holdfast.cycles.snapshots import Snapshot
    from holdfast.cycles.stages.parts import Parts

ROWS = "rows.jsonl"
EVALUATION = "evaluation"
_SEEDS = 2**31


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What all stages of a cycle share.

    Attributes:
        project: The project, held.
        cycle: Its number, from 1.
        recipe: What the cycle began with.
        parts: Which rows steer, and which judge.
        parent: The snapshot that counts, or None.
        model: The model that counts, or None.
        progress: Called with a word about what is done next.
    """

    project: Project
    cycle: int
    recipe: Recipe
    parts: Parts
    parent: Snapshot | None
    model: Model | None
    progress: Callable[[str], None]

    @property
    def seed(self) -> int:
        """Of everything in this cycle."""
        return int(sha256(f"{self.recipe.seed}/{self.cycle}".encode()).hexdigest()[:15], 16) % _SEEDS

    def values(self, output: Path, **more: Path | str | None) -> dict[str, str | None]:
        """What stands for `{names}` in a command; paths hold from anywhere."""
        values: dict[str, Any] = {
            "project": self.project.folder.resolve(),
            "cycle": self.cycle,
            "seed": self.seed,
            "output": output.resolve(),
            "model": None if self.model is None else self.project.place(self.model.where),
            "steering": self.parts.steering.resolve(),
            **more,
        }
        if any("{gold}" in word for stage in _programs(self.recipe) for word in stage):
            values["gold"] = write_gold(self.project, self.project.anchor(self.recipe)).resolve()
        return {name: None if value is None else str(value) for name, value in values.items()}

    def declared(self, stage: Stage) -> dict[str, Any]:
        """What a stage's result depends on besides rows: its settings, its program's files, the seed."""
        files: dict[str, str] = {}
        if stage.options.get("recipe") is not None:
            files |= recipe_inputs(self, stage.options["recipe"])
        if stage.command is None:
            return {"options": digest_of(_said(stage.options)), "seed": self.seed, **files}
        for name in stage.command.inputs:
            place = self.project.folder / name
            if place.is_dir():
                files[name] = digest_of_folder(place)
            elif place.is_file():
                files[name] = digest_of_file(place)
            else:
                raise InputError(
                    "there is no such file", where=str(place), do="It is declared with inputs = [...]"
                )
        return {
            "command": digest_of([*stage.command.words, *stage.command.outputs]),
            "options": digest_of(_said(stage.options)),
            "seed": self.seed,
            **files,
        }


def _said(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options as a stage's key has them: one that came later and is not given changes no key."""
    return {name: value for name, value in options.items() if not (name == "recipe" and value is None)}


def _programs(recipe: Recipe) -> list[tuple[str, ...]]:
    stages = (recipe.generate, recipe.filter, recipe.train, recipe.evaluate)
    return [stage.command.words for stage in stages if stage is not None and stage.command is not None]


def check_model(model: Model | None, project: Project) -> None:
    """Refuses weights that are not those which were judged, where they lie in a place that can be read.

    Raises:
        InputError: They are not, or are gone.
    """
    if model is None or model.digest is None or "://" in model.where:
        return
    place = project.folder / model.where
    if not place.exists():
        if Path(model.where).is_absolute() or model.where.startswith(("work/", "../", "./")):
            raise InputError(
                "the model that counts is not there", where=str(place), do="Restore it, or roll back"
            )
        return  # a hub id or the name in a registry
    found = digest_of_folder(place) if place.is_dir() else digest_of_file(place)
    if found != model.digest:
        raise InputError(
            f"is not the model {model.name} that was judged",
            where=str(place),
            do="Restore it from a copy, or roll back to another one",
        )


def generate(turn: Turn, output: Path) -> dict[str, Any]:
    """Writes rows, with the lineage of each."""
    check_model(turn.model, turn.project)
    stage = turn.recipe.generate
    if stage.command is not None:
        run(
            stage.command,
            turn.values(output),
            output,
            turn.project.folder,
            stage="generate",
            progress=turn.progress,
        )
    else:
        _sample(turn, output, stage.options)
    facts = _tagged(turn, output / ROWS, stage)
    if stage.options["recipe"] is None:
        return facts
    told = add_missing(turn, output / ROWS, stage.options["recipe"])
    return _counted(output / ROWS, facts["agent"]) | {"steered": told}


def _sample(turn: Turn, output: Path, options: Mapping[str, Any]) -> None:
    if turn.model is None:
        raise InputError(
            "there is no model to write rows, and no command",
            where="[generate]",
            do='Name the model before the first cycle (model = "models/start"), or give a command',
        )
    from holdfast.backends.models import open_model

    model = open_model(
        turn.project.place(turn.model.where),
        name=turn.recipe.model_name if "://" in turn.model.where else None,
    )
    prompts = _prompts(turn.project.folder, options["prompts"])
    asked = [prompts[row % len(prompts)] for row in range(options["rows"])]
    more = {} if options["most_tokens"] is None else {"most_tokens": options["most_tokens"]}
    samples = model.sample(
        asked,
        seed=turn.seed,
        temperature=options["temperature"],
        top_p=options["top_p"],
        progress=lambda done, of: turn.progress(f"generate: {done:,} of {of:,} rows"),
        **more,
    )
    with (output / ROWS).open("wb") as handle:
        for number, (prompt, sample) in enumerate(zip(asked, samples, strict=True), start=1):
            row = {"id": f"c{turn.cycle}-{number:06d}", "text": prompt + sample.text}
            handle.write(msgspec.json.encode(row) + b"\n")


def _prompts(project: Path, name: str | None) -> list[str]:
    """Prompts, one a line; without a file, texts are written from their beginning."""
    if name is None:
        return [""]
    file = project / name
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}", where=str(file)) from error
    found = []
    for number, line in enumerate(lines, start=1):
        if file.suffix == ".jsonl" and line.strip():
            try:
                found.append(str(json.loads(line)["prompt"]))
            except (ValueError, KeyError, TypeError):
                raise InputError(
                    "has no prompt", where=f"{file}:{number}", do='Write {"prompt": "..."}'
                ) from None
        elif line.strip():
            found.append(line)
    if not found:
        raise InputError("has no prompt", where=str(file))
    return found


def _tagged(turn: Turn, file: Path, stage: Stage) -> dict[str, Any]:
    """Lineage for what was made, where its program left none."""
    agent = stage.options["agent"] or (turn.model.name if turn.model else None)
    depth = stage.options["generation_depth"]
    if (
        depth is None
        and stage.options["agent"] is None
        and turn.model is not None
        and turn.model.depth is not None
    ):
        depth = turn.model.depth + 1
    if not sidecar_of(file).exists():
        declared = Declared(source_type="synthetic", agent=agent, generation_depth=depth, cycle=turn.cycle)
        table = tag(file, declared=declared).table
    else:
        table = read_lineage(file)
    depths = table.column("generation_depth").to_pylist()
    known = [one for one in depths if one is not None]
    if turn.recipe.max_depth is not None and known and min(known) > turn.recipe.max_depth:
        raise InputError(
            f"all rows have a generation depth above {turn.recipe.max_depth}",
            where=f"max_depth, cycle {turn.cycle}",
            do="Train on people's texts again before the next cycle, or roll back to an earlier model",
        )
    return _counted(file, agent)


def _counted(file: Path, agent: str | None) -> dict[str, Any]:
    table = read_lineage(file)
    known = [one for one in table.column("generation_depth").to_pylist() if one is not None]
    return {
        "rows": len(table),
        "agent": agent,
        "depth": max(known, default=None),
        "file_rows": {ROWS: len(table)},
    }


def filter_rows(turn: Turn, made: Path, output: Path) -> dict[str, Any]:
    """Filters what was made: `holdfast curate` against the rows that steer, or a program."""
    stage = turn.recipe.filter
    assert stage is not None  # noqa: S101 - for the type checker; the caller has looked
    if stage.command is not None:
        run(
            stage.command,
            turn.values(output, rows=made.resolve()),
            output,
            turn.project.folder,
            stage="filter",
            progress=turn.progress,
        )
        if not sidecar_of(output / ROWS).exists():
            _inherit(made, output / ROWS)
        kept = len(read_lineage(output / ROWS))
        return {"rows": kept, "file_rows": {ROWS: kept}}
    from holdfast.remedies.curate import curate

    found = curate(
        made,
        real=turn.parts.steering,
        label=None,
        output=output / "curated",
        seed=turn.seed,
        progress=lambda step: turn.progress(f"filter: {step}"),
        **stage.options,
    )
    return {"rows": len(found.kept), "dropped": len(found.dropped)}


def _inherit(made: Path, kept: Path) -> None:
    """Rows that a program passed on keep their lineage; a text that it edited is a row of its own, of which nobody knows."""
    import pyarrow as pa

    from holdfast.data.lineage import lineage_table, write_lineage

    known = read_lineage(made)
    records = read_records(kept)
    hashes = records.table.column("content_hash").to_pylist()
    place = dict(
        zip(
            zip(known.column("id").to_pylist(), known.column("content_hash").to_pylist(), strict=True),
            range(len(known)),
            strict=True,
        )
    )
    at = [place.get(key) for key in zip(records.ids, hashes, strict=True)]
    taken = known.take(pa.array(at, pa.int64()))
    columns: dict[str, Any] = {name: taken.column(name).to_pylist() for name in taken.column_names}
    columns |= {"id": records.ids, "content_hash": hashes}
    write_lineage(lineage_table(columns, len(records)), sidecar_of(kept))


def blend(turn: Turn, made: Path, output: Path) -> dict[str, Any]:
    """Blends what was made with reality, to exact shares."""
    from holdfast.remedies.blend import blend as run_blend

    _refuse_judges(turn)
    recipe = output / "blend.toml"
    recipe.write_text(_recipe(turn, made, output), encoding="utf-8")
    found = run_blend(recipe, output=output / "blend", progress=lambda step: turn.progress(f"blend: {step}"))
    depths = [None if key == "unknown" else int(key) for key in found.realised["generation_depth"]]
    known = [depth for depth in depths if depth is not None]
    return {
        "rows": found.rows,
        "data_hash": found.manifest["data_hash"],
        "realised": found.realised["source"],
        "depth": max(known) if known and len(known) == len(depths) else None,
    }


def _refuse_judges(turn: Turn) -> None:
    """Rows that judge are not trained on. Their nearest way in is the file that the anchor was frozen from.

    What a model wrote may say by chance what a real row says; among many rows one does.

    Raises:
        InputError: A source holds some.
    """
    judged = turn.parts.judged()
    for source in turn.recipe.blend.options["source"]:
        if "path" not in source:
            continue
        records = read_records(turn.project.folder / source["path"])
        hashes = records.table.column("content_hash").to_pylist()
        lineage = lineage_of(records)
        makers = [None] * len(records) if lineage is None else lineage.column("source_type").to_pylist()
        found = [
            id_
            for id_, hash_, maker in zip(records.ids, hashes, makers, strict=True)
            if hash_ in judged and maker != "synthetic"
        ]
        if found:
            some = ", ".join(found[:5]) + (f" and {len(found) - 5:,} more" if len(found) > 5 else "")
            raise InputError(
                f"{len(found):,} of its rows judge, and must not be trained on: {some}",
                where=f"[[blend.source]] {source.get('name', source['path'])!r}",
                do='Say from = "steering" or from = "gold" in place of the file that the anchor was frozen from',
            )


def _recipe(turn: Turn, made: Path, output: Path) -> str:
    options = turn.recipe.blend.options
    anchor = turn.project.folder / turn.recipe.anchor
    lines = [f"anchor = {_quoted(_path(anchor, output))}", f"seed = {turn.seed}"]
    if turn.recipe.max_depth is not None:
        lines.append(f"max_depth = {turn.recipe.max_depth}")
    lines += [
        f"{name} = {_value(options[name])}"
        for name in ("rows", "order", "form", "on_leak")
        if name in options
    ]
    for source in options["source"]:
        lines += ["", "[[source]]"]
        lines += [
            f"{name} = {_value(source[name])}"
            for name in ("name", "share", "rows", "repeat")
            if name in source
        ]
        if "strata" in source:
            inner = ", ".join(
                f"{_quoted(str(key))} = {_value(value)}" for key, value in source["strata"].items()
            )
            lines.append(f"strata = {{ {inner} }}")
        origin = source.get("from")
        if origin == "gold":
            lines.append('anchor_part = "gold"')
        elif origin == "current":
            if turn.parent is None:
                raise InputError(
                    "there is no snapshot yet to take rows from",
                    where="[[blend.source]]",
                    do='Leave from = "current" out of the first cycle',
                )
            lines.append(f"path = {_quoted(_path(turn.parent.folder / 'data/train.jsonl', output))}")
        elif origin is None:
            lines.append(f"path = {_quoted(_path(turn.project.folder / source['path'], output))}")
        else:
            lines.append(
                f"path = {_quoted(_path(made if origin == 'made' else turn.parts.steering, output))}"
            )
    return "\n".join(lines) + "\n"


def train(turn: Turn, blend: Path, output: Path) -> dict[str, Any]:
    """Trains a model on what was blended, by the user's program."""
    check_model(turn.model, turn.project)
    stage = turn.recipe.train
    assert stage.command is not None  # noqa: S101 - for the type checker; the recipe's reader has looked
    scratch = turn.project.work(turn.cycle) / "train.scratch"
    scratch.mkdir(exist_ok=True)
    data = blend / "data/train.jsonl"
    run(
        stage.command,
        turn.values(output, data=data.resolve(), scratch=scratch.resolve()),
        output,
        turn.project.folder,
        stage="train",
        progress=turn.progress,
    )
    name = REFERENCE if (output / REFERENCE).is_file() else stage.command.outputs[0]
    place = output / name
    if place.is_dir() and not any(place.iterdir()):
        raise InputError(
            f"the program left an empty folder {name!r}",
            where="[train] command",
            do="It writes the model there",
        )
    return {"model": name}


def trained(turn: Turn, done: Path, facts: Mapping[str, Any], depth: int | None) -> Model:
    """The model that a stage left.

    Args:
        turn: The turn.
        done: The stage's folder.
        facts: What it said.
        depth: Largest generation depth of the blend it was trained on.
    """
    command = turn.recipe.train.command
    if command is not None and any("{model}" in word for word in command.words) and turn.model is not None:
        # What the model before was trained on is in this one, too.
        depth = None if depth is None or turn.model.depth is None else max(depth, turn.model.depth)
    where = (done / facts["model"]).relative_to(turn.project.folder).as_posix()
    return read_model(where, turn.project.folder, name=None, depth=depth)


def evaluate(turn: Turn, model: Model, output: Path) -> dict[str, Any]:
    """Reads a model on the holdout, and audits what it writes; or runs the user's program, which leaves an evaluation, scores, or both."""
    stage = turn.recipe.evaluate
    if stage.command is not None:
        values = turn.values(
            output,
            anchor=(turn.project.folder / turn.recipe.anchor).resolve(),
            model=turn.project.place(model.where),
        )
        run(stage.command, values, output, turn.project.folder, stage="evaluate", progress=turn.progress)
        left = [
            place.name
            for place in (output / EVALUATION, scores_in(output))
            if place is not None and place.exists()
        ]
        if not left:
            raise InputError(
                "the program left neither an evaluation nor scores",
                where="[evaluate] command",
                do="It writes {output}/evaluation (holdfast evaluate) or {output}/scores (a folder of a harness' results, or scores.csv)",
            )
        return {"left": left}
    from holdfast.audits.generation import evaluate as read

    options = {name: value for name, value in stage.options.items() if value is not None}
    for name in ("prompts", "frozen"):
        if name in options and "://" not in options[name]:
            options[name] = turn.project.folder / options[name]
    judging = turn.parts.judging(turn.parts.turn(turn.cycle))
    found = read(
        turn.project.place(model.where),
        anchor=turn.project.folder / turn.recipe.anchor,
        output=output / EVALUATION,
        judge=judging,
        model_name=turn.recipe.model_name if "://" in model.where else None,
        seed=turn.recipe.seed,
        progress=lambda step: turn.progress(f"evaluate: {step}"),
        **options,
    )
    return {"left": [EVALUATION], "model": found.plain().get("model")}


def scores_in(folder: Path) -> Path | None:
    """Benchmark results that a program left: the folder `scores`, or a file `scores.csv` or `scores.json`."""
    names = ("scores", "scores.csv", "scores.json")
    return next((folder / name for name in names if (folder / name).exists()), None)


def _path(target: Path, output: Path) -> str:
    """A path from where the stage will stand to what it reads: true after the folder is renamed, too."""
    import os

    return Path(os.path.relpath(target.resolve(), output.resolve())).as_posix()


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _value(value: Any) -> str:
    if isinstance(value, str):
        return _quoted(value)
    return json.dumps(value)
