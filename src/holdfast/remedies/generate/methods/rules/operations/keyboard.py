"""Keyboard: the finger that lands one key beside."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, ClassVar, Literal

from holdfast.remedies.generate.methods.rules.operations.typos import LEAST_LETTERS
from holdfast.remedies.generate.methods.rules.pieces import Piece, cut, joined, words_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

Layout = Literal["qwerty", "qwertz", "azerty"]
LAYOUTS: dict[Layout, tuple[str, str, str]] = {
    "qwerty": ("qwertyuiop", "asdfghjkl", "zxcvbnm"),
    "qwertz": ("qwertzuiopü", "asdfghjklöä", "yxcvbnm"),
    "azerty": ("azertyuiop", "qsdfghjklm", "wxcvbn"),
}
_OFFSETS = (
    0.0,
    0.25,
    0.75,
)  # rows of a keyboard stand a quarter and a half of a key to the right of the row above


@cache
def neighbours(layout: Layout) -> Mapping[str, str]:
    """The keys around each key.

    >>> neighbours("qwerty")["s"], neighbours("azerty")["q"]
    ('adewxz', 'aswz')
    """
    places = {
        key: (column + offset, float(row))
        for row, (keys, offset) in enumerate(zip(LAYOUTS[layout], _OFFSETS, strict=True))
        for column, key in enumerate(keys)
    }
    return {
        key: "".join(
            other
            for other, (u, v) in sorted(places.items())
            if other != key
            and abs(v - y) <= 1.0
            and (u - x) ** 2 + (v - y) ** 2 <= 1.6  # diagonal keys touch, the next do not
        )
        for key, (x, y) in places.items()
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyboard:
    """People hit the key beside the one they meant; letters that the layout lacks are left alone.

    Any language in Latin letters, by the layout that its writers have.

    Rate
        per word of four letters or more; see `Typos`.

    >>> import numpy as np
    >>> Keyboard(rate=1.0)("please help", np.random.default_rng(1))
    'pkease helo'
    """

    name: ClassVar[str] = "keyboard"

    rate: float = 0.06
    layout: Layout = "qwerty"

    def __call__(self, text: str, rng: np.random.Generator) -> str:
        """With some keys missed by one."""
        pieces = list(cut(text))
        words = words_of(pieces)
        for at, chance in zip(words, rng.random(len(words)), strict=True):
            if chance < self.rate and len(pieces[at].text) >= LEAST_LETTERS:
                pieces[at] = Piece(_missed(pieces[at].text, neighbours(self.layout), rng), "word")
        return joined(pieces)

    def shows(self, text: str) -> None:
        """One text cannot tell; `learn_weights` compares the words of many."""
        del text


def _missed(word: str, around: Mapping[str, str], rng: np.random.Generator) -> str:
    at = int(rng.integers(1, len(word)))
    keys = around.get(word[at].lower(), "")
    if not keys:
        return word
    hit = keys[int(rng.integers(len(keys)))]
    return word[:at] + (hit.upper() if word[at].isupper() else hit) + word[at + 1 :]
