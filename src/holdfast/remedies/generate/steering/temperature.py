"""Temperature: up where rows repeat what is there, down where they do not pass, and otherwise where it is.

First the record is asked: rows drew their temperatures at random, so what temperature does to the share of rows that add something is known
with an interval (`effects.py`). Where that tells a direction, it decides: a row must both pass and add something to count, which is the balance
that is looked for. Where it does not, the counts of the last rounds do: rows that pass and add nothing repeat each other, and rows
that do not pass were drawn too wildly. Both bounds move together by a tenth of the declared range, and never leave it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.measures.reading import percent
from holdfast.remedies.generate.contract import Move
from holdfast.stats.intervals import exact_share

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from holdfast.remedies.generate.contract import Tally
    from holdfast.remedies.generate.effects import Effect

STEP = 0.1
"""Part of the declared range that bounds move by in a round."""
NARROWEST = 0.2
"""Part of the declared range that is always drawn from: without a range nothing more could be learnt."""
PASSES = 0.8
"""Share of written rows that pass, of the share of real rows that would, above which rows may be drawn more wildly."""
REPEATS = 0.5
"""Share of accepted rows that add something, of the share of real rows that would, below which they repeat what is there."""
FAILS = 0.5
"""Share of written rows that pass, of the share of real rows that would, below which too many are lost."""
LEAST_ROWS = 30
ROUNDS = 2
"""Rounds that the counts are taken from: older ones were drawn from other bounds."""
NAME = "gen_ai.request.temperature"


def move_temperature(
    now: tuple[float, float],
    declared: tuple[float, float],
    history: Sequence[Tally],
    *,
    effects: Sequence[Effect] = (),
    parameter: str = NAME,
    asking: frozenset[str] | None = None,
    real_passes: Mapping[str | None, float] | None = None,
    real_adds: Mapping[str | None, float] | None = None,
) -> tuple[tuple[float, float], Move | None]:
    """Bounds that temperatures are drawn between in the next round.

    Args:
        now: Bounds of the round that ended.
        declared: Bounds of the recipe, which are never left.
        history: What came of every arm in every stratum and round.
        effects: What drawn parameters did, of rows so far.
        parameter: How the record calls the temperature.
        asking: Arms that ask a model; all where not given. Rules have no temperature.
        real_passes: Share of real rows of each stratum that pass the same verification; all where not known.
        real_adds: Share of real rows of each stratum that would add something in the place of a new row; all where not known.

    Returns:
        The bounds, and a move with its figures where they changed; the move's value is their middle.

    >>> from holdfast.remedies.generate.contract import Tally
    >>> stuck = [Tally(arm="a", stratum="s", round=1, wished=100, written=100, accepted=96, added=20)]
    >>> bounds, move = move_temperature((0.4, 0.8), (0.2, 1.2), stuck)
    >>> [round(bound, 2) for bound in bounds]
    [0.5, 0.9]
    >>> move.why
    '96 of 100 rows written passed (96 %, 90 % to 99 %), and 20 of 96 added something (21 %, 13 % to 30 %): they repeat what is there'
    """
    low, high = declared
    if high <= low:
        return now, None
    direction, why = _by_effect(effects, parameter)
    if not direction:
        direction, why = _by_counts(history, asking, real_passes or {}, real_adds or {})
    moved = _moved(now, declared, direction)
    if not direction or moved == now:
        return now, None
    return moved, Move(
        what="temperature",
        before=sum(now) / 2,
        after=sum(moved) / 2,
        low=low,
        high=high,
        why=why,
    )


def _by_effect(effects: Sequence[Effect], parameter: str) -> tuple[int, str]:
    for effect in effects:
        if (
            effect.parameter == parameter
            and effect.outcome == "added"
            and effect.state in {"raises", "lowers"}
        ):
            return (1 if effect.state == "raises" else -1), effect.sentence
    return 0, ""


def _by_counts(
    history: Sequence[Tally],
    asking: frozenset[str] | None,
    real_passes: Mapping[str | None, float],
    real_adds: Mapping[str | None, float],
) -> tuple[int, str]:
    mine = [tally for tally in history if asking is None or tally.arm in asking]
    last = max((tally.round for tally in mine), default=0)
    recent = [tally for tally in mine if tally.round > last - ROUNDS]
    written, accepted, added = (
        sum(getattr(tally, field) for tally in recent) for field in ("written", "accepted", "added")
    )
    if written < LEAST_ROWS:
        return 0, ""
    # What reality would have scored in the place of these rows, stratum by stratum.
    would_pass = sum(tally.written * real_passes.get(tally.stratum, 1.0) for tally in recent) / written
    passed = exact_share(accepted, written)
    text = (
        f"{accepted:,} of {written:,} rows written passed ({percent(accepted / written)}, {_between(passed)}"
    )
    text += f"; real rows: {percent(would_pass)})" if real_passes else ")"
    if passed[1] < FAILS * would_pass:
        return -1, f"{text}: too many are lost"
    if accepted < LEAST_ROWS or passed[0] < PASSES * would_pass:
        return 0, ""
    would_add = sum(tally.accepted * real_adds.get(tally.stratum, 1.0) for tally in recent) / accepted
    new = exact_share(added, accepted)
    if new[1] >= REPEATS * would_add:
        return 0, ""
    more = f"{added:,} of {accepted:,} added something ({percent(added / accepted)}, {_between(new)}"
    more += f"; real rows: {percent(would_add)})" if real_adds else ")"
    return 1, f"{text}, and {more}: they repeat what is there"


def _between(interval: tuple[float, float]) -> str:
    return f"{percent(interval[0])} to {percent(interval[1])}"


def _moved(now: tuple[float, float], declared: tuple[float, float], direction: int) -> tuple[float, float]:
    """Both bounds a step on; at the end of the declared range the other bound follows, until the narrowest range is left."""
    width = declared[1] - declared[0]
    step, least = direction * STEP * width, NARROWEST * width
    low = min(max(now[0] + step, declared[0]), declared[1])
    high = min(max(now[1] + step, declared[0]), declared[1])
    if high - low >= least - 1e-12:
        return low, high
    return (max(declared[0], high - least), high) if direction > 0 else (low, min(declared[1], low + least))
