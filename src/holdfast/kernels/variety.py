"""Variety, compiled: how many different things the units of a deal hold, in one pass over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from numba import njit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@njit(nogil=True, cache=True)
def count_distinct(
    kinds: NDArray[np.int64],
    starts: NDArray[np.int64],
    side: NDArray[np.bool_],
    most: int,
    seen: NDArray[np.bool_],
) -> int:
    """Different kinds among the first so many of a side.

    Args:
        kinds: int64 [g], row after row.
        starts: int64 [n + 1], where each row begins.
        side: bool [n], rows of the side.
        most: How many are read.
        seen: bool, by kind; overwritten.
    """
    seen[:] = False
    distinct, read = 0, 0
    for row in range(len(side)):
        if not side[row]:
            continue
        for at in range(starts[row], min(starts[row + 1], starts[row] + most - read)):
            if not seen[kinds[at]]:
                seen[kinds[at]] = True
                distinct += 1
        read += min(starts[row + 1] - starts[row], most - read)
        if read == most:
            break
    return distinct


@njit(nogil=True, cache=True)
def count_windows(
    kinds: NDArray[np.int64],
    starts: NDArray[np.int64],
    side: NDArray[np.bool_],
    total: int,
    window: int,
    last: NDArray[np.int64],
) -> int:
    """Different kinds of every window, added up, over the first so many of a side.

    Args:
        kinds: int64 [g], row after row.
        starts: int64 [n + 1], where each row begins.
        side: bool [n], rows of the side.
        total: How many are read; the side has as many.
        window: How many a window holds, `total` at most.
        last: int64, by kind; overwritten.
    """
    last[:] = -1
    windows, place = 0, 0
    for row in range(len(side)):
        if not side[row]:
            continue
        for at in range(starts[row], min(starts[row + 1], starts[row] + total - place)):
            kind = kinds[at]
            first = max(place - window + 1, last[kind] + 1, 0)
            windows += max(min(place, total - window) - first + 1, 0)
            last[kind] = place
            place += 1
        if place == total:
            break
    return windows


@njit(nogil=True, cache=True)
def count_texts(
    starts: NDArray[np.int64], kinds: NDArray[np.int64], held: NDArray[np.bool_], counts: NDArray[np.int64]
) -> None:
    """How many of some texts hold each kind.

    Args:
        starts: int64 [n + 1], where each text begins in `kinds`.
        kinds: int64, what texts hold, each once.
        held: bool [n], the texts that count.
        counts: int64, by kind, all 0; added to.
    """
    for text in range(len(held)):
        if held[text]:
            for at in range(starts[text], starts[text + 1]):
                counts[kinds[at]] += 1
