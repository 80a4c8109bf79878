"""Formats: how rows are laid out, whatever they say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from holdfast.views.real_rows import read_real
from holdfast.views.view import Learnt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from holdfast.views.sides import Sides
    from holdfast.views.view import Block, Facts, Merge

CHARACTERS_READ = 4_000

FORMATS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("bullet list", re.compile(r"^[ \t]{0,8}[-*•][ \t]+\S", re.MULTILINE)),
    ("numbered list", re.compile(r"^[ \t]{0,8}\d{1,3}[.)][ \t]+\S", re.MULTILINE)),
    ("heading", re.compile(r"^#{1,6}[ \t]+\S", re.MULTILINE)),
    ("bold text", re.compile(r"\*\*[^*\n]{1,200}\*\*")),
    ("code block", re.compile(r"^[ \t]*(?:```|~~~)", re.MULTILINE)),
    ("several paragraphs", re.compile(r"\S[ \t]*\n[ \t]*\n[ \t]*\S")),
    ("several lines", re.compile(r"\S[ \t]*\n[ \t]*\S")),
    ("dash between clauses", re.compile(r"\w ?[—–] ?\w")),
    ("quoted whole", re.compile(r"\A\s*[\"“«].*[\"”»]\s*\Z", re.DOTALL)),
    ("ends with a question mark", re.compile(r"[?？]\s*\Z")),
    ("ends with a full stop", re.compile(r"[.。]\s*\Z")),
    ("ends with an exclamation mark", re.compile(r"[!！]\s*\Z")),
    ("begins with a capital letter", re.compile(r"\A\s*[A-ZÀ-ÖØ-ÞА-ЯΑ-Ω]")),
    ("emoji", re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")),
    ("link", re.compile(r"https?://\S")),
    ("digits", re.compile(r"\d")),
    ("JSON object", re.compile(r"\A\s*\{.*\}\s*\Z", re.DOTALL)),
)


_AT = {name: 1 << column for column, (name, _) in enumerate(FORMATS)}
_PATTERNS = dict(FORMATS)
_QUOTES = frozenset('"“«'), frozenset('"”»')
_CAPITAL = re.compile(r"[A-ZÀ-ÖØ-ÞА-ЯΑ-Ω]")
_CLOSING = {
    **dict.fromkeys("?？", _AT["ends with a question mark"]),
    **dict.fromkeys(".。", _AT["ends with a full stop"]),
    **dict.fromkeys("!！", _AT["ends with an exclamation mark"]),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatsView:
    """Which formats every row shows: `flags`, bool [n, formats]."""

    name: ClassVar[str] = "formats"
    version: ClassVar[int] = 1
    merges: ClassVar[Mapping[str, Merge]] = {"flags": "rows"}
    uses: ClassVar[tuple[str, ...]] = ()
    holds: ClassVar[tuple[type, ...]] = ()

    def depends(self, sides: Sides) -> tuple[Any, ...]:  # noqa: ARG002 - words are enough
        """Nothing but words."""
        return ()

    def learn(self, sides: Sides) -> Learnt:
        """Nothing is learnt; the real rows are read."""
        return Learnt(model=None, real=read_real(sides, self.merges, lambda block: self.read(None, block)))

    def read(self, model: None, block: Block) -> Facts:  # noqa: ARG002 - there is none
        """The formats of the rows."""
        return {"flags": read_formats(block.texts)}


FORMAT_FLAGS = FormatsView()


def read_formats(texts: Sequence[str]) -> NDArray[np.bool_]:
    """Which formats each text shows, bool [n, formats]; the beginning and the end of long texts are read.

    A pattern reads the texts that hold a sign of it: most hold none.
    """
    half = CHARACTERS_READ // 2
    found = np.fromiter(
        (_formats_of(text if len(text) <= CHARACTERS_READ else text[:half] + text[-half:]) for text in texts),
        np.int64,
        len(texts),
    )
    return np.asarray((found[:, None] >> np.arange(len(FORMATS))) & 1 > 0, np.bool_)


def _formats_of(text: str) -> int:
    stripped = text.strip()
    digits = _PATTERNS["digits"].search(text) is not None
    asked = []
    if "-" in text or "*" in text or "•" in text:
        asked += ["bullet list", "bold text"] if "**" in text else ["bullet list"]
    if digits and ("." in text or ")" in text):
        asked.append("numbered list")
    if "#" in text:
        asked.append("heading")
    if "```" in text or "~~~" in text:
        asked.append("code block")
    if "\n" in stripped:
        asked += ["several paragraphs", "several lines"]
    if "://" in text:
        asked.append("link")
    if not text.isascii():
        asked += ["dash between clauses", "emoji"]
    found = sum(_AT[name] for name in asked if _PATTERNS[name].search(text))
    return (found | _AT["digits"] if digits else found) | _ends_of(stripped)


def _ends_of(text: str) -> int:
    """What the first and the last sign of a text show, spaces left out."""
    if not text:
        return 0
    first, last = text[0], text[-1]
    found = _CLOSING.get(last, 0)
    if _CAPITAL.match(first):
        found |= _AT["begins with a capital letter"]
    if len(text) > 1:
        if first in _QUOTES[0] and last in _QUOTES[1]:
            found |= _AT["quoted whole"]
        if first == "{" and last == "}":
            found |= _AT["JSON object"]
    return found
