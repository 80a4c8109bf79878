"""Casing: people who leave the shift key alone, hold it, or use it as at school."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from holdfast.remedies.generate.methods.rules.pieces import Piece, cut, joined, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np

Case = Literal["lower", "upper", "sentence", "small_start"]
_ENDS = ".!?…"
_LEAST_SHOUTED = 2  # words; one word in large letters is an abbreviation


@dataclass(frozen=True, slots=True, kw_only=True)
class Casing:
    """People type everything small, shout, write as at school, or only leave out the capital at the start of sentences.

    Any language in Latin letters; words that are neither (numbers, addresses, names of things with digits) keep their case. Written as at
    school means a capital at the start of sentences and for the English "I"; names stay as they were.

    Rate
        per row: how many rows it befalls is what weights say, and `learn_weights` measures.

    >>> import numpy as np
    >>> [Casing(style=style)("Call me at ABC-12. Please.", np.random.default_rng(0)) for style in ("lower", "small_start")]
    ['call me at ABC-12. please.', 'call me at ABC-12. please.']
    """

    style: Case = "lower"
    rate: float = 1.0

    @property
    def name(self) -> str:
        """`lower_case`, `upper_case`, `sentence_case` or `small_start`."""
        return self.style if self.style == "small_start" else f"{self.style}_case"

    def __call__(self, text: str, rng: np.random.Generator) -> str:
        """In another case."""
        if rng.random() >= self.rate:
            return text
        pieces: Sequence[Piece] = cut(text)
        if self.style == "lower":
            return joined(_each(pieces, str.lower))
        if self.style == "upper":
            return joined(_each(pieces, str.upper))
        if self.style == "sentence" and _shouted(pieces):
            pieces = _each(pieces, str.lower)
        return joined(_starts(pieces, large=self.style == "sentence"))

    def shows(self, text: str) -> bool:
        """Whether the words have this case; the four exclude each other."""
        pieces = cut(text)
        words = [pieces[at].text for at in words_of(pieces)]
        if not words:
            return False
        if self.style == "upper":
            return _shouted(pieces)
        large = any(word != word.lower() for word in words)
        if self.style == "lower":
            return not large
        begins = words[0][0].isupper()
        return large and not _shouted(pieces) and begins == (self.style == "sentence")


def _each(pieces: Sequence[Piece], change: Callable[[str], str]) -> list[Piece]:
    return [Piece(change(piece.text), "word") if piece.kind == "word" else piece for piece in pieces]


def _shouted(pieces: Sequence[Piece]) -> bool:
    words = [pieces[at].text for at in words_of(pieces)]
    return (
        len(words) >= _LEAST_SHOUTED
        and all(word.isupper() for word in words)
        and any(len(w) > 1 for w in words)
    )


def _starts(pieces: Sequence[Piece], *, large: bool) -> list[Piece]:
    """Sentences with or without their capital; an abbreviation in large letters is no capital."""
    found, first = [], True
    for piece in pieces:
        text = piece.text
        if piece.kind == "word":
            if large and (first or text == "i" or text.startswith(("i'", "i’"))):
                text = text[0].upper() + text[1:]
            elif first and not large and (len(text) == 1 or not text[1:2].isupper()):
                text = text[0].lower() + text[1:]
            first = False
        elif piece.kind == "kept":
            first = False
        elif piece.kind == "mark":
            first = first or text.rstrip("\"')”’»")[-1:] in set(_ENDS)
        found.append(Piece(text, piece.kind))
    return found
