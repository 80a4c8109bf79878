"""Broken rows: how much of the candidate went wrong on its way, whatever it is about?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from holdfast.measures.reading import (
    BAND_DRAWS,
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
from holdfast.stats.multiplicity import benjamini_hochberg
from holdfast.stats.permutation import deal, largest_score, rank
from holdfast.views.damage import COSMETIC, CUT_OFF, DAMAGE, KINDS
from holdfast.views.endings import Endings
from holdfast.views.reading import read_view
from holdfast.views.units import count_units, real_draws

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.sides import Side, Sides
    from holdfast.views.view import View

_NAMED_AT = 0.01
"""Kinds are named under a false-discovery rate of 1 %."""
_SHOWN = 20
_HABIT = 0.01
_HABIT_ROWS = 20  # real rows of several sentences from which on their own habit is known
_COUNTED = [column for column, kind in enumerate(KINDS) if kind not in COSMETIC]


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenRows:
    """Share of candidate rows that are broken, beyond the share of real rows that look so.

    Broken is a row with encoding damage, literal escapes, a loop, a refusal, an unfilled placeholder, HTML leftovers, nothing
    in it, or no end. What reality holds by right (HTML, in a corpus about it) counts on both sides: every kind is tested by
    itself, and all together. An assistant's opening words and tokens of a chat template are listed, and do not count: they
    frame a row and leave it whole (see Artifacts).

    Reads
        0.0 when nothing is broken; 0.05 when a twentieth of the rows are refusals.
    Blind to
        sentences that are whole and wrong, refusals worded otherwise or in other languages than fourteen, and damage
        outside of the first and last 2,000 characters of a row.
    Undetermined
        with fewer than `least_rows` rows on a side.
    Cost
        linear in characters, up to 4,000 of a row for patterns and 20,000 for loops.
    Source
        Rules of `views/damage.py`; units dealt anew, the largest standardised excess among all kinds and each one
        (Westfall and Young 1993); names by an exact conditional test under Benjamini and Hochberg 1995 at 1 %.

    >>> from holdfast.measures.examples import text_sides
    >>> real = [f"row number {i * 7919} says {i}" for i in range(80)]
    >>> refused = [f"As an AI language model, I cannot say {i * 7907}." for i in range(20)]
    >>> reading = BrokenRows()(text_sides(real=real, candidate=real[:60] + refused), Calibration(draws=199))
    >>> reading.value, [entry["kind"] for entry in reading.details["kinds"] if entry["named"]]
    (0.25, ['refusals'])
    """

    name: ClassVar[str] = "broken_rows"
    title: ClassVar[str] = "Broken rows"
    version: ClassVar[int] = 1
    unit: ClassVar[str] = "of rows are broken"
    percent: ClassVar[bool] = True
    judged: ClassVar[bool] = True
    decisive: ClassVar[bool] = False
    of_shares: ClassVar[bool] = False

    tolerance: float = 0.02
    least_rows: int = 50

    def views(self, sides: Sides, null: Calibration) -> tuple[View, ...]:  # noqa: ARG002 - the same for all
        """What is asked of every row."""
        return (DAMAGE,)

    def __call__(self, sides: Sides, null: Calibration) -> Reading | Undetermined:
        """Read the share of broken rows, and of every kind."""
        anchor, candidate = sides.anchor, sides.candidate
        if min(len(anchor), len(candidate)) < self.least_rows:
            return too_few(len(anchor), len(candidate), self.least_rows)
        rng = null.rng(self.name)
        every = damaged_rows(sides)
        found, real = (flags[:, _COUNTED] for flags in every)
        types, member = _unit_types(real, anchor, found, candidate)

        def shares(units: NDArray[np.int64]) -> NDArray[np.float64]:
            rows = types.rows_by_key(units, len(member))
            return np.asarray(rows @ member / np.maximum(rows.sum(axis=-1, keepdims=True), 1.0))

        def per_unit(units: NDArray[np.int64]) -> NDArray[np.float64]:
            # Deals keep the number of units and not that of rows; see `flagged_excess`.
            rows = types.rows_by_key(units, len(member))
            return np.asarray(rows @ member / np.maximum(units.sum(axis=-1, keepdims=True), 1))

        mine, theirs = shares(types.candidate), shares(types.anchor)
        dealt = deal(types.pooled, int(types.candidate.sum()), null.draws, rng)
        excess = shares(dealt) - shares(types.pooled - dealt)
        observed = per_unit(types.candidate) - per_unit(types.anchor)
        place = rank(*largest_score(observed, per_unit(dealt) - per_unit(types.pooled - dealt)), rng)
        kinds = _kinds(every[0], candidate, every[1], anchor)
        named = [
            entry["candidate_share"] - entry["real_share"]
            for entry in kinds
            if entry["named"] and not entry["cosmetic"]
        ]
        value, real_share = float(mine[-1]), float(theirs[-1])
        least = fewest_hits(null.level, candidate.units, anchor.units) / len(candidate)
        return Reading(
            value=value,
            null=Band.of(shares(real_draws(types, BAND_DRAWS, rng)[1])[:, -1]),
            p_value=place.p_value,
            randomized=place.randomized,
            # Where reality is full of one kind by right, the rest can hide in it: the largest excess counts.
            effect=max([value - real_share, *named]),
            smallest_detectable=detectable(excess[:, -1], null.level, least=least),
            rows=_most_telling(every[0], kinds),
            evidence=_evidence(found, kinds),
            details={"real": real_share, "kinds": kinds},
        )


def damaged_rows(sides: Sides) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """bool [n, kinds] and bool [m, kinds], which kinds of damage candidate rows and real rows show.

    A missing full stop is no damage where real rows leave it out as often.
    """
    viewed = read_view(sides, DAMAGE)
    both = (viewed.candidate, viewed.real)
    ends = [Endings(broken=facts["broken"], several=facts["several"], bare=facts["bare"]) for facts in both]
    every = (both[0]["flags"].copy(), both[1]["flags"].copy())
    if _is_habit(ends[0], ends[1]):
        for flags, rows in zip(every, ends, strict=True):
            flags[rows.left_open, KINDS.index(CUT_OFF)] = False
    return every


def _is_habit(candidate: Endings, anchor: Endings) -> bool:
    """Whether real rows leave out the last full stop as often as the candidate's rows of several sentences do.

    Then a last sentence without one is how people write there, and says nothing of rows that were cut off.
    """
    from scipy.special import bdtrc

    read = int(candidate.several.sum())
    bare = int((candidate.several & candidate.bare).sum())
    usual = float(anchor.bare.mean())
    if anchor.several.sum() >= _HABIT_ROWS:
        usual = max(usual, float(anchor.bare[anchor.several].mean()))
    return bare == 0 or float(bdtrc(bare - 1.0, read, usual)) > _HABIT


def _unit_types(
    real: NDArray[np.bool_], anchor: Side, found: NDArray[np.bool_], candidate: Side
) -> tuple[Any, NDArray[np.float64]]:
    """Units by the kinds of damage they show together, and which kinds a combination holds; the last column: any."""
    bits = 1 << np.arange(len(_COUNTED))
    codes, combination = np.unique(np.concatenate([real @ bits, found @ bits]), return_inverse=True)
    combination = combination.reshape(-1).astype(np.int64)
    types = count_units(
        combination[: len(real)],
        anchor.duplicates.units,
        combination[len(real) :],
        candidate.duplicates.units,
    )
    member = (codes[:, None] & bits) > 0
    return types, np.column_stack([member, codes > 0]).astype(np.float64)


def _kinds(
    found: NDArray[np.bool_], candidate: Side, real: NDArray[np.bool_], anchor: Side
) -> list[dict[str, Any]]:
    """What is found of every kind, most frequent first."""
    from scipy.special import bdtrc

    # A unit counts once: the first row of each stands for it.
    mine = np.unique(candidate.duplicates.units, return_index=True)[1]
    theirs = np.unique(anchor.duplicates.units, return_index=True)[1]
    counts, real_counts = found[mine].sum(axis=0), real[theirs].sum(axis=0)
    chance = len(mine) / (len(mine) + len(theirs))
    p_values = np.where(counts > 0, bdtrc(counts - 1.0, (counts + real_counts).astype(np.int64), chance), 1.0)
    named = benjamini_hochberg(p_values, _NAMED_AT)
    entries = [
        {
            "kind": kind,
            "candidate_rows": int(found[:, column].sum()),
            "candidate_share": float(found[:, column].mean()),
            "real_rows": int(real[:, column].sum()),
            "real_share": float(real[:, column].mean()),
            "p_value": float(p_values[column]),
            "named": bool(named[column]),
            "cosmetic": kind in COSMETIC,
            "record_ids": [candidate.ids[row] for row in np.flatnonzero(found[:, column])[:_SHOWN]],
        }
        for column, kind in enumerate(KINDS)
    ]
    return sorted(entries, key=lambda entry: entry["real_share"] - entry["candidate_share"])


def _most_telling(found: NDArray[np.bool_], kinds: list[dict[str, Any]]) -> tuple[int, ...]:
    """Broken rows: of the named kinds in turn, so that a reader sees each, then the rest."""
    rows: dict[int, None] = {}
    columns = [KINDS.index(entry["kind"]) for entry in kinds if entry["named"] and not entry["cosmetic"]]
    by_kind = [np.flatnonzero(found[:, column]).tolist() for column in columns]
    for turn in range(max(map(len, by_kind), default=0)):
        rows.update((held[turn], None) for held in by_kind if turn < len(held))
    rows.update((row, None) for row in np.flatnonzero(found[:, _COUNTED].any(axis=1)).tolist())
    return tuple(rows)


def _evidence(found: NDArray[np.bool_], kinds: list[dict[str, Any]]) -> tuple[str, ...]:
    broken = int(found.any(axis=1).sum())
    named = [entry for entry in kinds if entry["named"]]
    # Where no kind stands out by itself, the first says most.
    shown = named or [entry for entry in kinds[:1] if entry["candidate_rows"]]
    told = [
        f"{entry['kind']}: {counted(entry['candidate_rows'], 'row')}, {percent(entry['candidate_share'])}; in reality "
        f"{percent(entry['real_share'])}"
        for entry in shown
    ]
    return (f"{broken:,} of {counted(len(found), 'row')} show damage of some kind", *told)
