"""Winners: who counts most in each place, as a level and a row in one number, so that the larger of two numbers is the one that counts.

Of rows of one level the first counts: below the level stands how far the row is from the last one that can be numbered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROW_BITS = 48
"""Bits below a level, which hold a row."""
_LAST = (1 << ROW_BITS) - 1


def winners(levels: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """int64, levels and rows in one number each; 0 where the level is 0: then nobody wins.

    >>> won = winners(np.array([3, 0]), np.array([7, 8]))
    >>> levels_of(won).tolist(), rows_of(won).tolist()
    ([3, 0], [7, -1])
    """
    return np.where(levels > 0, (levels << ROW_BITS) | (_LAST - rows), 0)


def levels_of(won: NDArray[np.int64]) -> NDArray[np.int64]:
    """int64, their levels."""
    return won >> ROW_BITS


def rows_of(won: NDArray[np.int64]) -> NDArray[np.int64]:
    """int64, their rows; -1 where nobody wins."""
    return np.where(won > 0, _LAST - (won & _LAST), -1)


def without(won: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """The same with places empty that some rows won: who is second there, nobody has noted.

    >>> without(winners(np.array([3, 5]), np.array([7, 8])), np.array([8])).tolist()[1]
    0
    """
    return np.where(np.isin(rows_of(won), rows), 0, won)


def numbered(won: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Winners among some rows of a set, numbered as the set numbers them.

    Args:
        won: int64, winners by their place among these rows.
        rows: int64, ascending, the number of each.

    >>> rows_of(numbered(winners(np.array([3, 0]), np.array([1, 0])), np.array([70, 80]))).tolist()
    [80, -1]
    """
    return winners(levels_of(won), rows[rows_of(won)]) if len(rows) else won
