"""Words and punctuation as tokens, in a way that survives a round trip."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# Marks the side on which a punctuation token sticks to its neighbour. A text that uses the sign loses it.
TIE = "⁀"
_CHUNK = re.compile(r"""([(\["'`]*)(.*?)([)\]"'`.,;:!?]*)""", re.DOTALL)


def split_words(text: str) -> list[str]:
    """Splits at spaces and takes brackets, quotes and closing marks off the words.

    A tie shows where a token was attached. Joining and splitting again gives the same words, so that a model
    trained on its own samples can lose words and never gains one.

    >>> split_words("Return it (or None).")
    ['Return', 'it', '(⁀', 'or', 'None', '⁀)', '⁀.']
    >>> join_words(split_words("Return it (or None)."))
    'Return it (or None).'
    """
    tokens: list[str] = []
    for chunk in text.replace(TIE, "").split():
        match = _CHUNK.fullmatch(chunk)
        opening, core, closing = match.groups() if match else ("", chunk, "")
        tokens += [sign + TIE for sign in opening]
        if core:
            tokens.append(core)
        tokens += [TIE + sign for sign in closing]
    return tokens


def join_words(tokens: Iterable[str]) -> str:
    """The text of these tokens; undoes `split_words` up to white space."""
    return " ".join(tokens).replace(f"{TIE} ", "").replace(f" {TIE}", "").replace(TIE, "")
