"""Half-lives: in how many generations a stratum loses half of its share, from counts of all generations."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from holdfast.stats.decline import Counted, Decline, declines, detects, drift_of, falling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.cycles.history.generation import Generation, Strata

LEAST = 20
"""Real rows below which a stratum is counted together with the other rare ones (as `holdfast plan` does)."""
WANTED = 10.0
"""The half-life, in generations, that it is said what it would take to see."""
_PAIR = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfLife:
    """What is known of the future of one stratum.

    Attributes:
        stratum: Its name.
        strata: How many it stands for.
        shares: Its share in reality, then in every generation; None where nobody counted.
        counts: Rows behind those shares.
        state: `falls`, `grows`, or `undetermined`: no decline was seen.
        kept: Share kept in one generation; None where no estimate is finite.
        half_life: Generations in which half is lost; None where nothing surely falls, or where it is gone at once.
        low: Lower end of its 95 % interval; 0 where no loss is too fast.
        high: Upper end; None where it has none.
        longer_than: Generations that the half-life exceeds with 95 %; None where no bound is known.
        p_value: One-sided, that it falls.
        needed_generations: Generations that would show a half-life of ten; None where sixty would not.
        needed_rows: Rows a generation, with as many generations, that would; None where a hundredfold would not.
    """

    stratum: str
    strata: int
    shares: tuple[float | None, ...]
    counts: tuple[int | None, ...]
    state: str
    kept: float | None
    half_life: float | None
    low: float | None
    high: float | None
    longer_than: float | None
    p_value: float
    needed_generations: int | None
    needed_rows: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fates:
    """All strata together.

    Attributes:
        half_lives: Surest decline first.
        drift: How many times the drift of sets as large as those counted was assumed; None where set sizes were known.
        notes: What a reader should know.
    """

    half_lives: tuple[HalfLife, ...] = ()
    drift: float | None = None
    notes: tuple[str, ...] = ()


def read_fates(generations: Sequence[Generation]) -> Fates:
    """Half-lives of all strata; nothing where no generation was counted beside reality."""
    told = _counted(generations)
    if not told:
        return Fates()
    left = [
        entry.name
        for entry in generations
        if entry.strata is not None and entry.strata.anchor != told[-1][1].anchor
    ]
    notes = [f"{', '.join(left)}: counted beside another reality, and left out"] if left else []
    names, groups, table = _counts(generations, told)
    drift = drift_of(table)
    found = declines(table, drift)
    order = np.argsort([entry.p_value for entry in found], kind="stable")
    lives = tuple(
        _life(names[k], len(groups[k]), table, int(k), found[k], drift, len(generations)) for k in order
    )
    return Fates(half_lives=lives, drift=None if table.learnt_from is not None else drift, notes=tuple(notes))


def falling_shares(generations: Sequence[Generation]) -> list[tuple[str, float]]:
    """Strata, and the p-value that the share of each falls."""
    told = _counted(generations)
    if not told:
        return []
    names, _, table = _counts(generations, told)
    return list(zip(names, falling(table), strict=True))


def _counted(generations: Sequence[Generation]) -> list[tuple[int, Strata]]:
    """Generations that were counted beside the same reality as the newest of them, with their places."""
    told = [(place, entry.strata) for place, entry in enumerate(generations) if entry.strata is not None]
    return [(place, strata) for place, strata in told if strata.anchor == told[-1][1].anchor]


def _counts(
    generations: Sequence[Generation], counted: Sequence[tuple[int, Strata]]
) -> tuple[list[str], list[list[str]], Counted]:
    names, groups = _pooled([strata for _, strata in counted])
    return names, groups, _table(counted, groups, _learnt(generations, counted))


def _pooled(strata: Sequence[Strata]) -> tuple[list[str], list[list[str]]]:
    """Strata by name, the rarest as one; which they are depends on reality alone."""
    real = strata[-1].real
    rare = [name for name, rows in real.items() if 0 < rows < LEAST]
    kept = [name for name, rows in real.items() if rows >= LEAST]
    if len(rare) < _PAIR:
        both = [*kept, *rare]
        return both, [[name] for name in both]
    return [*kept, f"the {len(rare):,} rarest strata"], [*([name] for name in kept), rare]


def _table(
    counted: Sequence[tuple[int, Strata]], groups: Sequence[Sequence[str]], learnt: list[float] | None
) -> Counted:
    last = counted[-1][1]
    rows = [[sum(last.real[name] for name in group) for group in groups]]
    rows += [[sum(strata.made.get(name, 0.0) for name in group) for group in groups] for _, strata in counted]
    return Counted(
        at=np.array([0, *(place + 1 for place, _ in counted)]),
        counts=np.array(rows, np.float64),
        rows=np.array([last.real_rows, *(strata.made_rows for _, strata in counted)], np.float64),
        learnt_from=None if learnt is None else np.array(learnt, np.float64),
    )


def _learnt(generations: Sequence[Generation], counted: Sequence[tuple[int, Strata]]) -> list[float] | None:
    """Rows that each generation learnt from, where all of them say so."""
    sizes = [entry.learnt_from for entry in generations[: counted[-1][0] + 1]]
    return None if None in sizes else [float(size) for size in sizes if size is not None]


def _life(
    name: str, strata: int, table: Counted, k: int, found: Decline, drift: float, generations: int
) -> HalfLife:
    state = (
        "falls" if found.falls else "grows" if found.high is not None and found.high < 0 else "undetermined"
    )
    needed: tuple[int | None, float | None] = (None, None)
    if state == "undetermined":
        needed = detects(table, k, WANTED, drift)
    longer = found.longer_than
    shares: list[float | None] = [None] * (generations + 1)
    counts: list[int | None] = [None] * (generations + 1)
    for row, place in enumerate(table.at.tolist()):
        shares[place] = float(table.counts[row, k] / table.rows[row])
        counts[place] = int(table.counts[row, k])
    return HalfLife(
        stratum=name,
        strata=strata,
        shares=tuple(shares),
        counts=tuple(counts),
        state=state,
        kept=None if found.rate is None else math.exp(-found.rate),
        half_life=found.half_life,
        low=math.log(2) / found.high
        if state == "falls" and found.high
        else 0.0
        if state == "falls"
        else None,
        high=math.log(2) / found.low if state == "falls" and found.low else None,
        longer_than=longer if longer is not None and math.isfinite(longer) else None,
        p_value=found.p_value,
        needed_generations=needed[0],
        needed_rows=None if needed[1] is None else math.ceil(needed[1] * float(np.median(table.rows[1:]))),
    )
