"""What each stratum lacks: an audit's table of strata becomes the quotas of a round.

A stratum becomes missing by evidence: it is significantly below what reality scores, or has no row at all, or the report that started the
run names it. It stops being missing by reaching the target and being no longer significantly below. So a stratum that is a little low by
chance is not chased, and one that was lost is not left at the first row with which chance could explain the rest.

Every row that is added makes the set larger, and with it the number of rows that each stratum should have: quotas are solved for the set
as it will have grown. Where the round has fewer rows than are missing, the emptiest strata are filled first, all to one level.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.measures.reading import percent
from holdfast.remedies.blend.counts import apportion
from holdfast.remedies.generate.contract import Move, Need
from holdfast.stats.multiplicity import benjamini_hochberg

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

TARGET = 0.9
"""Retention that a stratum which was asked for must reach; nine tenths, as an audit names no stratum that has lost less than a fifth."""
LEAST_REAL = 5
"""Real rows below which a stratum counts as unknown unless it is significantly below: a share seen in 4 rows may be twice or half as large."""
RATE = 0.05
"""Expected share of strata that are asked for and lack nothing, among those that enter by their p-value."""
MOST_ASKED = 3.0
"""Largest number of rows asked for in place of one that is missing, where rows so far did not pass."""
_STEPS = 80


def read_needs(
    strata: Sequence[Mapping[str, Any]],
    *,
    budget_rows: int,
    given_up: Mapping[str, str] | None = None,
    named: Collection[str] = (),
    passing: Mapping[str, float] | None = None,
    target: float = TARGET,
    least_real: int = LEAST_REAL,
    by_name: bool = True,
) -> tuple[Need, ...]:
    """What each stratum lacks, and how many rows of it are asked for.

    Args:
        strata: `Audit.strata` of candidate and accepted rows together, read by the rows that steer.
        budget_rows: Rows that may be asked for in the round.
        given_up: Strata that are beyond these methods and models, with the reason.
        named: Strata that the report names or that were asked for before: they stay missing until they reach `target`.
        passing: Share of rows asked for that were accepted so far, by stratum: a quota grows by its inverse, at most `MOST_ASKED` times.
        target: Retention that is asked for.
        least_real: Real rows from which on a stratum can be told without significance.
        by_name: Whether strata can be asked for by name; clusters cannot, and are asked for by their real rows.

    Returns:
        One for each stratum that reality has, in the order given. Quotas sum to `budget_rows`, or to all that is missing where that is
        less.

    >>> table = [
    ...     {"stratum": "a", "real_rows": 80, "candidate_rows": 90, "real_share": 0.8, "expected_rows": 72, "retention": 1.25,
    ...      "interval": (1.1, 1.4), "p_value": 1.0, "lost": False},
    ...     {"stratum": "b", "real_rows": 20, "candidate_rows": 0, "real_share": 0.2, "expected_rows": 18, "retention": 0.0,
    ...      "interval": (0.0, 0.2), "p_value": 1e-5, "lost": True},
    ... ]
    >>> [(need.stratum, need.state, need.quota) for need in read_needs(table, budget_rows=100)]
    [('a', 'covered', 0), ('b', 'missing', 23)]
    """
    known = [row for row in strata if row["real_share"] > 0]
    states = _states(known, given_up or {}, frozenset(named), target, least_real)
    missing = np.array([state == "missing" for state in states], bool)
    quotas = _quotas(known, missing, budget_rows, passing or {})
    return tuple(
        Need(
            stratum=row["stratum"],
            real=int(row["real_rows"]),
            have=int(row["candidate_rows"]),
            expected=float(row["expected_rows"]),
            quota=quota,
            state=state,
            why=_why(row, state, quota, (given_up or {}).get(row["stratum"], ""), by_name=by_name),
        )
        for row, state, quota in zip(known, states, quotas, strict=True)
    )


def even_needs(real: Mapping[str, int], *, budget_rows: int) -> tuple[Need, ...]:
    """Reality's mix, steered by nothing: what steering is held against.

    Args:
        real: Rows of each stratum among those that steer; empty where reality has no strata.
        budget_rows: Rows that are asked for.

    >>> [(need.stratum, need.quota) for need in even_needs({"a": 30, "b": 10}, budget_rows=10)]
    [('a', 8), ('b', 2)]
    """
    total = sum(real.values())
    if not total:
        return (whole_need(real=0, have=0, budget_rows=budget_rows),)
    quotas = apportion({name: count / total for name, count in real.items()}, budget_rows)
    return tuple(
        Need(
            stratum=name,
            real=count,
            have=0,
            expected=budget_rows * count / total,
            quota=quotas[name],
            state="missing" if quotas[name] else "covered",
            why=f"reality's mix: {count:,} of {total:,} real rows",
        )
        for name, count in real.items()
    )


def whole_need(*, real: int, have: int, budget_rows: int) -> Need:
    """What is asked for where reality has no strata: rows, of which real rows that nobody covers say what they should be like."""
    return Need(
        stratum=None,
        real=real,
        have=have,
        expected=float(have),
        quota=budget_rows,
        state="missing" if budget_rows else "covered",
        why="reality has no strata: rows are asked for like real rows that nothing covers yet",
    )


def quota_moves(before: Sequence[Need], after: Sequence[Need], *, budget_rows: int) -> tuple[Move, ...]:
    """Quotas that changed from one round to the next, each with its figures."""
    held = {need.stratum: need.quota for need in before}
    return tuple(
        Move(
            what=f"quota of {need.stratum if need.stratum is not None else 'all rows'}",
            before=float(held.get(need.stratum, 0)),
            after=float(need.quota),
            low=0.0,
            high=float(budget_rows),
            why=need.why,
        )
        for need in after
        if need.quota != held.get(need.stratum, 0)
    )


def _states(
    rows: Sequence[Mapping[str, Any]],
    given_up: Mapping[str, str],
    named: frozenset[str],
    target: float,
    least_real: int,
) -> list[Any]:
    p_values = np.array([1.0 if row["p_value"] is None else row["p_value"] for row in rows])
    below = benjamini_hochberg(p_values, RATE)
    states = []
    for row, low in zip(rows, below, strict=True):
        name, have, expected = row["stratum"], row["candidate_rows"], row["expected_rows"]
        short = expected - have >= 1 and have < target * expected
        lost = bool(low and have < expected) or bool(row["lost"])
        if not lost and not (short and (name in named or not have)):
            tellable = row["real_rows"] >= least_real or have >= target * expected
            states.append("covered" if tellable else "unknown")
        elif name in given_up:
            states.append("given_up")
        elif not lost and name not in named and row["real_rows"] < least_real:
            states.append("unknown")
        else:
            states.append("missing")
    return states


def _quotas(
    rows: Sequence[Mapping[str, Any]],
    missing: NDArray[np.bool_],
    budget_rows: int,
    passing: Mapping[str, float],
) -> list[int]:
    places: list[int] = np.flatnonzero(missing).tolist()
    if not places or budget_rows <= 0:
        return [0] * len(rows)
    have = np.array([float(rows[at]["candidate_rows"]) for at in places])
    share = np.array([float(rows[at]["real_share"]) for at in places])
    # What the audit expects rows of strata among: new labels, which reality does not know, stand aside.
    total = float(sum(row["expected_rows"] for row in rows))
    each = np.array(
        [1.0 / max(passing.get(rows[at]["stratum"], 1.0), 1.0 / MOST_ASKED) for at in places]
    ).clip(1.0, MOST_ASKED)
    wanted = each * _lacking(have, share, total, 1.0)
    if total <= 0:
        wanted = budget_rows * each * share / (each * share).sum()
    elif not wanted.sum() <= budget_rows:
        wanted = each * _lacking(have, share, total, _level(have, share, total, each, budget_rows))
    # A hair above a whole number is the whole number.
    asked = min(budget_rows, math.ceil(float(wanted.sum()) - 1e-6))
    quotas = [0] * len(rows)
    if wanted.sum() > 0:
        shares = {str(at): float(want / wanted.sum()) for at, want in zip(places, wanted, strict=True)}
        for at, quota in apportion(shares, asked).items():
            quotas[int(at)] = quota
    return quotas


def _lacking(
    have: NDArray[np.float64], share: NDArray[np.float64], total: float, level: float
) -> NDArray[np.float64]:
    """Rows that bring each stratum to `level` times its share of the set as it is with them; infinite where no number of rows does.

    The total T solves T = total + sum of max(0, level share T - have): convex and piecewise linear in T, so that Newton's steps from
    below end at the root after as many steps as there are strata at most.
    """
    grown, filled = total, np.zeros(len(have), bool)
    while True:
        now = filled | (level * share * grown > have)
        if (now == filled).all():
            return np.where(filled, np.maximum(level * share * grown - have, 0.0), 0.0)
        filled = now
        left = 1.0 - level * float(share[filled].sum())
        if left <= 1e-9:
            return np.full(len(have), np.inf)
        grown = (total - float(have[filled].sum())) / left


def _level(
    have: NDArray[np.float64],
    share: NDArray[np.float64],
    total: float,
    each: NDArray[np.float64],
    budget_rows: int,
) -> float:
    """The level to which all strata can be filled with so many rows: the emptiest first."""
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        fits = float((each * _lacking(have, share, total, middle)).sum()) <= budget_rows
        low, high = (middle, high) if fits else (low, middle)
    return low


def _why(row: Mapping[str, Any], state: str, quota: int, reason: str, *, by_name: bool) -> str:
    have, expected = int(row["candidate_rows"]), float(row["expected_rows"])
    held = f"{have:,} rows where reality would have {expected:,.1f}"
    if row["interval"] is not None and row["retention"] is not None:
        held += f" ({percent(row['retention'])} kept, {percent(row['interval'][0])} to {percent(row['interval'][1])})"
    if state == "given_up":
        return f"{held}; given up: {reason}"
    if state == "unknown":
        return f"{held}; too few real rows to tell: {int(row['real_rows'])}"
    if state == "covered":
        return held
    asked = f"; {quota:,} asked for" if quota else "; none asked for, emptier strata come first"
    return held + asked + ("" if by_name else ", shown by its real rows")
