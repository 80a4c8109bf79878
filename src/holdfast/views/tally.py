"""Tallies: whole numbers under keys, which add up in any order and take room only for what occurred."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def tally(keys: NDArray[np.int64], amounts: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
    """int64 [t, 2], every key once, ascending, and what was counted under it.

    Args:
        keys: int64 [n], in any order.
        amounts: int64 [n], what is counted; None where everything counts 1.

    >>> tally(np.array([7, 3, 7])).tolist()
    [[3, 1], [7, 2]]
    """
    if amounts is None:
        ordered = np.sort(keys)
    else:
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
    first = np.ones(len(ordered), bool)
    first[1:] = ordered[1:] != ordered[:-1]
    at = np.flatnonzero(first)
    found = np.empty((len(at), 2), np.int64)
    found[:, 0] = ordered[at]
    if amounts is None:
        found[:, 1] = np.diff(np.append(at, len(ordered)))
    elif len(at):
        found[:, 1] = np.add.reduceat(amounts[order], at)
    return found


def add_tallies(tallies: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """The tally of all that was counted; two by two, so that little more than the result is held at once.

    >>> add_tallies([np.array([[3, 1], [7, 2]]), np.array([[7, 5]])]).tolist()
    [[3, 1], [7, 7]]
    """
    waiting = list(tallies)
    while len(waiting) > 1:
        pairs = range(0, len(waiting) - 1, 2)
        rest = waiting[-1:] if len(waiting) % 2 else []
        for at in pairs:
            both = np.concatenate([waiting[at], waiting[at + 1]])
            waiting[at // 2] = tally(both[:, 0], both[:, 1])
        waiting[len(pairs) :] = rest
    return waiting[0]
