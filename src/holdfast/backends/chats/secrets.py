"""What must not be seen: where the key of a server stands, and how it is taken out of what servers say."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from holdfast.backends.encoders.names import printable
from holdfast.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

KEY = "OPENAI_API_KEY"
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_USED = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_SECRET = re.compile(r"auth|key|token|secret|cookie|password|credential", re.IGNORECASE)
_OURS = frozenset(
    {"idempotency-key", "host", "content-length", "content-type", "transfer-encoding", "connection"}
)
_CUSTOM = "OPENAI_CUSTOM_HEADERS"
"""Headers that the SDK itself reads from the environment, one to a line."""
_LONG = 8
"""Shorter values are words that texts may hold by themselves, such as `none` or `EMPTY`, and no keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """Names of environment variables, and never what they hold: that is read when it is needed.

    Attributes:
        variable: The environment variable that holds the key; a server without key needs none.
        given: Headers as the user wrote them; `${NAME}` stands for an environment variable.
    """

    variable: str = KEY
    given: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if not _VARIABLE.fullmatch(self.variable):
            # A key that was put where its variable's name belongs would be repeated here.
            raise UsageError(
                "the key is given by the name of the environment variable that holds it, which this is none",
                do=f"Put the key into the environment, and give the name, such as {KEY}",
            )
        for name, value in self.given.items():
            _check_header(name, value)
        self.key()
        self.headers()

    @property
    def has_key(self) -> bool:
        """Whether there is a key."""
        return bool(self.key())

    def key(self) -> str:
        """The key, or nothing.

        Raises:
            UsageError: What stands there is none.
        """
        key = os.environ.get(self.variable, "").strip()
        if not (key.isascii() and key.isprintable()):
            raise UsageError(
                f"the environment variable {self.variable} holds characters that no key has", do="Set it anew"
            )
        return key

    def headers(self) -> dict[str, str]:
        """The headers as they are sent.

        Raises:
            UsageError: A variable is not set, or holds what no header can.
        """
        return {name: _filled(name, value) for name, value in self.given.items()}

    def hiding(self) -> Callable[[str], str]:
        """Takes out of a text the key, and everything else that was sent to prove who asks: `…` stands for it."""
        sent = [os.environ.get(self.variable, "").strip()]
        names = [name for value in self.given.values() for name in _USED.findall(value)]
        sent += [os.environ.get(name, "").strip() for name in names]
        values = [line.partition(":")[2].strip() for line in os.environ.get(_CUSTOM, "").splitlines()]
        # `Bearer abc`: the part that is secret may be quoted by itself.
        sent += [part for value in values for part in (value, value.rpartition(" ")[2])]
        secrets = sorted({value for value in sent if len(value) >= _LONG}, key=len, reverse=True)

        def hide(text: str) -> str:
            for secret in secrets:
                if secret in text:
                    text = text.replace(secret, "…")
            return text

        return hide


def _check_header(name: str, value: str) -> None:
    if not _HEADER.fullmatch(name) or name.lower() in _OURS:
        raise UsageError(f"{printable(name)!r} is no header that can be set", do="Leave it out")
    if not (value.isascii() and value.isprintable()):
        raise UsageError(f"the header {name} holds characters that no header can", do="Write it anew")
    if _SECRET.search(name) and not _USED.search(value):
        # The recipe is copied into manifests and reports, and others read it.
        raise UsageError(
            f"the header {name} may hold a secret, which does not belong in a recipe",
            do=f"Put it into the environment, and write ${{NAME}} for it: {name} = '${{MY_SECRET}}'",
        )


def _filled(header: str, text: str) -> str:
    return _USED.sub(lambda found: _value(found[1], header), text)


def _value(variable: str, header: str) -> str:
    value = os.environ.get(variable, "").strip()
    if not value or not (value.isascii() and value.isprintable()):
        raise UsageError(
            f"the header {header} needs the environment variable {variable}, which is not set or holds what no header can",
            do="Set it",
        )
    return value
