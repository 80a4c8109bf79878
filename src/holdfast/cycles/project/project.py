"""A project: the folder in which a loop goes round, and what it knows of itself.

holdfast.toml              what a cycle does
.holdfast/project.sqlite   what happened
.holdfast/lock             held while a process works here
.holdfast/parts/           which rows of reality steer, and which judge
work/<cycle>/<stage>/      what a stage wrote
snapshots/<hash>/          sealed
refs/current               the snapshot that counts
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.anchors import open_anchor
from holdfast.cycles.journal import Journal
from holdfast.cycles.lock import working_in
from holdfast.cycles.project.models import Model, read_model
from holdfast.cycles.project.recipe import Recipe, read_recipe
from holdfast.cycles.snapshots import Snapshot, Snapshots
from holdfast.data.write import write_text_atomic
from holdfast.errors import InputError, OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from holdfast.anchors import Anchor

RECIPE = "holdfast.toml"
_OWN = ".holdfast"
_JOURNAL = "project.sqlite"
_IGNORED = ".holdfast/lock\nwork/\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """An opened project.

    Attributes:
        folder: Where it lies.
        recipe: What its recipe says now; a cycle that has begun goes on with its own copy.
        journal: What happened.
        snapshots: Sealed states of its data.
    """

    folder: Path
    recipe: Recipe
    journal: Journal
    snapshots: Snapshots

    def work(self, cycle: int) -> Path:
        """The folder of a cycle's stages."""
        return self.folder / "work" / f"{cycle:04d}"

    def anchor(self, recipe: Recipe | None = None) -> Anchor:
        """Its anchor, opened.

        Raises:
            AnchorError: There is none, or it was edited.
        """
        return open_anchor(self.folder / (recipe or self.recipe).anchor)

    def parts(self) -> Path:
        """Where it is written down which rows judge."""
        return self.folder / _OWN / "parts"

    def pinned(self, cycle: int) -> Recipe:
        """The recipe that a cycle began with."""
        return read_recipe(self.work(cycle) / RECIPE)

    def model(self, snapshot: Snapshot | None, recipe: Recipe) -> Model | None:
        """The model that counts: that of the snapshot, or the one before the first cycle.

        Raises:
            InputError: It is not there.
        """
        if snapshot is not None and snapshot.manifest.get("model"):
            return Model.of(snapshot.manifest["model"])
        if recipe.model is None:
            return None
        return read_model(recipe.model, self.folder, name=recipe.model_name, depth=recipe.model_depth)

    def place(self, where: str) -> str:
        """Where a model lies, as a path that holds from anywhere, or its address."""
        if "://" in where:
            return where
        found = (self.folder / where).resolve()
        return str(found) if found.exists() else where

    def close(self) -> None:
        """Closes the journal."""
        self.journal.close()


@contextmanager
def open_project(folder: str | Path, *, work: bool = False) -> Iterator[Project]:
    """Opens a project.

    Args:
        folder: Its folder.
        work: Whether something is to be done in it. Then no other process may.

    Raises:
        InputError: It is no project, or its recipe cannot be read.
        OutputError: Another process works there.
    """
    place = Path(folder)
    if not (place / RECIPE).is_file():
        raise InputError(f"is no project: it has no {RECIPE}", where=str(place), do="holdfast init makes one")
    own = place / _OWN
    if not (own / _JOURNAL).exists() and any(
        (place / name).exists() for name in ("work", "snapshots", "refs")
    ):
        raise InputError(
            "has lost its journal: nobody knows any more who judged what, and how often",
            where=str(own / _JOURNAL),
            do="Restore it from a copy, or begin a new project",
        )
    try:
        own.mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot be written to: {error.strerror}", where=str(place)) from error
    recipe = read_recipe(place / RECIPE)
    if not work:
        yield from _opened(place, recipe)
        return
    with working_in(own):
        yield from _opened(place, recipe)


def _opened(place: Path, recipe: Recipe) -> Iterator[Project]:
    journal = Journal(place / _OWN / _JOURNAL)
    try:
        yield Project(folder=place, recipe=recipe, journal=journal, snapshots=Snapshots(place))
    finally:
        journal.close()


def init(folder: str | Path, *, anchor: str | Path, model: str | None = None) -> Path:
    """Makes a project: a recipe to begin with, and the places it needs.

    Args:
        folder: Where; it may hold other things.
        anchor: The frozen anchor.
        model: The model before the first cycle.

    Returns:
        The recipe's file.

    Raises:
        AnchorError: That is no anchor.
        OutputError: There is a project already, or it cannot be written.
    """
    from holdfast.cycles.project.template import template

    place = Path(folder)
    file = place / RECIPE
    if file.exists():
        raise OutputError("there is a project already", where=str(file), do="Edit it, or give another folder")
    held = open_anchor(anchor)
    try:
        place.mkdir(parents=True, exist_ok=True)
        (place / _OWN).mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot be made: {error.strerror}", where=str(place)) from error
    if model is not None and "://" not in model:
        model = _from(place, model)
    if not (place / ".gitignore").exists():
        write_text_atomic(place / ".gitignore", _IGNORED)
    Journal(place / _OWN / _JOURNAL).close()
    write_text_atomic(file, template(_from(place, held.path), held, model))
    return file


def _from(place: Path, other: str | Path) -> str:
    return Path(os.path.relpath(Path(other).resolve(), place.resolve())).as_posix()
