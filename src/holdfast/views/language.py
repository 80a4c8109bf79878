"""Language: in which script a row is written, and what speaks for another language than the anchor's.

Spelling, in Latin and Cyrillic: the words of a row are spelled as the anchor's words are not, letter by letter, and the
anchor's everyday words are missing. Every distinct word adds its evidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from holdfast.views.letters import NO_LETTER, script_of
from holdfast.views.real_rows import read_real, real_folds
from holdfast.views.support import FOLDS
from holdfast.views.view import Learnt
from holdfast.views.vocabulary import VOCABULARY, WORDS_READ, vocabulary_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from holdfast.views.sides import Sides
    from holdfast.views.view import Block, Facts, Merge
    from holdfast.views.vocabulary import Vocabulary, WordsRead

# Weights of evidence, in nats, by logistic regression on rows of 3 to 40 words: real and synthetic text in eleven languages
# held against 28 anchors of 60 to 6,000 rows, same language on other topics weighted ten to one; every anchor read with
# weights fitted on anchors in other languages. benchmarks/README.md has what they reach; the fit
# itself is not kept as a script.
_ANY_WORD = 0.6
_SAVED_BIT = -0.09
_EVERYDAY = -3.0
_LEAST_SAVED, _MOST_SAVED = -5.0, 10.0  # no word alone convicts a row, nor acquits it
_EVERYDAY_SHARE = 0.005
_EVERYDAY_ROWS = 2
"""A word is an everyday one when at least one row in 200, and two rows, hold it: "the", "is", "my", whatever the topic."""
_HOME = 0.05
"""A script is reality's when at least one real row in twenty is written in it."""
_LEAST_LETTERS = 3  # of a row, to tell its script
_NO_SIGN = 0x110000  # beyond all code points


@dataclass(frozen=True, slots=True, kw_only=True)
class Tongue:
    """What the anchor's language is known by.

    Attributes:
        vocabulary: Its words.
        everyday: bool [w, FOLDS], words that are everyday ones outside of each fold.
        scripts: Names of the scripts its rows are written in.
        home: bool [FOLDS, s + 1], whether each is reality's outside of each fold; the last says it of any other one.
    """

    vocabulary: Vocabulary
    everyday: NDArray[np.bool_]
    scripts: tuple[str, ...]
    home: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageView:
    """Of every row whether its script is `foreign`, the `nats` for another language, and a letter in its `script`.

    The letter is a code point, the smallest with which a word of that script begins, -1 for a row of hardly any letters.
    """

    name: ClassVar[str] = "language"
    version: ClassVar[int] = 1
    merges: ClassVar[Mapping[str, Merge]] = {"foreign": "rows", "nats": "rows", "script": "rows"}
    uses: ClassVar[tuple[str, ...]] = ("folds",)
    holds: ClassVar[tuple[type, ...]] = (Tongue, *VOCABULARY)

    def depends(self, sides: Sides) -> tuple[Any, ...]:  # noqa: ARG002 - words are enough
        """Nothing but words."""
        return ()

    def learn(self, sides: Sides) -> Learnt:
        """Learn scripts and everyday words of the anchor."""
        vocabulary = vocabulary_of(sides, WORDS_READ)
        folds = real_folds(sides)
        shape = (len(vocabulary.words), FOLDS)

        def look(block: Block) -> Facts:
            read = vocabulary.read(block.tokens)
            row, word = _distinct(read)
            at = word * FOLDS + block.folds[row]
            counts = np.bincount(at, minlength=shape[0] * FOLDS).reshape(shape)
            return {"script": main_scripts(read, len(block)), "rows": counts}

        seen = read_real(sides, {"script": "rows", "rows": "sum"}, look)
        by_fold = seen["rows"]
        outside = len(folds) - np.bincount(folds, minlength=FOLDS)
        least = np.maximum(_EVERYDAY_SHARE * outside, _EVERYDAY_ROWS)
        scripts, home = _homes(seen["script"], folds)
        model = Tongue(
            vocabulary=vocabulary,
            everyday=by_fold.sum(axis=1, keepdims=True) - by_fold >= least,
            scripts=scripts,
            home=home,
        )
        return Learnt(model=model, real=read_real(sides, self.merges, lambda block: _read(model, block)))

    def read(self, model: Tongue, block: Block) -> Facts:
        """Script and evidence of the rows, from words as they were written.

        A language's commonest words look like a template where reality has none of it, and would be cut out.
        """
        return _read(model, block)


LANGUAGE = LanguageView()


def _homes(script: NDArray[np.int32], folds: NDArray[np.int8]) -> tuple[tuple[str, ...], NDArray[np.bool_]]:
    """Scripts of real rows, and which of them the rest of reality writes."""
    codes, place = np.unique(script, return_inverse=True)
    names = [script_of(code) for code in codes.tolist()]
    scripts = tuple(sorted(set(names) - {""}))
    # Rows without letters are at home everywhere, and count nowhere.
    number = np.array([scripts.index(name) if name else len(scripts) for name in names], np.int64)[place]
    columns = len(scripts) + 1
    written = np.bincount(folds.astype(np.int64) * columns + number, minlength=FOLDS * columns)
    written = written.reshape(FOLDS, columns)
    written[:, -1] = 0  # no real row is written in any other script
    others = written.sum(axis=0) - written
    return scripts, np.asarray(others >= _HOME * others.sum(axis=1, keepdims=True), np.bool_)


def _read(model: Tongue, block: Block) -> Facts:
    read = model.vocabulary.read(block.words)
    script = main_scripts(read, len(block))
    codes, place = np.unique(script, return_inverse=True)
    number = {name: column for column, name in enumerate(model.scripts)}
    column = np.array([number.get(script_of(code), len(number)) for code in codes.tolist()], np.int64)[place]
    foreign = ~model.home[block.folds, column] & (script != NO_LETTER)
    row, word = _distinct(read)
    fold = block.folds[row]
    everyday = np.zeros(len(word), bool)
    known = word < len(model.everyday)
    everyday[known] = model.everyday[word[known], fold[known]]
    saved = np.clip(read.by_fold("saved", word, fold), _LEAST_SAVED, _MOST_SAVED)
    nats = np.where(read.of("spelled", word), _ANY_WORD + _SAVED_BIT * saved + _EVERYDAY * everyday, 0.0)
    told = np.bincount(row, nats, minlength=len(block)).astype(np.float64)
    return {"foreign": foreign, "nats": told, "script": script}


def _distinct(read: WordsRead) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Row and word of all distinct words of every row, known ones first and each kind by its hash: the order in which evidence adds up."""
    count = len(read.known) + len(read.new)
    keys = read.rows * count + read.places
    keys.sort()
    new = np.ones(len(keys), bool)
    new[1:] = keys[1:] != keys[:-1]
    keys = keys[new]
    return keys // max(count, 1), keys % max(count, 1)


def main_scripts(read: WordsRead, count: int) -> NDArray[np.int32]:
    """int32 [count], the script that most letters of a row are in, as one of its letters; `NO_LETTER` with fewer than three letters.

    Japanese mixes Kana with Chinese signs: a row with one Kana in ten of the two is Japanese.

    Args:
        read: Words of some rows.
        count: Number of those rows.
    """
    first, letters = read.of("first", read.places), read.of("letters", read.places)
    codes, place = np.unique(first, return_inverse=True)
    names = [script_of(code) for code in codes.tolist()]
    scripts = sorted(set(names) - {""})
    if not scripts:
        return np.full(count, NO_LETTER, np.int32)
    number = np.array([scripts.index(name) if name else len(scripts) for name in names], np.int64)[place]
    columns = len(scripts) + 1  # the last one for words without letters
    table = np.bincount(read.rows * columns + number, letters, minlength=count * columns)
    table = table.reshape(count, columns)[:, :-1]
    if "KANA" in scripts and "CJK" in scripts:
        kana, signs = scripts.index("KANA"), scripts.index("CJK")
        japanese = table[:, kana] >= 0.1 * (table[:, kana] + table[:, signs])
        table[:, kana] += np.where(japanese, table[:, signs], 0.0)
        table[japanese, signs] = 0.0
    main = np.where(table.sum(axis=1) >= _LEAST_LETTERS, table.argmax(axis=1), -1)
    found = np.full(count, _NO_SIGN, np.int32)
    mine = number == main[read.rows]
    np.minimum.at(found, read.rows[mine], first[mine].astype(np.int32))
    found[found == _NO_SIGN] = NO_LETTER
    return found
