"""How arms compare, whatever strata they were given: each is held against the others inside the same stratum and round.

An arm that was given the hard strata adds less by no fault of its own, and all arms add less once the easy rows are made. So what is compared
is what arms made side by side: given that a stratum got so many rows in a round, chance alone would part them as the arms' tries do, times how
good each arm is. That is a conditional likelihood, in which a stratum's own rate no longer stands.

How good an arm is has a prior: as good as the mean of all, give or take `PRIOR` on the log scale. With little evidence all arms are alike.

Source:
    McFadden 1974 (conditional logit), of which this is the grouped form; Laplace's approximation for the interval.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from holdfast.remedies.generate.contract import Tally

Per = Literal["row", "request", "cost"]

PRIOR = 0.5
"""Standard deviation of the log of an arm's rate before anything is seen: 95 of 100 arms lie between 0.4 and 2.7 times the mean."""
MEMORY = 0.7
"""What a round counts, a round later. Rates fall as the easy rows are done, and models do not all fall alike."""
_Z = 1.96
_STEPS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How an arm did against the others.

    Attributes:
        arm: Its name.
        tried: Rows it was asked for in rounds and strata in which another arm was tried as well.
        added: Of those, rows that came closer to a real row than anything before.
        relative: Its rate over the (geometric) mean of all arms, inside the same strata and rounds; 1 is as good as the mean.
        low: 95 % bound below.
        high: 95 % bound above.
    """

    arm: str
    tried: int
    added: int
    relative: float
    low: float
    high: float

    @property
    def told(self) -> bool:
        """Whether it is told from the mean of all arms."""
        return self.low > 1.0 or self.high < 1.0


def compare_arms(
    names: Sequence[str], history: Sequence[Tally], *, per: Per = "row", memory: float = MEMORY
) -> tuple[Rate, ...]:
    """Rates of arms relative to each other; empty where fewer than two arms can be compared.

    Args:
        names: The arms.
        history: What came of them, of all rounds.
        per: What a rate is of: a row asked for, a request, or a unit of cost.
        memory: What a round counts, a round later; 1 forgets nothing.

    >>> from holdfast.remedies.generate.contract import Tally
    >>> history = [
    ...     Tally(arm="a", stratum="easy", round=1, wished=90, written=90, accepted=90, added=60),
    ...     Tally(arm="b", stratum="easy", round=1, wished=10, written=10, accepted=10, added=7),
    ...     Tally(arm="a", stratum="hard", round=1, wished=10, written=10, accepted=10, added=1),
    ...     Tally(arm="b", stratum="hard", round=1, wished=90, written=90, accepted=90, added=9),
    ... ]
    >>> [rate.told for rate in compare_arms(["a", "b"], history)]
    [False, False]
    """
    tries, hits, tried, added = _cells(names, history, per, memory)
    compared = tries.sum(axis=0) > 0
    if compared.sum() < 2:
        return ()
    tries, hits = tries[:, compared], hits[:, compared]
    found, errors = _fit(tries, hits)
    relative = np.exp(found)
    low, high = np.exp(found - _Z * errors), np.exp(found + _Z * errors)
    return tuple(
        Rate(
            arm=names[at],
            tried=int(tried[at]),
            added=int(added[at]),
            relative=float(relative[place]),
            low=float(low[place]),
            high=float(high[place]),
        )
        for place, at in enumerate(np.flatnonzero(compared).tolist())
    )


def _cells(
    names: Sequence[str], history: Sequence[Tally], per: Per, memory: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Tries and hits by cell (stratum and round) and arm, older rounds counting less; rows tried and added by arm, uncounted.

    Only cells in which at least two arms were tried say anything.
    """
    place = {name: at for at, name in enumerate(names)}
    last = max((tally.round for tally in history), default=0)
    cells: dict[tuple[str | None, int], tuple[NDArray[np.float64], ...]] = {}
    for tally in history:
        if tally.arm not in place:
            continue
        tries, hits, rows, added = cells.setdefault(
            (tally.stratum, tally.round), tuple(np.zeros(len(names)) for _ in range(4))
        )
        at, weight = place[tally.arm], memory ** (last - tally.round)
        tries[at] += weight * _exposure(tally, per)
        hits[at] += weight * tally.added
        rows[at] += tally.wished
        added[at] += tally.added
    kept = [cell for cell in cells.values() if (cell[0] > 0).sum() > 1]
    if not kept:
        none = np.zeros(len(names), np.int64)
        return np.zeros((0, len(names))), np.zeros((0, len(names))), none, none
    tries, hits, rows, added = (np.stack(part) for part in zip(*kept, strict=True))
    # What a free arm added cannot be set against tries that it did not need.
    hits = np.where(tries > 0, hits, 0.0)
    return tries, hits, rows.sum(axis=0).astype(np.int64), added.sum(axis=0).astype(np.int64)


def _exposure(tally: Tally, per: Per) -> float:
    if per == "row":
        return float(tally.wished)
    return float(tally.requests) if per == "request" else float(tally.cost or 0.0)


def _fit(
    tries: NDArray[np.float64], hits: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Logs of the arms' rates around their mean, and their standard errors: Newton on the penalised conditional likelihood."""
    arms = tries.shape[1]
    totals = hits.sum(axis=1)
    logs = np.where(tries > 0, np.log(np.maximum(tries, 1e-300)), -np.inf)
    rates = np.zeros(arms)
    for _ in range(_STEPS):
        shares = _softmax(logs + rates)
        gradient = (hits - totals[:, None] * shares).sum(axis=0) - rates / PRIOR**2
        curvature = _curvature(shares, totals)
        step = np.linalg.solve(curvature, gradient)
        # A first step from far away may overshoot; the likelihood is concave, so that short steps arrive.
        rates += step * min(1.0, 1.0 / max(float(np.abs(step).max()), 1e-300))
        if float(np.abs(step).max()) < 1e-10:
            break
    covariance = np.linalg.inv(_curvature(_softmax(logs + rates), totals))
    # Relative to the mean of all arms: the prior's own doubt about that mean says nothing of one arm against others.
    around = np.eye(arms) - 1.0 / arms
    return rates, np.sqrt(np.diag(around @ covariance @ around))


def _softmax(values: NDArray[np.float64]) -> NDArray[np.float64]:
    powers = np.exp(values - values.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _curvature(shares: NDArray[np.float64], totals: NDArray[np.float64]) -> NDArray[np.float64]:
    own = np.diag((totals[:, None] * shares).sum(axis=0))
    return np.asarray(own - (shares * totals[:, None]).T @ shares + np.eye(shares.shape[1]) / PRIOR**2)
