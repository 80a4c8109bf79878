"""How long an item was looked at, as far as a page can be believed."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_KEPT = 4_096
# A page measures from when it is drawn, the server from when it was sent: never more, but clocks are not one.
_SLACK = 2.0
_LONGEST = 86_400.0


class Watch:
    """Remembers when an item was put in front of somebody, and believes no page that looked at it for longer.

    Args:
        clock: Seconds that only grow.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._since: OrderedDict[tuple[str, int], float] = OrderedDict()

    def start(self, reviewer: str, item: int) -> None:
        """An item is put in front of somebody; where it stands there already, it has stood there since."""
        with self._lock:
            self._since.setdefault((reviewer, item), self._clock())
            while len(self._since) > _KEPT:
                self._since.popitem(last=False)

    def believed(self, reviewer: str, item: int, said: str) -> float | None:
        """The seconds that a page says, or None where they cannot be.

        Args:
            reviewer: Who looked.
            item: At what.
            said: As the page wrote it.

        >>> now = iter([10.0, 15.0, 15.0])
        >>> watch = Watch(clock=lambda: next(now))
        >>> watch.start("ada", 3)
        >>> watch.believed("ada", 3, "4.5"), watch.believed("ada", 3, "60")
        (4.5, None)
        """
        try:
            seconds = float(said)
        except ValueError:
            return None
        with self._lock:
            since = self._since.get((reviewer, item))
            most = _LONGEST if since is None else self._clock() - since + _SLACK
        # Nobody has seen anything in no time; not a number is never between the two.
        return seconds if 0.0 < seconds <= most else None

    def stop(self, reviewer: str, item: int) -> None:
        """An item was decided."""
        with self._lock:
            self._since.pop((reviewer, item), None)
