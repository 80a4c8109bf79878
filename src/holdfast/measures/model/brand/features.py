"""Features of a voice: how often each small word and each mark stands in a document."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from holdfast.measures.model.brand.function_words import ENGLISH, LEAST_SHARE
from holdfast.views.tokens import fold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MOST_WORDS = 300
"""Burrows' Delta and its kin read the 150 to 300 most frequent words; more of them are words of a subject."""
LEAST_SPREAD = 0.02
"""A word that fewer documents hold says more of those documents than of a voice."""
_WIDE_SPREAD = 0.3
"""In a language whose small words are not known here, the words that three documents in ten hold stand in for them."""
_WORD = re.compile(r"[^\W\d_]+(?:['\N{RIGHT SINGLE QUOTATION MARK}][^\W\d_]+)*")
_MARKS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (",", re.compile(r",")),
    (".", re.compile(r"\.(?!\.)")),
    ("…", re.compile(r"…|\.\.\.")),
    (";", re.compile(r";")),
    (":", re.compile(r":")),
    ("!", re.compile(r"!")),
    ("?", re.compile(r"\?")),
    ("dash", re.compile(r"[—–]|(?<=\s)--?(?=\s)")),
    ("hyphen", re.compile(r"(?<=\w)-(?=\w)")),
    ("bracket", re.compile(r"[(\[]")),
    ("quotation mark", re.compile(r"[\"“„«]")),
    ("emoji", re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")),
)
MARKS: tuple[str, ...] = tuple(name for name, _ in _MARKS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What stands in some documents.

    Attributes:
        words: How often each word stands in each document.
        length: float64 [n], words of each document, at least 1.
        marks: float64 [n, marks].
    """

    words: tuple[dict[str, int], ...]
    length: NDArray[np.float64]
    marks: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.words)


def count_words(texts: Sequence[str]) -> Counted:
    """Count words and marks of documents.

    >>> counted = count_words(["It's fine, it's fine!"])
    >>> counted.words[0]["it's"], dict(zip(MARKS, counted.marks[0].tolist()))["!"]
    (2, 1.0)
    """
    words: list[dict[str, int]] = []
    length, marks = np.ones(len(texts)), np.zeros((len(texts), len(_MARKS)))
    for row, text in enumerate(texts):
        folded = fold(text).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
        own: dict[str, int] = {}
        for word in _WORD.findall(folded):
            own[word] = own.get(word, 0) + 1
        words.append(own)
        length[row] = max(1, sum(own.values()))
        marks[row] = [len(pattern.findall(folded)) for _, pattern in _MARKS]
    return Counted(words=tuple(words), length=length, marks=marks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Which features are read.

    Attributes:
        words: Small words, the most frequent first.
        english: Whether they come from the list of English function words; otherwise they are the words that most documents hold.
    """

    words: tuple[str, ...]
    english: bool

    @property
    def names(self) -> tuple[str, ...]:
        """Of all features, words first."""
        return (*self.words, *MARKS)


def choose_words(*sides: Counted, most: int = MOST_WORDS) -> Vocabulary:
    """The small words of these documents. What is examined has no say in it.

    Args:
        sides: Reference documents; a word has to be spread over at least one side.
        most: Words at most.
    """
    spreads: list[dict[str, float]] = []
    total: dict[str, int] = {}
    for side in sides:
        held: dict[str, int] = {}
        for own in side.words:
            for word, count in own.items():
                held[word] = held.get(word, 0) + 1
                total[word] = total.get(word, 0) + count
        spreads.append({word: count / max(len(side), 1) for word, count in held.items()})
    small = sum(count for word, count in total.items() if word in ENGLISH)
    english = small >= LEAST_SHARE * max(sum(total.values()), 1)
    if english:
        known = {word for word in total if word in ENGLISH}
        known = {word for word in known if max(spread.get(word, 0.0) for spread in spreads) >= LEAST_SPREAD}
    else:
        known = {word for word in total if min(spread.get(word, 0.0) for spread in spreads) >= _WIDE_SPREAD}
    order = sorted(known, key=lambda word: (-total[word], word))
    return Vocabulary(words=tuple(order[:most]), english=english)


def read_rates(counted: Counted, vocabulary: Vocabulary) -> NDArray[np.float64]:
    """float64 [n, features], each feature for each word of a document."""
    at = {word: column for column, word in enumerate(vocabulary.words)}
    table = np.zeros((len(counted), len(at)))
    for row, own in enumerate(counted.words):
        for word, count in own.items():
            column = at.get(word)
            if column is not None:
                table[row, column] = count
    return np.hstack([table, counted.marks]) / counted.length[:, None]
