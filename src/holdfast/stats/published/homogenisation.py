"""Homogenisation: how alike any two rows are, by the words that they have in common in the same order (ROUGE-L).

Two rows of a and b words whose longest common subsequence has c are 2 c / (a + b) alike (the F measure of ROUGE-L). The homogenisation of
a corpus is the mean over all pairs of different rows.

Source:
    Lin 2004, ROUGE; Padmakumar and He 2023, arXiv:2309.05196 (homogenisation); as in the package `diversity`, which rounds to three
    decimals and says 1 where nothing at all is shared.
Expected values:
    Between 0 and 1; about .05 to .2 for unrelated English sentences, which share little words. It does not grow with the number of rows.
Blind to:
    reality; meaning said in other words; what few rows do; longer rows share more.
No null:
    Nothing says what reality scores, nor how far chance moves it.
Cost:
    All pairs: n^2 / 2 times the words of a row. For large corpora ask for some rows against all, and take the mean of these.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.errors import InputError
from holdfast.kernels import compiled
from holdfast.stats.published.distances import share_out

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from holdfast.stats.published.words import Words

_WIDTH = 64
_ROWS = 64
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)


def homogenisation(words: Words, *, threads: int = 1) -> float:
    """Mean likeness of all pairs of different rows.

    Args:
        words: Words of at least two rows; to equal `diversity`, runs of a to z and 0 to 9, in lower case.
        threads: Rows that are worked on at once; the figure does not depend on it.

    Raises:
        InputError: There are fewer than two rows.

    >>> from holdfast.stats.published.words import Words
    >>> round(homogenisation(Words.of([["a", "b", "c"], ["a", "c"], ["d"]])), 4)
    0.2667
    """
    count = len(words)
    sums = _sums(words, np.arange(count), threads, after=True)
    return 2.0 * math.fsum(sums.tolist()) / (count * (count - 1.0))


def likeness_to_others(words: Words, rows: NDArray[np.int64], *, threads: int = 1) -> NDArray[np.float64]:
    """Mean likeness of some rows to all others; the mean over rows chosen by chance estimates the homogenisation.

    Args:
        words: Words of at least two rows.
        rows: int64 [r], the rows asked for.
        threads: Rows that are worked on at once; the figures do not depend on it.

    Returns:
        float64 [r].

    Raises:
        InputError: There are fewer than two rows.

    >>> from holdfast.stats.published.words import Words
    >>> likeness_to_others(Words.of([["a", "b", "c"], ["a", "c"], ["d"]]), np.array([2, 0])).tolist()
    [0.0, 0.4]
    """
    return _sums(words, rows, threads, after=False) / (len(words) - 1.0)


def _sums(words: Words, rows: NDArray[np.int64], threads: int, *, after: bool) -> NDArray[np.float64]:
    """float64 [r], summed likeness of each row to those after it, or to all others."""
    count = len(words)
    if count < 2:
        raise InputError(f"homogenisation compares rows with others, and there are {count}")
    longest = int(words.lengths.max())
    wide = -(-int(words.lengths[rows].max(initial=1)) // _WIDTH)
    # A tally by the words of both rows: whole numbers, so that no order of adding up can matter.
    per_word = 2.0 / np.maximum(np.arange(2 * longest + 1), 1)
    found = np.zeros(len(rows))
    common = _common(words)

    def work(state: list[NDArray[Any]], part: range) -> None:
        masks, tally = state
        for at in part:
            tally[:] = 0
            row = int(rows[at])
            common(row, row + 1 if after else 0, masks, tally)
            known = np.flatnonzero(tally)
            found[at] = math.fsum((tally[known] * per_word[known]).tolist())

    def state() -> list[NDArray[Any]]:
        return [np.zeros((max(words.kinds, 1), max(wide, 1)), np.uint64), np.zeros(2 * longest + 1, np.int64)]

    share_out(
        work,
        (range(at, min(at + _ROWS, len(rows))) for at in range(0, len(rows), _ROWS)),
        [state() for _ in range(max(1, threads))],
    )
    return found


def _common(words: Words) -> Callable[[int, int, NDArray[np.uint64], NDArray[np.int64]], None]:
    """What adds one row's common words with all from another one on to a tally."""
    count = len(words)
    if not compiled(count):
        plain = _Plain(words)
        return lambda row, first, _masks, tally: plain.count_common(row, first, tally)
    from holdfast.kernels.subsequences import count_common

    return lambda row, first, masks, tally: count_common(
        words.codes, words.row_starts, row, first, count, masks, tally
    )


class _Plain:
    """The plain counterpart of the kernel: all other rows at once, one word after another."""

    def __init__(self, words: Words) -> None:
        self.words = words
        order = np.argsort(-words.lengths, kind="stable")
        lengths = words.lengths[order]
        self.order, self.lengths = order, lengths
        # At each place only the rows that are long enough, which stand first.
        self.columns = [
            words.codes[words.row_starts[order[: int(np.searchsorted(-lengths, -place))]] + place]
            for place in range(int(lengths[0]))
        ]

    def count_common(self, row: int, first: int, tally: NDArray[np.int64]) -> None:
        start, end = self.words.row_starts[row : row + 2].tolist()
        length = end - start
        if length == 0:
            return
        parts = -(-length // _WIDTH)
        masks = np.zeros((parts, max(self.words.kinds, 1)), np.uint64)
        for i, code in enumerate(self.words.codes[start:end].tolist()):
            masks[i // _WIDTH, code] |= np.uint64(1 << (i % _WIDTH))
        left = np.full((parts, len(self.order)), _ALL)
        for column in self.columns:
            carry = np.zeros(len(column), np.bool_)
            for part in range(parts):
                old = left[part, : len(column)]
                shared = old & masks[part, column]
                new = old + shared + carry
                over = (new < old) | (carry & (new == old))
                left[part, : len(column)] = new | (old - shared)
                carry = over
        inside = np.full(parts, _ALL)
        inside[-1] >>= np.uint64(parts * _WIDTH - length)
        common = np.bitwise_count(~left & inside[:, None]).sum(0, dtype=np.int64)
        asked = (self.order >= first) & (self.order != row)
        np.add.at(tally, (length + self.lengths)[asked], common[asked])
