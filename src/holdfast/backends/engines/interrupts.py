"""Interrupts: remembered until somebody has heard them."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


class Interrupts:
    """Remembers SIGINT: a `KeyboardInterrupt` that is raised inside compiled code, or while an object is let go, is sometimes lost there.

    >>> before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a program in the background ignores it
    >>> interrupts = Interrupts()
    >>> with interrupts.remembered():
    ...     try:
    ...         signal.raise_signal(signal.SIGINT)
    ...     except KeyboardInterrupt:
    ...         pass
    ...     try:
    ...         interrupts.raise_lost()
    ...     except KeyboardInterrupt:
    ...         print("heard")
    heard
    >>> _ = signal.signal(signal.SIGINT, before)
    """

    def __init__(self) -> None:
        self._came = False

    @contextmanager
    def remembered(self) -> Iterator[None]:
        """Remembers interrupts while the block runs; whatever was to happen on one happens as well.

        Python hears signals in its main thread alone, and a program may ignore them: then there is nothing to remember.
        """
        before = signal.getsignal(signal.SIGINT)
        if threading.current_thread() is not threading.main_thread() or not callable(before):
            yield
            return

        def hear(number: int, frame: FrameType | None) -> None:
            self._came = True
            before(number, frame)

        signal.signal(signal.SIGINT, hear)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def raise_lost(self) -> None:
        """Raises what came and ended nothing.

        Raises:
            KeyboardInterrupt: An interrupt came, and nobody said that it was heard.
        """
        if self._came:
            self._came = False
            raise KeyboardInterrupt

    def heard(self) -> None:
        """Says that an interrupt was heard."""
        self._came = False
