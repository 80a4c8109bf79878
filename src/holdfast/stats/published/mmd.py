"""Squared maximum mean discrepancy: rows of a side are more alike each other than rows of the other side.

The mean similarity within the first, plus that within the second, less twice that between them. The unbiased estimate leaves out each row's
similarity to itself, is 0 on average for sides of one distribution, and may be negative; the biased one keeps it and is never negative.

Source:
    Gretton et al. 2012, JMLR 13:723, equations 3 (unbiased) and 5 (biased).
Expected values:
    0 on average for sides of one distribution (unbiased); with a Gaussian at most 2.
Blind to:
    differences much finer or much coarser than the width of the similarity; what the features leave out; a rare stratum that is lost
    moves it by the square of its share.
No null:
    How far chance moves it depends on the rows and the width; the test of Gretton et al. has one, this number does not.
Cost:
    n^2 / 2 + m^2 / 2 + n m similarities, in blocks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.errors import InputError
from holdfast.stats.published.similarities import sum_similarities

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.stats.published.similarities import Similarity

_ROWS_FOR_WIDTH = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SquaredMmd:
    """Squared maximum mean discrepancy.

    Attributes:
        unbiased: 0 on average where nothing differs; None with a single row on a side.
        biased: At least 0 but for rounding.
    """

    unbiased: float | None
    biased: float


def squared_mmd(
    first: NDArray[Any], second: NDArray[Any], similarity: Similarity, *, threads: int = 1
) -> SquaredMmd:
    """The squared maximum mean discrepancy of two sets of rows, from all pairs.

    Args:
        first: float [n, d].
        second: float [m, d].
        similarity: Positive semi-definite.
        threads: Blocks that are worked on at once; the figures do not depend on it.

    Raises:
        InputError: There are no rows, rows of different length, or a similarity is not finite.

    >>> from holdfast.stats.published.similarities import Gaussian
    >>> found = squared_mmd(np.array([[0.0], [0.0]]), np.array([[99.0], [99.0]]), Gaussian(width=1.0))
    >>> found.unbiased, found.biased
    (2.0, 2.0)
    """
    n, m = len(first), len(second)
    own = sum_similarities(first, None, similarity, threads=threads)
    others = sum_similarities(second, None, similarity, threads=threads)
    between = 2.0 * sum_similarities(first, second, similarity, threads=threads).pairs / n / m
    unbiased = None
    if min(n, m) > 1:
        unbiased = (own.pairs - own.own) / n / (n - 1) + (others.pairs - others.own) / m / (m - 1) - between
    return SquaredMmd(unbiased=unbiased, biased=own.pairs / n**2 + others.pairs / m**2 - between)


def median_distance(first: NDArray[Any], second: NDArray[Any], rng: np.random.Generator) -> float:
    """The median distance of different rows of both sides together: the usual width of a Gaussian.

    Args:
        first: float [n, d].
        second: float [m, d].
        rng: Chooses 1,000 rows where there are more.

    Raises:
        InputError: There are fewer than two rows, or more than half of the pairs are equal.

    >>> median_distance(np.array([[0.0], [1.0]]), np.array([[3.0]]), np.random.default_rng(0))
    2.0
    """
    count = len(first) + len(second)
    chosen = np.sort(rng.choice(count, min(count, _ROWS_FOR_WIDTH), replace=False))
    rows = np.concatenate(
        [first[chosen[chosen < len(first)]], second[chosen[chosen >= len(first)] - len(first)]]
    )
    rows = rows.astype(np.float64)
    apart = [np.sqrt(((rows[at + 1 :] - rows[at]) ** 2).sum(1)) for at in range(len(rows) - 1)]
    found = float(np.median(np.concatenate(apart))) if apart else 0.0
    if not found > 0:
        raise InputError(
            "half of the pairs of rows are equal, so that their median distance is 0", do="Give a width"
        )
    return found
