"""Progress: one line that says what is done now, on standard error, and only where someone has to wait."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

PATIENCE = 1.0
"""Seconds of silence before a line is shown."""


class Progress:
    """Shows steps; use as a context manager and call with a word about what is done next."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._start = time.monotonic()
        self._terminal = sys.stderr.isatty()
        self._shown = False

    def __enter__(self) -> Self:
        return self

    def __call__(self, step: str) -> None:
        """Say what is done next."""
        elapsed = time.monotonic() - self._start
        if self._quiet or elapsed < PATIENCE:
            return
        if self._terminal:
            sys.stderr.write(f"\r\033[K{elapsed:4.0f} s  {step} …")
        else:
            sys.stderr.write(f"{elapsed:.0f} s: {step}\n")
        sys.stderr.flush()
        self._shown = True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown and self._terminal:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()
