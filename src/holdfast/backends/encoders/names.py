"""What reports call a model: its name, and for a model on disk a digest of its content."""

from __future__ import annotations

from hashlib import file_digest, sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_SHOWN = 100
"""Characters of a stranger's name."""


def name_on_disk(folder: Path, files: Iterable[Path], *, part: str = "") -> str:
    """`folder@digest` or `folder/part@digest`, the same wherever the folder stands.

    Args:
        folder: The model's folder.
        files: Everything in it that its vectors depend on.
        part: The file used, where the folder's name does not say it.

    Raises:
        OSError: A file cannot be read.
    """
    digest = sha256()
    for path, file in sorted((file.relative_to(folder).as_posix(), file) for file in set(files)):
        with file.open("rb") as handle:
            digest.update(f"{file_digest(handle, 'sha256').hexdigest()} {path}\n".encode(errors="replace"))
    name = _folder_name(folder.resolve())
    return printable(f"{name}/{part}" if part else name) + "@" + digest.hexdigest()[:8]


def printable(text: str, limit: int = _SHOWN) -> str:
    r"""What a stranger wrote, on one line and without control characters.

    >>> printable("one\r\n\x1b[31mtwo")
    'one [31mtwo'
    >>> printable("abcdef", limit=4)
    'abc…'
    """
    head = text[: 4 * limit]
    line = " ".join("".join(char if char.isprintable() else " " for char in head).split())
    return line if len(line) <= limit and len(head) == len(text) else line[: limit - 1] + "…"


def _folder_name(folder: Path) -> str:
    """The name people know a folder by: the hub's cache calls it `models--<owner>--<name>/snapshots/<commit>`."""
    if folder.parent.name == "snapshots" and folder.parent.parent.name.startswith("models--"):
        return folder.parent.parent.name.split("--")[-1]
    return folder.name or "model"
