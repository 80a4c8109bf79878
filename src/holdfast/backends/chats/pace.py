"""How fast a server is asked: fewer requests at a time when it says it is too many, slowly more when it does not.

Nothing here looks at a clock: moments are passed in, in seconds of any clock that does not go back.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from holdfast.backends.chats.chat import Kind

# The figures are the defaults of NVIDIA NeMo Data Designer, which drives servers of many kinds with them.
_CUT = 0.75
_COOL = 2.0
"""Seconds without requests after a 429 that names none."""
_LONGEST = 60.0
"""Seconds that nobody waits longer than, unless the server asks for it."""
_RUN = 25
"""Successes in a row after which one more request at a time is tried."""
TRIED_AGAIN: frozenset[Kind] = frozenset({"unreachable", "unavailable", "timeout", "unreadable", "empty"})
"""Troubles that may pass by themselves. 429 is none of them: it is the pace that must hear of it."""


class Pace:
    """How many requests may be on their way to one model of one server: additive increase, multiplicative decrease.

    The first 429 of a burst cuts the limit and begins a cool-down; 429s of requests that were sent before the cut say nothing new. While
    burst follows burst without a single success, cool-downs grow twofold.

    Args:
        most: Requests at a time that are never exceeded.

    >>> pace = Pace(4)
    >>> tickets = [pace.send() for _ in range(4)]
    >>> pace.wait(0.0)
    inf
    >>> pace.limited(tickets[0], 0.0), pace.limited(tickets[1], 0.1)
    (True, False)
    >>> pace.limit, pace.wait(0.5)
    (3, 1.5)
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.limit = most
        self.in_flight = 0
        self.cuts = 0
        self._resumes = -inf
        self._successes = 0
        self._in_vain = 0

    def wait(self, now: float) -> float:
        """Seconds until a request may be sent: 0 for at once, infinity until one that is on its way comes back."""
        if now < self._resumes:
            return self._resumes - now
        return 0.0 if self.in_flight < self.limit else inf

    def send(self) -> int:
        """A request is sent; returns its ticket, with which its end is told."""
        self.in_flight += 1
        return self.cuts

    def answered(self) -> None:
        """A request was answered."""
        self.in_flight -= 1
        self._in_vain = 0
        self._successes += 1
        if self._successes >= _RUN:
            self._successes = 0
            self.limit = min(self.limit + 1, self.most)

    def failed(self) -> None:
        """A request ended without an answer, for a reason that has nothing to do with the pace."""
        self.in_flight -= 1
        self._successes = 0

    def limited(self, ticket: int, now: float, retry_after: float | None = None) -> bool:
        """A request met a 429; says whether it is the first of a burst.

        Args:
            ticket: Its ticket.
            now: The moment.
            retry_after: Seconds that the server asks us to wait.
        """
        self.in_flight -= 1
        self._successes = 0
        if ticket != self.cuts:
            # It was sent before the last cut, and is part of that burst; if it is told to wait longer, we do.
            self._resumes = max(self._resumes, now + (retry_after or 0.0))
            return False
        self.cuts += 1
        self.limit = max(1, int(self.limit * _CUT))
        grown = min(_COOL * 2.0 ** min(self._in_vain, 9), _LONGEST)
        # Who came back when it was told to, and met the next burst, does not take the server's word alone a second time.
        wait = max(retry_after or 0.0, grown) if self._in_vain else retry_after or grown
        self._resumes = max(self._resumes, now + wait)
        self._in_vain += 1
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often, and how long, a request is tried.

    Attributes:
        times: How often it is tried again after a trouble of the way or of the server.
        seconds: The wait before the first of these; each is twice as long as the one before.
        limits: How many 429s it takes before it is given up.
        limited_seconds: How long it is put off by 429s before it is given up, a wait that the server asks for included.
    """

    times: int = 3
    seconds: float = 1.0
    limits: int = 20
    limited_seconds: float = 900.0

    def wait(self, tried: int, rng: np.random.Generator, retry_after: float | None = None) -> float:
        """Seconds before it is tried again: a fifth more or less than planned, never less than the server asks for, at most 60.

        Args:
            tried: How often it has been tried again, from 0.
            rng: Draws the fifth, so that requests that failed together do not come back together.
            retry_after: Seconds that the server asks for.
        """
        planned = self.seconds * 2.0 ** min(tried, 9) * rng.uniform(0.8, 1.2)
        return float(min(max(planned, retry_after or 0.0), _LONGEST))
