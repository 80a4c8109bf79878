"""Squared distances of many rows: quick bounds in single precision, and exact values of the few pairs that bounds leave open.

A product of matrices in single precision gives all inner products of a block of rows with a block of others, and with them every
squared distance, wrong by no more than is known. Who asks which of two distances is smaller is answered by the bounds nearly always; for
the rest the distance is computed again, in double precision, from the differences of the rows. So the answer is that of double
precision, at the cost of single.

Blocks are worked on in threads, each of which should find the matrix product using one core: set `OPENBLAS_NUM_THREADS=1`.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from holdfast.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

ROWS, COLUMNS = 256, 2048
"""Rows and columns of a block: a block of products, 2 MB, and what is multiplied stay in the cache of a core."""
_ROUND = 2.0**-24
_PAIRS = 8_192
_TINY = 1e-30

Job = TypeVar("Job")
State = TypeVar("State")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows made ready for bounds.

    Attributes:
        exact: float [n, d], the rows as given.
        single: float32 [n, d], the rows less a common centre, over a common scale.
        low: float32 [n], `low[i] + low[j] - 2 * products` is at most the scaled squared distance.
        slack: float32 [n], that and `slack[i] + slack[j]` is at least the scaled squared distance.
        scale: What distances were divided by, a power of two.
    """

    exact: NDArray[Any]
    single: NDArray[np.float32]
    low: NDArray[np.float32]
    slack: NDArray[np.float32]
    scale: float

    def __len__(self) -> int:
        return len(self.single)


def make_ready(*sides: NDArray[Any]) -> list[Rows]:
    """Rows of one or more sides made ready together.

    Args:
        sides: Each float [n, d], finite, n of at least 1.

    Raises:
        InputError: There are no rows, no columns, different columns, or a value that is not finite.
    """
    for side in sides:
        if side.ndim != 2 or side.size == 0 or side.shape[1] != sides[0].shape[1]:
            raise InputError(f"features are rows of equal length, and these are {side.shape}")
    with np.errstate(all="ignore"):  # what is not finite is said below
        centre = np.mean([_mean(side) for side in sides], axis=0)
        largest = float(
            max(np.abs(side[at : at + _PAIRS] - centre).max() for side in sides for at in _starts(side))
        )
    if not np.isfinite(largest):
        raise InputError("features hold values that are not finite", do="Leave these rows out")
    # Sums of squares stay far from the largest and the smallest numbers of single precision.
    scale = 2.0 ** np.ceil(np.log2(largest)) if largest > 0 else 1.0
    return [_ready(side, centre, float(scale)) for side in sides]


def squared_distances(
    first: NDArray[Any], second: NDArray[Any], left: NDArray[np.intp], right: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Squared distances of pairs of rows in double precision.

    Args:
        first: float [n, d].
        second: float [m, d].
        left: int [p], rows of the first.
        right: int [p], rows of the second.

    Returns:
        float64 [p].

    >>> rows = np.array([[0.0, 0.0], [3.0, 4.0]])
    >>> squared_distances(rows, rows, np.array([0]), np.array([1])).tolist()
    [25.0]
    """
    found = np.empty(len(left))
    for at in range(0, len(left), _PAIRS):
        apart = first[left[at : at + _PAIRS]].astype(np.float64)
        apart -= second[right[at : at + _PAIRS]]
        found[at : at + _PAIRS] = np.einsum("ij,ij->i", apart, apart)
    return found


def share_out(work: Callable[[State, Job], None], jobs: Iterable[Job], states: Sequence[State]) -> None:
    """Do jobs in as many threads as there are states; each thread keeps to its own state."""
    waiting, lock = iter(jobs), Lock()
    nothing = object()

    def go(state: State) -> None:
        while True:
            with lock:
                job: Any = next(waiting, nothing)
            if job is nothing:
                return
            work(state, job)

    if len(states) == 1:
        go(states[0])
        return
    with ThreadPoolExecutor(len(states)) as pool:
        for done in [pool.submit(go, state) for state in states]:
            done.result()


def _mean(side: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray(
        sum(side[at : at + _PAIRS].sum(0, np.float64) for at in _starts(side)) / len(side), np.float64
    )


def _starts(side: NDArray[Any]) -> range:
    return range(0, len(side), _PAIRS)


def _ready(side: NDArray[Any], centre: NDArray[np.float64], scale: float) -> Rows:
    count, width = side.shape
    single, squares = np.empty((count, width), np.float32), np.empty(count)
    for at in _starts(side):
        part = (side[at : at + _PAIRS] - centre) / scale
        single[at : at + _PAIRS] = part
        squares[at : at + _PAIRS] = np.einsum("ij,ij->i", part, part)
    # Rounding a row, multiplying and adding up lose at most (d + 12) roundings of the two squared lengths (Higham 2002, section 3.1).
    lost = squares * ((width + 12) * _ROUND) + _TINY
    return Rows(
        exact=side,
        single=single,
        low=(squares - lost).astype(np.float32),
        slack=(2.0 * lost).astype(np.float32),
        scale=scale,
    )
