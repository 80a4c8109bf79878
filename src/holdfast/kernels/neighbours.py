"""Nearest neighbours from blocks of inner products, compiled: what `stats/published/balls.py` does block by block."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

_STRIP = 64
"""Pairs that are looked at together, many at a time, before any of them is looked at by itself: hardly a strip holds one that matters."""


@njit(nogil=True, cache=True)
def put(values: NDArray[np.float32], places: NDArray[np.int64], value: np.float32, place: int) -> None:
    """Put a value where it belongs in a list that ascends by value, then by place, and drop the last one."""
    at = len(values) - 1
    while at > 0 and (values[at - 1] > value or (values[at - 1] == value and places[at - 1] > place)):
        values[at] = values[at - 1]
        places[at] = places[at - 1]
        at -= 1
    values[at] = value
    places[at] = place


@njit(nogil=True, cache=True)
def keep_nearest(
    products: NDArray[np.float32],
    low: NDArray[np.float32],
    row: int,
    column: int,
    values: NDArray[np.float32],
    places: NDArray[np.int64],
) -> None:
    """Keep the nearest of every row of a block, and of every column.

    Args:
        products: float32 [a, b], inner products of rows `row`, ... with rows `column`, ...; pairs on or below the diagonal of all rows
            are passed over, the others counted for both rows.
        low: float32 [n], see `Rows`.
        row: The first row.
        column: The first column.
        values: float32 [n, m], the smallest lower bounds so far, ascending; changed in place.
        places: int64 [n, m], whose they are; changed in place.
    """
    last = values.shape[1] - 1
    two = np.float32(2.0)
    width = products.shape[1]
    worst = values[column : column + width, last].copy()
    some = low[column : column + width]
    for i in range(products.shape[0]):
        mine = row + i
        for begin in range(max(0, mine + 1 - column), width, _STRIP):
            end = min(begin + _STRIP, width)
            limit = values[mine, last]
            # Slices begin at 0, so that the compiler can look at many pairs at a time.
            strip, others, edges = products[i, begin:end], some[begin:end], worst[begin:end]
            hits = 0
            for j in range(len(strip)):
                bound = (low[mine] + others[j]) - two * strip[j]
                hits += (bound <= limit) | (bound <= edges[j])
            if hits == 0:
                continue
            for j in range(begin, end):
                other = column + j
                bound = low[mine] + some[j] - two * products[i, j]
                if bound < values[mine, last] or (bound == values[mine, last] and other < places[mine, last]):
                    put(values[mine], places[mine], bound, other)
                if bound < values[other, last] or (
                    bound == values[other, last] and mine < places[other, last]
                ):
                    put(values[other], places[other], bound, mine)
                    worst[j] = values[other, last]


@njit(nogil=True, cache=True)
def count_inside(
    products: NDArray[np.float32],
    bounds_of_rows: NDArray[np.float32],
    bounds_of_columns: NDArray[np.float32],
    counts: NDArray[np.int64],
    covered: NDArray[np.bool_],
    recalled: NDArray[np.bool_],
    unsure: NDArray[np.int64],
) -> int:
    """Count which columns lie in balls around rows, and which rows in balls around columns.

    Args:
        products: float32 [a, b], inner products.
        bounds_of_rows: float32 [4, a]: low, slack, and what the squared radius is at least and at most.
        bounds_of_columns: float32 [4, b], the same.
        counts: int64 [b], balls around rows that hold each column; added to.
        covered: bool [a], whether a column lies in the ball around a row; changed in place.
        recalled: bool [a], whether a row lies in the ball around a column; changed in place.
        unsure: int64 [a * b, 3]; filled with the row, the column, and which question is open: 1 for the ball around the row, 2 around
            the column.

    Returns:
        How many are unsure.
    """
    two = np.float32(2.0)
    width = products.shape[1]
    lows, limits = bounds_of_columns[0], bounds_of_columns[3]
    found = 0
    for i in range(products.shape[0]):
        low, slack = bounds_of_rows[0, i], bounds_of_rows[1, i]
        least, most = bounds_of_rows[2, i], bounds_of_rows[3, i]
        for begin in range(0, width, _STRIP):
            end = min(begin + _STRIP, width)
            strip, others, edges = products[i, begin:end], lows[begin:end], limits[begin:end]
            hits = 0
            for j in range(len(strip)):
                at_least = (low + others[j]) - two * strip[j]
                hits += (at_least <= most) | (at_least <= edges[j])
            if hits == 0:
                continue
            for j in range(begin, end):
                at_least = low + lows[j] - two * products[i, j]
                at_most = at_least + (slack + bounds_of_columns[1, j])
                if at_most < least:
                    counts[j] += 1
                    covered[i] = True
                elif at_least <= most:
                    unsure[found, 0], unsure[found, 1], unsure[found, 2] = i, j, 1
                    found += 1
                if at_most < bounds_of_columns[2, j]:
                    recalled[i] = True
                elif at_least <= limits[j]:
                    unsure[found, 0], unsure[found, 1], unsure[found, 2] = i, j, 2
                    found += 1
    return found
