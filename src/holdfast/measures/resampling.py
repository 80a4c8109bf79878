"""Resampling: whole units dealt anew to two sides, which are then read at equal size.

Many symptoms depend on the number of words or rows that are read, so both sides are read up to a budget. Which units
are read, and in which order, their content decides: neither the seed nor the order of rows in a file changes a value.
Chance comes in twice. Units of both sides are dealt anew for the p-value (Lehmann and Romano 2005, chapter 15). Parts of
the anchor, held against each other at the size that was compared, say what reality scores; where the anchor is too small
for two such parts, the deals say it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from holdfast.measures.reading import Reading, Undetermined, counted, too_few
from holdfast.views.features import Features
from holdfast.views.read_rows import keys_of, unit_keys
from holdfast.views.sides import select_tokens
from holdfast.views.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from holdfast.views.sides import Sides

    Read = Callable[[NDArray[np.bool_], NDArray[np.bool_]], tuple[NDArray[np.float64], NDArray[np.float64]]]

BUDGET = 20_000
"""Words compared of a side."""
WORDS_READ = 400
"""Words read of one row, so that the budget holds fifty rows at least."""
DRAWS = 199
"""Most deals, and most pairs of parts of the anchor."""
LEAST_UNITS = 20
"""Below it deals repeat each other."""
_ALWAYS_READ = 50
"""Units read of a side, however large they are."""
_SPARE = 2
"""The anchor is read up to twice the budget, so that two parts of it can be compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """The rows of both sides that are read, in an order that their content gives.

    Attributes:
        row: int64 [n], the row on its own side.
        of_candidate: bool [n], whether that side is the candidate.
        unit: int64 [n], the row's unit, numbered through both sides.
        candidate: bool [u], whether the unit is the candidate's.
        size: Words or rows that are compared of a side.
        part: Units of the anchor that hold so many; 0 where it does not hold them twice.
    """

    row: NDArray[np.int64]
    of_candidate: NDArray[np.bool_]
    unit: NDArray[np.int64]
    candidate: NDArray[np.bool_]
    size: int
    part: int

    @classmethod
    def of(cls, sides: Sides, budget: int, *, words: bool) -> Pool:
        """Choose the units that are read.

        Args:
            sides: Both sides.
            budget: Words or rows compared of a side.
            words: Whether the budget counts words, else rows.
        """
        both = (sides.anchor, sides.candidate)
        keys = np.concatenate(keys_of(sides))
        counts = (sides.anchor.counts, sides.written.counts)
        weight = np.clip(np.concatenate(counts), 1, WORDS_READ) if words else np.ones(len(keys), np.int64)
        unit = np.concatenate([both[0].duplicates.units, both[1].duplicates.units + both[0].units])
        total_units = both[0].units + both[1].units
        # Rows of thin strata that were read beyond the others would be too many here.
        open_to = np.ones(total_units, bool)
        if sides.part is not None:
            open_to[unit[np.concatenate(sides.part.extra)]] = False
        order = np.argsort(unit_keys(keys, unit, total_units), kind="stable")
        order = order[open_to[order]]
        heavy = np.bincount(unit, weight)
        kept, total = [], []
        for found, most in ((order < both[0].units, _SPARE * budget), (order >= both[0].units, budget)):
            units = order[found]
            before = np.cumsum(heavy[units]) - heavy[units]
            kept.append(units[(before < most) | (np.arange(len(units)) < _ALWAYS_READ)])
            total.append(float(heavy[kept[-1]].sum()))
        number = np.full(total_units, -1, np.int64)
        chosen = order[np.isin(order, np.concatenate(kept))]
        number[chosen] = np.arange(len(chosen))
        rows = np.argsort(keys, kind="stable")
        rows = rows[number[unit[rows]] >= 0]
        split = len(both[0])
        size = min(budget, *total)
        part = round(len(kept[0]) * size / total[0])
        return cls(
            row=np.where(rows < split, rows, rows - split),
            of_candidate=rows >= split,
            unit=number[unit[rows]],
            candidate=chosen >= both[0].units,
            size=round(size),
            part=part if 2 * part <= len(kept[0]) else 0,
        )

    def __len__(self) -> int:
        return len(self.row)

    def tokens(self, real: Tokens, candidate: Tokens) -> Tokens:
        """The words of the rows of the pool, up to the first `WORDS_READ` of each."""
        parts = [
            select_tokens(tokens, self.row[self.of_candidate == flag])
            for tokens, flag in ((real, False), (candidate, True))
        ]
        lengths = np.concatenate([part.counts for part in parts])
        starts = np.concatenate([parts[0].row_starts[:-1], parts[1].row_starts[:-1] + len(parts[0].words)])
        order = self._interleaved()
        lengths, starts = np.minimum(lengths[order], WORDS_READ), starts[order]
        begins = np.concatenate([[0], np.cumsum(lengths)])
        take = np.repeat(starts - begins[:-1], lengths) + np.arange(begins[-1])
        folded = [*parts[0].folded, *parts[1].folded]
        return Tokens(
            folded=tuple(folded[i] for i in order),
            words=np.concatenate([part.words for part in parts])[take],
            row_starts=begins,
            begins=np.concatenate([part.begins for part in parts])[take],
            ends=np.concatenate([part.ends for part in parts])[take],
            truncated=0,
        )

    def features(self, real: Features, candidate: Features) -> Features:
        """The features of the rows of the pool."""
        first = real.select(self.row[~self.of_candidate])
        second = candidate.select(self.row[self.of_candidate])
        both = Features(
            starts=np.concatenate([first.starts, second.starts[1:] + first.starts[-1]]),
            columns=np.concatenate([first.columns, second.columns]),
            counts=np.concatenate([first.counts, second.counts]),
        )
        return both.select(self._interleaved())

    def _interleaved(self) -> NDArray[np.int64]:
        """int64 [n], where each row stands if the anchor's rows come first, then the candidate's."""
        order = np.empty(len(self), np.int64)
        order[~self.of_candidate] = np.arange(len(self) - int(self.of_candidate.sum()))
        order[self.of_candidate] = np.arange(len(self) - int(self.of_candidate.sum()), len(self))
        return order

    def deals(self, draws: int, rng: np.random.Generator) -> NDArray[np.bool_]:
        """bool [draws + 1, u], which units are the candidate's: as found, and as chance deals them."""
        tiled = np.tile(self.candidate, (draws + 1, 1))
        rng.permuted(tiled[1:], axis=1, out=tiled[1:])
        return tiled

    def parts(self, draws: int, rng: np.random.Generator) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """bool [draws, u] twice, which of the anchor's units are in the first part, and which in the second."""
        real = np.flatnonzero(~self.candidate)
        place = rng.permuted(np.tile(np.arange(len(real)), (draws, 1)), axis=1)
        first, second = np.zeros((2, draws, len(self.candidate)), bool)
        first[:, real] = place < self.part
        second[:, real] = (place >= self.part) & (place < 2 * self.part)
        return first, second


@dataclass(frozen=True, slots=True, kw_only=True)
class Resampled:
    """Statistics of two sides, and what chance makes of their difference.

    Attributes:
        candidate: float64 [s].
        real: float64 [s].
        dealt: float64 [draws, s], one side minus the other when units are dealt anew.
        reality: float64 [draws, s], the same between two sets of real rows, at the size that was compared.
    """

    candidate: NDArray[np.float64]
    real: NDArray[np.float64]
    dealt: NDArray[np.float64]
    reality: NDArray[np.float64]

    @property
    def difference(self) -> NDArray[np.float64]:
        """float64 [s], candidate minus real."""
        return self.candidate - self.real


def resample(pool: Pool, read: Read, draws: int, rng: np.random.Generator) -> Resampled:
    """Read two sides as they are, and as chance deals them.

    Args:
        pool: The rows.
        read: float64 [s] of the first and of the second side, given as bool [n] over the rows of the pool. Both must be
            read at equal size, and ratios as logarithms, since differences are what is compared.
        draws: Deals, and pairs of parts of the anchor.
        rng: Source of randomness.
    """
    found, *deals = (read(chosen, ~chosen) for chosen in pool.deals(draws, rng)[:, pool.unit])
    dealt = np.array([mine - theirs for mine, theirs in deals])
    reality = dealt
    if pool.part:
        pairs = zip(*(part[:, pool.unit] for part in pool.parts(draws, rng)), strict=True)
        reality = np.array([mine - theirs for mine, theirs in (read(*pair) for pair in pairs)])
    return Resampled(candidate=found[0], real=found[1], dealt=dealt, reality=reality)


def said_of_part(reading: Reading, read: Sides) -> Reading:
    """A reading of read rows: its rows by their places in the whole, and in words on how many rows it rests.

    Args:
        reading: What was read.
        read: The sides it was read from (`Sides.read`); a reading of all rows stays as it is.
    """
    part = read.part
    if part is None:
        return reading
    real, candidate = (len(rows) for rows in part.rows)
    return replace(
        reading,
        rows=tuple(part.rows[1][np.array(reading.rows, np.int64)].tolist()),
        evidence=(
            *reading.evidence,
            f"read from {candidate:,} of {counted(part.of[1], 'candidate row')} and {real:,} of "
            f"{part.of[0]:,} real ones, which their content decides",
        ),
        details={
            **reading.details,
            "rows_read": {
                "real": real,
                "candidate": candidate,
                "of_real": part.of[0],
                "of_candidate": part.of[1],
            },
        },
    )


def refused(sides: Sides, least_rows: int) -> Undetermined | None:
    """Why two sides cannot be resampled, if they cannot: too few rows, or hardly any that are independent."""
    real, candidate = len(sides.anchor), len(sides.candidate)
    if min(real, candidate) < least_rows:
        return too_few(real, candidate, least_rows)
    for side, name in ((sides.anchor, "real"), (sides.candidate, "candidate")):
        if side.units < LEAST_UNITS:
            groups = counted(side.units, "group")
            return Undetermined(
                reason=f"the {len(side):,} {name} rows are only {groups} of near-duplicates; {LEAST_UNITS} are needed"
            )
    return None
