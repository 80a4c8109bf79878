"""Typos: letters left out, doubled, swapped or slipped in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from holdfast.remedies.generate.methods.rules.pieces import Piece, cut, joined, words_of

if TYPE_CHECKING:
    import numpy as np

LEAST_LETTERS = 4
"""Shorter words are seldom mistyped, and become other words when they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Typos:
    """People leave a letter out, swap two, double one, or write one of a double.

    The first letter is seldom wrong, and kept. Any language in Latin letters.

    Rate
        per word of four letters or more. People at phones leave 2.3 % of letters wrong (Palin et al. 2019, "How do People Type on
        Mobile Devices?", 37,370 volunteers); at five letters a word that is every ninth word. Half of it is here and half in `Keyboard`;
        the half is a guess, replace it.

    >>> import numpy as np
    >>> Typos(rate=1.0)("please help", np.random.default_rng(2))
    'pleas hlp'
    """

    name: ClassVar[str] = "typos"

    rate: float = 0.06

    def __call__(self, text: str, rng: np.random.Generator) -> str:
        """With some words mistyped."""
        pieces = list(cut(text))
        words = words_of(pieces)
        for at, chance in zip(words, rng.random(len(words)), strict=True):
            if chance < self.rate and len(pieces[at].text) >= LEAST_LETTERS:
                pieces[at] = Piece(_mistyped(pieces[at].text, rng), "word")
        return joined(pieces)

    def shows(self, text: str) -> None:
        """One text cannot tell; `learn_weights` compares the words of many."""
        del text


def _mistyped(word: str, rng: np.random.Generator) -> str:
    kind = ("left out", "left out", "swapped", "doubled")[
        int(rng.integers(4))
    ]  # shares are a guess, replace them
    at = int(rng.integers(1, len(word) - (kind == "swapped")))
    if kind == "left out":
        return word[:at] + word[at + 1 :]
    if kind == "swapped":
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[: at + 1] + word[at:]
