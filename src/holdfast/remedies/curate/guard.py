"""Guard: what a filter takes of reality, by band and stratum, before it may take anything of the candidate.

Real rows are good by definition. A filter that takes more than a tolerated share of reality's rarest tenth eats the tail,
whatever it does for the mean: it is stopped, or relaxed in the strata where it does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from holdfast.stats.bands import BANDS, membership

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.remedies.curate.filters import Marks
    from holdfast.views.sides import Sides

Decision = Literal["acts", "relaxed", "stopped", "not measured", "cannot say"]
OnTail = Literal["relax", "stop"]
LEAST_ROWS = 20
"""Real rows from which on a stratum's own toll is looked at; rarer strata share their band's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Toll:
    """What a filter takes of a band of reality.

    Attributes:
        band: Its name.
        rows: Real rows in it.
        taken: Of those, how many the filter would take.
        share: Their share; None without rows.
        high: Upper 95 % bound of that share (Clopper and Pearson 1934); None without rows.
    """

    band: str
    rows: int
    taken: int
    share: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """A filter's marks after the guard has looked at them.

    Attributes:
        marks: bool [n], candidate rows it may take.
        real: bool [m], real rows it takes by the same cuts; None where real rows have no such score.
        decision: `acts`; `relaxed` in some strata; `stopped`; `not measured` where what it takes of
            the tail cannot be known;
            `cannot say` where it could not read the candidate either.
        tolls: What it takes of each band of reality, rarest first.
        strata: Names of the strata in which it was relaxed.
        spared: Candidate rows that it would have taken and may not: what the guard costs.
        why: In words.
    """

    marks: NDArray[np.bool_]
    real: NDArray[np.bool_] | None
    decision: Decision
    tolls: tuple[Toll, ...]
    strata: tuple[str, ...]
    spared: int
    why: str


def guard(sides: Sides, marks: Marks, *, tolerance: float, on_tail: OnTail) -> Guarded:
    """Measure a filter on reality, and let it act, relax it or stop it.

    Args:
        sides: Both sides.
        marks: What the filter would take.
        tolerance: Largest share of reality's rarest tenth that it may take.
        on_tail: What is done with one that would take more.
    """
    if marks.real is None:
        return Guarded(
            marks=marks.candidate,
            real=None,
            decision="not measured",
            tolls=(),
            strata=(),
            spared=0,
            why="real rows have no such score, so what it takes of the tail is not known",
        )
    bands = _bands(sides)
    tolls = tuple(_toll(name, marks.real[bands == at]) for at, (name, _, _) in enumerate(BANDS))
    rarest = tolls[0]
    if rarest.share is None:
        return Guarded(
            marks=marks.candidate,
            real=marks.real,
            decision="not measured",
            tolls=tolls,
            strata=(),
            spared=0,
            why="there is one stratum only, so no tail of strata that it could eat",
        )
    worst = [toll for toll in tolls if toll.share is not None and toll.share > tolerance]
    if rarest.share <= tolerance:
        why = (
            ""
            if not worst
            else f"it takes more than {tolerance:.0%} of the {worst[0].band}, and not of the rarest tenth"
        )
        return Guarded(
            marks=marks.candidate,
            real=marks.real,
            decision="acts",
            tolls=tolls,
            strata=(),
            spared=0,
            why=why,
        )
    said = f"it would take {rarest.share:.0%} of the rarest tenth of reality, {tolerance:.0%} are tolerated"
    if on_tail == "stop":
        return Guarded(
            marks=np.zeros_like(marks.candidate),
            real=np.zeros_like(marks.real),
            decision="stopped",
            tolls=tolls,
            strata=(),
            spared=int(marks.candidate.sum()),
            why=said,
        )
    kept, real, strata = _relax(sides, marks, bands, tolerance)
    return Guarded(
        marks=kept,
        real=real,
        decision="relaxed",
        tolls=tolls,
        strata=strata,
        spared=int(marks.candidate.sum() - kept.sum()),
        why=said,
    )


def _bands(sides: Sides) -> NDArray[np.int64]:
    """int64 [m], the band of each real row; -1 for rows of no stratum."""
    known = sides.known
    if len(sides.labels) < 2:
        # One stratum has no tail that could be told from its head.
        return np.where(known >= 0, len(BANDS) - 1, -1)
    sizes = np.bincount(known[known >= 0], minlength=len(sides.labels)).astype(np.float64)
    return np.where(known >= 0, membership(sizes)[np.maximum(known, 0)], -1)


def _toll(name: str, taken: NDArray[np.bool_]) -> Toll:
    from scipy.special import betaincinv

    rows, hits = len(taken), int(taken.sum())
    if rows == 0:
        return Toll(band=name, rows=0, taken=0, share=None, high=None)
    high = 1.0 if hits == rows else float(betaincinv(hits + 1, rows - hits, 0.95))
    return Toll(band=name, rows=rows, taken=hits, share=hits / rows, high=high)


def _relax(
    sides: Sides, marks: Marks, bands: NDArray[np.int64], tolerance: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], tuple[str, ...]]:
    """Marks of both sides without those in strata whose real rows it would take too many of, or with a lower cut there.

    A stratum of few real rows has no share of its own to speak of: such strata are judged together, band by band.
    """
    assert marks.real is not None  # noqa: S101 - for the type checker; the caller has looked
    known, strata = sides.known, sides.candidate.strata
    sizes = np.bincount(known[known >= 0], minlength=len(sides.labels))
    band_of = np.full(len(sides.labels), -1)
    band_of[known[known >= 0]] = bands[known >= 0]
    kept, taken = marks.candidate.copy(), marks.real.copy()
    relaxed = []
    for group in _groups(sizes, band_of):
        real, mine = np.isin(known, group), np.isin(strata, group)
        if not mine.any() or marks.real[real].mean() <= tolerance:
            continue
        relaxed += [sides.labels[at] for at in group]
        if marks.scores is None:
            kept[mine] = taken[real] = False
        else:
            cut = float(np.quantile(marks.scores[1][real], tolerance, method="lower"))
            kept[mine] &= marks.scores[0][mine] < cut
            taken[real] &= marks.scores[1][real] < cut
    return kept, taken, tuple(relaxed)


def _groups(sizes: NDArray[np.int64], bands: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    alone = [np.array([at]) for at in np.flatnonzero(sizes >= LEAST_ROWS)]
    few = (sizes > 0) & (sizes < LEAST_ROWS)
    return alone + [np.flatnonzero(few & (bands == band)) for band in np.unique(bands[few])]
