"""Speech: what a machine writes down when people speak."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from holdfast.remedies.generate.methods.rules.operations.casing import Casing
from holdfast.remedies.generate.methods.rules.operations.punctuation import Punctuation
from holdfast.remedies.generate.methods.rules.pieces import Piece, cut, joined, plain, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

# Small tables of our own: words that sound alike in most English, and what people say between words.
_SETS = """
    their there they're | your you're | to too two | for four | buy by bye | no know | write right | whether weather | hear here | than then
    its it's | whole hole | new knew | meet meat | week weak | fair fare | brake break | cell sell | male mail | pair pear | piece peace
    plane plain | sale sail | see sea | wait weight | waist waste | one won | would wood | wear where | hour our | eight ate | role roll
    principal principle | affect effect | accept except | loan lone | rays raise | steal steel | flour flower | aloud allowed | guest guessed
"""
_ALIKE = {
    word: tuple(other for other in words if other != word)
    for line in _SETS.split("|")
    for words in [line.split()]
    for word in words
}
_FILLERS = ("um", "uh", "so", "well", "like", "you know")
_HEARD_FILLERS = frozenset({"um", "uh", "erm", "uhm", "hmm", "er"})
_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen"
    " nineteen"
)
_UNITS = _SMALL.split()
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """Machines that listen write no marks and no capitals, take a word for one that sounds alike, write fillers down, run words together.

    English only. Numbers below a hundred are written as words where `numbers` says so: the one operation that touches a number, and the
    number stays the same. Others, and ids, stay as they are.

    Rate
        per word that sounds like another. One word in twenty is what good recognisers get wrong in conversation (Xiong et al. 2017,
        arXiv:1610.05256, 5.9 %); few of those are in the table, so that 0.2 of these words comes near it. That, and the chances of fillers
        and joined words, are guesses, replace them.

    >>> import numpy as np
    >>> Speech(rate=1.0, fillers=0.0, run_together=0.0)("Is there a sale for 25 people?", np.random.default_rng(0))
    "is they're a sail four twenty five people"
    """

    name: ClassVar[str] = "speech"

    rate: float = 0.2
    fillers: float = 0.04
    run_together: float = 0.01
    numbers: bool = True

    def __call__(self, text: str, rng: np.random.Generator) -> str:
        """As it was heard."""
        heard = Casing(style="lower")(Punctuation(style="no_punctuation")(text, rng), rng)
        pieces = cut(heard)
        found: list[Piece] = []
        for at, piece in enumerate(pieces):
            if piece.kind == "kept" and self.numbers and _alone(pieces, at):
                found.append(Piece(_spoken(piece.text), "kept"))
            elif piece.kind == "word":
                if rng.random() < self.fillers:
                    found.append(Piece(_FILLERS[int(rng.integers(len(_FILLERS)))] + " ", "space"))
                others = _ALIKE.get(plain(piece.text), ())
                alike = others and rng.random() < self.rate
                found.append(Piece(others[int(rng.integers(len(others)))], "word") if alike else piece)
            elif piece.text == " " and _between_words(pieces, at) and rng.random() < self.run_together:
                continue
            else:
                found.append(piece)
        return joined(found)

    def shows(self, text: str) -> bool:
        """Whether a filler is written down."""
        pieces = cut(text)
        return any(plain(pieces[at].text) in _HEARD_FILLERS for at in words_of(pieces))


def _spoken(kept: str) -> str:
    """A whole number below a hundred as words; anything else as it is, leading zeros included."""
    if not (kept.isascii() and kept.isdigit() and len(kept) <= 2 and (kept == "0" or kept[0] != "0")):
        return kept
    number = int(kept)
    if number < len(_UNITS):
        return _UNITS[number]
    ones = number % 10
    return _TENS[number // 10] + (f" {_UNITS[ones]}" if ones else "")


def _alone(pieces: Sequence[Piece], at: int) -> bool:
    """Whether a number stands by itself: "5 01 23" is one number, and "{x}5" is none."""
    around = (*pieces[max(at - 2, 0) : at], *pieces[at + 1 : at + 3])
    beside = (*pieces[max(at - 1, 0) : at], *pieces[at + 1 : at + 2])
    return all(piece.kind == "space" for piece in beside if piece.kind != "mark") and all(
        piece.kind != "kept" for piece in around
    )


def _between_words(pieces: Sequence[Piece], at: int) -> bool:
    return 0 < at < len(pieces) - 1 and pieces[at - 1].kind == "word" and pieces[at + 1].kind == "word"
