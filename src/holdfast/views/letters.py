"""Letters: how words are spelled, under models of the anchor's own spelling, and in which script.

A model predicts each letter of a word from the two before it. It is trained on the anchor's distinct words, each once, so
that what reality talks about most does not decide how its language is spelled. There are as many models as folds: each
leaves out what only one fold of the anchor says, and a row is read by the model that leaves its own fold out.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from holdfast.views.lookup import Lookup, number
from holdfast.views.support import FOLDS
from holdfast.views.tokens import character_codes, mix

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_LETTERS_READ = 40
"""Letters of a word that are spelled; the rest of a longer one counts like them."""
_EDGE = "\0"
_SMOOTHING = 10.0
"""Letters by which each order of the model leans on the one below (Dirichlet prior, MacKay and Peto 1995)."""
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_ALPHABETS = ("LATIN", "CYRILLIC")
_NO_SCRIPT = {"MODIFIER", "MASCULINE", "FEMININE", "COMBINING"}
_JAPANESE = {"HIRAGANA": "KANA", "KATAKANA": "KANA"}
NO_LETTER = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Letters:
    """What is known of w distinct words.

    Attributes:
        bits: float64 [w, FOLDS], what spelling the word costs the model that leaves this fold out, end included.
        saved: float64 [w, FOLDS], what that is less than by the frequencies of letters alone.
        first: int32 [w], its first letter as a code point, which tells its script; `NO_LETTER` where it has none.
        letters: int64 [w], letters in it.
        bytes: int64 [w], its length in UTF-8.
        spelled: bool [w], whether it is made of letters alone, in an alphabet that several languages share (Latin,
            Cyrillic), so that spelling tells one language from another.
    """

    bits: NDArray[np.float64]
    saved: NDArray[np.float64]
    first: NDArray[np.int32]
    letters: NDArray[np.int64]
    bytes: NDArray[np.int64]
    spelled: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.first)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """How the anchor spells: counts of letters, pairs and triples of letters, and of what stands before the last of a pair and a triple.

    Attributes:
        grams: The five kinds, as hashes.
        counts: int32 [g + 1, FOLDS] of each kind, how often they stand in the words that others than this fold say; none of the last.
        letters: int64 [FOLDS], letters of those words, ends included.
    """

    grams: tuple[Lookup, ...]
    counts: tuple[NDArray[np.int32], ...]
    letters: NDArray[np.int64]


def learn_spelling(words: Sequence[str], known: NDArray[np.bool_], rows: int) -> tuple[Spelling, Letters]:
    """Learn how words are spelled, and spell them.

    Args:
        words: w distinct words.
        known: bool [w, FOLDS], whether others than this fold say the word.
        rows: Rows that are read, which say whether kernels are worth it.
    """
    codes, starts = _codes(words)
    word, grams = _letter_grams(codes, starts)
    tables, counts, found = [], [], []
    for gram in grams:
        distinct, _, places = number(gram, rows)
        found.append(places)
        count = np.zeros((len(distinct) + 1, FOLDS), np.int32)
        for fold in range(FOLDS):
            count[:-1, fold] = np.bincount(places, known[word, fold], minlength=len(distinct))
        tables.append(Lookup.of(distinct, rows))
        counts.append(count)
    letters = known.T.astype(np.int64) @ np.bincount(word, minlength=len(words))
    spelling = Spelling(grams=tuple(tables), counts=tuple(counts), letters=letters)
    return spelling, _letters(words, codes, starts, *_spell(spelling, word, found, len(words)))


def read_letters(spelling: Spelling, words: Sequence[str]) -> Letters:
    """Spell distinct words, and say what they are made of.

    Args:
        spelling: What was learnt.
        words: w words.
    """
    codes, starts = _codes(words)
    word, grams = _letter_grams(codes, starts)
    # What was never read stands at place -1, which is the last: it counts nothing.
    places = [table.find(gram) for table, gram in zip(spelling.grams, grams, strict=True)]
    return _letters(words, codes, starts, *_spell(spelling, word, places, len(words)))


def _letters(
    words: Sequence[str],
    codes: NDArray[np.uint32],
    starts: NDArray[np.int64],
    bits: NDArray[np.float64],
    saved: NDArray[np.float64],
) -> Letters:
    sizes = np.fromiter(map(len, words), np.int64, len(words))
    first, letters, alphabetic = _scripts(codes, starts)
    longer = (np.maximum(sizes, 1) / np.clip(sizes, 1, _LETTERS_READ))[:, None]
    return Letters(
        bits=bits * longer,
        saved=saved * longer,
        first=first,
        letters=letters,
        bytes=np.fromiter(
            (len(word.encode("utf-8", "surrogatepass")) for word in words), np.int64, len(words)
        ),
        spelled=alphabetic,
    )


def _codes(words: Sequence[str]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    return character_codes([f"{_EDGE}{_EDGE}{word[:_LETTERS_READ]}{_EDGE}" for word in words])


def _letter_grams(
    codes: NDArray[np.uint32], starts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], tuple[NDArray[np.uint64], ...]]:
    """The word of every letter, and of each the letter, the pair and the triple that end in it, and what stands before it in both."""
    word = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    at = np.arange(len(codes))
    asked = np.flatnonzero(at >= starts[:-1][word] + 2) if len(codes) else at
    letter, before, long_before = (codes[asked - back].astype(np.uint64) for back in range(3))
    pair = mix(before * _FACTOR + letter)
    history = mix(before * _FACTOR + long_before + np.uint64(1))
    return word[asked], (letter, pair, mix(history * _FACTOR + letter), before, history)


def _spell(
    spelling: Spelling, word: NDArray[np.int64], places: Sequence[NDArray[np.int64]], words: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bits of every word under the model of each fold, and bits saved against the frequencies of its letters."""
    alphabet = len(spelling.grams[0])
    bits, saved = np.zeros((2, words, FOLDS))
    for fold in range(FOLDS):
        single, double, triple, one, two = (
            count[place, fold].astype(np.float64)
            for count, place in zip(spelling.counts, places, strict=True)
        )
        plain = (single + 1.0) / (spelling.letters[fold] + alphabet + 1.0)
        p = (double + _SMOOTHING * plain) / (one + _SMOOTHING)
        p = (triple + _SMOOTHING * p) / (two + _SMOOTHING)
        bits[:, fold] = np.bincount(word, -np.log2(p), minlength=len(bits))
        saved[:, fold] = np.bincount(word, np.log2(p / plain), minlength=len(bits))
    return bits, saved


def _scripts(
    codes: NDArray[np.uint32], starts: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.bool_]]:
    """First letter and number of letters of every word, and whether it is made of an alphabet's letters alone."""
    count = len(starts) - 1
    distinct, inverse = np.unique(codes, return_inverse=True)
    names = [script_of(code) for code in distinct.tolist()]
    word = np.repeat(np.arange(count), np.diff(starts))
    letter = np.array([name != "" for name in names], bool)[inverse]
    at = np.flatnonzero(letter)[::-1]
    first = np.full(count, NO_LETTER, np.int32)
    first[word[at]] = codes[at]  # the first letter decides
    # Marks and apostrophes belong to a word; digits and low lines make it something else.
    odd = np.array([unicodedata.category(chr(code))[0] not in "LMCP" for code in distinct.tolist()], bool)
    strange = np.bincount(word, (odd | (distinct == ord("_")))[inverse], minlength=count) > 0
    alphabets = np.array([name in _ALPHABETS for name in names], bool)[inverse]
    of_alphabet = np.zeros(count, bool)
    of_alphabet[word[at]] = alphabets[at]
    letters = np.bincount(word, letter, minlength=count).astype(np.int64)
    return first, letters, of_alphabet & ~strange


def script_of(code: int) -> str:
    """The script of a letter: the first word of its Unicode name; Hiragana and Katakana are one, "KANA". None for anything else.

    >>> [script_of(ord(sign)) for sign in "aж7"]
    ['LATIN', 'CYRILLIC', '']
    """
    if code == NO_LETTER or unicodedata.category(chr(code))[0] != "L":
        return ""
    name = unicodedata.name(chr(code), "").split(" ")[0].split("-")[0]
    return "" if name in _NO_SCRIPT else _JAPANESE.get(name, name)


def script_name(name: str) -> str:
    """A script in a reader's words.

    >>> [script_name(name) for name in ("CYRILLIC", "CJK", "KANA")]
    ['Cyrillic', 'Chinese', 'Japanese']
    """
    return {"CJK": "Chinese", "KANA": "Japanese", "HANGUL": "Korean"}.get(name, name.capitalize())
