"""What can be known to be wrong before a cycle begins: nobody should train for hours to learn of a word in a recipe."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

from holdfast.cycles.stages.steered import check_generation
from holdfast.errors import InputError, unknown
from holdfast.measures import MEASURES

if TYPE_CHECKING:
    from holdfast.anchors import Anchor
    from holdfast.cycles.project.project import Project
    from holdfast.cycles.project.recipe import Command, Recipe

_SHARED = ("project", "cycle", "seed", "output", "model", "steering", "gold")
_OWN = {"generate": (), "filter": ("rows",), "train": ("data", "scratch"), "evaluate": ("anchor",)}
_NAME = re.compile(r"\{([a-z_]+)\}")


def check_recipe(project: Project, recipe: Recipe) -> None:
    """Looks at everything that a cycle will ask for, as far as it can be known beforehand.

    Raises:
        InputError: Something is not there, or has no such name.
    """
    for stage, own in _OWN.items():
        part = getattr(recipe, stage)
        if part is not None and part.command is not None:
            _check_command(part.command, stage, own, project)
    known = [measure.name for measure in MEASURES]
    asked = recipe.data_gate.options
    for name in (*(asked["measures"] or ()), *asked["tolerance"]):
        if name not in known:
            raise InputError(str(unknown("measure", name, known)), where="[data_gate]")
    anchor = project.anchor(recipe)
    if recipe.generate.command is None and recipe.model is None and project.snapshots.current() is None:
        raise InputError(
            "there is no model to write rows, and no command",
            where="[generate]",
            do='Name the model before the first cycle (model = "models/start"), or give a command',
        )
    if recipe.evaluate.command is None and not anchor.parts["holdout"]:
        raise InputError(
            "the anchor has no holdout to read a model on", where="[evaluate]", do="Freeze one with --holdout"
        )
    for stage in ("generate", "evaluate"):
        prompts = getattr(recipe, stage).options.get("prompts")
        if prompts is not None and not (project.folder / prompts).is_file():
            raise InputError("there is no such file", where=f"[{stage}] prompts: {project.folder / prompts}")
    if recipe.generate.options.get("recipe") is not None:
        check_generation(project.folder / str(recipe.generate.options["recipe"]))
    _check_blend(project, recipe, anchor)


def _check_command(command: Command, stage: str, own: tuple[str, ...], project: Project) -> None:
    names = sorted({*_SHARED, *own})
    for word in command.words:
        for name in _NAME.findall(word):
            if name not in names:
                raise InputError(str(unknown("value", name, names)), where=f"[{stage}] command")
    program = command.words[0]
    if (
        program != "python"
        and "{" not in program
        and not (project.folder / program).exists()
        and not shutil.which(program)
    ):
        raise InputError("there is no such program", where=f"[{stage}] command: {program}")
    for name in command.inputs:
        if not (project.folder / name).exists():
            raise InputError(
                "there is no such file",
                where=f"[{stage}] inputs: {project.folder / name}",
                do="Name it relative to the project",
            )


def _check_blend(project: Project, recipe: Recipe, anchor: Anchor) -> None:
    options = recipe.blend.options
    for source in options["source"]:
        where = f"[[blend.source]] {source.get('name', '')!r}"
        if source.get("from") == "current" and project.snapshots.current() is None:
            raise InputError(
                "there is no snapshot yet to take rows from",
                where=where,
                do='Leave from = "current" out of the first cycle',
            )
        if "path" in source and not (project.folder / source["path"]).exists():
            raise InputError(
                "there is no such file or folder", where=f"{where}: {project.folder / source['path']}"
            )
        if source.get("from") != "gold" or source.get("repeat"):
            continue
        share = source.get("share")
        rows = source.get("rows", 0) if share is None else round(share * options.get("rows", 0))
        if isinstance(rows, int) and rows > anchor.parts["gold"]:
            most = int(anchor.parts["gold"] / share) if share else anchor.parts["gold"]
            raise InputError(
                f"asks for {rows:,} rows of gold, and the anchor has {anchor.parts['gold']:,}",
                where=where,
                do=f'Say rows = {most} or fewer in [blend], another share, or from = "steering"'
                if share
                else "Ask for fewer",
            )
