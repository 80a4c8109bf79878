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
from holdfast.views.language import LANGUAGE
from holdfast.views.letters import script_name, script_of
from holdfast.views.reading import read_view

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.sides import Sides
    from holdfast.views.view import View

_EVIDENCE = 3.0
"""Evidence from which a row counts as another language: twenty to one."""


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
    version: ClassVar[int] = 2
    unit: ClassVar[str] = "of rows are in another language"
    percent: ClassVar[bool] = True
    judged: ClassVar[bool] = True
    decisive: ClassVar[bool] = False
    of_shares: ClassVar[bool] = False

    tolerance: float = 0.02
    least_rows: int = 50

    def views(self, sides: Sides, null: Calibration) -> tuple[View, ...]:  # noqa: ARG002 - the same for all
        """What is asked of every row."""
        return (LANGUAGE,)

    def __call__(self, sides: Sides, null: Calibration) -> Reading | Undetermined:
        """Read the share of rows in another language."""
        anchor, candidate = sides.anchor, sides.candidate
        if min(len(anchor), len(candidate)) < self.least_rows:
            return too_few(len(anchor), len(candidate), self.least_rows)
        rng = null.rng(self.name)
        units = (anchor.duplicates.units, candidate.duplicates.units)
        real, found = foreign_rows(sides)
        facts = read_view(sides, LANGUAGE).candidate
        foreign, scripts = facts["foreign"], _script_names(facts["script"])
        excess = flagged_excess(real, units[0], found, units[1], null.draws, rng)
        least = fewest_hits(null.level, candidate.units, anchor.units) / len(candidate)
        spelled = found & ~foreign
        rows = np.flatnonzero(found)
        order = np.lexsort((-facts["nats"][rows], spelled[rows]))
        return Reading(
            value=excess.value,
            null=Band.of(excess.reality),
            p_value=excess.place.p_value,
            randomized=excess.place.randomized,
            effect=excess.value - excess.real,
            smallest_detectable=detectable(excess.null, null.level, least=least),
            rows=tuple(int(row) for row in rows[order]),
            evidence=_sentences(foreign, spelled, scripts),
            details={
                "real": excess.real,
                "other_script_rows": int(foreign.sum()),
                "other_spelling_rows": int(spelled.sum()),
                "scripts": dict(Counter(scripts[foreign].tolist()).most_common()),
            },
        )


def foreign_rows(sides: Sides) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """bool [m] and bool [n], real rows and candidate rows in another language than the rest of reality's."""
    viewed = read_view(sides, LANGUAGE)
    real, found = (
        facts["foreign"] | (facts["nats"] > _EVIDENCE) for facts in (viewed.real, viewed.candidate)
    )
    return real, found


def _script_names(letters: NDArray[np.int32]) -> NDArray[np.str_]:
    """The script of each of these letters, in a reader's words."""
    codes, place = np.unique(letters, return_inverse=True)
    return np.array([script_name(script_of(code)) for code in codes.tolist()], np.str_)[place]


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
