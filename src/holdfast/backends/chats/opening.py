"""Which kind of chat it is that a user points at."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdfast.backends.chats.secrets import KEY, Secrets
from holdfast.backends.encoders.names import printable
from holdfast.backends.openai_server import base_url
from holdfast.errors import InputError, MissingExtra, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdfast.backends.chats.chat import Chat

SECONDS = 300.0
PARALLEL = 16
_OURS = ("model", "messages", "stream", "n")
"""Names in a request that are not the user's to set: one request is one answer, whole."""


def open_chat(
    model: str | Path,
    *,
    name: str | None = None,
    key: str = KEY,
    headers: Mapping[str, str] | None = None,
    extra_body: Mapping[str, Any] | None = None,
    seconds: float = SECONDS,
    parallel: int = PARALLEL,
) -> Chat:
    """Opens a chat; a server is not asked yet.

    Args:
        model: The base URL of an OpenAI-compatible server that chats, or the folder of a Hugging Face causal model.
        name: What the server calls its model; needed for a URL, and for no folder.
        key: The environment variable that holds the server's key; there need not be one.
        headers: More headers, for a URL; `${NAME}` in them stands for an environment variable.
        extra_body: What every request says beside messages and parameters, for a URL.
        seconds: How long an answer may take.
        parallel: Requests at a time, at most.

    Raises:
        InputError: The folder holds no model that can be used.
        UsageError: The URL is none, `name` is missing, or an option cannot be used.
        MissingExtra: A package is not installed.
    """
    given = os.fspath(model)
    if "://" not in given:
        from holdfast.backends.chats.local import LocalChat
        from holdfast.backends.models import open_model

        if headers or extra_body:
            raise UsageError("headers and extra_body are for servers", where=given, do="Leave them out")
        if not Path(given).exists():
            raise InputError(
                "there is no such folder, and nothing is downloaded",
                where=given,
                do="Give the folder of a Hugging Face causal language model (hf download NAME --local-dir FOLDER fetches one), "
                "or the URL of an OpenAI-compatible server (http://host/v1)",
            )
        return LocalChat.of(open_model(Path(given)))
    url, host = base_url(given, what="model", ending="/chat/completions")
    _check(url, name, extra_body, seconds, parallel)
    secrets = Secrets(variable=key, given=dict(headers or {}))
    try:
        import openai  # noqa: F401 - asked for here, so that every later import succeeds
    except ImportError as error:
        raise MissingExtra(
            f"a model behind a URL needs openai, which is not there: {printable(str(error))}",
            where=url,
            do="Install it: pip install 'holdfast[llm]'",
        ) from error
    from holdfast.backends.chats.http import HttpChat

    return HttpChat(
        url,
        str(name),
        name=f"{printable(str(name))}@{host}",
        secrets=secrets,
        extra_body=extra_body or {},
        seconds=float(seconds),
        parallel=parallel,
    )


def _check(
    url: str, name: str | None, extra_body: Mapping[str, Any] | None, seconds: float, parallel: int
) -> None:
    if not name:
        raise UsageError(
            "a model behind a URL needs its name",
            where=url,
            do="Give the name that the server has for it: --model-name, or model_name in the recipe",
        )
    ours = [word for word in _OURS if word in (extra_body or {})]
    if ours:
        raise UsageError(f"extra_body may not set {ours[0]!r}", where=url, do="Leave it out")
    if not (math.isfinite(seconds) and seconds > 0):
        raise UsageError(
            f"seconds is a number above 0, not {seconds!r}", where=url, do="Give one, such as 300"
        )
    if isinstance(parallel, bool) or not isinstance(parallel, int) or parallel < 1:
        raise UsageError(
            f"parallel is a whole number from 1, not {parallel!r}", where=url, do="Give one, such as 16"
        )
