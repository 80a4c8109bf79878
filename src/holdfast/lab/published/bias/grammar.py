"""A language with classes whose shares are known, and a reader that says of any text which class it is of, or that it is none.

Every class has its own verbs, nouns and places, and two of six shapes; articles and adjectives are shared. A text is of a class if all its
own words are of that class and its shape is one of the class's: that a text keeps to one class from its first word to its last is what a
model has to learn. All else is nonsense, and counts as such.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

NONSENSE = -1

_SHARED = ("the", "a", "at", "then", "and")
_ADJECTIVES = ("old", "new", "red", "low", "big", "odd", "dry", "raw")
# V, N and P are words of the class, A is an adjective, all else stands as it is.
_SHAPES = (
    ("V", "the", "A", "N"),
    ("V", "a", "N", "at", "P"),
    ("the", "N", "V", "then", "V"),
    ("at", "P", "the", "N", "V"),
    ("N", "and", "N", "V", "P"),
    ("P", "the", "A", "N", "V"),
)
_OWN = {"V": 3, "N": 4, "P": 3}
_CONSONANTS, _VOWELS = "bdfgklmnprstvz", "aeiou"
_SYLLABLES = tuple(one + other for one in _CONSONANTS for other in _VOWELS)


def _word(number: int) -> str:
    """The word of this number; 37 has no divisor in common with the number of words, so that no two are the same."""
    number = number * 37 % len(_SYLLABLES) ** 2
    return _SYLLABLES[number // len(_SYLLABLES)] + _SYLLABLES[number % len(_SYLLABLES)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """A language with so many classes.

    Attributes:
        classes: How many; the first is the most frequent.
        exponent: Of Zipf's law: the share of the class of rank r goes with r to minus this.

    >>> grammar = Grammar(classes=3)
    >>> texts, found = grammar.draw(3, np.random.default_rng(1))
    >>> texts
    ['bebu a bepe at boru', 'at fute the firo fepu', 'bani the odd bira']
    >>> found.tolist(), grammar.read(texts).tolist()
    ([0, 2, 0], [0, 2, 0])
    """

    classes: int
    exponent: float = 1.0
    _places: dict[str, tuple[str, int]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        places = {
            word: (slot, number)
            for number in range(self.classes)
            for slot in _OWN
            for word in self._own(number, slot)
        }
        object.__setattr__(self, "_places", places)

    @property
    def shares(self) -> NDArray[np.float64]:
        """float64 [classes], shares of 1."""
        weights = np.arange(1, self.classes + 1) ** -self.exponent
        return np.asarray(weights / weights.sum())

    @property
    def words(self) -> tuple[str, ...]:
        """All words of the language."""
        return (*_SHARED, *_ADJECTIVES, *self._places)

    def draw(self, count: int, rng: np.random.Generator) -> tuple[list[str], NDArray[np.int64]]:
        """Texts, and their classes."""
        classes = rng.choice(self.classes, count, p=self.shares)
        return [self._text(int(number), rng) for number in classes], classes.astype(np.int64)

    def deal(self, count: int, rng: np.random.Generator) -> list[str]:
        """Texts that have every class as often as its share says, to the nearest row."""
        wanted = self.shares * count
        counts = np.floor(wanted).astype(np.int64)
        # What is left over goes to the classes that were cut most.
        counts[np.argsort(counts - wanted, kind="stable")[: count - int(counts.sum())]] += 1
        classes = rng.permutation(np.repeat(np.arange(self.classes), counts))
        return [self._text(int(number), rng) for number in classes]

    def read(self, texts: Iterable[str]) -> NDArray[np.int64]:
        """int64 [n], class of each text; -1 of what is none."""
        return np.array([self._read(text.split()) for text in texts], dtype=np.int64)

    def _shapes(self, number: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        first = number % len(_SHAPES)
        step = 1 + number // len(_SHAPES) % (len(_SHAPES) - 1)
        return _SHAPES[first], _SHAPES[(first + step) % len(_SHAPES)]

    def _own(self, number: int, slot: str) -> list[str]:
        """Words of a class that stand in a slot."""
        first = number * sum(_OWN.values()) + sum(
            count for other, count in _OWN.items() if list(_OWN).index(other) < list(_OWN).index(slot)
        )
        return [_word(first + at) for at in range(_OWN[slot])]

    def _text(self, number: int, rng: np.random.Generator) -> str:
        shape = self._shapes(number)[int(rng.integers(2))]
        words = []
        for slot in shape:
            fitting = _ADJECTIVES if slot == "A" else self._own(number, slot) if slot in _OWN else [slot]
            words.append(fitting[int(rng.integers(len(fitting)))])
        return " ".join(words)

    def _read(self, words: list[str]) -> int:
        shape = []
        found = set()
        for word in words:
            slot, number = self._places.get(word, ("", NONSENSE))
            if number != NONSENSE:
                found.add(number)
            elif word in _ADJECTIVES:
                slot = "A"
            elif word in _SHARED:
                slot = word
            shape.append(slot)
        if len(found) != 1:
            return NONSENSE
        number = found.pop()
        return number if tuple(shape) in self._shapes(number) else NONSENSE
