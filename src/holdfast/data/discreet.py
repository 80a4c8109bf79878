"""URLs as they may be printed: without names of users, passwords, tokens and signatures."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterator

WEB = ("http", "https")
_ANY_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://[^\s'\"<>]+")
_STARS = "***"
_SECRET_NAME = re.compile(r"secret|token|passw|credential|key|sas|auth|signature", re.IGNORECASE)


def without_secrets(address: str) -> str:
    """A URL as it may be printed.

    >>> without_secrets("zip://a.csv::https://token@example.org/a.zip?sig=abc#x"), without_secrets("s3://bucket/part-?.csv")
    ('zip://a.csv::https://***@example.org/a.zip?***', 's3://bucket/part-?.csv')
    """
    return printable("::".join(map(_without, address.split("::"))))


def _without(link: str) -> str:
    scheme, mark, rest = link.partition("://")
    if not mark:
        return link
    host, slash, path = rest.partition("/")
    before, at, host = host.rpartition("@")
    head, question, query = f"{host}{slash}{path}".partition("?")
    told = bool(question) and (scheme.lower() in WEB or "=" in query)
    rest = head + (f"?{_STARS}" if told else question + query)
    if scheme.lower() in WEB:
        rest = rest.partition("#")[0]
    return f"{scheme}://{_STARS + at if before else ''}{rest}"


def scrub(text: str, address: str) -> str:
    """What a library said, without the secrets of a URL, of any URL in it, and of the environment."""
    for secret in sorted(_secrets(address), key=len, reverse=True):
        text = text.replace(secret, _STARS)
    return printable(_ANY_URL.sub(lambda found: without_secrets(found[0]), text), keep="\n")


def _secrets(address: str) -> set[str]:
    found = set()
    for link in address.split("::"):
        rest = link.partition("://")[2]
        before, at, _ = rest.partition("/")[0].rpartition("@")
        query = rest.partition("?")[2]
        pieces = [before, *before.split(":")] if at else []
        if "=" in query:
            pieces += [query, *(piece.partition("=")[2] for piece in re.split(r"[&#]", query))]
        found |= {piece for piece in pieces if len(piece) >= 3}
    found |= {unquote(piece) for piece in found}
    named = (value for name, value in os.environ.items() if _SECRET_NAME.search(name))
    return found | {value for value in named if len(value) >= 8} | set(_configured())


def _configured() -> Iterator[str]:
    """Secrets among the storage options that fsspec was configured with."""
    try:
        from fsspec.config import conf
    except ImportError:
        return
    waiting: list[tuple[str, Any]] = list(conf.items())
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, dict):
            waiting += value.items()
        elif isinstance(value, str) and len(value) >= 3 and _SECRET_NAME.search(str(name)):
            yield value


def printable(text: str, *, keep: str = "") -> str:
    r"""A text whose control characters are written out.

    >>> printable("a\x1b[0m")
    'a\\x1b[0m'
    """
    return "".join(sign if sign.isprintable() or sign in keep else repr(sign)[1:-1] for sign in text)
