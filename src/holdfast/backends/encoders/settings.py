"""How sentence-transformers would use a model, read from the JSON files in its folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from holdfast.backends.encoders.names import printable
from holdfast.backends.encoders.pooling import MODES
from holdfast.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

_OLD_NAMES = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
"""Ways to pool as they were written before sentence-transformers 6, in the order in which they are joined."""
_UNSAID = 1_000_000
"""Tokenizers that know no limit say 10^30."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a model wants to be used.

    Attributes:
        max_tokens: Tokens read of a text, special ones included; None where the files do not say.
        positions: Most tokens the network has places for; None where the files do not say.
        pooling: Ways to make one vector of those of the tokens, joined end to end.
        prompt: Put before every text.
        lowercase: Whether texts are turned to lower case first.
        modules: What stands after tokens were pooled, beyond scaling to length 1.
        files: The files that say so.
    """

    max_tokens: int | None
    positions: int | None
    pooling: tuple[str, ...]
    prompt: str
    lowercase: bool
    modules: tuple[str, ...]
    files: tuple[Path, ...]


def read_settings(folder: Path) -> Settings:
    """Read the settings of a model; one without any is read up to its tokenizer's limit and pooled by the mean.

    Raises:
        InputError: A file is broken, or asks for something that is not supported.
    """
    read: dict[Path, Any] = {}
    modules = _read(folder / "modules.json", read, list) or []
    kinds = {_kind(module, folder): folder / _inside(module, folder) for module in modules}
    sentence = _read(kinds.get("Transformer", folder) / "sentence_bert_config.json", read, dict) or {}
    tokenizer = _read(folder / "tokenizer_config.json", read, dict) or {}
    network = _read(folder / "config.json", read, dict) or {}
    pooling_file = kinds.get("Pooling", folder / "1_Pooling") / "config.json"
    pooling = _read(pooling_file, read, dict) or {}
    prompt = _prompt(_read(folder / "config_sentence_transformers.json", read, dict) or {})
    if prompt and pooling.get("include_prompt") is False:
        raise InputError(
            "the model leaves its prompt out when it pools, which is not supported for ONNX",
            where=str(pooling_file),
            do="Use the same model as sentence-transformers: give a folder without the ONNX file",
        )
    return Settings(
        max_tokens=_count(sentence, "max_seq_length") or _count(tokenizer, "model_max_length"),
        positions=_count(network, "max_position_embeddings"),
        pooling=_pooling(pooling, pooling_file),
        prompt=prompt,
        lowercase=sentence.get("do_lower_case") is True,
        modules=tuple(kind for kind in kinds if kind not in ("Transformer", "Pooling", "Normalize")),
        files=tuple(file for file, value in read.items() if value is not None),
    )


def read_json(file: Path, kind: type[list[Any] | dict[str, Any]]) -> Any:
    """The content of a JSON file, or None if there is no such file.

    Raises:
        InputError: It cannot be read, or is not of this kind.
    """
    if not file.is_file():
        return None
    try:
        value = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise _broken(file, f"cannot be read: {printable(str(error))}") from error
    if not isinstance(value, kind):
        raise _broken(file, "is not of the form that sentence-transformers writes")
    return value


def _read(file: Path, read: dict[Path, Any], kind: type[list[Any] | dict[str, Any]]) -> Any:
    read[file] = read_json(file, kind)
    return read[file]


def _kind(module: Any, folder: Path) -> str:
    if not isinstance(module, dict) or not isinstance(module.get("type"), str):
        raise _broken(folder / "modules.json", "is not of the form that sentence-transformers writes")
    return printable(module["type"].rpartition(".")[2])


def _inside(module: dict[str, Any], folder: Path) -> str:
    path = module.get("path")
    if not isinstance(path, str) or PurePosixPath(path).is_absolute() or ".." in path:
        raise _broken(folder / "modules.json", "names a module outside of the folder")
    return path


def _prompt(config: Mapping[str, Any]) -> str:
    """The prompt that is used where none is asked for."""
    name, prompts = config.get("default_prompt_name"), config.get("prompts")
    prompt = prompts.get(name) if isinstance(prompts, dict) and isinstance(name, str) else None
    return prompt if isinstance(prompt, str) else ""


def _pooling(config: Mapping[str, Any], file: Path) -> tuple[str, ...]:
    given = config.get("pooling_mode")
    if given is None:
        given = [mode for name, mode in _OLD_NAMES.items() if config.get(name) is True] or ["mean"]
    modes = [given] if isinstance(given, str) else given
    if not isinstance(modes, list) or not modes or any(mode not in MODES for mode in modes):
        raise _broken(file, f"asks for an unknown way to pool, {printable(str(given))}")
    return tuple(modes)


def _count(config: Mapping[str, Any], key: str) -> int | None:
    value = config.get(key)
    whole = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < _UNSAID
    return int(value) if whole and value is not None else None


def _broken(file: Path, what: str) -> InputError:
    return InputError(what, where=str(file), do="Fetch the model again, or correct the file")
