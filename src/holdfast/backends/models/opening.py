"""Which kind of model it is that a user points at."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.backends.encoders.names import printable
from holdfast.errors import InputError, UsageError

if TYPE_CHECKING:
    from holdfast.backends.models.model import Model

_KINDS = (
    "Give the folder of a Hugging Face causal language model, or the URL of an OpenAI-compatible server that scores "
    "given text (http://host/v1)"
)


def open_model(model: str | Path, *, name: str | None = None) -> Model:
    """Open a language model and try it on a few words, so that one that does not work is known at once.

    Args:
        model: The folder of a Hugging Face causal model with weights as safetensors; or the base URL of an OpenAI-compatible
            server, whose key is read from the environment variable OPENAI_API_KEY. Nothing is downloaded.
        name: What the server calls the model; for a URL only.

    Raises:
        InputError: There is no such model on disk, or it cannot be used.
        BackendError: The server does not score given text.
        UsageError: The URL is none, or it has no `name`, or a model on disk has one.
        MissingExtra: The package that this kind of model needs is not installed.
    """
    given = os.fspath(model)
    if isinstance(model, str) and "://" in model:
        from holdfast.backends.models.server import open_server

        return open_server(model, model=name)
    where = printable(given)
    if name is not None:
        raise UsageError(
            f"the name of a model ({printable(name)}) is for servers, and the model is no URL",
            where=where,
            do="Leave out --model-name, or give the URL of a server (http://host/v1)",
        )
    if not os.path.exists(given):  # noqa: PTH110 - `Path.exists` raises on names that no file can have
        raise InputError(
            "there is no such folder, and nothing is downloaded",
            where=where,
            do=f"{_KINDS}. A model of the Hugging Face hub is fetched with: hf download NAME --local-dir FOLDER",
        )
    path = Path(given)
    if (path / "config.json").is_file() or (path / "adapter_config.json").is_file():
        from holdfast.backends.models.hugging_face import open_hugging_face

        return open_hugging_face(path)
    raise InputError(
        "this is no language model", where=where, do=f"{_KINDS}. A model's folder has a config.json"
    )
