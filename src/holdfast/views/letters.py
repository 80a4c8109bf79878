"""Letters: how the words of both sides are spelled, under models of the anchor's own spelling.

A model predicts each letter of a word from the two before it. It is trained on the anchor's distinct words, each once, so
that what reality talks about most does not decide how its language is spelled. There are as many models as folds: each
leaves out what only one fold of the anchor says, and a row is read by the model that leaves its own fold out.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from holdfast.views.support import FOLDS
from holdfast.views.tokens import character_codes, mix

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.tokens import Tokens

WORDS_READ = 200
"""Words of a row that are read: enough to tell a language."""
_LETTERS_READ = 40
"""Letters of a word that are spelled; the rest of a longer one counts like them."""
_EDGE = "\0"
_SMOOTHING = 10.0
"""Letters by which each order of the model leans on the one below (Dirichlet prior, MacKay and Peto 1995)."""
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_LEAST_LETTERS = 3  # of a row, to tell its script
_ALPHABETS = ("LATIN", "CYRILLIC")
_NO_SCRIPT = {"MODIFIER", "MASCULINE", "FEMININE", "COMBINING"}
_JAPANESE = {"HIRAGANA": "KANA", "KATAKANA": "KANA"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Letters:
    """The distinct words of both sides, spelled.

    Attributes:
        rows: int64 [t] twice, the row of every word read, of the anchor and of the candidate.
        places: int64 [t] twice, which word it is.
        bits: float64 [w, FOLDS], what spelling the word costs the model that leaves this fold out, end included.
        saved: float64 [w, FOLDS], what that is less than by the frequencies of letters alone.
        scripts: Names of the scripts, in Unicode's words; Hiragana and Katakana are one, "KANA".
        script: int64 [w], script of the word, -1 where it has no letter.
        letters: int64 [w], letters in it.
        bytes: int64 [w], its length in UTF-8.
        spelled: bool [w], whether it is made of letters alone, in an alphabet that several languages share (Latin,
            Cyrillic), so that spelling tells one language from another.
    """

    rows: tuple[NDArray[np.int64], NDArray[np.int64]]
    places: tuple[NDArray[np.int64], NDArray[np.int64]]
    bits: NDArray[np.float64]
    saved: NDArray[np.float64]
    scripts: tuple[str, ...]
    script: NDArray[np.int64]
    letters: NDArray[np.int64]
    bytes: NDArray[np.int64]
    spelled: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.script)


def read_letters(
    anchor: Tokens, candidate: Tokens, folds: NDArray[np.int8], *, words_read: int = WORDS_READ
) -> Letters:
    """Spell every distinct word of both sides.

    Args:
        anchor: Words of m anchor rows.
        candidate: Words of n candidate rows.
        folds: int8 [m], the fold of each anchor row.
        words_read: Words of a row that are read.
    """
    sides = (anchor, candidate)
    heads = [_heads(tokens, words_read) for tokens in sides]
    hashes = np.concatenate([tokens.words[take] for tokens, (take, _) in zip(sides, heads, strict=True)])
    _, first, places = np.unique(hashes, return_index=True, return_inverse=True)
    split = len(heads[0][0])
    words = [
        _spell(tokens, take, rows, at)
        for (tokens, (take, rows)), at in zip(
            zip(sides, heads, strict=True),
            (first[first < split], first[first >= split] - split),
            strict=True,
        )
    ]
    spelled = np.empty(len(first), object)
    spelled[first < split], spelled[first >= split] = words
    sizes = np.fromiter(map(len, spelled), np.int64, len(spelled))
    codes, starts = character_codes([f"{_EDGE}{_EDGE}{word[:_LETTERS_READ]}{_EDGE}" for word in spelled])
    held = np.zeros((len(first), FOLDS), bool)
    held[places[:split], folds[heads[0][1]]] = True
    bits, saved = _spelling(codes, starts, held)
    scripts, script, letters, alphabetic = _scripts(codes, starts)
    longer = (np.maximum(sizes, 1) / np.clip(sizes, 1, _LETTERS_READ))[:, None]
    return Letters(
        rows=(heads[0][1], heads[1][1]),
        places=(places[:split], places[split:]),
        bits=bits * longer,
        saved=saved * longer,
        scripts=scripts,
        script=script,
        letters=letters,
        bytes=np.fromiter(
            (len(word.encode("utf-8", "surrogatepass")) for word in spelled), np.int64, len(spelled)
        ),
        spelled=alphabetic,
    )


def _heads(tokens: Tokens, words_read: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first words of every row, and the row of each."""
    lengths = np.minimum(tokens.counts, words_read)
    rows = np.repeat(np.arange(len(tokens)), lengths)
    before = np.cumsum(lengths) - lengths
    return np.arange(len(rows)) - before[rows] + tokens.row_starts[rows], rows


def _spell(
    tokens: Tokens, take: NDArray[np.int64], rows: NDArray[np.int64], at: NDArray[np.int64]
) -> list[str]:
    begins, ends = tokens.begins[take[at]].tolist(), tokens.ends[take[at]].tolist()
    return [tokens.folded[row][b:e] for row, b, e in zip(rows[at].tolist(), begins, ends, strict=True)]


def _spelling(
    codes: NDArray[np.uint32], starts: NDArray[np.int64], held: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bits of every word under the model of each fold, and bits saved against the frequencies of its letters."""
    word = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    at = np.arange(len(codes))
    asked = np.flatnonzero(at >= starts[:-1][word] + 2) if len(codes) else at
    word = word[asked]
    letter, before, long_before = (codes[asked - back].astype(np.uint64) for back in range(3))
    pair = mix(before * _FACTOR + letter)
    history = mix(before * _FACTOR + long_before + np.uint64(1))
    grams = [_number(gram) for gram in (letter, pair, mix(history * _FACTOR + letter), before, history)]
    bits, saved = np.zeros((2, len(held), FOLDS))
    holders = held.sum(axis=1)
    for fold in range(FOLDS):
        known = (holders - held[:, fold] > 0).astype(np.float64)[word]
        single, double, triple, one, two = (
            np.bincount(gram, known, minlength=count)[gram] for gram, count in grams
        )
        plain = (single + 1.0) / (known.sum() + grams[0][1] + 1.0)
        p = (double + _SMOOTHING * plain) / (one + _SMOOTHING)
        p = (triple + _SMOOTHING * p) / (two + _SMOOTHING)
        bits[:, fold] = np.bincount(word, -np.log2(p), minlength=len(held))
        saved[:, fold] = np.bincount(word, np.log2(p / plain), minlength=len(held))
    return bits, saved


def _number(values: NDArray[np.uint64]) -> tuple[NDArray[np.int64], int]:
    distinct, places = np.unique(values, return_inverse=True)
    return places, len(distinct)


def _scripts(
    codes: NDArray[np.uint32], starts: NDArray[np.int64]
) -> tuple[tuple[str, ...], NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Names of scripts, script and letters of every word, and whether it is made of an alphabet's letters alone."""
    count = len(starts) - 1
    distinct, inverse = np.unique(codes, return_inverse=True)
    names = [_script_of(chr(code)) for code in distinct.tolist()]
    scripts = tuple(sorted({name for name in names if name}))
    number = np.array([scripts.index(name) if name else -1 for name in names], np.int64)[inverse]
    word = np.repeat(np.arange(count), np.diff(starts))
    letter = number >= 0
    script = np.full(count, -1)
    script[word[letter][::-1]] = number[letter][::-1]  # the first letter decides
    # Marks and apostrophes belong to a word; digits and low lines make it something else.
    odd = np.array([unicodedata.category(chr(code))[0] not in "LMCP" for code in distinct.tolist()], bool)
    strange = np.bincount(word, (odd | (distinct == ord("_")))[inverse], minlength=count) > 0
    alphabets = np.array([name in _ALPHABETS for name in (*scripts, "")], bool)
    letters = np.bincount(word, letter, minlength=count).astype(np.int64)
    return scripts, script, letters, alphabets[script] & ~strange


def _script_of(sign: str) -> str:
    """The first word of a letter's Unicode name, which is its script; none for anything else."""
    if unicodedata.category(sign)[0] != "L":
        return ""
    name = unicodedata.name(sign, "").split(" ")[0].split("-")[0]
    return "" if name in _NO_SCRIPT else _JAPANESE.get(name, name)


def main_scripts(letters: Letters, side: int, count: int) -> NDArray[np.int64]:
    """int64 [count], the script most letters of a row are in, -1 for a row with fewer than three letters.

    Japanese mixes Kana with Chinese signs: a row with one Kana in ten of the two is Japanese.
    """
    rows, places = letters.rows[side], letters.places[side]
    columns = len(letters.scripts) + 1  # the last one for words without letters
    at = rows * columns + letters.script[places] % columns
    table = np.bincount(at, letters.letters[places], minlength=count * columns).reshape(count, columns)[
        :, :-1
    ]
    if "KANA" in letters.scripts and "CJK" in letters.scripts:
        kana, signs = letters.scripts.index("KANA"), letters.scripts.index("CJK")
        japanese = table[:, kana] >= 0.1 * (table[:, kana] + table[:, signs])
        table[:, kana] += np.where(japanese, table[:, signs], 0.0)
        table[japanese, signs] = 0.0
    if not letters.scripts:
        return np.full(count, -1)
    return np.where(table.sum(axis=1) >= _LEAST_LETTERS, table.argmax(axis=1), -1)


def script_name(name: str) -> str:
    """A script in a reader's words.

    >>> [script_name(name) for name in ("CYRILLIC", "CJK", "KANA")]
    ['Cyrillic', 'Chinese', 'Japanese']
    """
    return {"CJK": "Chinese", "KANA": "Japanese", "HANGUL": "Korean"}.get(name, name.capitalize())
