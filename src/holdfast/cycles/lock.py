"""One process works in a project at a time; a killed one leaves no lock behind."""

from __future__ import annotations

import json
import os
import platform
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from holdfast.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


_HELD: dict[str, int] = {}


def held_by(folder: Path) -> int | None:
    """The descriptor of the lock that this process holds there, to be handed to programs it starts; None where it holds none."""
    return _HELD.get(str(folder.resolve()))


@contextmanager
def working_in(folder: Path) -> Iterator[None]:
    """Holds the project while the block runs.

    The lock is the operating system's (`flock`), so it goes with the process, however that ends, and with the programs it handed it to. What stands in the file is for people.

    Args:
        folder: Where the lock lies; it exists.

    Raises:
        OutputError: Another process works there; it is named.
    """
    import fcntl

    file = folder / "lock"
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise OutputError(
                f"another process works in this project{_holder(descriptor)}",
                where=str(folder.parent),
                do="Wait for it, or end it",
            ) from error
        about = {
            "pid": os.getpid(),
            "host": platform.node(),
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(about).encode(), 0)
        _HELD[str(folder.resolve())] = descriptor
        yield
    finally:
        if _HELD.get(str(folder.resolve())) == descriptor:
            del _HELD[str(folder.resolve())]
        # Programs it started may go on in the background: an orderly end frees the project, whoever holds the descriptor.
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        # Not removed: a process that opened it meanwhile would hold a file that nobody else sees.
        os.close(descriptor)


def _holder(descriptor: int) -> str:
    with suppress(OSError, ValueError, KeyError, TypeError):
        about = json.loads(os.pread(descriptor, 4_096, 0))
        return f": {int(about['pid'])} on {str(about['host'])[:80]!r}, since {str(about['since'])[:40]}"
    return ""
