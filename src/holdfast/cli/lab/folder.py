"""The folder a verb of the laboratory writes to: new, or one of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.errors import OutputError

if TYPE_CHECKING:
    from pathlib import Path


def check_ours(folder: Path, name: str) -> None:
    """Refuses a folder that holds something, and not the file by which ours are known.

    Args:
        folder: What was given with -o.
        name: That file's name.

    Raises:
        OutputError: It is a file, or somebody else's folder.
    """
    if folder.exists() and not folder.is_dir():
        raise OutputError("it is a file", where=str(folder), do="Give a folder with -o")
    if folder.is_dir() and not (folder / name).exists() and any(folder.iterdir()):
        raise OutputError(
            f"the folder is not empty and holds no {name}",
            where=str(folder),
            do="Give another folder with -o",
        )


def make(folder: Path) -> bool:
    """Makes the folder, where there is none; whether it did.

    Raises:
        OutputError: It cannot be made.
    """
    if folder.is_dir():
        return False
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise OutputError(error.strerror or "cannot be made", where=str(folder)) from error
    return True
