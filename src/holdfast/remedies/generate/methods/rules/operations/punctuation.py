"""Punctuation: left out, doubled, or put where nobody else puts it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from holdfast.remedies.generate.methods.rules.pieces import Piece, cut, joined, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

Style = Literal["no_final_mark", "final_mark", "no_punctuation", "doubled_mark"]
_MARKS = frozenset(",.;:!?…")
_FINAL = frozenset(".!?…")
_QUESTIONS = (
    "what what's which who whose whom where where's when why how how's is are am was were do does did can could will would should"
    " may might has have had shall"
)
_ASKS = frozenset(_QUESTIONS.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Punctuation:
    """People leave out the last mark, or all of them, or double it; or add the one that others leave out.

    Any language in Latin letters; only marks beside words are touched, never one inside a number or an address. Which mark is added
    ("?" or ".") is read off English question words.

    Rate
        per row: how many rows it befalls is what weights say, and `learn_weights` measures.

    >>> import numpy as np
    >>> [Punctuation(style=style)("Hi, is it 3.5?", np.random.default_rng(0)) for style in ("no_punctuation", "doubled_mark")]
    ['Hi is it 3.5', 'Hi, is it 3.5??']
    """

    style: Style = "no_final_mark"
    rate: float = 1.0

    @property
    def name(self) -> str:
        """Its style."""
        return self.style

    def __call__(self, text: str, rng: np.random.Generator) -> str:
        """With fewer marks, or more."""
        pieces = list(cut(text))
        if rng.random() >= self.rate or not words_of(pieces):
            return text
        last = _last(pieces)
        mark = pieces[last]
        ends = mark.kind == "mark" and bool(set(mark.text) <= _FINAL)
        if self.style == "no_final_mark":
            return joined(pieces[:last] + pieces[last + 1 :]) if ends and _beside(pieces, last) else text
        if self.style == "final_mark":
            added = "?" if pieces[words_of(pieces)[0]].text.lower() in _ASKS else "."
            return joined([*pieces[: last + 1], Piece(added, "mark")]) if mark.kind == "word" else text
        if self.style == "doubled_mark":
            if not (ends and _beside(pieces, last)) or len(mark.text) > 1:
                return text
            again = (
                mark.text if mark.text == "?" or rng.random() < 0.5 else mark.text * 2
            )  # a guess, replace it
            return joined([*pieces[:last], Piece(mark.text + again, "mark"), *pieces[last + 1 :]])
        return joined(piece for at, piece in enumerate(pieces) if not _droppable(pieces, at))

    def shows(self, text: str) -> bool | None:
        """Whether a text is punctuated so; None where it has no words, or is too short to need any mark but the last."""
        pieces = cut(text)
        words = words_of(pieces)
        if not words:
            return None
        mark = pieces[_last(pieces)]
        ends = mark.kind == "mark" and set(mark.text) <= _FINAL
        inner = any(_droppable(pieces, at) for at in range(_last(pieces)))
        if self.style == "no_final_mark":
            return not ends and inner
        if self.style == "no_punctuation":
            return not ends and not inner
        return ends and (len(mark.text) > 1 and mark.text != "..." if self.style == "doubled_mark" else True)


def _last(pieces: Sequence[Piece]) -> int:
    return next(at for at in range(len(pieces) - 1, -1, -1) if pieces[at].kind != "space")


def _beside(pieces: Sequence[Piece], at: int) -> bool:
    """Whether a mark stands right after a word, a number or another piece in plain letters."""
    return at > 0 and (
        pieces[at - 1].kind == "word" or (pieces[at - 1].kind == "kept" and pieces[at - 1].text.isascii())
    )


def _droppable(pieces: Sequence[Piece], at: int) -> bool:
    """Whether a mark can go without joining what it stood between."""
    piece = pieces[at]
    if piece.kind != "mark" or not set(piece.text) <= _MARKS or not _beside(pieces, at):
        return False
    return at + 1 == len(pieces) or pieces[at + 1].kind == "space"
