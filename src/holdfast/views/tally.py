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
    """The tally of all that was counted.

    >>> add_tallies([np.array([[3, 1], [7, 2]]), np.array([[7, 5]])]).tolist()
    [[3, 1], [7, 7]]
    """
    added = Tallies()
    for one in tallies:
        added.add(one)
    return added.total()


class Tallies:
    """Tallies that are added up as they come, so that little more than the result is held.

    One waits until half as much has come after it: what is added to a large tally is never small, so that each key is gone through a few
    times, and those that wait are together no more than twice the largest.
    """

    def __init__(self) -> None:
        self._waiting: list[NDArray[np.int64]] = []

    def add(self, found: NDArray[np.int64]) -> None:
        """One more, `int64 [t, 2]`."""
        waiting = self._waiting
        waiting.append(found)
        while len(waiting) > 1 and len(waiting[-2]) <= 2 * len(waiting[-1]):
            _add_last(waiting)

    def total(self) -> NDArray[np.int64]:
        """The tally of all; one at least has come."""
        while len(self._waiting) > 1:
            _add_last(self._waiting)
        return self._waiting[0]


def _add_last(waiting: list[NDArray[np.int64]]) -> None:
    both = np.concatenate(waiting[-2:])
    waiting[-2:] = [tally(both[:, 0], both[:, 1])]
