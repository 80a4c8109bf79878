"""Off-language rows: how much of the candidate is not in reality's language?"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from holdfast.measures.reading import (
    Band,
    Calibration,
    Reading,
    Undetermined,
    counted,
    detectable,
    fewest_hits,
    percent,
    too_few,
)
from holdfast.measures.text.flagged import flagged_excess
from holdfast.views.folds import pick_folds
from holdfast.views.letters import main_scripts, read_letters, script_name
from holdfast.views.support import FOLDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.letters import Letters
    from holdfast.views.sides import Sides

# Weights of evidence, in nats, by logistic regression on rows of 3 to 40 words: real and synthetic text in eleven languages
# held against 28 anchors of 60 to 6,000 rows, same language on other topics weighted ten to one; every anchor read with
# weights fitted on anchors in other languages. benchmarks/README.md has what they reach; the fit
# itself is not kept as a script.
_ANY_WORD = 0.6
_SAVED_BIT = -0.09
_EVERYDAY = -3.0
_LEAST_SAVED, _MOST_SAVED = -5.0, 10.0  # no word alone convicts a row, nor acquits it
_EVIDENCE = 3.0
"""Evidence from which a row counts as another language: twenty to one."""
_EVERYDAY_SHARE = 0.005
_EVERYDAY_ROWS = 2
"""A word is an everyday one when at least one row in 200, and two rows, hold it: "the", "is", "my", whatever the topic."""
_HOME = 0.05
"""A script is reality's when at least one real row in twenty is written in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OffLanguage:
    """Share of candidate rows that are in another script or another language than real rows.

    Two readings, neither of which asks what a row is about. Scripts: most of its letters are in one that fewer than one
    real row in twenty is written in. Spelling, in Latin and Cyrillic: its words are spelled as the anchor's words are not
    (letter by letter, under a model of the anchor's distinct words), and the anchor's everyday words are missing. Every
    distinct word adds its evidence, so that a few strange words convict no row. A row's own near-duplicates never speak
    for it.

    Reads
        0.0 where every row is in reality's languages; 0.05 where a twentieth is in another one.
    Blind to
        languages that share words and spelling with reality's (Danish among Norwegian); rows of a few words; rows that
        mix both; another language in the script of Arabic or Hindi; languages that reality shows here and there.
    Undetermined
        with fewer than `least_rows` rows on a side.
    Cost
        linear in words, up to the first 200 of a row.
    Source
        Letter trigrams tell languages apart in a few words (Cavnar and Trenkle 1994, SDAIR 161); weights of evidence by
        logistic regression, see the constants; units dealt anew.

    >>> from random import Random
    >>> from holdfast.measures.examples import text_sides
    >>> dice = Random(1)
    >>> english = "the a my is was will you we they house garden water people money never always very little".split()
    >>> german = "das und ich nicht zwischen schwierig bekommen geschrieben größer durch vielleicht".split()
    >>> real, more, foreign = ([" ".join(dice.choices(w, k=12)) for _ in range(90)] for w in (english, english, german))
    >>> OffLanguage()(text_sides(real=real, candidate=more[:72] + foreign[:18]), Calibration(draws=199)).value
    0.2
    """

    name: ClassVar[str] = "off_language"
    title: ClassVar[str] = "Rows in another language"
    version: ClassVar[int] = 1
    unit: ClassVar[str] = "of rows are in another language"
    percent: ClassVar[bool] = True
    judged: ClassVar[bool] = True
    decisive: ClassVar[bool] = False
    of_shares: ClassVar[bool] = False

    tolerance: float = 0.02
    least_rows: int = 50

    def __call__(self, sides: Sides, null: Calibration) -> Reading | Undetermined:
        """Read the share of rows in another language."""
        anchor, candidate = sides.anchor, sides.candidate
        if min(len(anchor), len(candidate)) < self.least_rows:
            return too_few(len(anchor), len(candidate), self.least_rows)
        rng = null.rng(self.name)
        units = (anchor.duplicates.units, candidate.duplicates.units)
        foreign, scripts, nats = _read(sides)
        real, found = (script | (other > _EVIDENCE) for script, other in zip(foreign, nats, strict=True))
        excess = flagged_excess(real, units[0], found, units[1], null.draws, rng)
        least = fewest_hits(null.level, candidate.units, anchor.units) / len(candidate)
        spelled = found & ~foreign[1]
        rows = np.flatnonzero(found)
        order = np.lexsort((-nats[1][rows], spelled[rows]))
        return Reading(
            value=excess.value,
            null=Band.of(excess.reality),
            p_value=excess.place.p_value,
            randomized=excess.place.randomized,
            effect=excess.value - excess.real,
            smallest_detectable=detectable(excess.null, null.level, least=least),
            rows=tuple(int(row) for row in rows[order]),
            evidence=_sentences(foreign[1], spelled, scripts),
            details={
                "real": excess.real,
                "other_script_rows": int(foreign[1].sum()),
                "other_spelling_rows": int(spelled.sum()),
                "scripts": dict(Counter(scripts[foreign[1]].tolist()).most_common()),
            },
        )


def foreign_rows(sides: Sides) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """bool [m] and bool [n], real rows and candidate rows in another language than the rest of reality's."""
    foreign, _, nats = _read(sides)
    real, found = (script | (other > _EVIDENCE) for script, other in zip(foreign, nats, strict=True))
    return real, found


def _read(sides: Sides) -> tuple[list[NDArray[np.bool_]], NDArray[np.str_], list[NDArray[np.float64]]]:
    # Words before templates are cut out: a language's commonest words, where reality has none of it, look like one.
    both = (sides.anchor.tokens, sides.words)
    folds = pick_folds(sides, sides.words)
    letters = read_letters(*both, folds[0])
    foreign, scripts = _foreign_scripts(letters, folds)
    return foreign, scripts, _evidence_of_rows(letters, folds)


def _foreign_scripts(
    letters: Letters, folds: tuple[NDArray[np.int8], NDArray[np.int8]]
) -> tuple[list[NDArray[np.bool_]], NDArray[np.str_]]:
    """Rows of both sides in scripts that the rest of reality does not write, and the script of each candidate row."""
    main = [main_scripts(letters, side, len(fold)) for side, fold in enumerate(folds)]
    columns = len(letters.scripts) + 1  # the last one for rows without letters, which are at home everywhere
    at = folds[0].astype(np.int64) * columns + main[0] % columns
    written = np.bincount(at, minlength=FOLDS * columns).reshape(FOLDS, columns)
    others = (written.sum(axis=0) - written)[:, :-1]
    home = np.ones((FOLDS, columns), bool)
    home[:, :-1] = others >= _HOME * others.sum(axis=1, keepdims=True)
    foreign = [~home[fold, script] for fold, script in zip(folds, main, strict=True)]
    names = np.array([script_name(name) for name in (*letters.scripts, "")])
    return foreign, names[main[1]]


def _evidence_of_rows(
    letters: Letters, folds: tuple[NDArray[np.int8], NDArray[np.int8]]
) -> list[NDArray[np.float64]]:
    """Nats for another language than the anchor's, for the rows of both sides: the sum over their distinct words."""
    count = max(len(letters), 1)
    pairs = [
        np.unique(rows * count + places) for rows, places in zip(letters.rows, letters.places, strict=True)
    ]
    at = pairs[0] % count * FOLDS + folds[0][pairs[0] // count]
    rows_with = np.bincount(at, minlength=count * FOLDS).reshape(count, FOLDS)
    outside = len(folds[0]) - np.bincount(folds[0], minlength=FOLDS)
    least = np.maximum(_EVERYDAY_SHARE * outside, _EVERYDAY_ROWS)
    everyday = rows_with.sum(axis=1, keepdims=True) - rows_with >= least
    found = []
    for pair, fold in zip(pairs, folds, strict=True):
        row, word = pair // count, pair % count
        left_out = fold[row]
        nats = (
            _ANY_WORD
            + _SAVED_BIT * np.clip(letters.saved[word, left_out], _LEAST_SAVED, _MOST_SAVED)
            + _EVERYDAY * everyday[word, left_out]
        )
        told = np.bincount(row, np.where(letters.spelled[word], nats, 0.0), minlength=len(fold))
        found.append(told.astype(np.float64))
    return found


def _sentences(
    script: NDArray[np.bool_], spelling: NDArray[np.bool_], names: NDArray[np.str_]
) -> tuple[str, ...]:
    written, spelled = int(script.sum()), int(spelling.sum())
    lines = []
    if written:
        most = ", ".join(f"{name} {rows:,}" for name, rows in Counter(names[script].tolist()).most_common(3))
        lines.append(f"{counted(written, 'row')} in a script that reality does not write ({most})")
    if spelled or not written:
        share = percent(spelled / len(spelling))
        lines.append(
            f"{counted(spelled, 'row')} ({share}) spelled unlike reality, without its everyday words"
        )
    return tuple(lines)
