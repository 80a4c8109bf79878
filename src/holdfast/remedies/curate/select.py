"""Selection down to a budget that keeps the tail: a quota for every stratum, and variety inside it.

Inside a stratum rows are taken one by one, each time the one that adds most wording that is not there yet: the sum over
words, word pairs and parts of words of the logarithm of how often each is held, weighed by in how many rows it occurs at
all. That sum has diminishing returns, so the greedy choice is within a factor 1 - 1/e of the best (Nemhauser, Wolsey and Fisher
1978; Lin and Bilmes 2011 for texts). What real rows of the stratum hold already counts as held.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.features import Features
    from holdfast.views.sides import Sides

Mix = Literal["equal", "reality", "candidate"]
MIXES: tuple[Mix, ...] = ("equal", "reality", "candidate")
"""Shares of strata among what is selected: as equal as the rows allow, counting the real rows that join them; as in reality; as in
the candidate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """What is chosen from, beside the real rows that it will join.

    Attributes:
        real: Wording of the real rows, columns numbered without gaps, together with those of `made`.
        known: int64 [m], their strata, -1 where they have none.
        made: Wording of the made rows.
        strata: int64 [n], their strata; `count` where they have none.
        count: k, number of strata.
        width: Number of columns.
        shares: float64 [k], declared shares of the strata, or None: then real rows are counted.
    """

    real: Features
    known: NDArray[np.int64]
    made: Features
    strata: NDArray[np.int64]
    count: int
    width: int
    shares: NDArray[np.float64] | None

    def without(self, rows: NDArray[np.int64]) -> Stock:
        """The same stock, if these real rows did not exist."""
        left = np.setdiff1d(np.arange(len(self.known)), rows)
        return replace(self, real=self.real.select(left), known=self.known[left])


def stock_of(sides: Sides) -> Stock:
    """The rows of a candidate, beside all rows of its anchor."""
    both = (sides.anchor.features, sides.candidate.features)
    used, place = np.unique(np.concatenate([side.columns for side in both]), return_inverse=True)
    cut = len(both[0].columns)
    real, made = (
        replace(side, columns=part.astype(np.int32))
        for side, part in zip(both, (place[:cut], place[cut:]), strict=True)
    )
    count = len(sides.labels)
    return Stock(
        real=real,
        known=sides.known,
        made=made,
        strata=np.where(sides.candidate.strata >= 0, sides.candidate.strata, count),
        count=count,
        width=len(used),
        shares=sides.declared,
    )


def fill(wanted: NDArray[np.float64], held: NDArray[np.int64], rows: int) -> NDArray[np.int64]:
    """Rows from each stratum so that no more are taken than it holds, and the rest goes to the others by their wants.

    The sum is exact: largest remainders, ties to the earlier stratum.

    Args:
        wanted: float64 [k], wants in proportion.
        held: int64 [k], rows that are there.
        rows: Rows in all; at most the sum of `held`.

    >>> fill(np.array([1.0, 1, 2]), np.array([10, 1, 10]), 8).tolist()
    [2, 1, 5]
    """
    rows = min(rows, int(held.sum()))
    result = np.zeros(len(held), np.float64)
    open_ = held > 0
    # Strata without any want are filled last, evenly: rows that are asked for are given.
    weight = np.where(open_, np.maximum(wanted, 1e-12), 0.0)
    left = float(rows)
    while left > 1e-9 and open_.any():
        share = left * np.where(open_, weight, 0.0) / weight[open_].sum()
        result = np.minimum(result + share, held)
        left = rows - float(result.sum())
        open_ = held - result > 1e-9
    whole = np.floor(result + 1e-9).astype(np.int64)
    order = np.lexsort((np.arange(len(held)), -(result - whole)))
    for at in order[: rows - int(whole.sum())]:
        whole[at] += 1
    return whole


def level(own: NDArray[np.int64], held: NDArray[np.int64], rows: int) -> NDArray[np.int64]:
    """Rows from each stratum that bring all strata, with what they have of their own, as near to equal as can be.

    >>> level(np.array([30, 0, 5]), np.array([50, 50, 2]), 40).tolist()
    [4, 34, 2]
    """
    rows = min(rows, int(held.sum()))
    low, high = 0.0, float(own.max(initial=0) + rows + 1)
    for _ in range(80):
        middle = (low + high) / 2
        enough = np.clip(middle - own, 0, held).sum() >= rows
        low, high = (low, middle) if enough else (middle, high)
    wanted = np.clip(high - own, 0, held)
    return fill(wanted, np.ceil(wanted).astype(np.int64), rows) if rows else np.zeros(len(held), np.int64)


def quotas(
    stock: Stock, kept: NDArray[np.bool_], rows: int, mix: Mix, joined: NDArray[np.int64]
) -> NDArray[np.int64]:
    """int64 [k + 1], rows of each stratum; the last place is for rows of no stratum.

    Args:
        stock: What is chosen from.
        kept: bool [n], rows to choose from.
        rows: Rows in all.
        mix: How strata share them.
        joined: int64 [k], real rows of each stratum that the selection will join.
    """
    count = stock.count
    held = np.bincount(stock.strata[kept], minlength=count + 1)
    if mix == "candidate":
        return fill(held.astype(np.float64), held, rows)
    real = np.bincount(stock.known[stock.known >= 0], minlength=count).astype(np.float64)
    if mix == "reality":
        shares = stock.shares if stock.shares is not None else real / max(real.sum(), 1.0)
        return fill(np.append(shares, 0.0), held, rows)
    # A stratum that reality does not have takes no part in what is made equal, and neither do rows of no stratum.
    known = np.append((real > 0) & (held[:count] > 0), False)
    unseen = (real == 0) & (held[:count] > 0)
    if expected_unseen(real) >= unseen.sum() / 2:
        known[:count] |= unseen
    if not known.any():
        return fill(held.astype(np.float64), held, rows)
    found = np.zeros(count + 1, np.int64)
    found[known] = level(joined[known[:count]], held[known], min(rows, int(held[known].sum())))
    found[~known] = fill(held[~known].astype(np.float64), held[~known], rows - int(found.sum()))
    return found


def expected_unseen(real: NDArray[np.float64]) -> float:
    """How many strata reality is expected to have beside those that its rows show (the bias-corrected form of Chao 1984).

    Few real rows of many strata miss some of them. Those that a candidate has and reality does not show may be these.

    >>> expected_unseen(np.array([9.0, 8, 7, 0])), expected_unseen(np.array([5.0, 1, 1, 1, 2, 0]))
    (0.0, 1.5)
    """
    once, twice = float((real == 1).sum()), float((real == 2).sum())
    return once * (once - 1) / (2 * (twice + 1))


def choose(stock: Stock, kept: NDArray[np.bool_], quota: NDArray[np.int64]) -> NDArray[np.bool_]:
    """bool [n], the rows that are chosen: as many of each stratum as its quota, the most various of them."""
    weight = _weights(stock)
    chosen = np.zeros(len(kept), bool)
    for stratum in np.flatnonzero(quota):
        rows = np.flatnonzero(kept & (stock.strata == stratum))
        if len(rows) <= quota[stratum]:
            chosen[rows] = True
            continue
        chosen[_various(stock, rows, np.flatnonzero(stock.known == stratum), int(quota[stratum]), weight)] = (
            True
        )
    return chosen


def _weights(stock: Stock) -> NDArray[np.float64]:
    """float64 [columns], logarithm of in how many rows of either side a feature occurs; 0 where it occurs once."""
    rows = sum(np.bincount(side.columns, minlength=stock.width) for side in (stock.real, stock.made))
    return np.where(rows > 1, np.log1p(rows), 0.0)


def _various(
    stock: Stock, rows: NDArray[np.int64], real: NDArray[np.int64], count: int, weight: NDArray[np.float64]
) -> list[int]:
    """The rows whose wording, added one by one, adds most; long rows are held against the root of their size."""
    held = np.zeros(len(weight))
    features = stock.real
    for row in real.tolist():
        held[features.columns[features.starts[row] : features.starts[row + 1]]] += 1
    features = stock.made
    parts = {row: features.columns[features.starts[row] : features.starts[row + 1]] for row in rows.tolist()}

    def gain(row: int) -> float:
        columns = parts[row]
        if not len(columns):
            return 0.0
        return float((weight[columns] * np.log1p(1.0 / (held[columns] + 1.0))).sum() / np.sqrt(len(columns)))

    # Gains only fall, so a row whose gain is still the largest after a look is the best one (Minoux 1978).
    waiting = [(-gain(row), row) for row in rows.tolist()]
    heapq.heapify(waiting)
    chosen: list[int] = []
    while len(chosen) < count:
        _, row = heapq.heappop(waiting)
        now = -gain(row)
        if not waiting or now <= waiting[0][0] + 1e-12:
            chosen.append(row)
            held[parts[row]] += 1
        else:
            heapq.heappush(waiting, (now, row))
    return chosen
