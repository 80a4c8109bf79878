"""Endings: how rows end, and whether they were cut off."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

CHARACTERS_READ = 4_000
"""Characters of a record the patterns read, from its beginning and its end; loops are looked for further (`tokens`)."""

_OPEN_ENDS = "([{„,–—\\"
_OPEN_WORDS = {"the", "a", "an", "and", "or", "but", "my", "our", "your", "their", "although"}
_OPEN_WORDS |= {"und", "oder", "aber", "et", "ou", "mais", "les", "y", "o", "los", "las"}
_TRAILING_OFF = ("...", "…")
_LONG = 200  # characters from which dots at the end are no mere habit
# A full stop after a single letter or a capital is an abbreviation's; a sentence begins with anything but a small letter. The mark
# is looked for first, and what stands before it then: most of a text is passed over quickly.
_SENTENCE_END = re.compile(
    r"[.!?。！？](?:(?<=[^\WA-Z][^\WA-Z][.!?])['\"”’)\]]{0,2}\s+(?=[^a-z\s])|(?<=[。！？])[。！？]*)"
)
_LEFT_OPEN = 12  # characters after the last sentence that ends
_SEVERAL_WORDS = 5
_NO_WORDS = frozenset("#@/_")  # of a link or a tag
_BROKEN, _SEVERAL, _BARE = 1, 2, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Endings:
    """How rows end.

    Attributes:
        broken: bool [n], rows that end where nothing ends.
        several: bool [n], rows whose last paragraph has several sentences.
        bare: bool [n], rows that end in a word without a full stop, and not in a link or a tag.
    """

    broken: NDArray[np.bool_]
    several: NDArray[np.bool_]
    bare: NDArray[np.bool_]

    @property
    def left_open(self) -> NDArray[np.bool_]:
        """bool [n], rows of several sentences of which the last does not end, and nothing else shows that it was cut."""
        return self.several & self.bare & ~self.broken


def read_endings(texts: Sequence[str]) -> Endings:
    """How each text ends.

    >>> found = read_endings(["It is fine. It works. What I did not like was", "no full stop", "on Monday and the bank and"])
    >>> found.broken.tolist(), found.left_open.tolist()
    ([False, False, True], [True, False, False])
    """
    found = np.fromiter((_ending(read_part(text).rstrip()) for text in texts), np.uint8, len(texts))
    return Endings(broken=(found & _BROKEN) > 0, several=(found & _SEVERAL) > 0, bare=(found & _BARE) > 0)


def read_part(text: str) -> str:
    """The beginning and the end of a long text."""
    if len(text) <= CHARACTERS_READ:
        return text
    return text[: CHARACTERS_READ // 2] + "\n" + text[-CHARACTERS_READ // 2 :]


def _ending(text: str) -> int:
    sentences = _SENTENCE_END.split(text[text.rfind("\n") + 1 :])
    several = _SEVERAL if len(sentences) > 2 else 0
    last = text[-1:]
    if not last.isalnum():
        return several | (_BROKEN if last and _breaks_off(text, last) else 0)
    words = text[-200:].split()
    if words[-1].lower() in _OPEN_WORDS and len(words) >= _SEVERAL_WORDS:
        return several | _BROKEN | _BARE
    # A link or a tag closes a row as a full stop does.
    bare = len(sentences[-1]) >= _LEFT_OPEN and _NO_WORDS.isdisjoint(words[-1])
    return several | (_BARE if bare else 0)


def _breaks_off(text: str, last: str) -> bool:
    """Whether a text that ends in a mark ends where nothing does."""
    if last in _OPEN_ENDS:
        return True
    if last == "-":
        return text[-2:-1].isalnum() or text[-2:-1] == "_"
    return len(text) >= _LONG and text.endswith(_TRAILING_OFF)
