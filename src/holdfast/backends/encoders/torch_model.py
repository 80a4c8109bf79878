"""A sentence encoder as sentence-transformers saves it, or any Hugging Face text model, run by torch."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.backends.encoders.distinct import encode_distinct, silent, try_out
from holdfast.backends.encoders.explained import explained
from holdfast.backends.encoders.names import name_on_disk, printable
from holdfast.backends.encoders.settings import read_json
from holdfast.backends.quiet import quiet
from holdfast.errors import InputError, MissingExtra

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

_CHUNK = 256
_BATCH = 32
_BATCH_TOKENS = 16_384
"""Tokens run at once, padding included: attention needs memory by the square of a text's tokens."""
_PICKLES = {"pytorch_model*.bin": "model*.safetensors", "adapter_model*.bin": "adapter_model*.safetensors"}
"""Weights as pickles, and those that are read instead of them where they stand beside."""
_CONTENT = {".safetensors", ".json", ".txt", ".model"}
"""What vectors depend on: weights, settings, vocabularies."""
_OTHER_FORMS = {"onnx", "openvino"}
_UNLIMITED = 1_000_000
"""Tokens; a tokenizer without a limit says 10^30."""
_BLIND_ANYWAY = "what its training did not tell apart"


@dataclass(frozen=True, slots=True, kw_only=True)
class TorchEncoder:
    """An opened sentence-transformers model.

    Attributes:
        name: Folder and digest.
        blind_to: What it cannot see.
        dimensions: Numbers in a vector.
        where: How errors name it.
        limit: Tokens read of a text.
        model: sentence_transformers.SentenceTransformer.
    """

    name: str
    blind_to: str
    dimensions: int
    where: str
    limit: int
    model: Any = field(repr=False)

    def encode(
        self, texts: Sequence[str], progress: Callable[[int, int], None] = silent
    ) -> NDArray[np.float32]:
        """float32 [n, d], rows of length 1 or 0."""
        return encode_distinct(
            texts,
            self._embed,
            dimensions=self.dimensions,
            chunk=_CHUNK,
            where=self.where,
            progress=progress,
        )

    def _embed(self, texts: list[str]) -> NDArray[np.float32]:
        # A token is rarely less than a character; the longest text stands first.
        longest = min(self.limit, len(texts[0]) + 2)
        size = max(1, min(_BATCH, _BATCH_TOKENS // longest))
        return _run(self.model, self.where, size, texts)


def open_torch(folder: Path) -> TorchEncoder:
    """Open a folder with a `config.json` or a `modules.json`, and weights as safetensors.

    Nothing is fetched, no code of the model is run and nothing is unpickled. Weights are read as
    float32, whatever they were saved in, so that every machine computes with the same precision.

    Raises:
        InputError: The model cannot be used, or not safely.
        MissingExtra: sentence-transformers is not installed.
    """
    where = str(folder)
    _refuse_unsafe(folder)
    try:
        import sentence_transformers  # noqa: F401 - asked for here, so that every later import succeeds
        import torch  # noqa: F401 - the same
    except ImportError as error:
        raise MissingExtra(
            f"this model needs sentence-transformers and torch, and one is not there: {printable(str(error))}",
            where=where,
            do="Install them: pip install 'holdfast[models]'",
        ) from error
    with explained(where, "the model cannot be opened", "Fetch the model again, with all of its files"):
        name = name_on_disk(folder, [file for file in _own(folder, "*") if file.suffix in _CONTENT])
    first = try_out(partial(_run, _load(folder, seed=0), where, 1), where)
    model = _load(folder, seed=1)
    second = try_out(partial(_run, model, where, 1), where)
    if not np.allclose(first, second, atol=1e-3):
        raise InputError(
            "weights are missing: the model gives other vectors each time it is opened",
            where=where,
            do="Fetch the model again, with all of its files",
        )
    limit = min(model.max_seq_length or math.inf, _UNLIMITED)
    return TorchEncoder(
        name=name,
        blind_to=f"what a text says after its first {limit:,} tokens"
        if limit < _UNLIMITED
        else _BLIND_ANYWAY,
        dimensions=second.shape[1],
        where=where,
        limit=int(limit),
        model=model,
    )


def _load(folder: Path, *, seed: int) -> Any:
    """The model; weights that its files do not have are filled by the library with chance, which the seed decides."""
    import torch
    from sentence_transformers import SentenceTransformer

    do = "Fetch the model again, with all of its files"
    with (
        explained(str(folder), "the model cannot be opened", do),
        torch.random.fork_rng(devices=[]),
        quiet(),
    ):
        torch.default_generator.manual_seed(seed)
        return SentenceTransformer(
            str(folder),
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"use_safetensors": True, "dtype": torch.float32},
        ).eval()


def _run(model: Any, where: str, size: int, texts: list[str]) -> NDArray[np.float32]:
    with explained(where, "the model cannot be run", "Try the model with sentence-transformers alone"):
        return np.asarray(model.encode(texts, batch_size=size, show_progress_bar=False), np.float32)


def _refuse_unsafe(folder: Path) -> None:
    """Keeps from the library what it would unpickle, or import."""
    for pickles, instead in _PICKLES.items():
        for file in _own(folder, pickles):
            if not any(file.parent.glob(instead)):
                raise InputError(
                    "the weights are a pickle, which can run any program when it is opened",
                    where=str(file),
                    do="Use a copy of the model whose weights are model.safetensors",
                )
    for module in read_json(folder / "modules.json", list) or []:
        kind = str(module.get("type")) if isinstance(module, dict) else str(module)
        if not kind.startswith("sentence_transformers."):
            raise InputError(
                f"the model brings a program of its own ({printable(kind)}), which is not run",
                where=str(folder / "modules.json"),
                do="Use a model made of sentence-transformers' own parts, or serve it and give the URL",
            )
    made_as = (read_json(folder / "config_sentence_transformers.json", dict) or {}).get("model_type")
    if made_as not in (None, "SentenceTransformer"):
        raise InputError(
            f"the model is a {printable(str(made_as))}, which gives no vectors of whole texts",
            where=str(folder / "config_sentence_transformers.json"),
            do="Use a sentence encoder",
        )


def _own(folder: Path, pattern: str) -> list[Path]:
    """Files of the model as torch reads it, without its other forms and what tools hide there."""
    return [
        file
        for file in folder.rglob(pattern)
        if file.is_file()
        and not any(part in _OTHER_FORMS or part.startswith(".") for part in file.relative_to(folder).parts)
    ]
