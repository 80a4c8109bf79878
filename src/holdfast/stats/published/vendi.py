"""Vendi score: how many different rows a set holds, where rows that are alike count as less than two.

The exponential of the entropy of order q of the eigenvalues of K / n, K the similarities of n rows. Order 1 is the published default; small
orders weigh rare kinds more, large ones common kinds, infinity only the most common.

Source:
    Friedman and Dieng 2023, arXiv:2210.02410; orders q: Pasarkar and Dieng 2024, arXiv:2310.12952.
Expected values:
    n where no row resembles another, 1 where all are equal; with the cosine of rows of d columns at most min(n, d).
Blind to:
    reality: nonsense is diverse; what the features leave out; with the cosine, any variety beyond as many kinds as there are columns.
No null:
    It grows with the number of rows, so that two sets are compared at equal numbers only, and nothing says how far chance moves it.
Cost:
    With the cosine one pass over the rows, n d^2 + d^3, as the d x d products have the eigenvalues that the n x n ones have. With any
    other similarity order 2 takes all pairs and no memory; other orders take n^3.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.errors import InputError, UsageError
from holdfast.stats.published.distances import share_out
from holdfast.stats.published.similarities import sum_similarities, unit_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from holdfast.stats.published.similarities import Similarity

_ROWS = 8_192
_AT_ONCE = 32
"""Blocks whose products are held until they are added up, always in the same order."""


def vendi_scores(rows: NDArray[Any], orders: Sequence[float] = (1.0,), *, threads: int = 1) -> list[float]:
    """Vendi scores with the cosine as similarity.

    Args:
        rows: float [n, d], finite, none of them 0.
        orders: Orders, at least 0; `math.inf` for the largest eigenvalue alone. Order 0 counts the eigenvalues that are not 0 but for
            rounding: the rank.
        threads: Blocks that are worked on at once; the figure does not depend on it.

    Raises:
        InputError: There are no rows, or one is 0 or not finite.
        UsageError: An order is below 0 or not a number.

    >>> [round(score, 3) for score in vendi_scores(np.array([[1.0, 0.0], [0.0, 2.0], [0.0, 1.0]]), (0, 1, 2))]
    [2.0, 1.89, 1.8]
    """
    if rows.ndim != 2 or rows.size == 0:
        raise InputError(f"features are rows of equal length, and these are {rows.shape}")
    count, width = rows.shape
    if count <= width:
        unit = unit_rows(rows)
        products = unit @ unit.T
    else:
        products = np.zeros((width, width))

        found: dict[int, NDArray[np.float64]] = {}

        def multiply(_: None, at: int) -> None:
            unit = unit_rows(rows[at : at + _ROWS])
            found[at] = unit.T @ unit

        blocks = range(0, count, _ROWS)
        for first in range(0, len(blocks), _AT_ONCE):
            some = blocks[first : first + _AT_ONCE]
            share_out(multiply, some, [None] * max(1, threads))
            for at in some:
                products += found.pop(at)
    return _scores(np.asarray(np.linalg.eigvalsh(products / count), np.float64), orders)


def vendi_scores_of(similarities: NDArray[np.float64], orders: Sequence[float] = (1.0,)) -> list[float]:
    """Vendi scores of given similarities, from all eigenvalues.

    Args:
        similarities: float64 [n, n], symmetric, positive semi-definite, 1 on the diagonal.
        orders: As in `vendi_scores`.

    Raises:
        InputError: The similarities are not square, finite and 1 on the diagonal.
        UsageError: An order is below 0 or not a number.

    >>> vendi_scores_of(np.eye(4), (1, 2))
    [4.0, 4.0]
    """
    square = (
        similarities.ndim == 2 and similarities.shape[0] == similarities.shape[1] and similarities.size > 0
    )
    if not square or not np.isfinite(similarities).all() or not np.allclose(similarities.diagonal(), 1.0):
        raise InputError("similarities are a square of finite numbers with 1 on its diagonal")
    return _scores(np.asarray(np.linalg.eigvalsh(similarities / len(similarities)), np.float64), orders)


def vendi_score_of_order_2(rows: NDArray[Any], similarity: Similarity, *, threads: int = 1) -> float:
    """The Vendi score of order 2 with any similarity: n^2 over the sum of all squared similarities.

    The squared eigenvalues add up to the squared entries, so none has to be found.

    Args:
        rows: float [n, d].
        similarity: Positive semi-definite, 1 between equals.
        threads: Blocks that are worked on at once.

    Raises:
        InputError: There are no rows, or a similarity is not finite.

    >>> from holdfast.stats.published.similarities import Gaussian
    >>> vendi_score_of_order_2(np.array([[0.0], [0.0], [99.0]]), Gaussian(width=1.0))
    1.8
    """
    return len(rows) ** 2 / sum_similarities(rows, None, similarity, threads=threads).squares


def _scores(eigenvalues: NDArray[np.float64], orders: Sequence[float]) -> list[float]:
    # What rounding leaves of an eigenvalue that is 0 (as in numpy.linalg.matrix_rank).
    shares = eigenvalues[eigenvalues > eigenvalues.max() * len(eigenvalues) * np.finfo(np.float64).eps]
    return [_score(shares, order) for order in orders]


def _score(shares: NDArray[np.float64], order: float) -> float:
    if math.isnan(order) or order < 0:
        raise UsageError(f"is at least 0, not {order}", where="order")
    if order == 1:
        return float(np.exp(-(shares * np.log(shares)).sum()))
    if order == math.inf:
        return float(1.0 / shares.max())
    return float((shares**order).sum() ** (1.0 / (1.0 - order)))
