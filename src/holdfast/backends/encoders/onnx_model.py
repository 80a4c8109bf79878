"""A sentence encoder in ONNX form, run by onnxruntime on the CPU."""

from __future__ import annotations

import mmap
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.backends.encoders.distinct import encode_distinct, silent, try_out
from holdfast.backends.encoders.explained import explained
from holdfast.backends.encoders.names import name_on_disk, printable
from holdfast.backends.encoders.pooling import pool
from holdfast.backends.encoders.settings import Settings, read_settings
from holdfast.errors import InputError, MissingExtra

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

_CHUNK = 256
_BATCH = 16
"""Texts run at once. Small batches win on a CPU: 91 texts a second against 58 at 64 (design/tech.md, 1.2)."""
_BATCH_TOKENS = 8_192
"""Tokens run at once, padding included: attention needs memory by the square of a text's tokens."""
_LIMIT = 512
"""Tokens read of a text where no file of the model says it."""
_WEIGHTS_NOT_IN = {".onnx", ".json", ".txt", ".md", ".safetensors"}
_EXPORT = "Export the model for feature extraction, with the numbers of texts and of tokens left open"
_TYPES: dict[str, np.dtype[Any]] = {"tensor(int64)": np.dtype(np.int64), "tensor(int32)": np.dtype(np.int32)}
_BEST_OUTPUTS = ("sentence_embedding", "last_hidden_state", "token_embeddings")


@dataclass(frozen=True, slots=True, kw_only=True)
class OnnxEncoder:
    """An opened ONNX model.

    Attributes:
        name: Folder and digest.
        blind_to: What it cannot see.
        dimensions: Numbers in a vector.
        network: The model.
    """

    name: str
    blind_to: str
    dimensions: int
    network: Network = field(repr=False)

    def encode(
        self, texts: Sequence[str], progress: Callable[[int, int], None] = silent
    ) -> NDArray[np.float32]:
        """float32 [n, d], rows of length 1 or 0."""
        return encode_distinct(
            texts,
            self._embed,
            dimensions=self.dimensions,
            chunk=_CHUNK,
            where=self.network.where,
            progress=progress,
        )

    def _embed(self, texts: list[str]) -> NDArray[np.float32]:
        vectors = self.network.embed(texts)
        return vectors if vectors.shape[1] else np.zeros((len(texts), self.dimensions), np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A session and its tokenizer.

    Attributes:
        where: How errors name it.
        session: onnxruntime.InferenceSession.
        tokenizer: tokenizers.Tokenizer that truncates and does not pad.
        settings: How texts are prepared and tokens pooled.
        inputs: Name and type of what the session takes.
        output: Name of what is read.
    """

    where: str
    session: Any
    tokenizer: Any
    settings: Settings
    inputs: dict[str, np.dtype[Any]]
    output: str

    def embed(self, texts: list[str]) -> NDArray[np.float32]:
        """float32 [n, d], of any length; zeros for a text without tokens, and [n, 0] where none has any.

        Raises:
            InputError: The model fails, or gives something else than vectors.
        """
        with explained(self.where, "the model cannot be run", _EXPORT):
            tokens = self.tokenizer.encode_batch_fast([self.settings.prompt + text for text in texts])
            rows: NDArray[np.float32] | None = None
            for batch in _batches([len(text.ids) for text in tokens]):
                vectors = self._run([tokens[place] for place in batch])
                if rows is None:
                    rows = np.zeros((len(texts), vectors.shape[1]), np.float32)
                rows[batch] = vectors
        return np.zeros((len(texts), 0), np.float32) if rows is None else rows

    def _run(self, tokens: list[Any]) -> NDArray[np.float32]:
        counts = np.array([len(text.ids) for text in tokens])
        shape = (len(tokens), int(counts.max()))
        fed = {}
        for name, kind in self.inputs.items():
            fed[name] = np.zeros(shape, kind)
            for row, text in zip(fed[name], tokens, strict=True):
                row[: len(text.ids)] = _VALUES[name](text)
        states = np.asarray(self.session.run([self.output], fed)[0], np.float32)
        if states.ndim == 2 and len(states) == len(tokens):
            return states
        if states.ndim != 3 or states.shape[:2] != shape:
            raise InputError(
                f"the output {printable(self.output)!r} of the shape {states.shape} is neither a vector for each "
                f"of {shape[0]} texts nor one for each of their {shape[1]} tokens",
                where=self.where,
                do=_EXPORT,
            )
        if self.settings.modules:
            raise InputError(
                f"the ONNX file ends before the last parts of the model ({', '.join(self.settings.modules)})",
                where=self.where,
                do="Export the model whole, with the output sentence_embedding, or give a folder without ONNX files",
            )
        return pool(states, counts, self.settings.pooling)


_VALUES: dict[str, Callable[[Any], list[int]]] = {
    "input_ids": lambda text: text.ids,
    "attention_mask": lambda text: text.attention_mask,
    "token_type_ids": lambda text: text.type_ids,
}


def find_onnx(path: Path) -> Path | None:
    """The ONNX file that a path stands for, if any."""
    if path.is_file():
        return path if path.suffix == ".onnx" else None
    return next((file for name in ("model.onnx", "onnx/model.onnx") if (file := path / name).is_file()), None)


def open_onnx(file: Path) -> OnnxEncoder:
    """Open an ONNX file; `tokenizer.json` stands beside it, or beside its folder `onnx`.

    Raises:
        InputError: The model cannot be used.
        MissingExtra: onnxruntime or tokenizers is not installed.
    """
    where = str(file)
    try:
        import onnxruntime
        import tokenizers
    except ImportError as error:
        raise MissingExtra(
            f"ONNX models need onnxruntime and tokenizers, and one is not there: {printable(str(error))}",
            where=where,
            do="Install them: pip install 'holdfast[onnx]'",
        ) from error
    folder = file.parent
    if folder.name == "onnx" and not _has_tokenizer(folder):
        folder = folder.parent
    if not _has_tokenizer(folder):
        raise InputError(
            "there is no tokenizer.json beside the ONNX file",
            where=where,
            do="Put the tokenizer.json of the same model there",
        )
    settings = read_settings(folder)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # what goes wrong is raised, not also written to standard error
    options.use_deterministic_compute = True
    with explained(where, "the file is no ONNX model that can be run", "Fetch or export the model again"):
        session = onnxruntime.InferenceSession(where, options, providers=["CPUExecutionProvider"])
    with explained(str(folder / "tokenizer.json"), "the tokenizer cannot be read", "Fetch the model again"):
        tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        limit = _prepare(tokenizer, settings)
    network = Network(
        where=where,
        session=session,
        tokenizer=tokenizer,
        settings=settings,
        inputs=_inputs(session, where),
        output=_output(session, where),
    )
    dimensions = try_out(network.embed, where).shape[1]
    with explained(where, "the model cannot be read", "Check the permissions of its files"):
        files = (file, *_weights_beside(file), folder / "tokenizer.json", *settings.files)
        name = name_on_disk(folder, files, part="" if file.name == "model.onnx" else file.name)
    return OnnxEncoder(
        name=name,
        blind_to=f"what a text says after its first {limit:,} tokens",
        dimensions=dimensions,
        network=network,
    )


def _has_tokenizer(folder: Path) -> bool:
    return (folder / "tokenizer.json").is_file()


def _prepare(tokenizer: Any, settings: Settings) -> int:
    """Tokens read of a text, after the tokenizer was told so."""
    from tokenizers.normalizers import Lowercase, Sequence

    own = tokenizer.truncation or {}
    limit = settings.max_tokens or own.get("max_length") or _LIMIT
    limit = min(limit, settings.positions or limit)
    tokenizer.enable_truncation(limit)
    tokenizer.no_padding()
    if settings.lowercase:
        then = tokenizer.normalizer
        tokenizer.normalizer = Sequence([Lowercase(), *([then] if then else [])])
    return int(limit)


def _inputs(session: Any, where: str) -> dict[str, np.dtype[Any]]:
    given = {item.name: item.type for item in session.get_inputs()}
    strange = [name for name, kind in given.items() if name not in _VALUES or kind not in _TYPES]
    if strange or "input_ids" not in given:
        raise InputError(
            f"the model takes {', '.join(map(printable, given))}: of a text encoder, input_ids is expected, and "
            "attention_mask and token_type_ids at most, as whole numbers",
            where=where,
            do=_EXPORT,
        )
    return {name: _TYPES[kind] for name, kind in given.items()}


def _output(session: Any, where: str) -> str:
    names = [item.name for item in session.get_outputs()]
    for best in _BEST_OUTPUTS:
        if best in names:
            return best
    if not names or "logits" in names:
        raise InputError(
            "the model gives no embeddings: it classifies texts or predicts words",
            where=where,
            do="Use a sentence encoder, exported for feature extraction",
        )
    return str(names[0])


def _batches(counts: list[int]) -> Iterator[list[int]]:
    """Places of texts that are run together, the longest first; texts without tokens are left out."""
    order = sorted((place for place, count in enumerate(counts) if count), key=lambda place: -counts[place])
    while order:
        size = max(1, min(_BATCH, _BATCH_TOKENS // counts[order[0]]))
        yield order[:size]
        order = order[size:]


def _weights_beside(file: Path) -> list[Path]:
    """Files that the ONNX file names: large models keep their weights beside it."""
    with file.open("rb") as handle, mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return [
            other
            for other in file.parent.iterdir()
            if other.suffix not in _WEIGHTS_NOT_IN
            and other.is_file()
            and content.find(os.fsencode(other.name)) >= 0
        ]
