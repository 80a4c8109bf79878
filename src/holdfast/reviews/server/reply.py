"""What comes in and what goes out, as plain values: whoever answers needs no network to be tried."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Mapping

Fields = dict[str, list[str]]
_MOST_FIELDS = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a browser asks.

    Attributes:
        method: In capitals.
        path: Of the address, with escapes resolved.
        query: Behind the question mark, as it came.
        headers: By name in small letters; of those that came twice, every value.
        body: As it came.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The value of a header; None where it did not come, or came more than once and could mean either."""
        found = self.headers.get(name, ())
        return found[0] if len(found) == 1 else None

    @property
    def asked(self) -> Fields:
        """The fields of the query."""
        return fields_of(self.query)

    @property
    def form(self) -> Fields:
        """The fields of a form that was posted."""
        return fields_of(self.body.decode("ascii", "replace"))

    @property
    def cookies(self) -> dict[str, str]:
        """Cookies by name."""
        found = {}
        for line in self.headers.get("cookie", ()):
            for part in line.split(";"):
                name, _, value = part.strip().partition("=")
                found[name] = value
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a browser is answered.

    Attributes:
        status: Of HTTP.
        body: What it reads.
        kind: The media type of the body.
        headers: Others than those that every answer has.
    """

    status: int = 200
    body: bytes = b""
    kind: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


def fields_of(text: str) -> Fields:
    """Fields of a form by name; a form with more fields than any of ours has none.

    >>> fields_of("a=1&b=x%20y&a=2")
    {'a': ['1', '2'], 'b': ['x y']}
    """
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return {}
    found: Fields = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def see(address: str) -> Reply:
    """The answer that sends a browser to another of our pages."""
    return Reply(status=303, headers={"location": address})


def told(values: Mapping[str, Any], status: int = 200) -> Reply:
    """Plain data for the script of a page."""
    body = json.dumps(values, ensure_ascii=True).encode()
    return Reply(status=status, body=body, kind="application/json")
