"""Stratum shrinkage: is each part of reality still there, but narrower?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from holdfast.measures.reading import Band, Calibration, Reading, Undetermined, counted, detectable
from holdfast.measures.resampling import said_of_part
from holdfast.stats.dealing import deal_rows, draw_seeds
from holdfast.stats.permutation import rank
from holdfast.views.features import COLUMNS, read_features, sketch, unit_frequencies
from holdfast.views.level import cut_rows, length_limits
from holdfast.views.sides import select_tokens

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.sides import Side, Sides

_ROWS_READ = 20_000
"""Distinct rows of a side that are compared at most."""
_CELL_ROWS = 1_500
"""Distinct rows of one stratum and side that are compared at most; beyond, a seeded sample says the same."""
_CHUNK = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StratumShrinkage:
    """Variety inside strata that the candidate kept: how alike two rows of one stratum are, real against candidate.

    Alike means: inner product of their weighed words and character n-grams, rows read up to equal lengths. Repeated rows count once (NearDuplicates
    reads those), and phrases recognised as artifacts are cut out first (Artifacts reads those).

    Reads
        1.0 when two rows of a stratum are as different as two real rows; 0.5 when they are twice as alike.
    Blind to
        narrowing of meaning that keeps the wording varied.
    Undetermined
        when too few strata have two distinct rows on both sides.
    Cost
        linear in features; draws x rows for the null, on at most 20,000 rows.
    Source
        Similarity-sensitive diversity of order 2 (Leinster and Cobbold 2012, Ecology 93:477) at equal size;
        permutation inside strata.

    >>> from holdfast.measures.examples import text_sides
    >>> real = [f"{w} {i * 7919} {v}" for i, (w, v) in enumerate(zip("abcdefgh" * 10, "stuvwxyzqr" * 8))]
    >>> sides = text_sides(real=real, candidate=[f"please tell me about item {i * 7919}" for i in range(80)])
    >>> StratumShrinkage()(sides, Calibration(draws=199)).value < 0.5
    True
    """

    name: ClassVar[str] = "stratum_shrinkage"
    title: ClassVar[str] = "Variety inside strata"
    version: ClassVar[int] = 3
    unit: ClassVar[str] = "of the variety inside strata is kept"
    percent: ClassVar[bool] = True
    judged: ClassVar[bool] = True
    decisive: ClassVar[bool] = False
    of_shares: ClassVar[bool] = False

    tolerance: float = 0.1
    least_pairs: int = 100

    def __call__(self, sides: Sides, null: Calibration) -> Reading | Undetermined:
        """Read the variety kept."""
        rng, read = null.rng(self.name), sides.read
        both = (read.anchor, read.candidate)
        beyond = (None, None) if read.part is None else read.part.extra
        anchor, candidate = (
            _distinct_rows(side, extra, rng) for side, extra in zip(both, beyond, strict=True)
        )
        anchor_cells, candidate_cells = read.anchor.strata[anchor], read.candidate.strata[candidate]
        count = len(read.labels)
        real = np.bincount(anchor_cells, minlength=count)
        found = np.bincount(candidate_cells, minlength=count)
        usable = np.flatnonzero((real >= 2) & (found >= 2))
        pairs = int((np.minimum(real, found)[usable] * (np.minimum(real, found)[usable] - 1) // 2).sum())
        if pairs < self.least_pairs:
            return Undetermined(
                reason=f"only {counted(pairs, 'pair')} of distinct rows in strata of both sides; {self.least_pairs} are needed"
            )
        # Rows that were read for the sake of their strata make those no larger.
        usual = real if beyond[0] is None else np.bincount(anchor_cells[~beyond[0][anchor]], minlength=count)
        weights = (usual[usable] / max(int(usual[usable].sum()), 1)).astype(float)
        points = _points(both, (anchor, candidate))
        observed = np.zeros(2)
        chance = np.zeros((null.draws, 2))
        cells = []
        for cell, weight in zip(usable, weights, strict=True):
            mine = [
                _sample(part[keys == cell], _CELL_ROWS, rng)
                for part, keys in zip(points, (anchor_cells, candidate_cells), strict=True)
            ]
            pair = np.array([_alike(part) for part in mine])
            observed += weight * pair
            chance += weight * _deal_alike(mine[0], mine[1], null.draws, rng, of=max(map(len, both)))
            cells.append((int(cell), float(pair[0]), float(pair[1])))
        floor = 1e-4  # two rows without a common feature; keeps the ratio finite
        value = float(max(observed[0], floor) / max(observed[1], floor))
        ratios = np.maximum(chance[:, 0], floor) / np.maximum(chance[:, 1], floor)
        place = rank(-value, -ratios, rng)
        narrowest = sorted(cells, key=lambda cell: cell[1] / max(cell[2], floor))[:10]
        reading = Reading(
            value=value,
            null=Band.of(ratios),
            p_value=place.p_value,
            randomized=place.randomized,
            effect=1.0 - value,
            smallest_detectable=detectable(1.0 - ratios, null.level),
            evidence=(
                f"two rows of one stratum are {observed[1] / max(observed[0], floor):.2f} times as alike as two real rows",
                f"read on {len(usable):,} {'stratum' if len(usable) == 1 else 'strata'}, "
                f"{counted(len(candidate), 'distinct candidate row')} and {len(anchor):,} real ones",
            ),
            details={
                "narrowest": [
                    {"stratum": read.labels[s], "real": r, "candidate": c} for s, r, c in narrowest if c > r
                ],
                "strata_read": len(usable),
            },
        )
        return said_of_part(reading, read)


def _distinct_rows(
    side: Side, extra: NDArray[np.bool_] | None, rng: np.random.Generator
) -> NDArray[np.int64]:
    """One row of every unit, those of counted strata only: at most `_ROWS_READ`, and those read for the sake of their strata."""
    counted = np.flatnonzero(side.strata >= 0)
    order = rng.permutation(counted)
    _, first = np.unique(side.duplicates.units[order], return_index=True)
    rows = order[np.sort(first)]
    if extra is None:
        return np.sort(rows[:_ROWS_READ])
    return np.sort(np.concatenate([rows[~extra[rows]][:_ROWS_READ], rows[extra[rows]]]))


def _points(
    both: tuple[Side, Side], rows: tuple[NDArray[np.int64], NDArray[np.int64]]
) -> list[NDArray[np.float32]]:
    """float32 [n, d] of each side, the rows as points, read up to equal lengths: long rows are alike, whatever they say.

    They are weighed by both sides together, which no dealing of rows changes: reality's own weights would make two real
    rows look less alike than two new ones.
    """
    limits = length_limits(both[0].counts, both[1].counts)
    features, frequencies, units = [], np.zeros(COLUMNS, np.int64), 0
    for side, part, limit in zip(both, rows, limits, strict=True):
        # Of a small side all rows say how frequent a feature is, of a large one those that are compared.
        every = np.arange(len(side)) if len(side) <= _ROWS_READ else part
        whole = len(every) == len(side)
        if (limit[every] == side.counts[every]).all():
            read = side.features if whole else side.features.select(every)
        else:
            read = read_features(
                cut_rows(side.tokens if whole else select_tokens(side.tokens, every), limit[every])
            )
        groups = side.duplicates.units if whole else np.arange(len(every))
        frequencies += unit_frequencies(read, groups)
        units += side.units if whole else len(every)
        features.append(read.select(part) if whole else read)
    return [sketch(read, frequencies.astype(np.int32), units, own=False) for read in features]


def _sample(points: NDArray[np.float32], rows: int, rng: np.random.Generator) -> NDArray[np.float32]:
    return points if len(points) <= rows else points[np.sort(rng.permutation(len(points))[:rows])]


def _alike(points: NDArray[np.float32]) -> float:
    """Mean inner product over pairs of different rows."""
    sums, rows = points.sum(axis=0), len(points)
    return float((float(sums @ sums) - float((points**2).sum())) / (rows * (rows - 1)))


def _deal_alike(
    real: NDArray[np.float32], found: NDArray[np.float32], draws: int, rng: np.random.Generator, *, of: int
) -> NDArray[np.float64]:
    """float64 [draws, 2], mean inner products of both sides when the rows of one stratum are dealt anew."""
    pooled = np.concatenate([real, found])
    squares = (pooled**2).sum(axis=1)
    total = pooled.sum(axis=0)
    whole, toward = float(total @ total), pooled @ total
    rows, chosen = len(pooled), len(found)
    others = rows - chosen
    # The squared length of a sum of rows is a sum over their inner products: fewer numbers, where rows are few.
    alike = pooled @ pooled.T if rows < pooled.shape[1] else None
    seeds = draw_seeds(draws, rng)
    result = np.empty((draws, 2))
    step = max(1, _CHUNK // rows)
    for start in range(0, draws, step):
        picked = deal_rows(rows, chosen, seeds[start : start + step], of=of)
        sums = picked @ (pooled if alike is None else alike)
        length = np.einsum("ij,ij->i", sums, sums if alike is None else picked)
        square = picked @ squares
        part = result[start : start + step]
        part[:, 1] = (length - square) / (chosen * (chosen - 1))
        rest = whole - 2.0 * (picked @ toward) + length
        part[:, 0] = (rest - (float(squares.sum()) - square)) / (others * (others - 1))
    return result
