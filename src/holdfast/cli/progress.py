"""Progress: one line that says what is done now, on standard error, and only where someone has to wait."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

PATIENCE = 1.0
"""Seconds of silence before a line is shown."""
PAUSE = 10.0
"""Seconds between two lines where they cannot replace each other, as in the log of a CI server."""


class Progress:
    """Shows steps; use as a context manager and call with a word about what is done next."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._start = time.monotonic()
        self._terminal = sys.stderr.isatty()
        self._shown = False
        self._last = 0.0

    def __enter__(self) -> Self:
        return self

    def __call__(self, step: str) -> None:
        """Say what is done next."""
        elapsed = time.monotonic() - self._start
        if self._quiet or elapsed < PATIENCE:
            return
        if self._terminal:
            sys.stderr.write(f"\r\033[K{elapsed:4.0f} s  {step} …")
        elif not self._shown or elapsed - self._last >= PAUSE:
            sys.stderr.write(f"{elapsed:.0f} s: {step}\n")
            self._last = elapsed
        sys.stderr.flush()
        self._shown = True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown and self._terminal:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()
