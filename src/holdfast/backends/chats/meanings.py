"""What HTTP statuses of a server that chats mean, and whether they may pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holdfast.backends.chats.chat import Kind

_LOG = "Look into the log of the server"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """Of a status.

    Attributes:
        kind: How the request fails.
        what: In words.
        do: What helps.
    """

    kind: Kind
    what: str
    do: str


_FAILS = Meaning(kind="unavailable", what="the server fails", do=_LOG)
_REFUSES = Meaning(kind="refused", what="the server refuses the request", do=_LOG)
_KEY = Meaning(kind="key", what="the server refuses the key", do="Set it anew")
_MISSING = Meaning(
    kind="missing",
    what="the server knows no such model, or does not chat",
    do="Check both; a base URL mostly ends in /v1",
)
_MOVED = Meaning(
    kind="missing", what="the server sends us to another address", do="Give the address that it sends to"
)
_LIMITED = Meaning(
    kind="limited",
    what="the server takes no more requests for now",
    do="Try again later, or raise your quota there",
)
_NOTHING_LEFT = Meaning(kind="key", what="the account has nothing left", do="Add to it, or use another key")
_SLOW = Meaning(kind="timeout", what="the server ran out of time", do="Ask for less at a time")
_CODES = {
    401: _KEY, 403: _KEY, 404: _MISSING, 405: _MISSING, 408: _SLOW, 409: _FAILS, 425: _FAILS, 429: _LIMITED, 501: _REFUSES
}  # fmt: skip
"""409 and 425 pass by themselves; 501 does not: this is asked of a server that cannot do it."""


def meaning_of(code: int, name: str) -> Meaning:
    """What a status means.

    Args:
        code: The status.
        name: What the server calls the error, or nothing.

    >>> meaning_of(502, "").kind, meaning_of(422, "").kind, meaning_of(307, "").kind
    ('unavailable', 'refused', 'missing')
    """
    if code == 429 and name == "insufficient_quota":
        # OpenAI's: no waiting helps against it.
        return _NOTHING_LEFT
    known = _CODES.get(code)
    if known is not None:
        return known
    return _MOVED if code < 400 else _FAILS if code >= 500 else _REFUSES
