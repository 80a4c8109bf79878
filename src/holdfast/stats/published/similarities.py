"""Similarities of rows, and sums over all pairs of them: block by block, so that no more than some blocks stand in memory."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from holdfast.errors import InputError, UsageError
from holdfast.stats.published.distances import COLUMNS, ROWS, share_out

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray


class Similarity(Protocol):
    """How alike two rows are: 1 between equals, and the same whichever is asked first."""

    def __call__(self, first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
        """float64 [a, b], given float64 [a, d] and float64 [b, d]."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaussian:
    """exp(-distance^2 / (2 width^2)).

    >>> Gaussian(width=1.0)(np.array([[0.0]]), np.array([[1.0]])).round(4).tolist()
    [[0.6065]]
    """

    width: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.width) and self.width > 0):
            raise UsageError(f"is above 0, not {self.width}", where="width")

    def __call__(self, first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
        """float64 [a, b]."""
        found = first @ second.T
        found *= -2.0
        found += np.einsum("ij,ij->i", first, first)[:, None]
        found += np.einsum("ij,ij->i", second, second)
        np.maximum(found, 0.0, out=found)
        found *= -0.5 / self.width**2
        np.exp(found, out=found)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosine:
    """The cosine of the angle between two rows, none of which is 0.

    >>> Cosine()(np.array([[3.0, 4.0]]), np.array([[1.0, 0.0]])).tolist()
    [[0.6]]
    """

    def __call__(self, first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
        """float64 [a, b]."""
        lengths = np.sqrt(np.einsum("ij,ij->i", first, first)), np.sqrt(np.einsum("ij,ij->i", second, second))
        return np.asarray(first @ second.T / lengths[0][:, None] / lengths[1], np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Sums of similarities.

    Attributes:
        pairs: Of all pairs, a row with itself included.
        squares: Of the squares of these.
        own: Of rows with themselves; 0 between two sets.
    """

    pairs: float
    squares: float
    own: float


def sum_similarities(
    first: NDArray[Any], second: NDArray[Any] | None, similarity: Similarity, *, threads: int = 1
) -> Sums:
    """Sums over all pairs of a row of the first and a row of the second, or over all pairs of rows of one set.

    Args:
        first: float [n, d].
        second: float [m, d], or None for the first again, which takes half the time.
        similarity: How alike two rows are.
        threads: Blocks that are worked on at once; the sums do not depend on it.

    Raises:
        InputError: There are no rows, rows of different length, or a similarity is not finite.
    """
    other = first if second is None else second
    if (
        first.ndim != 2
        or other.ndim != 2
        or min(first.size, other.size) == 0
        or first.shape[1] != other.shape[1]
    ):
        raise InputError(f"features are rows of equal length, and these are {first.shape} and {other.shape}")
    parts: list[tuple[float, float, float]] = []

    def work(column_at: list[Any], job: tuple[int, int]) -> None:
        row, column = job
        # A thread works its way down the columns, and keeps those at hand in double precision.
        if column_at[0] != column:
            column_at[:] = column, other[column : column + COLUMNS].astype(np.float64)
        with np.errstate(all="ignore"):  # what is not finite is said below
            found = similarity(first[row : row + ROWS].astype(np.float64), column_at[1])
        diagonal = found.diagonal(row - column) if second is None and row >= column else np.empty(0)
        own = float(diagonal.sum())
        if second is None and row < column:  # the block stands for its mirror image, too
            parts.append((2.0 * float(found.sum()), 2.0 * float(np.vdot(found, found)), 0.0))
        else:
            parts.append((float(found.sum()), float(np.vdot(found, found)), own))

    share_out(
        work,
        _blocks(len(first), len(other), half=second is None),
        [[-1, None] for _ in range(max(1, threads))],
    )
    pairs, squares, own = (math.fsum(column) for column in zip(*parts, strict=True))
    if not (math.isfinite(pairs) and math.isfinite(squares)):
        raise InputError(
            "some rows have similarities that are not finite",
            do="Leave out rows of zeros and of values that are not finite",
        )
    return Sums(pairs=pairs, squares=squares, own=own)


def unit_rows(rows: NDArray[Any]) -> NDArray[np.float64]:
    """Rows at unit length.

    Args:
        rows: float [n, d].

    Raises:
        InputError: A row is 0 or not finite.

    >>> unit_rows(np.array([[3.0, 4.0]])).tolist()
    [[0.6, 0.8]]
    """
    rows = rows.astype(np.float64)
    # Rows are scaled before they are squared: nothing overflows, and nothing vanishes.
    largest = np.abs(rows).max(axis=1, keepdims=True)
    if not np.isfinite(largest).all() or not largest.all():
        raise InputError(
            "features hold rows of zeros or values that are not finite", do="Leave these rows out"
        )
    rows /= largest
    rows /= np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
    return rows


def _blocks(rows: int, columns: int, *, half: bool) -> Iterator[tuple[int, int]]:
    """All blocks; of one set those that touch the diagonal whole, and those above it."""
    for column in range(0, columns, COLUMNS):
        for row in range(0, min(rows, column + COLUMNS) if half else rows, ROWS):
            yield row, column
