"""Level: both sides read up to equal lengths, where length alone would make rows more alike or hold more words.

Two rows that say two things each are more alike than rows that say one, and hold more of any word. That is length, and
neither homogenization nor bias. So a row of the longer side is read up to the length that a row of its rank has on the
other side.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.tokens import Tokens

SLACK = 1.2
"""Lengths up to a fifth above the other side's, or one word, are let be: chance makes as much, and cutting costs words."""


def level_lengths(first: Tokens, second: Tokens) -> tuple[Tokens, Tokens]:
    """Both sides, each row up to the length that is usual at its rank on the other side.

    Args:
        first: Words of one side.
        second: Words of the other.

    >>> from holdfast.views.tokens import read_tokens
    >>> level = level_lengths(read_tokens(["one two", "a b"]), read_tokens(["just this and much more", "as is"]))
    >>> [tokens.folded for tokens in level]
    [('one two', 'a b'), ('just this', 'as is')]
    """
    limits = length_limits(first.counts, second.counts)
    return cut_rows(first, limits[0]), cut_rows(second, limits[1])


def length_limits(
    first: NDArray[np.int64], second: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """int64 [n] and int64 [m], words to read of every row of two sides, given the words in each."""
    return _limits(first, second), _limits(second, first)


def _limits(own: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
    """int64 [n], words to read of every row."""
    if len(own) == 0 or len(other) == 0:
        return own
    rank = np.empty(len(own))
    rank[np.argsort(own, kind="stable")] = (np.arange(len(own)) + 0.5) / len(own)
    usual = quantiles(other, rank)
    return np.where(own > np.maximum(SLACK * usual, usual + 1), np.maximum(np.rint(usual), 1), own).astype(
        np.int64
    )


def quantiles(values: NDArray[np.int64], shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """What `np.quantile` gives, bit for bit: it looks for every share by itself, and there are as many as rows.

    Args:
        values: int64 [m], one at least.
        shares: float64 [n], from 0 to 1.

    >>> quantiles(np.array([4, 1, 2]), np.array([0.0, 0.75, 1.0])).tolist()
    [1.0, 3.0, 4.0]
    """
    ordered = np.sort(values).astype(np.float64)
    place = shares * (len(values) - 1)
    before = np.floor(place).astype(np.int64)
    part = place - before
    low, high = ordered[before], ordered[np.minimum(before + 1, len(values) - 1)]
    gap = high - low
    return np.where(part >= 0.5, high - gap * (1 - part), low + gap * part)


def cut_rows(tokens: Tokens, limits: NDArray[np.int64]) -> Tokens:
    """Rows up to so many of their first words; the same tokens where no row is longer.

    Args:
        tokens: Words of n rows.
        limits: int64 [n], at most the words of each row.
    """
    rows = np.flatnonzero(limits < tokens.counts)
    if len(rows) == 0:
        return tokens
    starts = np.concatenate([[0], np.cumsum(limits)])
    take = np.repeat(tokens.row_starts[:-1] - starts[:-1], limits) + np.arange(starts[-1])
    folded = list(tokens.folded)
    for row in rows.tolist():
        folded[row] = folded[row][: int(tokens.ends[tokens.row_starts[row] + limits[row] - 1])]
    return replace(
        tokens,
        folded=tuple(folded),
        words=tokens.words[take],
        row_starts=starts,
        begins=tokens.begins[take],
        ends=tokens.ends[take],
    )
