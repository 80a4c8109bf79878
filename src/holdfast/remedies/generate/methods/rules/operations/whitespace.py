"""Whitespace: a space too many, or one too few."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from holdfast.remedies.generate.methods.rules.pieces import Piece, cut, joined

if TYPE_CHECKING:
    import numpy as np

_ODD = re.compile(r"^[ \t]|[ \t]$|\S[ \t]{2,}\S|[^\W\d_] [,.!?](?: |$)|[^\W\d_],[^\W\d_]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Whitespace:
    """People press the space bar twice, before a mark, or not at all after one.

    Any language that writes spaces; lines stay lines, and words are not run together (`Speech` does that).

    Rate
        per space. A guess, replace it.

    >>> import numpy as np
    >>> Whitespace(rate=1.0)("well, yes indeed!", np.random.default_rng(0))
    'well,yes  indeed !'
    """

    name: ClassVar[str] = "whitespace"

    rate: float = 0.05

    def __call__(self, text: str, rng: np.random.Generator) -> str:
        """With some spaces more, or less."""
        pieces = cut(text)
        found: list[Piece] = []
        for at, piece in enumerate(pieces):
            before = pieces[at - 1] if at else None
            after = pieces[at + 1] if at + 1 < len(pieces) else None
            if piece.text == " " and before and after and rng.random() < self.rate:
                # Only a comma between two words can lose its space: "a.b" would be a domain, and "1,2" a number.
                tight = (
                    before.text == "," and after.kind == "word" and at > 1 and pieces[at - 2].kind == "word"
                )
                found.append(Piece("" if tight else "  ", "space"))
            elif (
                piece.kind == "mark"
                and piece.text in {"?", "!"}
                and before
                and before.kind == "word"
                and rng.random() < self.rate
            ):
                found += [Piece(" ", "space"), piece]
            else:
                found.append(piece)
        return joined(found)

    def shows(self, text: str) -> bool:
        """Whether a space stands where none belongs, or none where one does."""
        return _ODD.search(text) is not None
