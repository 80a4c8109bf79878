"""A model that is being trained, read between two steps as `holdfast evaluate` reads one on disk, and left as it was found."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from holdfast.backends.encoders.explained import explained
from holdfast.backends.models.hugging_face import first_known, limit_of
from holdfast.backends.models.torch_scoring import Reader, score_all, trial
from holdfast.backends.quiet import quiet
from holdfast.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from holdfast.backends.models.model import Scored

_WHERE = "the model in training"
_DO = "Try the model and its tokenizer with transformers alone"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Resting:
    """A model that is asked without a gradient.

    Scoring runs in inference mode, whose tensors may never meet a gradient. A model may keep what it computes (of positions, for
    example) and train with it later, so it is asked outside of that mode.
    """

    model: Any

    @property
    def config(self) -> Any:
        """The model's settings."""
        return self.model.config

    def __call__(self, **given: Any) -> Any:
        import torch

        with torch.inference_mode(mode=False), torch.no_grad():
            own = {
                name: value.clone() if isinstance(value, torch.Tensor) else value
                for name, value in given.items()
            }
            return self.model(**own)


def read_in_training(model: Any, tokenizer: Any, *, batch: int) -> Reader:
    """A model in memory and its tokenizer, tried as one on disk is.

    Args:
        model: A causal language model, or one that adapters of peft are trained on.
        tokenizer: Its tokenizer, or a processor that has one.
        batch: Most texts read at once; nothing else depends on it.

    Raises:
        InputError: The two cannot be read.
    """
    words = _tokenizer(tokenizer)
    with explained(_WHERE, "the model cannot be read", _DO), quiet(), at_rest(model):
        first = next(model.parameters(), None)
        reader = Reader(
            model=_Resting(model=model),
            tokenizer=words,
            where=_WHERE,
            device="cpu" if first is None else str(first.device),
            limit=limit_of(model.config, words),
            prefix=first_known(words.bos_token_id, words.eos_token_id),
            ends=frozenset(),
            batch=batch,
        )
        return trial(reader)


def score_in_training(reader: Reader, texts: Sequence[str]) -> Scored:
    """What each text costs the model as it is now; its modes and all random numbers to come stay what they were.

    Args:
        reader: What `read_in_training` gave.
        texts: n texts.

    Raises:
        InputError: The model fails, or gives numbers that are not finite.
    """
    with explained(_WHERE, "the model cannot be run", _DO), quiet(), at_rest(reader.model.model):
        return score_all(reader, texts, lambda _done, _all: None)


@contextmanager
def at_rest(model: Any) -> Iterator[None]:
    """Holds a model as one that is used and not trained, and puts back the mode of every module and the random numbers."""
    import torch

    training = [module for module in model.modules() if module.training]
    devices = sorted({each.device.index or 0 for each in model.parameters() if each.device.type == "cuda"})
    with torch.random.fork_rng(devices=devices):
        model.eval()
        try:
            yield
        finally:
            for module in training:
                module.training = True


def _tokenizer(given: Any) -> Any:
    from transformers import PreTrainedTokenizerBase

    for each in (given, getattr(given, "tokenizer", None)):
        if isinstance(each, PreTrainedTokenizerBase):
            return each
    raise InputError(
        "there is no tokenizer to read texts with",
        where="tokenizer",
        do="Give one, or give it to the trainer as processing_class",
    )
