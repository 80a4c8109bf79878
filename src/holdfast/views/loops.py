"""Loops: rows that say the same over and over, or are mostly made of their own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from holdfast.views.sides import select_tokens
from holdfast.views.tokens import mix, ngrams

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.tokens import Tokens

LOOP_TURNS = 4
LOOP_CHARACTERS = 60
"""A loop says the same at least four times in a row, over at least sixty characters: "no no no no" and refrains are none,
nor is a verse that returns after another one. (Of 14,000 real reviews one does, of 3,500 tweets none.)"""
_LOOP_CHARACTERS_UNSPACED = 30  # a character of Chinese or Thai says more
_GRAM = 4
_GRAMS_AT_ONCE = 4_000_000
REPEATED_SHARE = 0.6
REPEATED_WORDS = 64
"""A row of at least 64 words repeats itself when six in ten of its word 4-grams stood in it before. (Rae et al. 2021,
table A1, drop web pages far below that; poems and source code reach 0.4.)"""


def find_loops(tokens: Tokens) -> NDArray[np.bool_]:
    """bool [n], rows that go round in a loop of words, however long its period, or are mostly made of their own words."""
    flags = np.zeros(len(tokens), bool)
    # Rows are taken some at a time, so that memory does not grow with their number.
    cuts = np.searchsorted(
        tokens.row_starts, np.arange(_GRAMS_AT_ONCE, tokens.row_starts[-1] + _GRAMS_AT_ONCE, _GRAMS_AT_ONCE)
    )
    start = 0
    for stop in np.unique(np.minimum(cuts, len(tokens))).tolist():
        flags[start:stop] = _find_loops(select_tokens(tokens, np.arange(start, stop)))
        start = stop
    return flags


def _find_loops(tokens: Tokens) -> NDArray[np.bool_]:
    hashes, positions = ngrams(tokens, _GRAM)
    flags = np.zeros(len(tokens), bool)
    if len(hashes) == 0:
        return flags
    row = tokens.rows[positions]
    back = _distances(mix(hashes + mix(row.astype(np.uint64))))
    seen = np.bincount(row, back > 0, minlength=len(tokens))
    read = np.bincount(row, minlength=len(tokens))
    flags |= (seen >= REPEATED_SHARE * read) & (tokens.counts >= REPEATED_WORDS)
    # In a loop every n-gram stood there one period earlier: a run of equal distances.
    first = np.flatnonzero(np.append(True, (back[1:] != back[:-1]) | (row[1:] != row[:-1])))
    last = np.append(first[1:], len(back)) - 1
    period = back[first]
    words = last - first + 1 + period + _GRAM - 1
    begin, end = positions[first] - period, positions[last] + _GRAM - 1
    characters = tokens.ends[end].astype(np.int64) - tokens.begins[begin]
    letters = np.concatenate([[0], np.cumsum(tokens.ends - tokens.begins)])
    unspaced = letters[end + 1] - letters[begin] == words
    enough = characters >= np.where(unspaced, _LOOP_CHARACTERS_UNSPACED, LOOP_CHARACTERS)
    for run in np.flatnonzero((period > 0) & (words >= LOOP_TURNS * period) & enough).tolist():
        at = int(row[first[run]])
        if not flags[at]:
            said = tokens.folded[at][tokens.begins[begin[run]] : tokens.ends[end[run]]]
            flags[at] = any(map(str.isalpha, said))
    return flags


def _distances(keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    """int64 [g], how far back the same key stood last, 0 where it never did."""
    order = np.argsort(keys, kind="stable")
    again = keys[order][1:] == keys[order][:-1]
    back = np.zeros(len(keys), np.int64)
    back[order[1:][again]] = order[1:][again] - order[:-1][again]
    return back
