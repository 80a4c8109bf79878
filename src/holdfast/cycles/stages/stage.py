"""A stage: a function of its inputs, whose folder stands whole or not at all.

work/<cycle>/<stage>/
├── stage.json     the key it was done under, and what it wrote
└── ...            what it wrote
"""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from holdfast.cycles.project.models import digest_of_folder
from holdfast.cycles.stages.command import end_leftovers
from holdfast.data import digest_of
from holdfast.data.write import describe_file, write_text_atomic
from holdfast.errors import HoldfastError, InputError, OutputError
from holdfast.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from holdfast.cycles.project.project import Project

SCHEMA = "holdfast.stage/1"
NAMES = ("generate", "filter", "blend", "data_gate", "train", "evaluate", "model_gate")
_SEAL = "stage.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A stage that is done.

    Attributes:
        folder: What it wrote.
        key: Of what it was a function.
        digest: Of everything it wrote.
        facts: What it says of it.
        attempt: How often it was begun.
        found: Whether it stood there before.
    """

    folder: Path
    key: str
    digest: str
    facts: dict[str, Any]
    attempt: int
    found: bool


def perform(
    project: Project,
    cycle: int,
    stage: str,
    inputs: Mapping[str, Any],
    work: Callable[[Path], dict[str, Any]],
    *,
    again: bool = False,
    settled: bool = False,
    said: Mapping[str, Any] | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Done:
    """Does a stage, unless it is done.

    Args:
        project: The project, held.
        cycle: The cycle.
        stage: The stage.
        inputs: Digests of what it reads, and its settings, by name: what its result depends on.
        work: Writes into an empty folder, and says what it wrote.
        again: Do it anew although it stands there.
        settled: A gate has judged what it wrote: then that is what it is, whatever became of its inputs since.
        said: What its beginning puts on record besides.
        progress: Called with what happens.

    Raises:
        InputError: It stands there, and was done from something else, or is not what was written.
        HoldfastError: What `work` raised; what it wrote lies in `<stage>.failed`.
    """
    key = digest_of({"stage": stage, "cycle": cycle, "inputs": dict(inputs)})
    folder = project.work(cycle) / stage
    fresh = folder.with_name(f".{stage}")
    begun = len(project.journal.events("stage_began", cycle=cycle, stage=stage))
    if folder.is_dir() and not again:
        found = _read(folder, None if settled else key)
        _hold_against_record(project, cycle, stage, found)
        _say_ended(project, cycle, stage, found, max(begun, 1))
        return _done(folder, found, begun, found=True)
    if begun:
        progress(
            f"{stage} was begun before{' and is asked for again' if again else ' and did not end'}: it is done again"
        )
    project.journal.add(
        "stage_began",
        cycle=cycle,
        stage=stage,
        attempt=begun + 1,
        key=key,
        inputs=plain_inputs(inputs),
        again=bool(begun),
        **(said or {}),
    )
    end_leftovers(fresh)
    shutil.rmtree(fresh, ignore_errors=True)
    failed = folder.with_name(f"{stage}.failed")
    start = time.monotonic()
    try:
        fresh.mkdir(parents=True)
        facts = work(fresh)
        _settle_links(fresh)
        seal = _seal(fresh, stage, cycle, key, facts, time.monotonic() - start)
        if folder.is_dir():
            shutil.rmtree(folder)
        fresh.rename(folder)
        _sync(folder.parent)
        shutil.rmtree(failed, ignore_errors=True)
    except BaseException as error:
        what = str(error) if isinstance(error, HoldfastError) else f"{type(error).__name__}: {error}"
        # Hours of training are not thrown away for a word in a recipe.
        shutil.rmtree(failed, ignore_errors=True)
        if fresh.is_dir():
            fresh.rename(failed)
        project.journal.add("stage_broke", cycle=cycle, stage=stage, attempt=begun + 1, error=what[:2_000])
        if isinstance(error, OSError):
            raise OutputError(
                f"could not be written: {error.strerror or error}", where=str(folder)
            ) from error
        raise
    _say_ended(project, cycle, stage, seal, begun + 1)
    return _done(folder, seal, begun + 1, found=False)


def look(project: Project, cycle: int, stage: str) -> Done | None:
    """A stage as it stands there, or None where it is not done.

    Raises:
        InputError: It is not what was written.
    """
    folder = project.work(cycle) / stage
    if not folder.is_dir():
        return None
    found = _read(folder, None)
    _hold_against_record(project, cycle, stage, found)
    return _done(
        folder, found, len(project.journal.events("stage_began", cycle=cycle, stage=stage)), found=True
    )


def _read(folder: Path, key: str | None) -> dict[str, Any]:
    cycle, stage = folder.parent.name, folder.name
    again = f"Restore it from a copy, or have it done again: holdfast cycle resume --again {stage}"
    try:
        seal = msgspec.json.decode((folder / _SEAL).read_bytes())
    except (OSError, msgspec.DecodeError) as error:
        raise InputError(f"cannot be read: {error}", where=str(folder / _SEAL), do=again) from error
    for entry in seal["outputs"]:
        file = folder / entry["path"]
        try:
            same = describe_file(folder, entry["path"], entry["rows"]) == entry
        except OSError:
            same = False
        if not same:
            raise InputError("is not what the stage wrote", where=str(file), do=again)
    known = {entry["path"] for entry in seal["outputs"]} | {_SEAL}
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.relative_to(folder).as_posix() not in known:
            raise InputError("is no file of the stage's", where=str(file), do="Move it elsewhere")
    if key is not None and seal["key"] != key:
        raise InputError(
            f"stage {stage} of cycle {int(cycle)} was done from something else: a file it reads has changed",
            where=str(folder),
            do=f"Undo the change, or have it done again: holdfast cycle resume --again {stage}",
        )
    return dict(seal)


def _seal(
    fresh: Path, stage: str, cycle: int, key: str, facts: dict[str, Any], seconds: float
) -> dict[str, Any]:
    if (fresh / _SEAL).exists():
        raise InputError(
            f"wrote a file {_SEAL}, which is ours", where=f"[{stage}]", do="Give it another name"
        )
    counts = facts.pop("file_rows", {})
    names = sorted(file.relative_to(fresh).as_posix() for file in fresh.rglob("*") if file.is_file())
    seal = {
        "schema": SCHEMA,
        "stage": stage,
        "cycle": cycle,
        "key": key,
        "holdfast_version": __version__,
        "digest": digest_of_folder(fresh),
        "outputs": [describe_file(fresh, name, counts.get(name, 0)) for name in names],
        "seconds": round(seconds, 3),
        "facts": facts,
    }
    write_text_atomic(fresh / _SEAL, msgspec.json.format(msgspec.json.encode(seal), indent=1).decode() + "\n")
    return seal


def _hold_against_record(project: Project, cycle: int, stage: str, seal: dict[str, Any]) -> None:
    """Refuses a folder that is whole, and not the one that is on record."""
    ended = project.journal.events("stage_ended", cycle=cycle, stage=stage)
    if ended and ended[-1].body["outputs"] != seal["outputs"]:
        raise InputError(
            f"is not what stage {stage} of cycle {cycle} wrote",
            where=str(project.work(cycle) / stage),
            do="Restore it from a copy",
        )


def _settle_links(fresh: Path) -> None:
    """Links that would lead nowhere once the folder has its name, or to what nobody seals."""
    inside = fresh.resolve()
    for link in sorted(path for path in fresh.rglob("*") if path.is_symlink()):
        target = link.resolve()
        if not target.exists():
            link.unlink()
        elif target.is_relative_to(inside):
            there = Path(os.path.relpath(target, link.parent.resolve()))
            link.unlink()
            link.symlink_to(there)
        else:
            link.unlink()
            if target.is_dir():
                shutil.copytree(target, link)
            else:
                shutil.copyfile(target, link)


def _say_ended(project: Project, cycle: int, stage: str, seal: dict[str, Any], attempt: int) -> None:
    """Writes down that a stage ended, once: a kill may have come between its folder and its event."""
    if any(
        event.body["digest"] == seal["digest"]
        for event in project.journal.events("stage_ended", cycle=cycle, stage=stage)
    ):
        return
    project.journal.add(
        "stage_ended",
        cycle=cycle,
        stage=stage,
        attempt=attempt,
        key=seal["key"],
        digest=seal["digest"],
        outputs=seal["outputs"],
        seconds=seal["seconds"],
        facts=seal["facts"],
    )


def _done(folder: Path, seal: dict[str, Any], attempt: int, *, found: bool) -> Done:
    return Done(
        folder=folder,
        key=seal["key"],
        digest=seal["digest"],
        facts=seal["facts"],
        attempt=attempt,
        found=found,
    )


def plain_inputs(inputs: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a stage reads, by name and digest, as it stands in its event."""
    return [
        {
            "name": name,
            "digest": value if isinstance(value, str) and value.startswith("sha256:") else digest_of(value),
        }
        for name, value in inputs.items()
        if value is not None
    ]


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
