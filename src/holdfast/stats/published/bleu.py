"""Self-BLEU: how well each row is put together from phrases of the others.

BLEU of every row with all other rows as its references: the geometric mean, over phrases of 1 to 4 words, of the share of the row's
phrases that some other row has as often, times a penalty where the row is shorter than the reference nearest in length.

Source:
    Zhu et al. 2018, arXiv:1802.01886 (self-BLEU); Papineni et al. 2002 (BLEU); the values are those of `nltk.translate.bleu_score`, whose
    smoothing method 1 (Chen and Cherry 2014) counts a tenth of a phrase where none is found.
Expected values:
    Between 0, nothing shared, and 1, every row has a twin; growing with the number of rows.
Blind to:
    reality; meaning said in other words; repeats of what is rare: one copy of a row is as bad as a thousand.
No null:
    It grows with the number of rows, so that sets compare at equal numbers only, and nothing says how far chance moves it.
Cost:
    Linear in words, but for a sort: of each phrase only the two largest counts in a row matter, and whose the largest is.
"""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING

import numpy as np

from holdfast.errors import InputError, UsageError
from holdfast.stats.published.words import phrases

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from holdfast.stats.published.words import Phrases, Words

WEIGHTS = (0.25, 0.25, 0.25, 0.25)


def self_bleu(
    words: Words, weights: Sequence[float] = WEIGHTS, *, smoothing: float | None = 0.1
) -> NDArray[np.float64]:
    """BLEU of every row against all others; the mean is what is called self-BLEU.

    Args:
        words: Words of at least two rows.
        weights: Of phrases of 1, 2, ... words.
        smoothing: Phrases counted where none of a length is found (method 1), or None for the smallest positive number (method 0).

    Returns:
        float64 [n].

    Raises:
        InputError: There are fewer than two rows.
        UsageError: There are no weights.

    >>> from holdfast.stats.published.words import Words
    >>> rows = ["the cat sat on the mat", "the cat sat on the sofa", "dogs bark"]
    >>> self_bleu(Words.of([row.split() for row in rows])).round(4).tolist()
    [0.7598, 0.7598, 0.0]
    """
    if len(words) < 2:
        raise InputError(f"self-BLEU compares rows with others, and there are {len(words)}")
    if not weights:
        raise UsageError("has a weight for phrases of one word, at least", where="weights")
    logs = np.zeros((len(weights), len(words)))
    shared = np.zeros(len(words), np.bool_)
    for order, (weight, part) in enumerate(zip(weights, phrases(words, len(weights)), strict=True)):
        found = _found_elsewhere(words, part)
        if order == 0:
            shared = found > 0
        held = found.astype(np.float64)
        if smoothing is not None:
            held[found == 0] = smoothing
        precision = held / np.maximum(words.lengths - order, 1)
        precision[precision == 0] = sys.float_info.min
        logs[order] = weight * np.log(precision)
    return np.where(shared, _brevity(words.lengths) * np.exp(logs.sum(0)), 0.0)


def _found_elsewhere(words: Words, part: Phrases) -> NDArray[np.int64]:
    """int64 [n], phrases of each row that another row has, each counted as often as the row that has it most often."""
    count = len(words)
    if len(part.numbers) == 0:
        return np.zeros(count, np.int64)
    row = np.repeat(np.arange(count), words.lengths)[part.at]
    keys = np.sort(part.numbers * np.int64(count) + row)
    first = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    times = np.diff(np.append(first, len(keys)))
    number, row = np.divmod(keys[first], count)
    begin = np.flatnonzero(np.concatenate([[True], number[1:] != number[:-1]]))
    sizes = np.diff(np.append(begin, len(number)))
    most = np.repeat(np.maximum.reduceat(times, begin), sizes)
    # The first row that has it most often: to this row alone the second largest count matters.
    largest = np.flatnonzero(times == most)
    owner = largest[np.searchsorted(largest, begin)]
    rest = times.copy()
    rest[owner] = 0
    most[owner] = np.maximum.reduceat(rest, begin)
    return np.bincount(row, np.minimum(times, most), minlength=count).astype(np.int64)


def _brevity(lengths: NDArray[np.int64]) -> NDArray[np.float64]:
    """float64 [n], the penalty of each row, given the length among the others that is nearest; of two the shorter."""
    known, place, rows = np.unique(lengths, return_inverse=True, return_counts=True)
    below = np.concatenate([[-math.inf], known[:-1]])
    above = np.concatenate([known[1:], [math.inf]])
    nearest = np.where(rows > 1, known, np.where(known - below <= above - known, below, above))
    short = (known <= nearest) & (known > 0)
    penalty = np.ones(len(known))
    penalty[short] = np.exp(1.0 - nearest[short] / known[short])
    penalty[known == 0] = 0.0
    return np.asarray(penalty[place], np.float64)
