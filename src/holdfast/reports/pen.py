"""Pen: words of strangers in Markdown, harmless to everybody they could have mentioned."""

from __future__ import annotations

import re
from dataclasses import dataclass

from holdfast.pages.inert import LABEL, inert
from holdfast.reports import wording
from holdfast.reports.masks import mask_private

_ZERO_WIDTH_SPACE = "\u200b"  # ours, after escaping: it breaks mentions and autolinks and stays invisible
_MARKUP = re.compile(r"([\\`*_{}\[\]()|~$!])")
_AUTOLINK = re.compile(
    r"@(?=\S)|#(?=\d)|(?<=:)(?=//)|(?<=www)(?=\.)|(?<=GH)(?=-\d)|!(?=\d)|&(?=#?\w)", re.IGNORECASE
)
_BLOCK_START = re.compile(r"^(\s*)(?=[-+=#:]|\d+[.)])")
_BACKTICKS = re.compile(r"`+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pen:
    """Writes words that come from a file, so that Markdown takes none of them for its own.

    Attributes:
        mask: Cover e-mail addresses, phone numbers, keys, card numbers, IBANs and IP addresses.
    """

    mask: bool

    def prose(self, text: str, limit: int = 400) -> str:
        """Words in running text."""
        plain = self._plain(text, limit)
        plain = plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        plain = _MARKUP.sub(r"\\\1", plain)
        plain = _AUTOLINK.sub(
            lambda match: match.group() + ("" if match.group() == "&" else _ZERO_WIDTH_SPACE), plain
        )
        return wording.hold(_BLOCK_START.sub(lambda match: match[1] + _ZERO_WIDTH_SPACE, plain))

    def code(self, text: str, limit: int = LABEL, *, cell: bool = False, mask: bool = True) -> str:
        """Words as a code span, in which nothing but a run of backticks means anything."""
        plain = self._plain(text, limit) if mask else inert(text, limit=limit)
        if not plain:
            return "(empty)"
        if cell:  # a table splits its row before it looks for code
            plain = re.sub(r"\\+(?=\|)", "⧵", plain).replace("|", r"\|")
        fence = "`" * (max((len(run) for run in _BACKTICKS.findall(plain)), default=0) + 1)
        gap = " " if plain[0] in "` " or plain[-1] in "` " else ""
        return f"{fence}{gap}{plain}{gap}{fence}"

    def _plain(self, text: str, limit: int) -> str:
        if self.mask:
            # Masked before it is cut, so that no half of a number escapes at the end.
            text = mask_private(inert(text, limit=4 * limit))
        return inert(text, limit=limit)
