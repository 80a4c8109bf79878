"""A sentence encoder behind an OpenAI-compatible server."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import numpy as np

from holdfast.backends.encoders.distinct import encode_distinct, silent
from holdfast.backends.encoders.names import printable
from holdfast.backends.threads import work_together
from holdfast.errors import BackendError, MissingExtra, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray
    from openai import APIStatusError, OpenAI

_CHUNK = 512
_BATCH = 128
"""Texts in a request."""
_BATCH_BYTES = 100_000
"""Bytes in a request: OpenAI takes 300,000 tokens, and a token has a byte at least."""
_TEXT_BYTES = 8_000
"""Bytes sent of a text: OpenAI's models take 8,192 tokens, and a token has a byte at least."""
_THREADS = 4
_SECONDS = 120.0
_SECONDS_TO_CONNECT = 10.0
_RETRIES = 5
"""The SDK waits half a second before the first and up to 8 before the last, or as long as the server asks for."""
_KEY = "OPENAI_API_KEY"
_LISTED = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointEncoder:
    """A model of a server. The key is read from the environment when it is needed, and not kept.

    Attributes:
        name: Model and host.
        blind_to: What it cannot see.
        dimensions: Numbers in a vector.
        url: The base URL.
        model: What the server calls the model.
    """

    name: str
    blind_to: str
    dimensions: int
    url: str
    model: str

    def encode(
        self, texts: Sequence[str], progress: Callable[[int, int], None] = silent
    ) -> NDArray[np.float32]:
        """float32 [n, d], rows of length 1 or 0."""
        with _connected(self.url, retries=_RETRIES) as client:

            def embed(chunk: list[str]) -> NDArray[np.float32]:
                parts = work_together(
                    partial(_ask, client, self.url, self.model), list(_batches(chunk)), threads=_THREADS
                )
                if len({part.shape[1] for part in parts}) != 1:
                    raise _not_vectors(self.url, "vectors of different dimensions")
                return np.concatenate(parts)

            return encode_distinct(
                texts, embed, dimensions=self.dimensions, chunk=_CHUNK, where=self.url, progress=progress
            )


def open_endpoint(given: str, *, model: str | None) -> EndpointEncoder:
    """Open a server by its base URL.

    Raises:
        BackendError: The server cannot be reached, refuses, or answers with something else than vectors.
        UsageError: The URL is none, or `model` is missing.
        MissingExtra: openai is not installed.
    """
    url, host = _checked(given)
    try:
        import openai  # noqa: F401 - asked for here, so that every later import succeeds
    except ImportError as error:
        raise MissingExtra(
            f"an encoder behind a URL needs openai, which is not there: {printable(str(error))}",
            where=url,
            do="Install it: pip install 'holdfast[llm]'",
        ) from error
    with _connected(url, retries=1) as client:
        if not model:
            raise UsageError(
                "an encoder behind a URL needs the name of its model",
                where=url,
                do=f"Add --encoder-model NAME{_listed(client)}",
            )
        dimensions = _ask(client, url, model, ["holdfast"]).shape[1]
    return EndpointEncoder(
        name=f"{printable(model)}@{host}",
        blind_to=f"what a text says after its first {_TEXT_BYTES:,} bytes, and what the server leaves out before that",
        dimensions=dimensions,
        url=url,
        model=model,
    )


def _checked(given: str) -> tuple[str, str]:
    """The base URL and its host, with the port if there is one. Errors do not repeat what may hold a password."""
    scheme = given.partition("://")[0].lower()
    advice = "Give the base URL of an OpenAI-compatible server, such as http://localhost:8000/v1"
    try:
        parts = urlsplit(given)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if scheme not in ("http", "https") or not host or not given.isprintable() or " " in given:
        raise UsageError("the encoder is no URL that can be used", do=advice)
    if parts.username is not None or parts.password is not None:
        raise UsageError(
            "the URL of the encoder holds a user name or a password, which others can read",
            where=host,
            do=f"Leave it out, and put the server's key into the environment variable {_KEY}",
        )
    if parts.query or parts.fragment:
        raise UsageError("the URL of the encoder has a part after ? or #", where=host, do=advice)
    name = f"[{host}]" if ":" in host else host
    name = f"{name}:{port}" if port is not None else name
    return f"{scheme}://{name}{parts.path.rstrip('/').removesuffix('/embeddings')}", name


@contextmanager
def _connected(url: str, *, retries: int) -> Iterator[OpenAI]:
    """Yields a client that talks to this server and to no other: a redirect is an error."""
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


def _batches(texts: list[str]) -> Iterator[list[str]]:
    """Texts as they are sent, in their order: cut, and a space for an empty one, which OpenAI refuses.

    >>> [len(batch) for batch in _batches(["é" * 9_000] * 30)]
    [12, 12, 6]
    >>> list(_batches(["a", ""]))
    [['a', ' ']]
    """
    batch: list[str] = []
    size = 0
    for text in texts:
        cut = text.encode()[:_TEXT_BYTES]
        if batch and (len(batch) == _BATCH or size + len(cut) > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(cut.decode(errors="ignore") or " ")
        size += len(cut)
    if batch:
        yield batch


def _ask(client: OpenAI, url: str, model: str, texts: list[str]) -> NDArray[np.float32]:
    """float32 [n, d], finite, in the order of the texts."""
    with _explained(url, model):
        # The SDK asks for base64 and takes a list of numbers as well. It does not check what it gets.
        items = list(client.embeddings.create(input=texts, model=model).data)
        places: list[int | None] = [item.index for item in items]
        if places.count(None) == len(places):  # a server that does not number its vectors keeps their order
            places = list(range(len(places)))
        with np.errstate(over="ignore"):  # infinite then, and said so below
            rows = np.array([item.embedding for item in items], np.float32)
    if sorted(places, key=str) != sorted(range(len(texts)), key=str):
        raise _not_vectors(
            url, f"{len(items):,} vectors for {len(texts):,} texts, or vectors numbered otherwise"
        )
    if rows.ndim != 2 or rows.shape[1] == 0:
        raise _not_vectors(url, "something that is no list of numbers")
    if not np.isfinite(rows).all():
        raise _not_vectors(url, "numbers that are not finite")
    return np.asarray(rows[np.argsort(np.array(places))])


def _not_vectors(url: str, what: str) -> BackendError:
    return BackendError(
        f"the server does not answer with one vector for every text, but with {what}",
        where=url,
        do="Check that the model is a sentence encoder, and that the address is that of an OpenAI-compatible server",
    )


@contextmanager
def _explained(url: str, model: str) -> Iterator[None]:
    """Turns what the SDK raises into an error that says what to do."""
    import openai

    try:
        yield
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
    except (openai.OpenAIError, TypeError, ValueError, AttributeError, OverflowError) as error:
        # The SDK trips over whatever is not of the form it expects.
        raise _not_vectors(url, "something else") from error


def _refusal(error: APIStatusError, url: str, model: str) -> BackendError:
    code, key = error.status_code, os.environ.get(_KEY, "").strip()
    if code in (401, 403):  # what it says is not repeated: servers quote the key
        what = f"the server refuses the key in {_KEY}" if key else "the server wants a key"
        return BackendError(
            f"{what} ({code})", where=url, do=f"Put its key into the environment variable {_KEY}"
        )
    if code == 404:
        what = f"the server knows no model {printable(model)!r}, or gives no embeddings at this address"
        do = "Check both; a base URL mostly ends in /v1"
    elif code == 429:
        what, do = "the server takes no more requests for now", "Try again later, or raise your quota there"
    elif code < 400:
        what, do = "the server sends us to another address", "Give the address that it sends to"
    elif code < 500:
        what, do = (
            "the server refuses the request",
            "If texts are too long for it, start it so that it cuts them",
        )
    else:
        what, do = "the server fails", "Look into the log of the server"
    said = _said(error.body, key)
    return BackendError(f"{what} ({code}{said})", where=url, do=do)


def _said(body: object, key: str) -> str:
    """What the server says about its refusal, for a person to read."""
    words = [body.get(name) for name in ("message", "detail")] if isinstance(body, dict) else []
    said = next((word for word in words if isinstance(word, str) and word), "")
    return f": {printable(said.replace(key, '…') if key else said, limit=300)}" if said else ""


def _listed(client: OpenAI) -> str:
    """The models that the server says it has, if it says so."""
    names = []
    with suppress(Exception):
        names = [model.id for model in client.models.list().data if isinstance(model.id, str)]
    shown = ", ".join(map(printable, names[:_LISTED]))
    more = f" and {len(names) - _LISTED:,} more" if len(names) > _LISTED else ""
    return f". The server has: {shown}{more}" if shown else ""
