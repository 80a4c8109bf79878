"""What is beyond these models: strata whose rows do not pass, or pass and come no nearer to real rows than other rows do.

Rows asked for a stratum pass verification at some rate. Real rows of it pass at a rate too (no judge is perfect), and so do rows of other
strata (nor is it in its errors). If a share f of what is written were truly of the stratum, a share `noise + f (real - noise)` would pass. A
stratum is given up where significantly less passes than with f = `LEAST`: then more than three of four rows are something else, and what
does pass is mostly noise that got through.

Passing is not enough: a text full of the right words passes and is like nothing anyone said. So accepted rows are also held against real rows
of the stratum: are they nearer to them than rows of other strata are? Here, too, reality has a score, that of its own rows, and the same
share of it is asked for.

Looks are repeated, so each has its share of the error rate (`stats.looks`), and each of the three ways to be given up a third.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from holdfast.measures.reading import percent
from holdfast.stats.intervals import exact_share
from holdfast.stats.looks import level_at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from holdfast.remedies.generate.contract import Tally

LEAST = 0.25
"""Share of the rows written for a stratum that must be of it; below, filling it is filling with something else."""
ALPHA = 0.05
"""Share of strata that could be written and are given up all the same, over all rounds."""
_WAYS = 3
_LEAST_NEAR = 12
"""Accepted rows from which on their mean nearness is normal enough for a t-test."""
_TOLD = 0.1
"""By how much real rows must pass more often than others before passing says anything of a stratum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearness:
    """How near rows come to real rows of a stratum: likeness to the nearest of them, larger is nearer.

    Attributes:
        accepted: float64 [n], rows accepted for the stratum.
        others: float64 [m], rows of other strata.
        real: float64 [r], real rows of the stratum, each against the others of it.
    """

    accepted: NDArray[np.float64]
    others: NDArray[np.float64]
    real: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Whether a stratum can be written by these methods and models.

    Attributes:
        stratum: Its name.
        state: `given_up`; `written`, where significantly more passes than is asked for; `undetermined` between them.
        why: The figures.
        look: How often it was looked at: rounds in which rows were asked for.
        figures: Rows asked for, written and accepted, with the rates that they are held against.
    """

    stratum: str
    state: Literal["given_up", "written", "undetermined"]
    why: str
    look: int
    figures: Mapping[str, float | None] = field(default_factory=dict)


def given_up(
    history: Sequence[Tally],
    real_accept: Mapping[str | None, float],
    noise_accept: Mapping[str | None, float],
    *,
    nearness: Mapping[str, Nearness] | None = None,
    least: float = LEAST,
    alpha: float = ALPHA,
) -> dict[str, str]:
    """Strata that are beyond these methods and models, each with the figures.

    Args:
        history: What came of every arm in every stratum and round.
        real_accept: Share of real rows of a stratum that pass the same verification. A stratum that is not in it is not given up.
        noise_accept: Share of real rows of other strata that pass as being of this one; 0 where not known.
        nearness: How near accepted rows come to real rows of their stratum.
        least: Share of rows written for a stratum that must be of it.
        alpha: Share of strata at exactly that share that are given up over all rounds; of better ones fewer.

    >>> from holdfast.remedies.generate.contract import Tally
    >>> history = [Tally(arm="a", stratum="s", round=1, wished=60, written=60, accepted=3, added=1)]
    >>> given_up(history, {"s": 0.96}, {"s": 0.04})["s"].split(";")[0]
    'of 60 rows written 3 passed (5.0 %, at most 14 %), where real rows pass at 96 % and rows of other strata at 4.0 %'
    """
    judged = judge_strata(history, real_accept, noise_accept, nearness=nearness, least=least, alpha=alpha)
    return {one.stratum: one.why for one in judged if one.state == "given_up"}


def judge_strata(
    history: Sequence[Tally],
    real_accept: Mapping[str | None, float],
    noise_accept: Mapping[str | None, float],
    *,
    nearness: Mapping[str, Nearness] | None = None,
    least: float = LEAST,
    alpha: float = ALPHA,
) -> tuple[Judged, ...]:
    """Every stratum that rows were asked for, in the order of their names."""
    names = sorted({tally.stratum for tally in history if tally.stratum is not None and tally.wished})
    wished = sum(tally.wished for tally in history)
    written = sum(tally.written for tally in history)
    found = []
    for name in names:
        own = [tally for tally in history if tally.stratum == name and tally.wished]
        look = len({tally.round for tally in own})
        level = level_at(look, alpha) / _WAYS
        counts = _Counts(
            wished=sum(tally.wished for tally in own),
            written=sum(tally.written for tally in own),
            accepted=sum(tally.accepted for tally in own),
            elsewhere=_share(
                written - sum(tally.written for tally in own), wished - sum(tally.wished for tally in own)
            ),
        )
        found.append(
            _judge(
                name,
                counts,
                real_accept.get(name),
                noise_accept.get(name, 0.0),
                (nearness or {}).get(name),
                least,
                level,
                look,
            )
        )
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counts:
    wished: int
    written: int
    accepted: int
    elsewhere: float | None  # share of rows asked for in other strata that had a text


def _judge(
    name: str,
    counts: _Counts,
    real: float | None,
    noise: float,
    near: Nearness | None,
    least: float,
    level: float,
    look: int,
) -> Judged:
    figures: dict[str, float | None] = {
        "wished": counts.wished,
        "written": counts.written,
        "accepted": counts.accepted,
        "real_accept": real,
        "noise_accept": noise,
    }

    def said(state: Literal["given_up", "written", "undetermined"], why: str) -> Judged:
        return Judged(stratum=name, state=state, why=why, look=look, figures=figures)

    # Where all strata come back empty, the server is ill and not the stratum hard.
    elsewhere = counts.elsewhere
    if elsewhere is not None and elsewhere >= 0.5:
        floor = least * elsewhere
        if _at_most(counts.written, counts.wished, floor) <= level:
            return said(
                "given_up",
                f"of {counts.wished:,} rows asked for {counts.written:,} had a text, where {percent(elsewhere)} of those asked for elsewhere had",
            )
    if real is None or real - noise < _TOLD or not counts.written:
        reason = (
            "no row was written"
            if not counts.written
            else "not known how often its real rows pass"
            if real is None
            else f"its real rows pass at {percent(real)} and rows of other strata at {percent(noise)}: passing says too little"
        )
        return said("undetermined", reason)
    asked = noise + least * (real - noise)
    figures["asked_accept"] = asked
    high = exact_share(counts.accepted, counts.written)[1]
    text = (
        f"of {counts.written:,} rows written {counts.accepted:,} passed ({percent(counts.accepted / counts.written)}, at most {percent(high)}), "
        f"where real rows pass at {percent(real)} and rows of other strata at {percent(noise)}"
    )
    if _at_most(counts.accepted, counts.written, asked) <= level:
        return said("given_up", f"{text}; {percent(asked)} is asked for")
    if near is not None:
        heard = _far(near, least, level)
        if heard is not None:
            return said("given_up", f"{text}; {heard}")
    if _at_most(counts.written - counts.accepted, counts.written, 1.0 - asked) <= level:
        return said("written", text)
    return said("undetermined", text)


def _at_most(hits: int, rows: int, rate: float) -> float:
    """Chance of so few hits or fewer, at a rate."""
    from scipy.special import bdtr

    return 1.0 if hits >= rows else float(bdtr(hits, rows, rate))


def _far(near: Nearness, least: float, level: float) -> str | None:
    """Why accepted rows are no nearer to real rows than other rows are; None where they may be.

    Nearer: the chance that a row is nearer to the real rows of the stratum than a row of another stratum is, one half by chance alone.
    Tested by a one-sided t-test on each accepted row's place among the other rows.
    """
    from scipy.special import stdtr

    if len(near.accepted) < _LEAST_NEAR or len(near.others) < _LEAST_NEAR or len(near.real) < 2:
        return None
    places = _places(near.accepted, near.others)
    reality = float(_places(near.real, near.others).mean())
    asked = 0.5 + least * (reality - 0.5)
    if reality - 0.5 < _TOLD:
        return None
    spread = max(float(places.std(ddof=1)), 0.5 / len(near.others)) / math.sqrt(len(places))
    if stdtr(len(places) - 1, (float(places.mean()) - asked) / spread) > level:
        return None
    return (
        f"those that passed are nearer to its real rows than rows of other strata are in {percent(places.mean())} of comparisons "
        f"(chance: 50 %, real rows: {percent(reality)}, asked for: {percent(asked)})"
    )


def _places(values: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of others that a row is nearer than, ties by half."""
    ordered = np.sort(others)
    below = np.searchsorted(ordered, values, side="left")
    upto = np.searchsorted(ordered, values, side="right")
    return np.asarray((below + upto) / (2.0 * len(ordered)))


def _share(hits: int, rows: int) -> float | None:
    return hits / rows if rows else None
