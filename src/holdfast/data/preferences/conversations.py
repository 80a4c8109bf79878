"""Conversations in pairs: what both sides share is the prompt, what follows is the response."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeGuard

from holdfast.data.turns import is_turn, texts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

Turn = tuple[str, str]
"""Who speaks, and what is said."""
_SPEAKER = re.compile(r"(?:\A|\n\n) ?(Human|Assistant):")
_SHORTEST = 10
"""Characters: shared beginnings below are how sentences begin, not prompts."""


def is_chat(value: Any) -> TypeGuard[Sequence[Any]]:
    """Whether the value is a list of messages.

    >>> is_chat([{"role": "user", "content": "hi"}]), is_chat("hi")
    (True, False)
    """
    return isinstance(value, list | tuple) and bool(value) and is_turn(value[0]) is not None


def turns_of(messages: Sequence[Any], column: str) -> list[Turn]:
    """Messages as turns.

    Raises:
        RowError: One of them is no message.
    """
    dialect = is_turn(messages[0]) or "messages"
    turns = []
    for message in messages:
        texts = texts_of([message], column, shape=dialect)
        speaker = message.get("role", message.get("from")) if isinstance(message, dict) else ""
        turns.append((str(speaker), "\n".join(texts)))
    return turns


def turns_in(transcript: str) -> list[Turn] | None:
    r"""The turns of a transcript whose speakers are `Human:` and `Assistant:`; None where it is no transcript.

    >>> turns_in("\n\nHuman: hi\n\nAssistant: hello")
    [('Human', 'hi'), ('Assistant', 'hello')]
    """
    start = _SPEAKER.match(transcript)
    if start is None:
        return None
    _, *parts = _SPEAKER.split(transcript)
    # A turn's ends are white space of the format, not of what was said.
    return [(speaker, said.strip()) for speaker, said in zip(parts[::2], parts[1::2], strict=True)]


def split_shared(a: Sequence[Turn], b: Sequence[Turn]) -> tuple[str | None, str, str]:
    """The prompt that two conversations share, and how each goes on.

    >>> split_shared([("user", "q"), ("assistant", "x")], [("user", "q"), ("assistant", "y")])
    ('q', 'x', 'y')
    """
    shared = 0
    for one, other in zip(a, b, strict=False):
        if one != other:
            break
        shared += 1
    return joined_text(a[:shared]), joined_text(a[shared:]) or "", joined_text(b[shared:]) or ""


def joined_text(turns: Sequence[Turn]) -> str | None:
    """Turns as one text, without the speakers; None where nothing is said."""
    return "\n".join(said for _, said in turns if said) or None


def split_strings(a: str, b: str) -> tuple[str | None, str, str]:
    r"""The prompt that two strings begin with, up to the last line break in it, or else up to its last space.

    >>> split_strings("Q: why is it so?\nA: because", "Q: why is it so?\nA: who knows")
    ('Q: why is it so?\n', 'A: because', 'A: who knows')
    """
    shared = _shared_start(a, b)
    cut = a.rfind("\n", 0, shared) + 1 or a.rfind(" ", 0, shared) + 1
    if cut < _SHORTEST:
        return None, a, b
    return a[:cut], a[cut:], b[cut:]


def _shared_start(a: str, b: str) -> int:
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a.startswith(b[:middle]):
            low = middle
        else:
            high = middle - 1
    return low
