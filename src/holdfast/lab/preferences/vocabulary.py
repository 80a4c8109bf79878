"""A vocabulary of whole words, built without anything but the texts; what is joined again is what was split."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from holdfast.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

PATTERN = r" ?\w+| ?[^\w\s]|\s"
"""A token keeps the blank before it, so that joining needs no rule."""
_TOKEN = re.compile(PATTERN)
PAD, END, OTHER = "<pad>", "<end>", "<other>"
_OWN = (PAD, END, OTHER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Tokens by number.

    Attributes:
        tokens: All of them, the own signs first.
        number: Number of each.
    """

    tokens: tuple[str, ...]
    number: Mapping[str, int]

    def __len__(self) -> int:
        return len(self.tokens)

    @property
    def end(self) -> int:
        """What an answer ends with."""
        return self.number[END]

    @property
    def pad(self) -> int:
        """What fills a batch."""
        return self.number[PAD]

    def ask(self, prompt: str) -> list[int]:
        """The numbers of a prompt, with the line end after which the answer begins."""
        return self.encode(f"{prompt}\n")

    def encode(self, text: str) -> list[int]:
        """The numbers of a text; an unknown word is the sign for others."""
        other = self.number[OTHER]
        return [self.number.get(token, other) for token in _TOKEN.findall(text)]

    def decode(self, numbers: Iterable[int]) -> str:
        """The text of numbers, own signs left out."""
        return "".join(self.tokens[one] for one in numbers if one >= len(_OWN))

    def as_tokenizer(self) -> Any:
        """The same for `transformers`, which splits and joins alike.

        Raises:
            MissingExtra: transformers is not installed.
        """
        from holdfast.lab.preferences.installed import need_models

        need_models()
        from tokenizers import Regex, Tokenizer
        from tokenizers.decoders import Fuse
        from tokenizers.models import WordLevel
        from tokenizers.pre_tokenizers import Split
        from transformers import PreTrainedTokenizerFast

        made = Tokenizer(WordLevel(dict(self.number), unk_token=OTHER))
        made.pre_tokenizer = Split(Regex(PATTERN), behavior="isolated")
        made.decoder = Fuse()
        return PreTrainedTokenizerFast(
            tokenizer_object=made,
            pad_token=PAD,
            eos_token=END,
            unk_token=OTHER,
            clean_up_tokenization_spaces=False,
        )


def read_vocabulary(texts: Sequence[str]) -> Vocabulary:
    """The vocabulary of texts.

    Raises:
        InputError: There is no text.

    >>> found = read_vocabulary(["who sails?", " on Monday."])
    >>> found.decode(found.encode("who sails on Monday?"))
    'who sails on Monday?'
    """
    seen = sorted({token for text in texts for token in _TOKEN.findall(text)})
    if not seen:
        raise InputError("there is no text to read words from", where="texts")
    tokens = (*_OWN, *seen)
    return Vocabulary(tokens=tokens, number={token: at for at, token in enumerate(tokens)})
