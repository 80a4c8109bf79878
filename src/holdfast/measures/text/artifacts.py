"""Artifacts: phrases, openers and formats that give the generator away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from holdfast.measures.reading import BAND_DRAWS, Band, Calibration, Reading, Undetermined, percent, too_few
from holdfast.stats.multiplicity import benjamini_hochberg
from holdfast.views.formats import FORMAT_FLAGS, FORMATS
from holdfast.views.phrase_holders import PhraseHolders, rows_by_phrase
from holdfast.views.phrases import spell
from holdfast.views.reading import read_view

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.phrases import PhraseTable
    from holdfast.views.sides import Sides
    from holdfast.views.view import View

_KINDS = ("phrase", "opener", "closer")
_CONSIDERED = 400
_SAME_ROWS = 0.8
"""A phrase inside a longer one is left out when at least this share of its rows hold the longer one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifacts:
    """Share of candidate rows that hold a phrase, opener, closer or format far more frequent than in reality.

    Advisory: an artifact is cosmetic until a measure of loss says otherwise, so this one warns and never fails. Phrases
    that are clearly templates are cut out before the other measures read.

    Reads
        0.0 when no phrase is over-represented; 0.3 when a template opens three rows in ten.
    Blind to
        turns of phrase that vary in wording, and syntax.
    Undetermined
        with fewer than `least_rows` rows on a side.
    Cost
        linear in words, up to the first 400 of a row, times six lengths of phrase; up to 400 phrases are looked for again.
    Source
        Rate ratios over distinct rows, exact conditional test (Przyborowski and Wilenski 1940, Biometrika 31:313),
        names under Benjamini and Hochberg 1995 at 1 %.

    >>> from holdfast.measures.examples import text_sides
    >>> real = [f"row number {i * 7919} says {i}" for i in range(80)]
    >>> sides = text_sides(real=real, candidate=["sure thing boss " + row for row in real[:40]] + real[40:])
    >>> Artifacts()(sides, Calibration(draws=199)).details["phrases"][0]["phrase"]
    'sure thing boss row number'
    """

    name: ClassVar[str] = "artifacts"
    title: ClassVar[str] = "Tell-tale phrases and formats"
    version: ClassVar[int] = 1
    unit: ClassVar[str] = "of rows hold an over-represented phrase or format"
    percent: ClassVar[bool] = True
    judged: ClassVar[bool] = False
    decisive: ClassVar[bool] = False
    of_shares: ClassVar[bool] = False

    tolerance: float = 0.02
    least_ratio: float = 3.0
    least_share: float = 0.01
    least_rows: int = 50
    shown: int = 30

    @property
    def _holders(self) -> PhraseHolders:
        return PhraseHolders(least_ratio=self.least_ratio, least_share=self.least_share, most=_CONSIDERED)

    def views(self, sides: Sides, null: Calibration) -> tuple[View, ...]:  # noqa: ARG002 - the same for all
        """What is asked of every row."""
        return self._holders, FORMAT_FLAGS

    def __call__(self, sides: Sides, null: Calibration) -> Reading | Undetermined:
        """Read the share of rows with artifacts."""
        if min(len(sides.anchor), len(sides.candidate)) < self.least_rows:
            return too_few(len(sides.anchor), len(sides.candidate), self.least_rows)
        rng = null.rng(self.name)
        viewed = read_view(sides, self._holders)
        table = viewed.model
        holding = rows_by_phrase(viewed.candidate["holds"], len(table))
        real_holding = rows_by_phrase(viewed.real["holds"], len(table))
        kept = _longest(table, [spell(table, sides.written, i) for i in range(len(table))], holding)[
            : self.shown
        ]
        flags = np.zeros(len(sides.candidate), bool)
        real_flags = np.zeros(len(sides.anchor), bool)
        phrases = []
        for index in kept:
            flags[holding[index]] = True
            real_flags[real_holding[index]] = True
            phrases.append(_phrase(table, sides, index, holding[index]))
        for entry, mine, real in _formats(sides, self.least_ratio, self.least_share):
            flags |= mine
            real_flags |= real
            phrases.append(entry)
        phrases.sort(key=lambda entry: (-entry["candidate_share"] + entry["real_share"], entry["phrase"]))
        value, real_share = float(flags.mean()), float(real_flags.mean())
        smallest = min((entry["p_value"] for entry in phrases), default=1.0)
        # The phrases themselves are text of records: they stand in the table, which --no-text can leave out.
        evidence = tuple(
            f"the most frequent: a {entry['kind']} in {percent(entry['candidate_share'])} of rows, "
            + (f"in {percent(entry['real_share'])} of real ones" if entry["real_rows"] else "in no real one")
            for entry in phrases[:1]
        )
        rows = np.flatnonzero(flags)
        return Reading(
            value=value,
            null=Band.of(rng.binomial(len(flags), real_share, size=BAND_DRAWS) / len(flags)),
            p_value=smallest,
            randomized=smallest,
            effect=value - real_share,
            smallest_detectable=self.least_share,
            rows=tuple(int(row) for row in rows),
            evidence=evidence,
            details={"phrases": phrases},
        )


def _longest(table: PhraseTable, spelled: list[str], holding: list[NDArray[np.int64]]) -> list[int]:
    """The phrases that are not merely a part of another one, most frequent first."""
    order = sorted(
        range(len(table)), key=lambda i: (-int(table.words[i]), -int(table.candidate[i]), spelled[i])
    )
    kept: list[int] = []
    for index in order:
        rows = holding[index]
        # Windows of one long template, and its last word with whatever follows, hold rows of the template only.
        frayed = any(
            set(spelled[index].split()) & set(spelled[other].split())
            and np.isin(rows, holding[other], assume_unique=True).mean() >= _SAME_ROWS
            for other in kept
        )
        if not frayed:
            kept.append(index)
    return sorted(kept, key=lambda i: (-int(table.candidate[i]), spelled[i]))


def _phrase(table: PhraseTable, sides: Sides, index: int, rows: NDArray[np.int64]) -> dict[str, Any]:
    return _entry(
        spell(table, sides.written, index),
        _KINDS[int(table.place[index])],
        (int(table.candidate[index]), table.candidate_rows),
        (int(table.real[index]), table.real_rows),
        float(table.p_value[index]),
        [sides.candidate.ids[row] for row in rows[:20]],
    )


def _entry(
    phrase: str, kind: str, found: tuple[int, int], real: tuple[int, int], p_value: float, ids: list[str]
) -> dict[str, Any]:
    ratio = ((found[0] + 0.5) / found[1]) / ((real[0] + 0.5) / real[1])
    # Normal interval of the log rate ratio with half a row added (Haldane's correction).
    spread = 1.96 * float(np.sqrt(1.0 / (found[0] + 0.5) + 1.0 / (real[0] + 0.5)))
    return {
        "phrase": phrase,
        "kind": kind,
        "candidate_rows": found[0],
        "candidate_share": found[0] / found[1],
        "real_rows": real[0],
        "real_share": real[0] / real[1],
        "rate_ratio": ratio,
        "interval": (ratio * float(np.exp(-spread)), ratio * float(np.exp(spread))),
        "p_value": p_value,
        "record_ids": ids,
    }


def _formats(
    sides: Sides, least_ratio: float, least_share: float
) -> list[tuple[dict[str, Any], NDArray[np.bool_], NDArray[np.bool_]]]:
    from scipy.special import bdtrc

    viewed = read_view(sides, FORMAT_FLAGS)
    found, real = viewed.candidate["flags"], viewed.real["flags"]
    # A unit counts once: the first row of each stands for it.
    mine = np.unique(sides.candidate.duplicates.units, return_index=True)[1]
    theirs = np.unique(sides.anchor.duplicates.units, return_index=True)[1]
    counts, real_counts = found[mine].sum(axis=0), real[theirs].sum(axis=0)
    chance = len(mine) / (len(mine) + len(theirs))
    p_values = np.where(counts > 0, bdtrc(counts - 1.0, (counts + real_counts).astype(np.int64), chance), 1.0)
    named = benjamini_hochberg(p_values, 0.01)
    entries = []
    for column in np.flatnonzero(named & (counts >= least_share * len(mine))):
        rows = np.flatnonzero(found[:, column])
        entry = _entry(
            FORMATS[column][0],
            "format",
            (int(counts[column]), len(mine)),
            (int(real_counts[column]), len(theirs)),
            float(p_values[column]),
            [sides.candidate.ids[row] for row in rows[:20]],
        )
        # A format that most real rows share cannot be three times as frequent; a wide gap counts as well.
        gap = entry["candidate_share"] - entry["real_share"]
        if entry["rate_ratio"] >= least_ratio or gap >= 0.25:
            entries.append((entry, found[:, column], real[:, column]))
    return entries
