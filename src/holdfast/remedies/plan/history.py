"""History: what earlier rounds showed, and whether this one agrees; then the ratio moves, and says why."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.errors import InputError
from holdfast.measures.reading import percent
from holdfast.remedies.plan.contract import Moved
from holdfast.remedies.plan.survival import Counts, Seen
from holdfast.stats.multiplicity import holm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.remedies.plan.contract import Plan

SCHEMA = "holdfast.plan/1"
_LEVEL = 0.05
_PRIOR = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one earlier plan saw.

    Attributes:
        strata: Rows before, all rows before, rows after and all rows after, by stratum.
        real_share: The ratio it came to; None where it named none.
        low: Lower end of what is known of it.
        high: Upper end.
    """

    strata: dict[str, tuple[float, float, float, float]]
    real_share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """Counts with earlier rounds in them, and in which strata they were left out.

    Attributes:
        counts: What survival is read from now.
        changed: Strata whose survival is not what it was: name, before, now. Of these only this round counts.
        rounds: Rounds that count where nothing changed, this one among them.
        last: The last earlier round that named a ratio.
    """

    counts: Counts
    changed: tuple[tuple[str, float, float], ...]
    rounds: int
    last: Round | None


def read_history(history: Sequence[str | Path | Plan]) -> list[Round]:
    """Earlier plans, oldest first: files that `holdfast plan --json` wrote, or plans.

    Raises:
        InputError: A file is no plan.
    """
    return [_read(entry) for entry in history]


def _read(entry: str | Path | Plan) -> Round:
    if not isinstance(entry, str | Path):
        share = entry.real_share
        return Round(
            strata={s.name: s.seen for s in entry.strata},
            real_share=None if share is None else share.median,
            low=None if share is None else share.low,
            high=None if share is None else share.high,
        )
    do = "Name files that holdfast plan --json wrote, the oldest first"
    try:
        value = json.loads(Path(entry).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read: {error}", where=str(entry), do=do) from error
    if not isinstance(value, dict) or value.get("schema") != SCHEMA:
        raise InputError("is no plan", where=str(entry), do=do)
    try:
        share = value["real_share"]
        return Round(
            strata={str(s["name"]): _four(s["seen"]) for s in value["strata"]},
            real_share=None if share is None else float(share["median"]),
            low=None if share is None else float(share["low"]),
            high=None if share is None else float(share["high"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"is a plan that lacks {error}", where=str(entry), do="Plan that round again"
        ) from error


def _four(values: Any) -> tuple[float, float, float, float]:
    one, two, three, four = (float(value) for value in values)
    return one, two, three, four


def join(counts: Counts, history: Sequence[Round]) -> Past:
    """Count earlier rounds in, stratum by stratum, where they agree with this one.

    They agree where one survival explains both (likelihood ratio, 5 % over all strata, Holm). A stratum that
    changed is planned for by this round alone.
    """
    now = counts.evidence
    rows = now.rows()
    before, before_rows = now.before.copy(), now.before_rows.copy()
    after, after_rows = now.after.copy(), now.after_rows.copy()
    past = np.zeros((len(counts.names), 4))
    for entry in history:
        for at, name in enumerate(counts.names):
            if name in entry.strata:
                past[at] += entry.strata[name]
    known = np.flatnonzero(past[:, 1] > 0)
    p_values = [_differs(rows[at], _four(past[at])) for at in known]
    changed = []
    for at, adjusted in zip(known.tolist(), holm(p_values) if p_values else [], strict=True):
        if adjusted <= _LEVEL:
            earlier = _survival(*_four(past[at]))
            changed.append((counts.names[at], earlier, _survival(*rows[at])))
            continue
        before[at] += past[at, 0]
        before_rows[at] += past[at, 1]
        after[at] += past[at, 2]
        after_rows[at] += past[at, 3]
    named = [entry for entry in history if entry.real_share is not None]
    return Past(
        counts=replace(
            counts, seen=Seen(before=before, before_rows=before_rows, after=after, after_rows=after_rows)
        ),
        changed=tuple(changed),
        rounds=len(history) + 1,
        last=named[-1] if named else None,
    )


def _survival(before: float, before_rows: float, after: float, after_rows: float) -> float:
    return ((after + _PRIOR) / (after_rows + 2 * _PRIOR)) / ((before + _PRIOR) / (before_rows + 2 * _PRIOR))


def _differs(now: tuple[float, float, float, float], past: tuple[float, float, float, float]) -> float:
    """Likelihood-ratio test of one survival for both: given the rows before and after, those after are binomial.

    Logarithms with their standard errors would miss a stratum that vanishes: of no rows they know next to nothing.
    """
    from scipy.optimize import brentq
    from scipy.special import chdtrc, xlogy

    before = np.array([now[0], past[0]])
    after = np.array([now[2], past[2]])
    odds = np.array([now[3] / max(now[1], 1e-12), past[3] / max(past[1], 1e-12)])
    rows = before + after
    if after.sum() == 0 or before.sum() == 0:
        return 1.0

    def left(log_s: float) -> float:
        share = np.exp(log_s) * odds
        return float((after - rows * share / (1 + share)).sum())

    share = np.exp(brentq(left, -60.0, 60.0)) * odds
    common = rows * share / (1 + share)
    deviance = xlogy(after, after / np.maximum(common, 1e-300)).sum()
    deviance += xlogy(before, before / np.maximum(rows - common, 1e-300)).sum()
    return float(chdtrc(1, max(2 * deviance, 0.0)))


def moved(plan: Plan, past: Past) -> Moved:
    """How the ratio moves from that of the last round: not at all while the old one is within what is known of the new one."""
    last, found = past.last, plan.real_share
    changed = {name: (earlier, now) for name, earlier, now in past.changed}
    why = _why(plan, past, changed)
    if found is None or last is None or last.real_share is None:
        share = None if found is None else found.median
        return Moved(before=None if last is None else last.real_share, after=share, why=why)
    if found.low <= last.real_share <= found.high and plan.binding not in changed:
        inside = (
            f"{percent(last.real_share)} lies within what is known now ({percent(found.low)} to {percent(found.high)}): "
            f"no reason to move. {why}"
        )
        return Moved(before=last.real_share, after=last.real_share, why=inside)
    return Moved(before=last.real_share, after=found.median, why=why)


def _why(plan: Plan, past: Past, changed: dict[str, tuple[float, float]]) -> str:
    name = plan.binding
    if name is not None and name in changed:
        earlier, now = changed[name]
        fell = now < earlier
        return (
            f"One round keeps {percent(now)} of {name!r} and kept {percent(earlier)} before: survival is not constant, "
            + ("the learner adds a loss or the stratum has become rarer." if fell else "something mended it.")
            + " Only this round counts for it."
        )
    others = ""
    if changed:
        some = [
            f"{one!r} from {percent(old)} to {percent(new)}" for one, (old, new) in [*changed.items()][:3]
        ]
        more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
        others = (
            f" What one round keeps changed for {', '.join(some)}{more}: of these only this round counts."
        )
    if name is None:
        return f"{past.rounds} rounds together show no stratum that is surely losing.{others}"
    return f"{name!r} decides, and {past.rounds} rounds agree on what it keeps.{others}"
