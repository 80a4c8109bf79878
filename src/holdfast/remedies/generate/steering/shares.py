"""Shares of arms: more rows from those that add more, within bounds, in small steps, and never on a hunch.

The rule. Each arm has a rate: rows that add something, per row asked for (or request, or cost), against the other arms inside the same strata
and rounds, with an interval (`rates.py`). An arm whose interval holds the mean of all counts as average. The share that an arm is aimed at is
the one the recipe gave it, times its rate to the power of `SHARPNESS`; so arms that cannot be told apart stay where the recipe put
them, however long it runs. Shares go there by at most half as much again each round, inside the bounds of each arm.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from holdfast.remedies.generate.contract import Move
from holdfast.remedies.generate.steering.rates import MEMORY, Per, Rate, compare_arms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from holdfast.remedies.generate.contract import Arm, Tally

STEP = 1.5
"""Largest factor by which a share grows or shrinks in a round."""
FIRST = 0.02
"""Share that an arm may come to from nothing in a round: a factor alone would never wake it."""
SHARPNESS = 3.0
"""Power of an arm's rate: 1 would leave an arm that is twice as good at two thirds of the rows, 3 gives it eight ninths."""
_MOVED = 5e-4


def move_shares(
    arms: Sequence[Arm],
    history: Sequence[Tally],
    *,
    now: Mapping[str, float] | None = None,
    per: Per = "row",
    memory: float = MEMORY,
    step: float = STEP,
    sharpness: float = SHARPNESS,
) -> tuple[dict[str, float], tuple[Move, ...]]:
    """Shares of the arms for the next round, and what was moved.

    Args:
        arms: The arms as the recipe has them: share aimed at without evidence, and bounds.
        history: What came of them, of all rounds.
        now: Shares in the round that ended; the recipe's without.
        per: What is paid: a row asked for, a request, or a unit of cost. An arm for which that is 0 or not known keeps its share.
        memory: What a round counts, a round later.
        step: Largest factor by which a share moves.
        sharpness: Power of an arm's rate.

    Returns:
        Shares by name, which sum to 1, and a move for each that changed.

    Raises:
        ValueError: The bounds leave no shares that sum to 1.
    """
    shares = normalised(arms, now)
    if len(arms) < 2:
        return shares, ()
    rates = {
        rate.arm: rate for rate in compare_arms([arm.name for arm in arms], history, per=per, memory=memory)
    }
    if not any(rate.told for rate in rates.values()):
        # Without evidence shares stand; where there was some that was forgotten, they go home.
        rates = {}
    aims = {
        arm.name: arm.share * (rates[arm.name].relative ** sharpness if _counts(rates, arm.name) else 1.0)
        for arm in arms
    }
    fixed = {arm.name for arm in arms if rates and arm.name not in rates}
    lows = {
        arm.name: shares[arm.name] if arm.name in fixed else max(arm.low, shares[arm.name] / step)
        for arm in arms
    }
    highs = {
        arm.name: shares[arm.name]
        if arm.name in fixed
        else min(arm.high, max(step * shares[arm.name], shares[arm.name] + FIRST))
        for arm in arms
    }
    moved = _fill(aims, lows, highs)
    moves = [
        Move(
            what=f"share of {arm.name}",
            before=shares[arm.name],
            after=moved[arm.name],
            low=arm.low,
            high=arm.high,
            why=_why(rates.get(arm.name), rates, per, bounded=moved[arm.name] in {arm.low, arm.high}),
        )
        for arm in arms
        if abs(moved[arm.name] - shares[arm.name]) >= _MOVED
    ]
    return (moved, tuple(moves)) if moves else (shares, ())


def normalised(arms: Sequence[Arm], now: Mapping[str, float] | None = None) -> dict[str, float]:
    """Shares inside of the arms' bounds that sum to 1, as near as can be to those given.

    Raises:
        ValueError: The bounds leave none.
    """
    low, high = math.fsum(arm.low for arm in arms), math.fsum(arm.high for arm in arms)
    if not arms or low > 1 + 1e-9 or high < 1 - 1e-9:
        raise ValueError(f"bounds of shares sum to {low:g} and {high:g}; shares of 1 must lie between")
    return _fill(
        {arm.name: (now or {}).get(arm.name, arm.share) for arm in arms},
        {arm.name: arm.low for arm in arms},
        {arm.name: arm.high for arm in arms},
    )


def _counts(rates: Mapping[str, Rate], name: str) -> bool:
    return name in rates and rates[name].told


def _fill(
    aims: Mapping[str, float], lows: Mapping[str, float], highs: Mapping[str, float]
) -> dict[str, float]:
    """Shares in proportion to aims, each inside its bounds, that sum to 1.

    The one factor that does it is found by halving; what rounding leaves is given to a share that is at no bound.
    """

    def at(factor: float) -> dict[str, float]:
        return {name: min(max(factor * aim, lows[name]), highs[name]) for name, aim in aims.items()}

    low, high = 0.0, 1.0
    while math.fsum(at(high).values()) < 1 and high < 1e12:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if math.fsum(at(middle).values()) < 1 else (low, middle)
    shares = at(high)
    # Arms without an aim take what the others' bounds leave.
    for _ in range(3):
        rest = 1.0 - math.fsum(shares.values())
        if rest == 0:
            break
        for name in sorted(shares, key=lambda name: -(highs[name] - lows[name])):
            before = shares[name]
            shares[name] = min(max(before + rest, lows[name]), highs[name])
            rest = 1.0 - math.fsum(shares.values())
            if rest == 0:
                break
    return shares


def _why(rate: Rate | None, rates: Mapping[str, Rate], per: Per, *, bounded: bool) -> str:
    end = "; at its bound" if bounded else ""
    if not rates:
        return "what told the arms apart lies too far back: towards the share of the recipe" + end
    if rate is None:
        return "it cannot be compared and makes room" + end
    unit = {"row": "row", "request": "request", "cost": "unit of cost"}[per]
    said = (
        f"{rate.added:,} of {rate.tried:,} rows added something; per {unit}, in the same strata and rounds, "
        f"{rate.relative:.2f} times the mean of all arms ({rate.low:.2f} to {rate.high:.2f})"
    )
    return (said if rate.told else f"{said}, not told from it: others moved") + end
