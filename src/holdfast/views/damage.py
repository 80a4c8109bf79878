"""Damage: rows that went wrong, whatever they are about.

Every kind is a small rule on one row. None is a proof: a corpus about code holds placeholders and HTML by right. So a
kind says nothing by itself; measures hold its share against reality's own.

Most rows hold no sign of a kind, and a sign (a bracket, a word) is found much quicker than the pattern that needs it: patterns read
the rows that hold one.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from holdfast.views import damage_patterns as patterns
from holdfast.views.endings import read_endings, read_part
from holdfast.views.loops import LOOP_CHARACTERS, find_loops
from holdfast.views.real_rows import read_real
from holdfast.views.view import Learnt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from holdfast.views.endings import Endings
    from holdfast.views.sides import Sides
    from holdfast.views.tokens import Tokens
    from holdfast.views.view import Block, Facts, Merge

CUT_OFF = "cut-off rows"
KINDS = (
    "encoding damage",
    "literal escapes",
    "loops",
    "refusals",
    "assistant openings",
    "unfilled placeholders",
    "template tokens",
    "HTML leftovers",
    "empty rows",
    CUT_OFF,
)

COSMETIC = ("assistant openings", "template tokens")
"""Kinds that frame a row and leave it whole: artifacts, which cost a learner next to nothing."""
_ENCODING, _ESCAPES, _LOOPS, _REFUSALS, _OPENINGS, _PLACEHOLDERS, _TEMPLATES, _HTML, _EMPTY = (
    1 << kind for kind in range(len(KINDS) - 1)
)
_ANY_WORD = re.compile(r"\w")
_LONGEST_NOTHING = 40  # characters of a text that says nothing but a word for nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class DamageView:
    """Of every row the kinds of damage it shows (`flags`, bool [n, kinds]), and how it ends (`broken`, `several`, `bare`)."""

    name: ClassVar[str] = "damage"
    version: ClassVar[int] = 1
    merges: ClassVar[Mapping[str, Merge]] = {
        "flags": "rows",
        "broken": "rows",
        "several": "rows",
        "bare": "rows",
    }
    uses: ClassVar[tuple[str, ...]] = ()
    holds: ClassVar[tuple[type, ...]] = ()

    def depends(self, sides: Sides) -> tuple[Any, ...]:  # noqa: ARG002 - words are enough
        """Nothing but words."""
        return ()

    def learn(self, sides: Sides) -> Learnt:
        """Nothing is learnt; the real rows are read."""
        return Learnt(model=None, real=read_real(sides, self.merges, lambda block: self.read(None, block)))

    def read(self, model: None, block: Block) -> Facts:  # noqa: ARG002 - there is none
        """The damage of the rows. Words before templates are cut out: what repeats itself in many rows is a loop all the same."""
        endings = read_endings(block.texts)
        flags = read_damage(block.texts, block.words, endings)
        return {
            "flags": flags,
            "broken": endings.broken,
            "several": endings.several,
            "bare": endings.bare,
        }


DAMAGE = DamageView()


def read_damage(texts: Sequence[str], tokens: Tokens, endings: Endings | None = None) -> NDArray[np.bool_]:
    """Which kinds of damage each text shows.

    Args:
        texts: n texts as given.
        tokens: Their words.
        endings: How they end, where that was read before.

    Returns:
        bool [n, kinds], in the order of `KINDS`.

    >>> from holdfast.views.tokens import read_tokens
    >>> texts = ["Dear {{name}}, it is cafÃ© time", "no no no no, I said"]
    >>> [[KINDS[kind] for kind in np.flatnonzero(row)] for row in read_damage(texts, read_tokens(texts))]
    [['encoding damage', 'unfilled placeholders'], []]
    """
    endings = endings or read_endings(texts)
    parts = list(map(read_part, texts))
    folded = [part.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'") for part in parts]
    signs = _Signs.of(folded)
    found = np.fromiter(map(signs.read, parts, folded), np.int64, len(texts))
    flags = (found[:, None] >> np.arange(len(KINDS))) & 1 > 0
    flags[:, KINDS.index("loops")] |= find_loops(tokens)
    flags[:, KINDS.index(CUT_OFF)] = endings.broken | endings.left_open
    return np.asarray(flags, np.bool_)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signs:
    """Signs that stand anywhere in some rows: what none of them holds is not looked for in each.

    Attributes:
        refusals: Signs of refusals.
        unspaced: Whether there are signs of refusals in scripts without spaces.
        loops: Whether a long word goes round in a loop of letters.
    """

    refusals: tuple[str, ...]
    unspaced: bool
    loops: bool

    @classmethod
    def of(cls, folded: Sequence[str]) -> _Signs:
        joined = "\n".join(folded)
        signs = (*patterns.REFUSAL_SIGNS, *patterns.REFUSAL_SIGNS_BEYOND_ASCII)
        return cls(
            refusals=tuple(sign for sign in signs if sign in joined),
            unspaced=any(sign in joined for sign in patterns.REFUSAL_SIGNS_UNSPACED),
            loops=_has_letter_loop(joined),
        )

    def read(self, text: str, folded: str) -> int:
        """The kinds of damage that a text shows by itself, as bits."""
        found = _ENCODING if _is_garbled(text) else 0
        if ("\\" in text or "%" in text or "=" in text) and patterns.ESCAPES.search(text):
            found |= _ESCAPES
        if self.loops and _has_letter_loop(folded):
            found |= _LOOPS
        if self._refuses(folded):
            found |= _REFUSALS
        if patterns.OPENINGS.match(folded):
            found |= _OPENINGS
        found |= _frame_of(text, folded)
        return found | _EMPTY if _says_nothing(folded) else found

    def _refuses(self, text: str) -> bool:
        for sign in self.refusals:
            if sign in text and patterns.REFUSALS.search(text):
                return True
        return self.unspaced and patterns.REFUSALS_UNSPACED.search(text) is not None


def _frame_of(text: str, folded: str) -> int:
    """Placeholders, template tokens and HTML: all of them need a bracket, or some other sign."""
    found, tagged, listed = 0, "<" in text, "[" in text
    if (
        tagged
        or listed
        or "{" in text
        or "%(" in text
        or "TODO" in text
        or "TBD" in text
        or "FIXME" in text
        or "lorem" in folded
    ) and patterns.PLACEHOLDERS.search(text):
        found |= _PLACEHOLDERS
    if (
        tagged or listed or "##" in text or ": " in text or "Ġ" in text or "▁" in text
    ) and patterns.TEMPLATES.search(text):
        found |= _TEMPLATES
    if (tagged or "&" in text) and patterns.HTML.search(text):
        found |= _HTML
    return found


def _is_garbled(text: str) -> bool:
    if text.isascii():
        broken = not text.isprintable() and patterns.CONTROL.search(text) is not None
    else:
        broken = (
            patterns.ENCODING_SIGN.search(text) is not None and patterns.ENCODING.search(text) is not None
        )
    return broken or ("?" in text and patterns.LOST_APOSTROPHE.search(text) is not None)


def _has_letter_loop(text: str) -> bool:
    return any(
        len(loop[0]) >= LOOP_CHARACTERS and any(map(str.isalpha, loop[1]))
        for word in text.split()
        if len(word) >= LOOP_CHARACTERS
        for loop in patterns.CHARACTER_LOOP.finditer(word)
    )


def _says_nothing(text: str) -> bool:
    """No letter, digit or pictogram, or nothing but a word that stands for nothing."""
    if _ANY_WORD.search(text) is None:
        return not any(unicodedata.category(sign) == "So" for sign in text)
    return len(text) < _LONGEST_NOTHING and text.strip(" \n\t.[]()<>\"'") in patterns.NOTHING
