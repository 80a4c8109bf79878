"""How often a corpus repeats its own phrases: distinct n-grams and self-repetition.

Source:
    Distinct n-grams: Li et al. 2016, arXiv:1510.03055, summed over n as by Padmakumar and He 2023, arXiv:2309.05196 (n-gram diversity);
    self-repetition: Salkar et al. 2022, arXiv:2209.13099; both as in Shaib et al. 2024, arXiv:2403.00553 (package `diversity`).
Expected values:
    n-gram diversity: between 0 and the number of lengths, and falling as a corpus of the same kind grows. Self-repetition: 0 where no
    phrase comes twice, and growing with the corpus and its rows.
Blind to:
    reality: word soup is diverse; meaning said in other words; rare strata that vanish while the phrasing stays varied.
No null:
    Both move with the number of rows and of words, so that sets compare at equal numbers only, and nothing says how far chance moves
    them.
Cost:
    Linear in words, but for a sort.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from holdfast.errors import InputError
from holdfast.stats.published.words import phrases

if TYPE_CHECKING:
    from holdfast.stats.published.words import Words


def distinct_shares(words: Words, longest: int = 4) -> list[float | None]:
    """Distinct over all phrases of 1, 2, ... words, of all rows laid end to end; None where there is no phrase so long.

    Phrases run on from one row to the next, as they do in `diversity`.

    Args:
        words: Words of rows; to equal `diversity`, those between single spaces.
        longest: Words of the longest phrases.

    Raises:
        UsageError: `longest` is less than 1.

    >>> from holdfast.stats.published.words import Words
    >>> distinct_shares(Words.of([["a", "rose", "is", "a", "rose"]]), 2)
    [0.6, 0.75]
    """
    return [
        part.kinds / len(part.numbers) if len(part.numbers) else None
        for part in phrases(words, longest, across=True)
    ]


def ngram_diversity(words: Words, longest: int = 4) -> float | None:
    """The sum of `distinct_shares`; None where the corpus has fewer words than the longest phrase.

    >>> from holdfast.stats.published.words import Words
    >>> ngram_diversity(Words.of([["a", "rose", "is", "a", "rose"]]), 2)
    1.35
    """
    shares = [share for share in distinct_shares(words, longest) if share is not None]
    return math.fsum(shares) if len(shares) == longest else None


def self_repetition(words: Words, size: int = 4) -> float:
    """How often phrases of a row stand in other rows: the mean over rows of log(1 + uses of its phrases in other rows).

    Args:
        words: Words of rows; to equal `diversity`, those between any white space.
        size: Words of a phrase.

    Raises:
        InputError: There are no rows.
        UsageError: `size` is less than 1.

    >>> from holdfast.stats.published.words import Words
    >>> same = ["we", "are", "glad", "to"]
    >>> round(self_repetition(Words.of([[*same, "help"], [*same, "hear"], ["no"]])), 4)
    0.4621
    """
    count = len(words)
    if count == 0:
        raise InputError("there are no rows")
    *_, part = phrases(words, size)
    row = np.repeat(np.arange(count), words.lengths)[part.at]
    # Once per row, however often it says it.
    keys = np.sort(part.numbers * np.int64(count) + row)
    number, row = np.divmod(keys[np.append(True, keys[1:] != keys[:-1])[: len(keys)]], count)
    others = np.bincount(number, minlength=1)[number] - 1
    return float(np.log(np.bincount(row, others, minlength=count) + 1.0).sum() / count)
