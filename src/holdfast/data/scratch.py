"""Scratch: a folder that lasts as long as the work that needs it."""

from __future__ import annotations

import atexit
import shutil
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_TRIES = 10
_MOMENT = 0.02
"""Seconds."""


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder that is removed, even where somebody still writes into it.

    After an interrupt nobody waits for threads, and what one of them is about to write is no reason to end otherwise than interrupted.

    >>> with scratch_folder() as folder:
    ...     _ = (folder / "notes.txt").write_text("for now")
    >>> folder.exists()
    False
    """
    folder = Path(tempfile.mkdtemp(prefix="holdfast-"))
    try:
        yield folder
    except BaseException:
        # A thread that is left to itself may make it once more.
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        raise
    finally:
        for _ in range(_TRIES):
            shutil.rmtree(folder, ignore_errors=True)
            if not folder.exists():
                break
            time.sleep(_MOMENT)
