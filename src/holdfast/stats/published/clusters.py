"""K-means: Lloyd's iterations from rows chosen by chance, the best of several starts.

The published algorithm, made quick without changing what it finds: an iteration that changes nothing is the last, and a row whose centre
stayed where it was is compared with no centre but those that moved.

Source:
    Lloyd 1982, IEEE Transactions on Information Theory 28:129; comparing with moved centres only: Kaukoranta et al. 2000.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.errors import UsageError
from holdfast.kernels import compiled
from holdfast.stats.published.distances import COLUMNS, ROWS, share_out

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_ALMOST_ALL = 0.7
"""Above this share of moved centres it is quicker to compare with all."""
_APART = 1e-6
"""Squared distance, in units of the mean squared length, below which rows are equal but for rounding."""


def cluster_rows(
    rows: NDArray[np.float32],
    count: int,
    rng: np.random.Generator,
    *,
    starts: int = 5,
    iterations: int = 500,
    threads: int = 1,
) -> NDArray[np.int64]:
    """The cluster of every row.

    Args:
        rows: float32 [n, d], finite.
        count: Clusters, from 1 to n. Where there are fewer different rows, some stay empty.
        rng: Chooses the rows that centres start from.
        starts: Times to begin anew; the smallest sum of squared distances counts.
        iterations: At most so many from each start.
        threads: Blocks that are worked on at once; what is found does not depend on it.

    Returns:
        int64 [n].

    Raises:
        UsageError: There are more clusters than rows, or none, or no start.

    >>> rows = np.array([[0.0], [9.0], [0.1], [9.1]], np.float32)
    >>> labels = cluster_rows(rows, 2, np.random.default_rng(0))
    >>> bool(labels[0] == labels[2] != labels[1] == labels[3])
    True
    """
    if not 1 <= count <= len(rows):
        raise UsageError(f"is from 1 to {len(rows)}, the number of rows, not {count}", where="count")
    if starts < 1:
        raise UsageError(f"is at least 1, not {starts}", where="starts")
    run = _Run(np.ascontiguousarray(rows, np.float32), threads)
    found = [run.settle(rows[rng.choice(len(rows), count, replace=False)], iterations) for _ in range(starts)]
    return min(found, key=lambda pair: pair[0])[1]


class _Run:
    """One set of rows, and what is needed for every start."""

    def __init__(self, rows: NDArray[np.float32], threads: int) -> None:
        self.rows, self.threads = rows, max(1, threads)
        self.lengths = np.concatenate(
            [_squares(rows[at : at + COLUMNS]) for at in range(0, len(rows), COLUMNS)]
        )
        self.find, self.add_up = _quickest(len(rows))

    def settle(self, centres: NDArray[np.float32], iterations: int) -> tuple[float, NDArray[np.int64]]:
        """Sum of squared distances and int64 [n], from given centres on."""
        values = np.full(len(self.rows), np.inf, np.float32)
        labels = np.full(len(self.rows), len(centres), np.int64)
        moved = np.ones(len(centres), np.bool_)
        for _ in range(max(1, iterations)):
            before = labels.copy()
            self._assign(centres, moved, values, labels)
            if np.array_equal(before, labels):
                break
            last, centres = centres, self._centres(centres, values, labels)
            moved = (last != centres).any(axis=1)
        return float(self.lengths.sum() + values.sum(dtype=np.float64)), labels

    def _assign(
        self,
        centres: NDArray[np.float32],
        moved: NDArray[np.bool_],
        values: NDArray[np.float32],
        labels: NDArray[np.int64],
    ) -> None:
        """The nearest centre of every row, given the nearest among those that did not move."""
        if moved.mean() > _ALMOST_ALL:
            self._compare(None, centres, np.arange(len(centres)), values, labels)
            return
        loose = moved[labels]
        self._compare(np.flatnonzero(loose), centres, np.arange(len(centres)), values, labels)
        self._compare(np.flatnonzero(~loose), centres, np.flatnonzero(moved), values, labels, afresh=False)

    def _compare(
        self,
        chosen: NDArray[np.int64] | None,
        centres: NDArray[np.float32],
        names: NDArray[np.int64],
        values: NDArray[np.float32],
        labels: NDArray[np.int64],
        *,
        afresh: bool = True,
    ) -> None:
        count = len(self.rows) if chosen is None else len(chosen)
        if count == 0 or len(names) == 0:
            return
        some = centres[names]
        squares = _squares(some).astype(np.float32)

        def work(_: None, at: int) -> None:
            part: Any = slice(at, at + ROWS) if chosen is None else chosen[at : at + ROWS]
            block = self.rows[part]
            best = np.full(len(block), np.inf, np.float32) if afresh else values[part]
            label = np.full(len(block), len(centres), np.int64) if afresh else labels[part]
            for column in range(0, len(names), COLUMNS):
                columns = slice(column, column + COLUMNS)
                self.find(block @ some[columns].T, squares[columns], names[columns], best, label)
            values[part], labels[part] = best, label

        share_out(work, range(0, count, ROWS), [None] * self.threads)

    def _centres(
        self, centres: NDArray[np.float32], values: NDArray[np.float32], labels: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """float32 [k, d], means of clusters; an empty one begins again at the row that is worst off."""
        sizes = np.bincount(labels, minlength=len(centres))
        sums = np.zeros(centres.shape)
        self.add_up(self.rows, labels, sums)
        found = np.where(sizes[:, None] > 0, sums / np.maximum(sizes, 1)[:, None], centres).astype(np.float32)
        empty = np.flatnonzero(sizes == 0)
        if len(empty):
            far = self.lengths + values
            worst = np.argsort(-far, kind="stable")[: len(empty)]
            worst = worst[far[worst] > _APART * self.lengths.mean()]
            found[empty[: len(worst)]] = self.rows[worst]
        return found


def _quickest(count: int) -> tuple[Callable[..., None], Callable[..., None]]:
    """`find_nearest` and `add_up`, compiled where so many rows are worth it."""
    if not compiled(count):
        return find_nearest, add_up
    from holdfast.kernels import centres

    return centres.find_nearest, centres.add_up


def find_nearest(
    products: NDArray[np.float32],
    squares: NDArray[np.float32],
    names: NDArray[np.int64],
    values: NDArray[np.float32],
    labels: NDArray[np.int64],
) -> None:
    """The plain counterpart of the kernel of this name."""
    found = squares - np.float32(2.0) * products
    place = found.argmin(axis=1)
    value, name = found[np.arange(len(found)), place], names[place]
    better = (value < values) | ((value == values) & (name < labels))
    values[better], labels[better] = value[better], name[better]


def add_up(rows: NDArray[np.float32], labels: NDArray[np.int64], sums: NDArray[np.float64]) -> None:
    """The plain counterpart of the kernel of this name."""
    np.add.at(sums, labels, rows.astype(np.float64))


def _squares(rows: NDArray[np.float32]) -> NDArray[np.float64]:
    wide = rows.astype(np.float64)
    return np.asarray(np.einsum("ij,ij->i", wide, wide), np.float64)
