"""Steered: what a cycle's rows lack is made beside them, before anything is filtered, blended or judged.

What is missing is read from rows that steer. Rows that judge are not at hand here: the gate holds the outcome against them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from holdfast.cycles.project.models import digest_of_file
from holdfast.data.lineage import read_lineage, sidecar_of, write_lineage
from holdfast.data.write import write_atomic
from holdfast.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from holdfast.cycles.stages.work import Turn
    from holdfast.remedies.generate import Recipe

ANSWERS = "answers.sqlite"
_MODEL = "{model}"


def add_missing(turn: Turn, rows: Path, recipe: str) -> dict[str, Any]:
    """Adds rows towards what the rows of a cycle lack, and their lineage.

    Args:
        turn: The cycle.
        rows: Its rows, with lineage beside them; they are written anew.
        recipe: Path of a recipe of `holdfast generate`, from the project. `model = "{model}"` stands for the model that counts.

    Returns:
        What is said of it.

    Raises:
        InputError: The recipe cannot be followed.
    """
    import pyarrow as pa

    from holdfast.remedies.generate import generate, read_recipe

    asked = _filled(read_recipe(turn.project.folder / recipe), turn)
    detection = turn.project.anchor(turn.recipe).detection
    output = rows.parent / "steered"
    found = generate(
        rows,
        real=turn.parts.steering,
        recipe=asked,
        output=output,
        # Beside the stage, whose folder is made anew when it is begun again: what was answered is not paid twice.
        cache=turn.project.work(turn.cycle) / ANSWERS,
        cycle=turn.cycle,
        text=detection.text_column,
        label=detection.label_column,
        progress=lambda step: turn.progress(f"generate: {step}"),
    )
    made = (output / "data" / "made.jsonl").read_bytes()
    before = _whole(rows)
    with write_atomic(rows) as handle:
        handle.write(before)
        handle.write(made)
    own, new = read_lineage(rows), read_lineage(output)
    kept = [bool(one) for one in new.column("kept").to_pylist()]
    write_lineage(pa.concat_tables([own, new.filter(pa.array(kept, pa.bool_()))]), sidecar_of(rows))
    return {
        "added": found.accepted,
        "ended": found.ended,
        "sentence": found.sentence,
        "spent": dict(found.spent),
    }


def check_generation(file: Path) -> None:
    """Looks at a recipe before a cycle begins.

    Args:
        file: Its path.

    Raises:
        InputError: It is not there, or cannot be followed.
    """
    from holdfast.remedies.generate import read_recipe
    from holdfast.remedies.generate.recipe import with_flags

    with_flags(read_recipe(file))


def recipe_inputs(turn: Turn, recipe: str) -> dict[str, str]:
    """Digest of the recipe: an edit of it is another stage."""
    file = turn.project.folder / recipe
    if not file.is_file():
        raise InputError(
            "there is no such recipe", where=str(file), do="It is declared with [generate] recipe = ..."
        )
    return {recipe: digest_of_file(file)}


def _filled(recipe: Recipe, turn: Turn) -> Recipe:
    """The recipe for this cycle: its seed, its model, and nobody who judges."""
    models = []
    for one in recipe.models:
        if one.model != _MODEL and not str(one.model).endswith(f"/{_MODEL}"):
            models.append(one)
            continue
        if turn.model is None:
            raise InputError(
                "the recipe asks the model that counts, and there is none yet",
                where="[generate] recipe",
                do='Name the model before the first cycle: model = "models/start"',
            )
        models.append(
            replace(
                one,
                model=turn.project.place(turn.model.where),
                model_name=one.model_name or turn.recipe.model_name if "://" in turn.model.where else None,
                trained_on_depth=turn.model.depth if one.trained_on_depth is None else one.trained_on_depth,
            )
        )
    return replace(recipe, models=tuple(models), seed=turn.seed, judge_share=0.0)


def _whole(rows: Path) -> bytes:
    """The rows as they are; the last one gets its line break."""
    said = rows.read_bytes()
    return said if not said or said.endswith(b"\n") else said + b"\n"
