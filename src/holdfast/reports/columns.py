"""Columns: text measured, wrapped and padded by terminal cells, where a wide character takes two."""

from __future__ import annotations

import unicodedata
from functools import lru_cache


def cells(text: str) -> int:
    """Terminal cells a text takes.

    >>> cells("abc"), cells("漢字"), cells("e\N{COMBINING ACUTE ACCENT}")
    (3, 4, 1)
    """
    return len(text) if text.isascii() else sum(map(_cells_of, text))


def pad(text: str, width: int, *, right: bool = False) -> str:
    """Text filled up with spaces to a width; longer text is cut with an ellipsis."""
    text = cut(text, width)
    space = " " * (width - cells(text))
    return space + text if right else text + space


def cut(text: str, width: int) -> str:
    """Text that takes at most `width` cells.

    >>> cut("a long title", 8)
    'a long…'
    """
    if cells(text) <= width:
        return text
    kept, used = "", 0
    for letter in text:
        used += _cells_of(letter)
        if used > width - 1:
            break
        kept += letter
    return kept.rstrip() + "…"


def wrap(text: str, width: int, *, first: str = "", rest: str | None = None) -> list[str]:
    """Break text into lines of at most `width` cells.

    Words longer than a line are broken; non-breaking spaces hold.

    Args:
        text: One paragraph.
        width: Cells in a line, prefix included.
        first: Prefix of the first line.
        rest: Prefix of the others; by default as many spaces as `first` has cells.

    >>> wrap("to keep hold of reality", 14, first="- ")
    ['- to keep hold', '  of reality']
    """
    rest = " " * cells(first) if rest is None else rest
    lines: list[str] = []
    prefix, line = first, ""
    for whole in text.split(" "):
        word = whole
        joined = f"{line} {word}" if line else word
        if cells(prefix + joined) <= width:
            line = joined
            continue
        if line:
            lines.append(prefix + line)
            prefix, line = rest, ""
        while cells(prefix + word) > width:
            room = max(2, width - cells(prefix))
            head = _head(word, room)
            lines.append(prefix + head)
            prefix, word = rest, word[len(head) :]
        line = word
    lines.append(prefix + line)
    return lines


def _head(word: str, room: int) -> str:
    used = 0
    for place, letter in enumerate(word):
        used += _cells_of(letter)
        if used > room:
            return word[: max(1, place)]
    return word


@lru_cache(maxsize=4_096)  # the letters of a few scripts
def _cells_of(letter: str) -> int:
    if unicodedata.combining(letter) or unicodedata.category(letter) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(letter) in {"W", "F"} else 1
