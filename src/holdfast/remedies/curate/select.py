"""Selection down to a budget that keeps the tail: a quota for every stratum, and variety inside it.

Inside a stratum rows are taken one by one, each time the one that adds most wording that is not there yet, weighed by the use that a
learner has for it (`use.py`). Wording is the sum over words, word pairs and parts of words of the logarithm of how often each is held,
weighed by in how many rows it occurs at all. That sum has diminishing returns, so the greedy choice is within a factor 1 - 1/e of the best (Nemhauser, Wolsey and Fisher
1978; Lin and Bilmes 2011 for texts). What real rows of the stratum hold already counts as held.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Literal

import numpy as np

from holdfast.remedies.curate.use import Use

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from holdfast.remedies.curate.stock import Stock
    from holdfast.remedies.curate.use import Recall
    from holdfast.remedies.curate.words import Missing, Words

Mix = Literal["equal", "reality", "candidate"]
MIXES: tuple[Mix, ...] = ("equal", "reality", "candidate")
"""Shares of strata among what is selected: as equal as the rows allow, counting the real rows that join them; as in reality; as in
the candidate."""
Prefer = Literal["use", "wording", "words"]
PREFERENCES: tuple[Prefer, ...] = ("use", "wording", "words")
"""Which rows of a stratum are chosen: those a learner has use for, weighed by wording; those that add wording; those with words that nobody
holds yet."""
_LEAST_REAL = 8
"""Real rows a stratum, on average, from which on a learner is asked: with fewer it follows single rows."""
_WEIGHT = 4
"""Power to which the use of a row weighs the wording it adds; measured in design/0004-repair.md."""
_FIRST = 1e6
"""A word that nobody holds yet comes before any wording."""
_ROOT = 0.5
_ROUNDS = 3
"""How often the use of rows is asked for anew, now that others are chosen."""


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
    return once * max(once - 1, 0.0) / (2 * (twice + 1))


def choose(
    stock: Stock,
    kept: NDArray[np.bool_],
    quota: NDArray[np.int64],
    score: NDArray[np.float64] | None = None,
    words: Words | None = None,
) -> NDArray[np.bool_]:
    """bool [n], the rows that are chosen: as many of each stratum as its quota.

    Rows are taken for the wording they add, weighed by their score; where words are given, first of all for those that nobody holds yet.

    Args:
        stock: What is chosen from.
        kept: bool [n], rows to choose from.
        quota: int64 [k + 1], rows of each stratum; the last place is for rows of no stratum.
        score: float64 [n], the use of each row, from `ask_learner` or `ask_again`; without it wording alone decides.
        words: The words of the made rows. The strata with the fewest rows to choose from take theirs first.
    """
    weight = _weights(stock)
    score = np.ones(len(kept)) if score is None else score
    chosen = np.zeros(len(kept), bool)
    missing = None if words is None else words.missing(kept)
    held = np.bincount(stock.strata[kept], minlength=len(quota))
    for stratum in np.flatnonzero(quota) if words is None else np.argsort(held, kind="stable"):
        rows = np.flatnonzero(kept & (stock.strata == stratum))
        if len(rows) > quota[stratum]:
            real = np.flatnonzero(stock.known == stratum)
            rows = np.array(
                _various(stock, rows, real, int(quota[stratum]), weight, score, missing), np.int64
            )
        chosen[rows] = True
        if missing is not None:
            missing.take(rows)
    return chosen


def ask_again(
    stock: Stock,
    kept: NDArray[np.bool_],
    quota: NDArray[np.int64],
    recall: Recall = lambda _, find: find(),
    progress: Callable[[str], None] = lambda _: None,
) -> NDArray[np.float64] | None:
    """float64 [n], the use of each row beside others that are chosen, too; None where no learner can be asked.

    Args:
        stock: What is chosen from.
        kept: bool [n], rows to choose from.
        quota: int64 [k + 1], rows of each stratum.
        recall: Given a name and what finds float64 [n]: that, as it was found before or is found now.
        progress: Called with a word about what is done next.
    """
    use = ask_learner(stock, kept, recall)
    if use is None:
        return None
    score = use.score
    for turn in range(1, _ROUNDS + 1):
        progress(f"selecting, round {turn} of {_ROUNDS}")
        before = score
        score = recall(f"round {turn}", lambda: use.after(_best(stock, kept, quota, before), before))  # noqa: B023 - called at once
    return score


def ask_learner(stock: Stock, kept: NDArray[np.bool_], recall: Recall = lambda _, find: find()) -> Use | None:
    """The use of made rows; None where rows have no labels, or real rows are too few to say: then variety alone decides."""
    rows = np.bincount(stock.known[stock.known >= 0], minlength=stock.count)
    if not stock.labelled or not kept.any() or not rows.any() or rows.sum() < _LEAST_REAL * (rows > 0).sum():
        return None
    return Use(stock, kept, recall)


def _best(
    stock: Stock, kept: NDArray[np.bool_], quota: NDArray[np.int64], score: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """bool [n], the rows with the highest scores of each stratum."""
    found = np.zeros(len(kept), bool)
    for stratum in np.flatnonzero(quota):
        rows = np.flatnonzero(kept & (stock.strata == stratum))
        found[rows[np.argsort(-score[rows], kind="stable")][: quota[stratum]]] = True
    return found


def _weights(stock: Stock) -> NDArray[np.float64]:
    """float64 [columns], logarithm of in how many rows of either side a feature occurs; 0 where it occurs once."""
    rows = sum(np.bincount(side.columns, minlength=stock.width) for side in (stock.real, stock.made))
    return np.where(rows > 1, np.log1p(rows), 0.0)


def _various(
    stock: Stock,
    rows: NDArray[np.int64],
    real: NDArray[np.int64],
    count: int,
    weight: NDArray[np.float64],
    score: NDArray[np.float64],
    missing: Missing | None,
) -> list[int]:
    """The rows whose wording, added one by one, adds most, times their score; long rows are held against the root of their size.

    Where words are looked for, against their size: otherwise the longest rows, which hold most of everything, would be chosen.
    """
    missing = None if missing is None else missing.copy()
    held = np.zeros(len(weight))
    features = stock.real
    for row in real.tolist():
        held[features.columns[features.starts[row] : features.starts[row + 1]]] += 1
    features = stock.made
    parts = {row: features.columns[features.starts[row] : features.starts[row + 1]] for row in rows.tolist()}
    # What one more row with a feature adds is written down: a row's gain is asked for many times over.
    adds, used = np.zeros(len(weight)), np.concatenate([features.columns[:0], *parts.values()])
    adds[used] = weight[used] * np.log1p(1.0 / (held[used] + 1.0))
    factor = {
        row: (score[row] ** _WEIGHT, max(len(columns), 1) ** (_ROOT if missing is None else 1.0))
        for row, columns in parts.items()
    }

    def gain(row: int) -> float:
        power, root = factor[row]
        wording = float(power * (np.add.reduce(adds[parts[row]]) / root))
        return wording if missing is None else wording + _FIRST * missing.count(row) / root

    # Gains only fall, so a row whose gain is still the largest after a look is the best one (Minoux 1978).
    waiting = [(-gain(row), row) for row in rows.tolist()]
    heapq.heapify(waiting)
    chosen: list[int] = []
    while len(chosen) < count:
        _, row = heapq.heappop(waiting)
        now = -gain(row)
        if not waiting or now <= waiting[0][0] + 1e-12:
            chosen.append(row)
            if missing is not None:
                missing.take(np.array([row]))
            columns = parts[row]
            held[columns] += 1
            adds[columns] = weight[columns] * np.log1p(1.0 / (held[columns] + 1.0))
        else:
            heapq.heappush(waiting, (now, row))
    return chosen
