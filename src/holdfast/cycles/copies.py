"""Copies of snapshots, on another disk or in an object store. The same sealed files under the same hash: a copy is proved by what it says."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from holdfast.cycles.snapshots import Snapshot, read_snapshot
from holdfast.data.write import write_folder_atomic
from holdfast.errors import BackendError, InputError, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from holdfast.cycles.project.project import Project

_MANIFEST = "manifest.json"
_BLOCK = 1 << 22


def copy_out(snapshot: Snapshot, address: str) -> None:
    """Copies a snapshot to a folder or object store, unless it is there.

    Its manifest goes last: what has one is whole.

    Args:
        snapshot: The snapshot.
        address: `s3://bucket/folder`, `gs://bucket/folder` or `file:///folder`; keys come from the environment, as pyarrow reads it.

    Raises:
        BackendError: The store does not take it.
    """
    with _store(address) as (system, root):
        from pyarrow import fs

        target = f"{root}/{snapshot.folder.name}"
        if system.get_file_info(f"{target}/{_MANIFEST}").type == fs.FileType.File:
            return
        for name in (*(entry["path"] for entry in snapshot.manifest["files"]), _MANIFEST):
            system.create_dir(f"{target}/{name}".rpartition("/")[0], recursive=True)
            with (
                (snapshot.folder / name).open("rb") as source,
                system.open_output_stream(f"{target}/{name}") as sink,
            ):
                while block := source.read(_BLOCK):
                    sink.write(block)


def restore(project: Project, name: str) -> Snapshot:
    """Fetches a snapshot from where the recipe keeps copies.

    Args:
        project: The project, held.
        name: The first digits of its hash.

    Raises:
        BackendError: The store does not answer.
        InputError: The recipe keeps no copies, there is none of that name, or it is not what was sealed.
    """
    address = project.recipe.copies
    if address is None:
        raise InputError(
            "the recipe keeps no copies", where=str(project.folder), do='Say copies = "s3://bucket/folder"'
        )
    wanted = name.removeprefix("sha256:")[:16]
    with _store(address) as (system, root):
        from pyarrow import fs

        folders = [
            info.base_name
            for info in system.get_file_info(fs.FileSelector(root, allow_not_found=True))
            if info.type == fs.FileType.Directory
        ]
        found = [folder for folder in folders if folder.startswith(wanted)]
        if len(found) != 1:
            raise InputError(str(unknown("copy", name, folders)), where=address)
        target = project.folder / "snapshots" / found[0]
        target.parent.mkdir(exist_ok=True)
        aside = target.with_name(f".{target.name}.fetched")
        shutil.rmtree(aside, ignore_errors=True)
        with write_folder_atomic(aside) as fresh:
            _fetch(system, f"{root}/{found[0]}", fresh)
    snapshot = read_snapshot(aside)
    problems = project.snapshots.verify(snapshot)
    if snapshot.short != target.name:
        problems.insert(0, f"it is snapshot {snapshot.short}")
    if problems:
        shutil.rmtree(aside)
        raise InputError(f"the copy is not what was sealed: {problems[0]}", where=f"{address}/{found[0]}")
    if target.exists():
        shutil.rmtree(target)
    aside.rename(target)
    project.journal.add("restored", snapshot=snapshot.hash, where=address)
    return project.snapshots.open(snapshot.hash)


def _fetch(system: Any, source: str, fresh: Path) -> None:
    from pyarrow import fs

    for info in system.get_file_info(fs.FileSelector(source, recursive=True)):
        if info.type != fs.FileType.File:
            continue
        name = info.path.removeprefix(f"{source}/")
        place = fresh / name
        if not place.resolve().is_relative_to(fresh.resolve()):
            raise InputError("names a file outside of its folder", where=info.path)
        place.parent.mkdir(parents=True, exist_ok=True)
        with system.open_input_stream(info.path) as stream, place.open("wb") as file:
            while block := stream.read(_BLOCK):
                file.write(block)


@contextmanager
def _store(address: str) -> Iterator[tuple[Any, str]]:
    import pyarrow as pa
    from pyarrow import fs

    try:
        system, root = fs.FileSystem.from_uri(address)
        yield system, root.rstrip("/")
    except (OSError, pa.ArrowException) as error:
        raise BackendError(
            f"the store does not answer as it should: {str(error).splitlines()[0][:300]}",
            where=address.partition("?")[0],
            do="Check the address and its keys; holdfast cycle resume tries again",
        ) from error
