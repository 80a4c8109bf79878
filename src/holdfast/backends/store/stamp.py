"""Stamp: by what a file is taken for unchanged, so that it need not be read to know what it holds."""

from __future__ import annotations

import os
import stat
import time
from dataclasses import dataclass

SETTLED = 2 * 10**9
"""Nanoseconds for which a file has not been written to when it is looked at, else its stamp says nothing.

File systems count time in steps: of 2 s on FAT, of a tick of the system elsewhere. A file that is written, looked at and written again within
one step has the same time before and after, and another content. After two seconds of rest, any later writing shows.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """A file as the system describes it.

    Attributes:
        path: With links followed.
        size: Bytes.
        modified: When its content was written, in nanoseconds. Programs may set it: copies keep the time of the original.
        changed: When anything about it changed, in nanoseconds, which no program can set.
        inode: Which file of the disk.
        device: Which disk.
        taken: When this was looked up, in nanoseconds.
    """

    path: str
    size: int
    modified: int
    changed: int
    inode: int
    device: int
    taken: int

    @property
    def settled(self) -> bool:
        """Whether writing that came after this look would show."""
        return self.taken - max(self.modified, self.changed) >= SETTLED

    @property
    def parts(self) -> tuple[str, ...]:
        """What the content hash is kept under."""
        numbers = (self.size, self.modified, self.changed, self.inode, self.device)
        return (self.path, *map(str, numbers))


def stamp_of(path: str | os.PathLike[str]) -> Stamp | None:
    """The stamp of a file, or None for what is none: a pipe, a folder, an address.

    Args:
        path: The file.
    """
    # The clock is read first: what is written between the two looks is younger than it says.
    taken = time.time_ns()
    try:
        real = os.path.realpath(path)
        about = os.stat(real)  # noqa: PTH116 - a path that is resolved already
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(about.st_mode):
        return None
    return Stamp(
        path=real,
        size=about.st_size,
        modified=about.st_mtime_ns,
        changed=about.st_ctime_ns,
        inode=about.st_ino,
        device=about.st_dev,
        taken=taken,
    )
