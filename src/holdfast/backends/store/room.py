"""Room: what files take on the disk, and which go when that is too much."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FORMS = (".arrow", ".json")
_LEFT = ".tmp"
_ABANDONED = 3_600.0
"""Seconds after which what was written halfway is taken for left by a program that was killed."""
_AFTER = 0.9
"""Share of the bound that is left when files have gone: else some would go with every write."""
_LOOK = 0.05
"""Share of the bound that one program writes between two looks at what others have written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file of the store.

    Attributes:
        path: Where.
        kind: The folder of its kind.
        bytes: What it takes.
        used: When it was last read or written, in seconds.
    """

    path: Path
    kind: str
    bytes: int
    used: float


class Room:
    """How much there is, counted along, and counted anew seldom: walking the folder at every write would take longer than writing.

    Several programs may write at once. Each knows its own writes at once and those of others when it looks, so together they pass the bound
    by at most a twentieth for each program.

    Args:
        root: The folder.
        bound: Bytes.
    """

    def __init__(self, root: Path, *, bound: int) -> None:
        self._root = root
        self._bound = bound
        self._lock = Lock()
        self._taken: int | None = None
        self._since = 0

    def add(self, count: int) -> None:
        """Says that a file was written, and removes those that were not used for longest, if there is need.

        Args:
            count: Its bytes.
        """
        with self._lock:
            self._since += on_disk(count)
            room = self._bound - self._since
            if self._taken is not None and self._taken <= room and self._since <= _LOOK * self._bound:
                return
            self._taken, self._since = self._clear(), 0

    def _clear(self) -> int:
        """Removes what is too much; what is left, in bytes."""
        files = sorted(walk(self._root), key=lambda file: file.used)
        taken = sum(file.bytes for file in files)
        if taken <= self._bound:
            return taken
        for file in files:
            if taken <= _AFTER * self._bound:
                break
            if remove(file.path):
                taken -= file.bytes
        return taken


def on_disk(count: int) -> int:
    """Bytes that a file of so many bytes takes: whole pages.

    >>> on_disk(1), on_disk(4_096), on_disk(4_097)
    (4096, 4096, 8192)
    """
    return -(-count // 4_096) * 4_096


def walk(root: Path) -> Iterator[Found]:
    """The files of a store; what a killed program left halfway is removed on the way. Files of others are not seen.

    Args:
        root: The folder.
    """
    for kind in _entries(root):
        for part in _entries(kind):
            for path in _entries(part):
                name, form = os.path.splitext(path.name)  # noqa: PTH122 - names by the thousand
                if form not in (*FORMS, _LEFT):
                    continue
                try:
                    about = path.stat()
                except OSError:  # gone meanwhile
                    continue
                if form == _LEFT:
                    if name.startswith(".") and time.time() - about.st_mtime > _ABANDONED:
                        remove(path)
                elif len(name) == 64:
                    yield Found(path=path, kind=kind.name, bytes=on_disk(about.st_size), used=about.st_mtime)


def remove(path: Path) -> bool:
    """Removes a file; whether it is gone. One that somebody reads stays readable to them."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return False
    return True


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:  # a file, or gone meanwhile
        return []
