"""Words left out: people who write to a machine as they would to a search box."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from holdfast.remedies.generate.methods.rules.pieces import Piece, cut, find_phrases, joined, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np

_LEFT_OUT = frozenset(
    tuple(phrase.split())
    for phrase in (
        "the", "a", "an", "please", "can you", "could you", "would you", "can you please", "could you please", "i need to know",
        "i would like to know", "i'd like to know", "i want to know", "do you know", "can you tell me", "could you tell me",
    )
)  # fmt: skip
_LEAST_WORDS = 3
"""Words that are left: fewer no longer say what was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """People leave out articles and manners: "what is exchange rate" for "can you tell me what the exchange rate is".

    English only. At least three words stay.

    Rate
        per phrase that can go. A guess, replace it.

    >>> import numpy as np
    >>> LeftOut(rate=1.0)("Can you tell me the name of the bank?", np.random.default_rng(0))
    'Name of bank?'
    """

    name: ClassVar[str] = "left_out"

    rate: float = 0.5

    def __call__(self, text: str, rng: np.random.Generator) -> str:
        """With fewer words."""
        pieces = cut(text)
        words = words_of(pieces)
        left = len(words)
        gone = [False] * len(pieces)
        for start, end, phrase in find_phrases(pieces, dict.fromkeys(_LEFT_OUT), longest=5):
            last = end + 1 >= len(pieces) or pieces[end].kind != "space"
            if last or left - len(phrase) < _LEAST_WORDS or rng.random() >= self.rate:
                continue
            left -= len(phrase)
            gone[start : end + 1] = [True] * (end + 1 - start)
        return joined(_with_capitals(pieces, gone))

    def shows(self, text: str) -> bool:
        """Whether a text of five words or more does without any of these words."""
        pieces = cut(text)
        return (
            len(words_of(pieces)) > _LEAST_WORDS + 1
            and next(find_phrases(pieces, dict.fromkeys(_LEFT_OUT), longest=5), None) is None
        )


def _with_capitals(pieces: Sequence[Piece], gone: Sequence[bool]) -> Iterator[Piece]:
    """What is left; the capital of a sentence goes to the word that begins it now."""
    begins, owed = True, False
    for piece, lost in zip(pieces, gone, strict=True):
        if piece.kind == "word":
            owed = owed or (lost and begins and piece.text[0].isupper())
            if not lost:
                yield Piece(piece.text[0].upper() + piece.text[1:], "word") if owed else piece
                begins = owed = False
            continue
        begins = begins or (piece.kind == "mark" and piece.text[-1] in ".!?…")
        begins, owed = (begins, owed) if piece.kind != "kept" else (False, False)
        if not lost:
            yield piece
