"""MAUVE: how far a made set and a real one are apart, by the shares of clusters that both fall into.

Rows of unit length are turned and cut to the directions that hold 90 % of their variance, clustered with k-means, and each side becomes a
list of shares of clusters, P and Q. Mixtures R of both trace a curve of exp(-c KL(Q | R)) and exp(-c KL(P | R)); MAUVE is the area below
it.

Source:
    Pillutla et al. 2021, arXiv:2102.01454: section 2 and appendix A, with the settings of its reference implementation (a tenth as many
    clusters as rows on the smaller side, five starts, c = 5, 25 mixtures).
Expected values:
    1 where the shares are equal, towards 0 where no cluster holds rows of both. With ten rows a cluster, two samples of one distribution
    score about .9 and not 1.
Blind to:
    what the features leave out; differences inside a cluster; rare strata smaller than a cluster; labels.
No null:
    It depends on the number of rows, of clusters and the start of k-means, and nothing says how far chance moves it.
Cost:
    Rows times clusters times directions, times iterations and starts. Clusters that grow with the rows make it grow with their square; at a
    million rows give a number of clusters, such as the 500 of the paper.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.errors import InputError, UsageError
from holdfast.stats.published.clusters import cluster_rows
from holdfast.stats.published.similarities import unit_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

SCALING = 5.0
MIXTURES = 25
VARIANCE = 0.9
_ROWS_PER_CLUSTER = 10
_EDGE = 1e-6
_ROWS = 8_192


@dataclass(frozen=True, slots=True, kw_only=True)
class Mauve:
    """What MAUVE found.

    Attributes:
        area: The area under the curve, which is what is called MAUVE.
        clusters: Clusters asked for.
        directions: Directions that hold the wanted share of the variance.
        curve: float64 [m, 2], the curve, from (1, 0) to (0, 1).
    """

    area: float
    clusters: int
    directions: int
    curve: NDArray[np.float64]


def compute_mauve(
    real: NDArray[Any],
    made: NDArray[Any],
    rng: np.random.Generator,
    *,
    clusters: int | None = None,
    starts: int = 5,
    iterations: int = 500,
    threads: int = 1,
) -> Mauve:
    """MAUVE of two sets of features.

    Args:
        real: float [n, d], finite, none of them 0.
        made: float [m, d], finite, none of them 0.
        rng: Chooses where k-means starts.
        clusters: How many, or None for a tenth of the rows of the smaller side, at least two.
        starts: Starts of k-means, the best of which counts.
        iterations: At most so many from each start.
        threads: Blocks that are worked on at once; the figure does not depend on it.

    Raises:
        InputError: The features are no finite rows of equal length, or one is 0.
        UsageError: There are more clusters than rows, or none, or no start.

    >>> rows = np.array([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [0.1, 1.0]])
    >>> round(compute_mauve(rows, rows[::-1], np.random.default_rng(0)).area, 6)
    1.0
    """
    if min(real.ndim, made.ndim) != 2 or min(real.size, made.size) == 0 or real.shape[1] != made.shape[1]:
        raise InputError(f"features are rows of equal length, and these are {real.shape} and {made.shape}")
    wanted = max(2, round(min(len(real), len(made)) / _ROWS_PER_CLUSTER)) if clusters is None else clusters
    if not 1 <= wanted <= len(real) + len(made):
        raise UsageError(
            f"is from 1 to {len(real) + len(made)}, the number of rows, not {wanted}", where="clusters"
        )
    turned = _turned(real, made)
    labels = cluster_rows(turned, wanted, rng, starts=starts, iterations=iterations, threads=threads)
    shares = [
        np.bincount(part, minlength=wanted) / len(part) for part in (labels[: len(real)], labels[len(real) :])
    ]
    curve = divergence_curve(shares[0], shares[1])
    return Mauve(area=area_below(curve), clusters=wanted, directions=turned.shape[1], curve=curve)


def divergence_curve(
    real: NDArray[np.float64], made: NDArray[np.float64], *, scaling: float = SCALING
) -> NDArray[np.float64]:
    """The curve of exp(-c KL) of both sides from their mixtures.

    Args:
        real: float64 [k], shares, P.
        made: float64 [k], shares, Q.
        scaling: c.

    Returns:
        float64 [MIXTURES + 2, 2], from (1, 0), the mixture that is all Q, to (0, 1), the one that is all P.

    >>> divergence_curve(np.array([1.0, 0.0]), np.array([0.0, 1.0]))[13].round(6).tolist()  # half of each: exp(-5 log 2)
    [0.03125, 0.03125]
    """
    weights = np.linspace(_EDGE, 1.0 - _EDGE, MIXTURES)[:, None]
    mixtures = weights * real + (1.0 - weights) * made
    curve = [np.exp(-scaling * _divergence(side, mixtures)) for side in (made, real)]
    return np.concatenate([[[1.0, 0.0]], np.stack(curve, axis=1), [[0.0, 1.0]]])


def area_below(curve: NDArray[np.float64]) -> float:
    """The area between a falling curve and the axes, by trapezoids; the same seen from either axis.

    >>> area_below(np.array([[1.0, 0.0], [0.0, 1.0]]))
    0.5
    """
    x, y = curve.T
    return math.fsum((x[:-1] - x[1:]) * (y[:-1] + y[1:]) / 2.0)


def _divergence(shares: NDArray[np.float64], mixtures: NDArray[np.float64]) -> NDArray[np.float64]:
    """float64 [m], Kullback-Leibler divergence of shares from each mixture, which hold something of all of them."""
    held = shares > 0
    return np.asarray((shares[held] * np.log(shares[held] / mixtures[:, held])).sum(axis=1), np.float64)


def _turned(real: NDArray[Any], made: NDArray[Any]) -> NDArray[np.float32]:
    """float32 [n + m, directions], rows of unit length in their principal directions."""
    count, width = len(real) + len(made), real.shape[1]
    total, products = np.zeros(width), np.zeros((width, width))
    for _, unit in _unit_rows(real, made):
        total += unit.sum(axis=0)
        products += unit.T @ unit
    centre = total / count
    variances, directions = np.linalg.eigh(products / count - np.outer(centre, centre))
    variances, directions = np.maximum(variances[::-1], 0.0), directions[:, ::-1]
    held = np.cumsum(variances)
    if not held[-1] > 0:
        return np.zeros((count, 1), np.float32)
    kept = int(np.argmax(held >= VARIANCE * held[-1])) + 1
    turned = np.empty((count, kept), np.float32)
    for at, unit in _unit_rows(real, made):
        turned[at : at + len(unit)] = (unit - centre) @ directions[:, :kept]
    return turned


def _unit_rows(real: NDArray[Any], made: NDArray[Any]) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """Where blocks begin, and their rows at unit length."""
    for first, side in ((0, real), (len(real), made)):
        for at in range(0, len(side), _ROWS):
            yield first + at, unit_rows(side[at : at + _ROWS])
