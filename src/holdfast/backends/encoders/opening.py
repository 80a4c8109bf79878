"""Which kind of encoder it is that a user points at."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.backends.encoders.endpoint import open_endpoint
from holdfast.backends.encoders.names import printable
from holdfast.backends.encoders.onnx_model import find_onnx, open_onnx
from holdfast.backends.encoders.torch_model import open_torch
from holdfast.errors import InputError, UsageError

if TYPE_CHECKING:
    from holdfast.backends.encoders.encoder import Encoder

_KINDS = (
    "Give the folder of a sentence-transformers or ONNX model, or the URL of an OpenAI-compatible server "
    "(http://host/v1)"
)


def open_encoder(encoder: str | Path, *, model: str | None = None) -> Encoder:
    """Open a sentence encoder and try it on a word, so that one that does not work is known before the audit.

    Args:
        encoder: The folder of a model, as sentence-transformers or ONNX (which goes first where a folder has both:
            it is lighter and quicker); an `.onnx` file; or the base URL of an OpenAI-compatible server, whose key
            is read from the environment variable OPENAI_API_KEY.
        model: What the server calls the model; for a URL only.

    Raises:
        InputError: There is no such model on disk, or it cannot be used, or the server does not answer with vectors.
        UsageError: The URL is none, or it has no `model`, or a model on disk has one.
        MissingExtra: The package that this kind of encoder needs is not installed.
    """
    given = os.fspath(encoder)
    if isinstance(encoder, str) and "://" in encoder:
        return open_endpoint(encoder, model=model)
    where = printable(given)
    if model is not None:
        raise UsageError(
            f"the name of a model ({printable(model)}) is for servers, and the encoder is no URL",
            where=where,
            do="Leave out --encoder-model, or give the URL of a server (http://host/v1)",
        )
    if not os.path.exists(given):  # noqa: PTH110 - `Path.exists` raises on names that no file can have
        raise InputError(
            "there is no such file or folder, and nothing is downloaded",
            where=where,
            do=f"{_KINDS}. A model of the Hugging Face hub is fetched with: hf download NAME --local-dir FOLDER",
        )
    path = Path(given)
    onnx = find_onnx(path)
    if onnx:
        return open_onnx(onnx)
    if any((path / file).is_file() for file in ("modules.json", "config.json")):
        return open_torch(path)
    raise InputError("this is no sentence encoder", where=where, do=_advice(path))


def _advice(path: Path) -> str:
    if path.is_dir():
        files = sorted(
            file.relative_to(path).as_posix() for file in (*path.glob("*.onnx"), *path.glob("onnx/*.onnx"))
        )
        if files:
            return f"Give the path of one of its ONNX files: {', '.join(map(printable, files[:8]))}"
        return f"{_KINDS}. A model's folder has a config.json, or a model.onnx and a tokenizer.json"
    return _KINDS


def asked_encoder(encoder: str | Path | Encoder | None, model: str | None) -> Encoder | None:
    """What `--encoder` and `--encoder-model` ask for, opened; None where nothing is asked.

    Raises:
        UsageError: A model is named and no server.
    """
    if encoder is None:
        if model is not None:
            raise UsageError(
                "a model is named, and no server", where="--encoder-model", do="Give --encoder, too"
            )
        return None
    return open_encoder(encoder, model=model) if isinstance(encoder, str | Path) else encoder
