"""Needs: how many rows it would take to know what an audit could not tell."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from holdfast.audits import worth
from holdfast.measures.reading import Reading

if TYPE_CHECKING:
    from holdfast.audits.judge import Outcome
    from holdfast.audits.result import Audit

_POWER = 3
"""Rows it takes to see half of what can be seen now, as a power of two. Means need two, but rare strata are counted in ones
and twos, and what can be seen of them shrinks more slowly: from 55, 120 and 190 rows two would ask for 140, 190 and 220 where
three asks for 220, 240 and 230, and 220 are enough."""
_FAR = 20
"""Beyond this factor a number would be a guess."""


def need(outcome: Outcome, audit: Audit) -> str | None:
    """What would let a reading see the loss that was asked for; None where its reason says so already.

    An estimate from how the rows at hand do, hence "about".
    """
    if not isinstance(outcome.result, Reading) or outcome.smallest_detectable is None:
        return None
    aim = max(audit.settings.detectable, outcome.tolerance)
    if outcome.measure.name == worth.MEASURE and (rows := _real_rows(outcome.result, aim, audit)) is not None:
        return f"it takes about {rows:,} real rows"
    # Where not even a total loss would show, the estimate is a lower bound.
    bound = outcome.smallest_detectable > 1
    ratio = (aim / min(outcome.smallest_detectable, 1.0)) ** _POWER
    candidate, real = len(audit.sides.candidate), len(audit.sides.anchor)
    word = "more than" if bound else "about"
    rows = _rows(candidate, real, ratio)
    if rows is not None:
        return f"it takes {word} {rows:,} candidate rows"
    factor = _rows(real, candidate, ratio)
    if factor is not None:
        return f"it takes {word} {_times(factor / real)} times as many real rows"
    if 1 / ratio > _FAR:
        return "it takes many times as many rows on both sides"
    return f"it takes {word} {_times(1 / ratio)} times as many rows on both sides"


def _real_rows(reading: Reading, aim: float, audit: Audit) -> int | None:
    """Real rows that could show enough of a worth; None where it is not their number that keeps it from being known.

    No set can be shown to be worth more real rows than there are.
    """
    found = reading.details["headline"]
    wanted = (1 - aim) * reading.details["rows"]
    if not found["at_least"] or found["real_rows"] >= wanted:
        return None
    return _round_up(len(audit.sides.anchor) * wanted / max(found["real_rows"], 1.0))


def _rows(scarce: int, other: int, ratio: float) -> int | None:
    """Rows that bring the variance of a difference down to a ratio of what it is, if the other side stays as it is."""
    room = ratio * (1 / scarce + 1 / other) - 1 / other
    if room <= 0 or 1 / room > _FAR * scarce:
        return None
    return _round_up(1 / room)


def _round_up(rows: float) -> int:
    """Two figures: an estimate of rows says no more.

    >>> _round_up(183.2), _round_up(1201.0), _round_up(7.2)
    (190, 1300, 8)
    """
    step: int = 10 ** max(0, math.floor(math.log10(rows)) - 1)
    return math.ceil(rows / step) * step


def _times(factor: float) -> str:
    """A factor, rounded up to one decimal below ten.

    >>> _times(1.34), _times(3.0), _times(17.2)
    ('1.4', '3', '18')
    """
    return f"{math.ceil(factor * 10) / 10:g}" if factor < 10 else f"{math.ceil(factor)}"
