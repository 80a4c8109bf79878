"""Windows: a text longer than a model reads, cut so that every token is scored once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What is read at once.

    Attributes:
        row: The text it is from.
        first: Which of the text's tokens is the first that is scored.
        read: Tokens that are read.
        scored: Tokens that are scored, each after the one that is read at its place; the last ones of what is read.
    """

    row: int
    first: int
    read: tuple[int, ...]
    scored: tuple[int, ...]


def cut(
    row: int, tokens: Sequence[int], prefix: int | None, limit: int, *, skip: int = 0
) -> Iterator[Window]:
    """Windows of a text: each scores as many tokens as fit, after the last token of the one before.

    These are the windows of lm-evaluation-harness (`loglikelihood_rolling` with a context of one token): the last one, which
    scores what is left, reads as much before it as fits.

    Args:
        row: The text.
        tokens: Its tokens.
        prefix: The token that a text begins with; None where there is none, then the first token is only read.
        limit: Tokens that a model reads at once.
        skip: Tokens at the beginning that are only read.

    >>> [(window.read, window.scored) for window in cut(0, [1, 2, 3, 4, 5], 0, 3)]
    [((0, 1, 2), (1, 2, 3)), ((2, 3, 4), (4, 5))]
    >>> [(window.read, window.scored) for window in cut(0, [1, 2, 3], None, 3, skip=1)]
    [((1, 2), (2, 3))]
    """
    line = tuple(tokens) if prefix is None else (prefix, *tokens)
    shift = 0 if prefix is None else 1  # where the text's first token stands in the line
    at = max(skip, 1 - shift)
    while at < len(tokens):
        # A window is `limit` tokens that are read; the first one begins where the line does.
        end = min(len(tokens), limit + 1 - shift) if at + shift <= limit else min(len(tokens), at + limit)
        begin = max(0, end + shift - 1 - limit)
        yield Window(row=row, first=at, read=line[begin : end + shift - 1], scored=tuple(tokens[at:end]))
        at = end
