"""A language model behind an OpenAI-compatible server that says what given text costs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.backends.encoders.distinct import whole_characters
from holdfast.backends.encoders.names import printable
from holdfast.backends.models.connection import SECONDS, Refused, post
from holdfast.backends.models.draws import check_sampling
from holdfast.backends.models.echoes import WAYS, Told, Untold, Way, read_told
from holdfast.backends.models.model import Kind, Sample, Scored, silent
from holdfast.backends.openai_server import base_url, connected, listed
from holdfast.backends.threads import work_together
from holdfast.errors import BackendError, MissingExtra, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from openai import OpenAI

_THREADS = 4
_RETRIES = 5
"""The SDK waits half a second before the first and up to 8 before the last, or as long as the server asks for."""
_CHUNK = 64
_TRIED = "holdfast keeps models close to what is real"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerModel:
    """A model of a server. The key is read from the environment when it is needed, and not kept.

    Attributes:
        name: Model and host.
        where: The base URL.
        model: What the server calls the model.
        way: How it says what given text costs.
    """

    name: str
    where: str
    model: str
    way: Way

    @property
    def kind(self) -> Kind:
        """A server."""
        return "server"

    @property
    def digest(self) -> str | None:
        """Nobody can know what a server runs."""
        return None

    def score(self, texts: Sequence[str], progress: Callable[[int, int], None] = silent, /) -> Scored:
        """What each text costs; a text that the server refuses as too long is not read, and said to be."""
        said = [whole_characters(text) for text in texts]
        told: list[Told | Untold] = []
        with connected(self.where, retries=_RETRIES, seconds=SECONDS) as client:
            for at in range(0, len(said), _CHUNK):
                part = said[at : at + _CHUNK]
                told += work_together(partial(self._ask, client), part, threads=_THREADS)
                progress(len(told), len(said))
        reasons = [each.reason for each in told if isinstance(each, Untold) and each.reason]
        if reasons and not any(isinstance(each, Told) for each in told):
            raise BackendError(
                f"the server scored none of {len(said):,} texts ({reasons[0]})",
                where=self.where,
                do="Look into the log of the server",
            )
        return _scored(told, reasons)

    def sample(
        self,
        prompts: Sequence[str],
        *,
        seed: int,
        temperature: float = 1.0,
        top_p: float = 1.0,
        most_tokens: int = 256,
        progress: Callable[[int, int], None] = silent,
    ) -> list[Sample]:
        """A text after each prompt; each is asked for with a seed of its own, which servers keep to or not."""
        check_sampling(temperature, top_p, most_tokens)
        body = {"model": self.model, "temperature": temperature, "top_p": top_p, "max_tokens": most_tokens}
        jobs = [
            {**body, "prompt": whole_characters(prompt), "seed": _seed(seed, row)}
            for row, prompt in enumerate(prompts)
        ]
        found: list[Sample] = []
        with connected(self.where, retries=_RETRIES, seconds=SECONDS) as client:
            for at in range(0, len(jobs), _CHUNK):
                part = jobs[at : at + _CHUNK]
                found += work_together(partial(self._write, client), part, threads=_THREADS)
                progress(len(found), len(jobs))
        return found

    def _ask(self, client: OpenAI, text: str) -> Told | Untold:
        if not text:
            return Untold(reason=None)
        try:
            answer = post(client, self.where, self.model, self.way.body(self.model, text))
        except Refused as error:
            return Untold(reason=printable(str(error.what), limit=200))
        return read_told(self.way, answer, text)

    def _write(self, client: OpenAI, body: dict[str, Any]) -> Sample:
        try:
            answer = post(client, self.where, self.model, body)
        except Refused as error:
            if body["prompt"]:
                raise
            raise BackendError(error.what, where=error.where, do="Give prompts with --prompts") from error
        choices = answer.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
        if not isinstance(choice.get("text"), str):
            raise BackendError(
                "the server answers without a text", where=self.where, do="Check that it serves /completions"
            )
        return Sample(text=choice["text"], finished=choice.get("finish_reason") == "stop")


def open_server(given: str, *, model: str | None) -> ServerModel:
    """Open a server by its base URL, and try it on a few words.

    Raises:
        BackendError: The server cannot be reached, refuses, or does not say what given text costs.
        UsageError: The URL is none, or `model` is missing.
        MissingExtra: openai is not installed.
    """
    url, host = base_url(given, what="model", ending="/completions")
    try:
        import openai  # noqa: F401 - asked for here, so that every later import succeeds
    except ImportError as error:
        raise MissingExtra(
            f"a model behind a URL needs openai, which is not there: {printable(str(error))}",
            where=url,
            do="Install it: pip install 'holdfast[llm]'",
        ) from error
    with connected(url, retries=1, seconds=SECONDS) as client:
        if not model:
            raise UsageError(
                "a model behind a URL needs its name", where=url, do=f"Add --model-name NAME{listed(client)}"
            )
        tried: list[str] = []
        for way in WAYS:
            try:
                told = read_told(way, post(client, url, model, way.body(model, _TRIED)), _TRIED)
            except Refused as error:
                told = Untold(reason=error.what)
            if isinstance(told, Told):
                # Whether texts begin with a token of their own is the same for all of them, and plain to see in this one.
                way = replace(way, begins=told.bytes == len(_TRIED.encode()))  # noqa: PLW2901 - now it is known
                return ServerModel(name=f"{printable(model)}@{host}", where=url, model=model, way=way)
            tried.append(f"{way.name}: {told.reason}")
    raise BackendError(
        f"the server does not say what given text costs ({printable('; '.join(tried), limit=400)})",
        where=url,
        do="Serve the model with one that does, such as vLLM, or give its folder",
    )


def _scored(told: Sequence[Told | Untold], reasons: Sequence[str]) -> Scored:
    bits = [each.bits if isinstance(each, Told) else np.empty(0) for each in told]
    sure = [each.confidence if isinstance(each, Told) else np.empty(0) for each in told]
    right = [each.right if isinstance(each, Told) else np.empty(0, bool) for each in told]
    sizes = np.array([len(each) for each in bits], np.int64)
    # A server that leaves out the likeliest token even once says nothing that could be averaged.
    knows = all(each.confidence is not None for each in told if isinstance(each, Told))
    notes = (f"{len(reasons):,} texts were not read by the server ({reasons[0]}).",) if reasons else ()
    return Scored(
        bits=np.concatenate([*bits, np.empty(0)]),
        starts=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        bytes=np.array([each.bytes if isinstance(each, Told) else 0 for each in told], np.int64),
        unread=np.array([isinstance(each, Untold) and each.reason is not None for each in told], bool),
        confidence=np.concatenate([*(each for each in sure if each is not None), np.empty(0)])
        if knows
        else None,
        right=np.concatenate([*(each for each in right if each is not None), np.empty(0, bool)])
        if knows
        else None,
        notes=notes,
    )


def _seed(seed: int, row: int) -> int:
    """A seed of its own for each row, small enough for any server: one for all would return one text many times."""
    return int.from_bytes(sha256(f"{seed} {row}".encode()).digest()[:4], "big") >> 1
