"""A causal language model as Hugging Face saves it, run by torch."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from hashlib import file_digest, sha256
from typing import TYPE_CHECKING, Any, Self

from holdfast.backends.encoders.distinct import whole_characters
from holdfast.backends.encoders.explained import explained
from holdfast.backends.encoders.names import name_on_disk, printable
from holdfast.backends.encoders.settings import read_json
from holdfast.backends.models.model import Kind, Sample, Scored, silent
from holdfast.backends.models.torch_sampling import sample_all
from holdfast.backends.models.torch_scoring import Reader, score_all, trial
from holdfast.backends.quiet import quiet
from holdfast.errors import InputError, MissingExtra

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

_CONTENT = {".safetensors", ".json", ".txt", ".model", ".jinja"}
"""What answers depend on: weights, settings, vocabularies."""
_LIMITS = ("n_positions", "max_position_embeddings", "n_ctx", "max_sequence_length", "max_seq_len")
_MOST_READ = 4_096
"""Tokens read at once, whatever a model could: attention needs memory by their square, and a vocabulary by each."""
_UNSAID = 2_048
"""Tokens, where neither model nor tokenizer names a limit."""
_FETCH = "Fetch the model again, with all of its files"


@dataclass(frozen=True, slots=True, kw_only=True)
class HuggingFaceModel:
    """An opened causal language model.

    Attributes:
        name: Folder and digest.
        digest: Over weights, settings and vocabulary.
        where: Its folder.
        reader: Model and tokenizer, and how texts are put to them.
    """

    name: str
    digest: str
    where: str
    reader: Reader = field(repr=False)

    @property
    def kind(self) -> Kind:
        """Hugging Face."""
        return "hugging_face"

    def score(self, texts: Sequence[str], progress: Callable[[int, int], None] = silent, /) -> Scored:
        """What each text costs, from its beginning; longer ones than the model reads in windows."""
        with (
            explained(self.where, "the model cannot be run", "Try the model with transformers alone"),
            quiet(),
        ):
            return score_all(self.reader, texts, progress)

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
        """A text after each prompt."""
        with (
            explained(self.where, "the model cannot be run", "Try the model with transformers alone"),
            quiet(),
        ):
            return sample_all(
                self.reader,
                prompts,
                seed=seed,
                temperature=temperature,
                top_p=top_p,
                most_tokens=most_tokens,
                progress=progress,
            )

    def told(self, messages: Sequence[Mapping[str, str]]) -> str | None:
        """Messages as the model's chat template puts them, up to where the answer begins; None where it has no template.

        A template that takes no system message is given it at the head of what the user says.

        Raises:
            InputError: The template takes no such messages.
        """
        if not getattr(self.reader.tokenizer, "chat_template", None):
            return None
        system = "\n\n".join(each["content"] for each in messages if each["role"] == "system")
        rest = [dict(each) for each in messages if each["role"] != "system"]
        merged = [{**rest[0], "content": f"{system}\n\n{rest[0]['content']}"}, *rest[1:]] if rest else rest
        with explained(self.where, "the model's chat template fails", "Look into its chat_template"), quiet():
            try:
                return self._put(messages)
            except Exception:
                if not system or not rest:
                    raise
                return self._put(merged)

    def count_tokens(self, text: str) -> int:
        """Tokens of a text, with nothing before or after it."""
        with explained(self.where, "the tokenizer fails", _FETCH), quiet():
            tokens = self.reader.tokenizer(whole_characters(text), add_special_tokens=False, verbose=False)
            return len(tokens["input_ids"])

    def without_prefix(self) -> Self:
        """The same model, which puts nothing before a prompt: a chat template has put it there."""
        return replace(self, reader=replace(self.reader, prefix=None))

    def _put(self, messages: Sequence[Mapping[str, str]]) -> str:
        said = [{**each, "content": whole_characters(each["content"])} for each in messages]
        return str(
            self.reader.tokenizer.apply_chat_template(said, tokenize=False, add_generation_prompt=True)
        )


def open_hugging_face(folder: Path) -> HuggingFaceModel:
    """Open a folder with a `config.json`, and weights as safetensors.

    Nothing is fetched, no code of the model is run and nothing is unpickled. Weights are read as float32, whatever they were
    saved in, so that every machine computes with the same precision.

    Raises:
        InputError: The model cannot be used, or not safely.
        MissingExtra: transformers or torch is not installed.
    """
    where = str(folder)
    _refuse(folder)
    try:
        import torch
        import transformers  # noqa: F401 - asked for here, so that every later import succeeds
    except ImportError as error:
        raise MissingExtra(
            f"a model on disk needs transformers and torch, and one is not there: {printable(str(error))}",
            where=where,
            do="Install them: pip install 'holdfast[models]'",
        ) from error
    with explained(where, "the model cannot be opened", _FETCH), quiet():
        name, digest = _known_as(folder)
        model, tokenizer = _load(folder)
        device = "cuda" if torch.cuda.is_available() else "cpu"
        reader = Reader(
            model=model.to(device),
            tokenizer=tokenizer,
            where=where,
            device=device,
            limit=limit_of(model.config, tokenizer),
            prefix=first_known(tokenizer.bos_token_id, tokenizer.eos_token_id),
            ends=_ends(model, tokenizer),
        )
        return HuggingFaceModel(name=name, digest=digest, where=where, reader=trial(reader))


def _load(folder: Path) -> tuple[Any, Any]:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    here: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    with torch.random.fork_rng(devices=[]):
        model, found = AutoModelForCausalLM.from_pretrained(
            str(folder), use_safetensors=True, dtype=torch.float32, output_loading_info=True, **here
        )
    for key in ("missing_keys", "mismatched_keys"):
        if found.get(key):
            raise InputError(
                f"weights are missing: {printable(str(min(map(str, found[key]))))}",
                where=str(folder),
                do=_FETCH,
            )
    return model.eval(), AutoTokenizer.from_pretrained(str(folder), **here)


def _refuse(folder: Path) -> None:
    """Keeps from the library what it would unpickle, fetch, or read as something else."""
    if (folder / "adapter_config.json").is_file():
        raise InputError(
            "the folder holds an adapter, which is nothing without the model it was trained on",
            where=str(folder),
            do="Merge the two (peft: merge_and_unload) and save the whole, or serve them and give the URL",
        )
    pickles = sorted(folder.glob("pytorch_model*.bin"))
    if not any(folder.glob("*.safetensors")):
        if pickles:
            raise InputError(
                "the weights are a pickle, which can run any program when it is opened",
                where=str(pickles[0]),
                do="Use a copy of the model whose weights are model.safetensors",
            )
        raise InputError("there are no weights as safetensors", where=str(folder), do=_FETCH)
    config = read_json(folder / "config.json", dict)
    if config.get("is_encoder_decoder") is True:
        raise InputError(
            "the model translates one text into another, and gives no probability of a text alone",
            where=str(folder / "config.json"),
            do="Use a causal language model",
        )


def _known_as(folder: Path) -> tuple[str, str]:
    """Name and digest. A checkpoint's folder may hold older checkpoints, which are none of it."""
    digest = sha256()
    for file in sorted(path for path in folder.iterdir() if path.is_file()):
        if file.suffix in _CONTENT and not file.name.startswith("."):
            with file.open("rb") as handle:
                line = f"{file_digest(handle, 'sha256').hexdigest()} {file.name}\n"
            digest.update(line.encode(errors="replace"))
    known = name_on_disk(folder, ()).rpartition("@")[0]  # what people call the folder, without a digest
    return f"{known}@{digest.hexdigest()[:8]}", f"sha256:{digest.hexdigest()}"


def limit_of(config: Any, tokenizer: Any) -> int:
    """Tokens that a model reads at once, and a tokenizer lets it."""
    text = config.get_text_config()
    said = [getattr(text, name, None) for name in _LIMITS]
    limits = [value for value in said if isinstance(value, int) and value > 0]
    if not limits:
        most = tokenizer.model_max_length
        limits = [int(most)] if isinstance(most, int | float) and 0 < most < 10**6 else [_UNSAID]
    return min(*limits, _MOST_READ)


def _ends(model: Any, tokenizer: Any) -> frozenset[int]:
    """Tokens after which a text is over."""
    asked = (
        (model.generation_config, model.config) if model.generation_config is not None else (model.config,)
    )
    said: list[Any] = [tokenizer.eos_token_id]
    for each in asked:
        end = getattr(each, "eos_token_id", None)
        said += list(end) if isinstance(end, list | tuple) else [end]
    return frozenset(int(end) for end in said if isinstance(end, int))


def first_known(*given: int | None) -> int | None:
    """The first that is a number, of what begins a text by a tokenizer's word and by a model's."""
    return next((value for value in given if value is not None), None)
