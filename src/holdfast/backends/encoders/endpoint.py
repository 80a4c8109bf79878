"""A sentence encoder behind an OpenAI-compatible server."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from holdfast.backends.encoders.distinct import encode_distinct, silent
from holdfast.backends.encoders.names import printable
from holdfast.backends.openai_server import answering, base_url, connected, key_refused, listed, refused, told
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
_RETRIES = 5
"""The SDK waits half a second before the first and up to 8 before the last, or as long as the server asks for."""


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
        with connected(self.url, retries=_RETRIES, seconds=_SECONDS) as client:

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
    url, host = base_url(given, what="encoder", ending="/embeddings")
    try:
        import openai  # noqa: F401 - asked for here, so that every later import succeeds
    except ImportError as error:
        raise MissingExtra(
            f"an encoder behind a URL needs openai, which is not there: {printable(str(error))}",
            where=url,
            do="Install it: pip install 'holdfast[llm]'",
        ) from error
    with connected(url, retries=1, seconds=_SECONDS) as client:
        if not model:
            raise UsageError(
                "an encoder behind a URL needs the name of its model",
                where=url,
                do=f"Add --encoder-model NAME{listed(client)}",
            )
        dimensions = _ask(client, url, model, ["holdfast"]).shape[1]
    return EndpointEncoder(
        name=f"{printable(model)}@{host}",
        blind_to=f"what a text says after its first {_TEXT_BYTES:,} bytes, and what the server leaves out before that",
        dimensions=dimensions,
        url=url,
        model=model,
    )


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
        with answering(url, _SECONDS, lambda error: _refusal(error, url, model)):
            yield
    except (openai.OpenAIError, TypeError, ValueError, AttributeError, OverflowError) as error:
        # The SDK trips over whatever is not of the form it expects.
        raise _not_vectors(url, "something else") from error


def _refusal(error: APIStatusError, url: str, model: str) -> BackendError:
    key = key_refused(error, url)
    if key is not None:
        return key
    if error.status_code == 404:
        what = f"the server knows no model {printable(model)!r}, or gives no embeddings at this address"
        return BackendError(
            f"{what} ({told(error)})", where=url, do="Check both; a base URL mostly ends in /v1"
        )
    return refused(error, url, do="If texts are too long for it, start it so that it cuts them")
