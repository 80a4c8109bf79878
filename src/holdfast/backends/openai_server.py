"""Talking to one OpenAI-compatible server: its address, a client that goes nowhere else, and what its refusals mean."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from holdfast.backends.encoders.names import printable
from holdfast.errors import BackendError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openai import APIStatusError, OpenAI

ADVICE = "Give the base URL of an OpenAI-compatible server, such as http://localhost:8000/v1"
_KEY = "OPENAI_API_KEY"
_SECONDS_TO_CONNECT = 10.0
_LISTED = 12


def base_url(given: str, *, what: str, ending: str) -> tuple[str, str]:
    """The base URL and its host, with the port if there is one. Errors do not repeat what may hold a password.

    Args:
        given: What the user gave.
        what: What stands there, for errors: an encoder, a model.
        ending: The path of its requests, which is taken off.

    Raises:
        UsageError: It is no URL that can be used.

    >>> base_url("http://localhost:8000/v1/completions", what="model", ending="/completions")
    ('http://localhost:8000/v1', 'localhost:8000')
    """
    scheme = given.partition("://")[0].lower()
    try:
        parts = urlsplit(given)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if scheme not in ("http", "https") or not host or not given.isprintable() or " " in given:
        raise UsageError(f"the {what} is no URL that can be used", do=ADVICE)
    if parts.username is not None or parts.password is not None:
        raise UsageError(
            f"the URL of the {what} holds a user name or a password, which others can read",
            where=host,
            do=f"Leave it out, and put the server's key into the environment variable {_KEY}",
        )
    if parts.query or parts.fragment:
        raise UsageError(f"the URL of the {what} has a part after ? or #", where=host, do=ADVICE)
    name = f"[{host}]" if ":" in host else host
    name = f"{name}:{port}" if port is not None else name
    return f"{scheme}://{name}{parts.path.rstrip('/').removesuffix(ending)}", name


@contextmanager
def connected(url: str, *, retries: int, seconds: float) -> Iterator[OpenAI]:
    """Yields a client that talks to this server and to no other: a redirect is an error.

    Raises:
        UsageError: The key in the environment is none.
    """
    from openai import DefaultHttpxClient, OpenAI, Timeout

    key = _key()
    if not (key.isascii() and key.isprintable()):
        raise UsageError(
            f"the environment variable {_KEY} holds characters that no key has", do="Set it anew"
        )
    with OpenAI(
        api_key=key or "none",  # the SDK wants one; a server without key does not look at it
        base_url=url,
        timeout=Timeout(seconds, connect=_SECONDS_TO_CONNECT),
        max_retries=retries,
        http_client=DefaultHttpxClient(follow_redirects=False),
    ) as client:
        yield client


@contextmanager
def answering(url: str, seconds: float, refusal: Callable[[APIStatusError], BackendError]) -> Iterator[None]:
    """Turns what the SDK raises of a server that does not answer, or refuses, into an error that says what to do.

    Args:
        url: The server.
        seconds: How long it was waited for.
        refusal: What a refusal means.

    Raises:
        BackendError: The block raised something of the kind.
    """
    import openai

    try:
        yield
    except openai.APITimeoutError as error:
        raise BackendError(
            f"the server did not answer within {seconds:.0f} seconds",
            where=url,
            do="Try again when it is less busy",
        ) from error
    except openai.APIConnectionError as error:
        reason = printable(str(error.__cause__ or error))
        raise BackendError(
            f"the server cannot be reached ({reason})", where=url, do="Start it, or check its address"
        ) from error
    except openai.APIStatusError as error:
        raise refusal(error) from error


def key_refused(error: APIStatusError, url: str) -> BackendError | None:
    """The error of a server that does not take our key, or wants one; None where it is another. What it says is not repeated: servers quote the key."""
    if error.status_code not in (401, 403):
        return None
    what = f"the server refuses the key in {_KEY}" if _key() else "the server wants a key"
    return BackendError(
        f"{what} ({error.status_code})", where=url, do=f"Put its key into the environment variable {_KEY}"
    )


def refused(error: APIStatusError, url: str, *, do: str) -> BackendError:
    """The error of a refusal that means the same whatever is asked for.

    Args:
        error: What the SDK raised.
        url: The server.
        do: What helps where it refuses this request.
    """
    code = error.status_code
    if code == 429:
        what, do = "the server takes no more requests for now", "Try again later, or raise your quota there"
    elif code < 400:
        what, do = "the server sends us to another address", "Give the address that it sends to"
    elif code < 500:
        what = "the server refuses the request"
    else:
        what, do = "the server fails", "Look into the log of the server"
    return BackendError(f"{what} ({told(error)})", where=url, do=do)


def told(error: APIStatusError) -> str:
    """The code of a refusal, and what the server says about it, for a person to read; never the key."""
    body, key = error.body, _key()
    words = [body.get(name) for name in ("message", "detail")] if isinstance(body, dict) else []
    said = next((word for word in words if isinstance(word, str) and word), "")
    shown = f": {printable(said.replace(key, '…') if key else said, limit=300)}" if said else ""
    return f"{error.status_code}{shown}"


def listed(client: OpenAI) -> str:
    """The models that the server says it has, if it says so."""
    names = []
    with suppress(Exception):
        names = [model.id for model in client.models.list().data if isinstance(model.id, str)]
    shown = ", ".join(map(printable, names[:_LISTED]))
    more = f" and {len(names) - _LISTED:,} more" if len(names) > _LISTED else ""
    return f". The server has: {shown}{more}" if shown else ""


def _key() -> str:
    return os.environ.get(_KEY, "").strip()
