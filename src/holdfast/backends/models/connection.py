"""Talking to one server: its address, a client that goes nowhere else, and what its refusals mean."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from holdfast.backends.encoders.names import printable
from holdfast.errors import BackendError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openai import APIStatusError, OpenAI

_KEY = "OPENAI_API_KEY"
_SECONDS, _SECONDS_TO_CONNECT = 300.0, 10.0
_LISTED = 12
_ADVICE = "Give the base URL of an OpenAI-compatible server, such as http://localhost:8000/v1"
_MISSING = frozenset({404, 405})
_REFUSED = frozenset({400, 413, 422, 501})
"""What servers answer to a request that is well, and that they cannot or will not fulfil."""


class Refused(BackendError):  # noqa: N818 - the name says what happened
    """A server does not do what it is asked for: another way, or another text, may still do."""


class Missing(BackendError):  # noqa: N818 - the same
    """Nothing stands at this address, or the model is unknown, whatever is asked."""


def base_url(given: str) -> tuple[str, str]:
    """The base URL and its host, with the port if there is one. Errors do not repeat what may hold a password.

    Raises:
        UsageError: It is no URL that can be used.
    """
    scheme = given.partition("://")[0].lower()
    try:
        parts = urlsplit(given)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if scheme not in ("http", "https") or not host or not given.isprintable() or " " in given:
        raise UsageError("the model is no URL that can be used", do=_ADVICE)
    if parts.username is not None or parts.password is not None:
        raise UsageError(
            "the URL of the model holds a user name or a password, which others can read",
            where=host,
            do=f"Leave it out, and put the server's key into the environment variable {_KEY}",
        )
    if parts.query or parts.fragment:
        raise UsageError("the URL of the model has a part after ? or #", where=host, do=_ADVICE)
    name = f"[{host}]" if ":" in host else host
    name = f"{name}:{port}" if port is not None else name
    return f"{scheme}://{name}{parts.path.rstrip('/').removesuffix('/completions')}", name


@contextmanager
def connected(url: str, *, retries: int) -> Iterator[OpenAI]:
    """Yields a client that talks to this server and to no other: a redirect is an error.

    Raises:
        UsageError: The key in the environment is none.
    """
    from openai import DefaultHttpxClient, OpenAI, Timeout

    key = os.environ.get(_KEY, "").strip()
    if not (key.isascii() and key.isprintable()):
        raise UsageError(
            f"the environment variable {_KEY} holds characters that no key has", do="Set it anew"
        )
    with OpenAI(
        api_key=key or "none",  # the SDK wants one; a server without key does not look at it
        base_url=url,
        timeout=Timeout(_SECONDS, connect=_SECONDS_TO_CONNECT),
        max_retries=retries,
        http_client=DefaultHttpxClient(follow_redirects=False),
    ) as client:
        yield client


def post(client: OpenAI, url: str, model: str, body: dict[str, Any]) -> dict[str, Any]:
    """What the server answers to a request for a completion, as plain data: the SDK checks none of it.

    Raises:
        Refused: It does not do this.
        BackendError: It cannot be reached, fails, or answers with something else.
    """
    import openai

    try:
        answer = client.post("/completions", body=body, cast_to=object)
    except openai.APITimeoutError as error:
        raise BackendError(
            f"the server did not answer within {_SECONDS:.0f} seconds",
            where=url,
            do="Try again when it is less busy",
        ) from error
    except openai.APIConnectionError as error:
        reason = printable(str(error.__cause__ or error))
        raise BackendError(
            f"the server cannot be reached ({reason})", where=url, do="Start it, or check its address"
        ) from error
    except openai.APIStatusError as error:
        raise _refusal(error, url, model) from error
    except (openai.OpenAIError, TypeError, ValueError, AttributeError) as error:
        # The SDK trips over whatever is not of the form it expects.
        raise BackendError(
            f"the server's answer cannot be read ({printable(str(error))})", where=url, do=_ADVICE
        ) from error
    if not isinstance(answer, dict):
        raise BackendError("the server does not answer with an object", where=url, do=_ADVICE)
    return answer


def listed(client: OpenAI) -> str:
    """The models that the server says it has, if it says so."""
    names = []
    with suppress(Exception):
        names = [model.id for model in client.models.list().data if isinstance(model.id, str)]
    shown = ", ".join(map(printable, names[:_LISTED]))
    more = f" and {len(names) - _LISTED:,} more" if len(names) > _LISTED else ""
    return f". The server has: {shown}{more}" if shown else ""


def _refusal(error: APIStatusError, url: str, model: str) -> BackendError:
    code, key = error.status_code, os.environ.get(_KEY, "").strip()
    if code in (401, 403):  # what it says is not repeated: servers quote the key
        what = f"the server refuses the key in {_KEY}" if key else "the server wants a key"
        return BackendError(
            f"{what} ({code})", where=url, do=f"Put its key into the environment variable {_KEY}"
        )
    said = _said(error.body, key)
    if code in _MISSING:
        return Missing(
            f"the server knows no model {printable(model)!r}, or only chats: it has no /completions ({code}{said})",
            where=url,
            do="Check both, and serve the model with one that scores given text, such as vLLM; a base URL mostly ends in /v1",
        )
    if code in _REFUSED:
        return Refused(
            f"the server refuses the request ({code}{said})", where=url, do="Look into the log of the server"
        )
    if code == 429:
        what, do = "the server takes no more requests for now", "Try again later, or raise your quota there"
    elif code < 400:
        what, do = "the server sends us to another address", "Give the address that it sends to"
    elif code < 500:
        what, do = "the server refuses the request", "Look into the log of the server"
    else:
        what, do = "the server fails", "Look into the log of the server"
    return BackendError(f"{what} ({code}{said})", where=url, do=do)


def _said(body: object, key: str) -> str:
    """What the server says about its refusal, for a person to read."""
    words = [body.get(name) for name in ("message", "detail")] if isinstance(body, dict) else []
    said = next((word for word in words if isinstance(word, str) and word), "")
    return f": {printable(said.replace(key, '…') if key else said, limit=300)}" if said else ""
