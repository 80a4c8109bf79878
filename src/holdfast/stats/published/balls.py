"""Precision, recall, density and coverage: what balls around rows hold, balls that reach to the k-th nearest row of the same side.

Definitions, with a ball around every real row that reaches to its k-th nearest other real row, and around every made row likewise:

- precision: share of made rows inside at least one ball of a real row;
- recall: share of real rows inside at least one ball of a made row;
- density: balls of real rows that hold a made row, on average over made rows, over k;
- coverage: share of real rows whose ball holds at least one made row.

Source:
    Kynkäänniemi et al. 2019, arXiv:1904.06991 (precision, recall); Naeem et al. 2020, arXiv:2002.09797 (density, coverage).
Expected values:
    For sides of one distribution and equal size density is 1, coverage 1 - (n - 1) ... (n - k) / ((2 n - 1) ... (2 n - k)), about
    1 - 2^-k; precision and recall depend on the dimension.
Blind to:
    what the features leave out; repeats (precision and density rise when the best rows are repeated); rare strata of less than k rows,
    whose balls reach into other strata; labels.
No null:
    The figures move with the number of rows of both sides, and nothing says how far chance moves them.
Cost:
    n (n + 2 m) / 2 + m^2 / 2 distances, in blocks; memory grows with the rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.errors import UsageError
from holdfast.kernels import compiled
from holdfast.stats.published.distances import COLUMNS, ROWS, make_ready, share_out, squared_distances

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from holdfast.stats.published.distances import Rows

_SPARE = 4
"""Rows kept beyond the k nearest by their bounds: nearly always enough to know the k-th."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balls:
    """What balls hold.

    Attributes:
        precision: Share of made rows inside a ball of a real row.
        recall: Share of real rows inside a ball of a made row.
        density: Balls of real rows around a made row, over k.
        coverage: Share of real rows whose ball holds a made row.
    """

    precision: float
    recall: float
    density: float
    coverage: float


def compare_balls(
    real: NDArray[Any], made: NDArray[Any], *, neighbours: int = 5, closed: bool = True, threads: int = 1
) -> Balls:
    """Precision, recall, density and coverage, equal to those of distances in double precision.

    Args:
        real: float [n, d], finite, n above `neighbours`.
        made: float [m, d], finite, m above `neighbours`.
        neighbours: k, at least 1.
        closed: Whether a row at the very edge of a ball is inside, as in Kynkäänniemi et al.; the package `prdc` counts it as outside.
            They differ where rows are repeated.
        threads: Blocks that are worked on at once.

    Raises:
        InputError: The features are no finite rows of equal length.
        UsageError: `neighbours` is less than 1 or a side has no more rows than that.

    >>> real, made = np.array([[0.0], [1.0], [3.0]]), np.array([[0.5], [9.0]])
    >>> compare_balls(real, made, neighbours=1)
    Balls(precision=0.5, recall=1.0, density=1.0, coverage=0.6666666666666666)
    """
    if neighbours < 1 or min(len(real), len(made)) <= neighbours:
        raise UsageError(
            f"is at least 1 and less than the rows of either side ({len(real)} and {len(made)}), not {neighbours}",
            where="neighbours",
        )
    sides = make_ready(real, made)
    reaches = [_reaches(side, neighbours, threads) for side in sides]
    counts, covered, recalled = _inside(
        sides[0], sides[1], reaches[0], reaches[1], closed=closed, threads=threads
    )
    return Balls(
        precision=float(np.mean(counts > 0)),
        recall=float(recalled.mean()),
        density=float(counts.mean() / neighbours),
        coverage=float(covered.mean()),
    )


def squared_reaches(rows: NDArray[Any], *, neighbours: int = 5, threads: int = 1) -> NDArray[np.float64]:
    """Squared distance of every row to its k-th nearest other row.

    Args:
        rows: float [n, d], finite, n above `neighbours`.
        neighbours: k, at least 1.
        threads: Blocks that are worked on at once.

    Returns:
        float64 [n].

    Raises:
        InputError: The features are no finite rows of equal length.
        UsageError: `neighbours` is less than 1 or there are no more rows than that.

    >>> squared_reaches(np.array([[0.0], [1.0], [3.0]]), neighbours=1).tolist()
    [1.0, 1.0, 4.0]
    """
    if not 1 <= neighbours < len(rows):
        raise UsageError(
            f"is at least 1 and less than {len(rows)} rows, not {neighbours}", where="neighbours"
        )
    return _reaches(make_ready(rows)[0], neighbours, threads)


def _reaches(side: Rows, neighbours: int, threads: int) -> NDArray[np.float64]:
    """float64 [n], exact; not scaled."""
    values, places = _nearest(side, neighbours + _SPARE, threads)
    slack = side.slack[:, None] + side.slack[np.minimum(places, len(side) - 1)]
    at_most = values + slack * np.float32(1.001)  # more than adding up can lose
    low, high = (
        values[:, neighbours - 1, None],
        np.partition(at_most, neighbours - 1, 1)[:, neighbours - 1, None],
    )
    found = np.where(at_most < low, -np.inf, np.inf)
    rows, columns = np.nonzero((at_most >= low) & (values <= high))
    found[rows, columns] = squared_distances(side.exact, side.exact, rows, places[rows, columns])
    reach = np.partition(found, neighbours - 1, 1)[:, neighbours - 1]
    # A row that was not kept is no nearer than the last bound; at 0 nothing is nearer.
    open_ends = np.flatnonzero((values[:, -1] <= high[:, 0]) & (reach > 0.0))
    for at in range(0, len(open_ends), ROWS):
        part = open_ends[at : at + ROWS]
        reach[part] = _looked_up(side, part, high[part, 0], neighbours)
    return np.asarray(reach, np.float64)


def _nearest(side: Rows, kept: int, threads: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """float32 and int64 [n, kept], the smallest lower bounds of every row, ascending, and whose they are; n where nobody's."""
    count = len(side)
    states = [
        (np.full((count, kept), np.inf, np.float32), np.full((count, kept), count, np.int64))
        for _ in range(max(1, threads))
    ]
    keep = _quickest(count)[0]

    def work(state: tuple[NDArray[np.float32], NDArray[np.int64]], job: tuple[int, int]) -> None:
        (values, places), (row, column) = state, job
        columns = side.single[column : column + COLUMNS].T
        for at in range(row, min(row + COLUMNS, count), ROWS):
            products = side.single[at : min(at + ROWS, row + COLUMNS)] @ columns
            keep(products, side.low, at, column, values, places)

    share_out(work, _blocks(count), states)
    values, places = (np.concatenate(lists, axis=1) for lists in zip(*states, strict=True))
    order = np.lexsort((places, values), axis=1)[:, :kept]
    return np.take_along_axis(values, order, 1), np.take_along_axis(places, order, 1)


def _quickest(count: int) -> tuple[Callable[..., None], Callable[..., int]]:
    """`keep_nearest` and `count_inside`, compiled where so many rows are worth it."""
    if not compiled(count):
        return keep_nearest, count_inside
    from holdfast.kernels import neighbours

    return neighbours.keep_nearest, neighbours.count_inside


def _blocks(count: int) -> Iterator[tuple[int, int]]:
    """The blocks on and above the diagonal."""
    for row in range(0, count, COLUMNS):
        for column in range(row, count, COLUMNS):
            yield row, column


def keep_nearest(
    products: NDArray[np.float32],
    low: NDArray[np.float32],
    row: int,
    column: int,
    values: NDArray[np.float32],
    places: NDArray[np.int64],
) -> None:
    """The plain counterpart of the kernel of this name."""
    height, width = products.shape
    bounds = low[row : row + height, None] + low[column : column + width] - np.float32(2.0) * products
    bounds[np.arange(row, row + height)[:, None] >= np.arange(column, column + width)] = np.inf
    _merge(bounds, row, column, values, places)
    _merge(bounds.T, column, row, values, places)


def _merge(
    bounds: NDArray[np.float32], row: int, column: int, values: NDArray[np.float32], places: NDArray[np.int64]
) -> None:
    height, kept = len(bounds), values.shape[1]
    worst = values[row : row + height, -1]
    if bounds.shape[1] > kept:
        worst = np.minimum(worst, np.partition(bounds, kept - 1, 1)[:, kept - 1])
    rows, columns = np.nonzero((bounds <= worst[:, None]) & np.isfinite(bounds))
    if len(rows) == 0:
        return
    owner = np.concatenate([np.repeat(np.arange(height), kept), rows])
    value = np.concatenate([values[row : row + height].ravel(), bounds[rows, columns]])
    place = np.concatenate([places[row : row + height].ravel(), column + columns])
    order = np.lexsort((place, value, owner))
    sizes = np.bincount(owner, minlength=height)
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    take = order[first[:, None] + np.arange(kept)]
    values[row : row + height], places[row : row + height] = value[take], place[take]


def _looked_up(
    side: Rows, part: NDArray[np.int64], most: NDArray[np.float32], neighbours: int
) -> NDArray[np.float64]:
    """float64 [p], reaches of rows with so many others at nearly the same distance that those kept do not tell."""
    best = np.full((len(part), neighbours), np.inf)
    for column in range(0, len(side), COLUMNS):
        low = side.low[column : column + COLUMNS]
        products = side.single[part] @ side.single[column : column + COLUMNS].T
        near = side.low[part, None] + low - np.float32(2.0) * products <= most[:, None]
        near &= part[:, None] != np.arange(column, column + len(low))
        rows, columns = np.nonzero(near)
        found = squared_distances(side.exact, side.exact, part[rows], column + columns)
        sizes = near.sum(1)
        # In strips of equal length, filled up with infinity.
        strips = np.full((len(part), int(sizes.max(initial=0))), np.inf)
        strips[rows, np.arange(len(rows)) - np.repeat(np.cumsum(sizes) - sizes, sizes)] = found
        best = np.sort(np.concatenate([best, strips], 1), 1)[:, :neighbours]
    return best[:, -1]


def _inside(
    real: Rows,
    made: Rows,
    reach_real: NDArray[np.float64],
    reach_made: NDArray[np.float64],
    *,
    closed: bool,
    threads: int,
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
    """int64 [m], real balls that hold each made row; bool [n], real rows whose ball holds one; bool [n], real rows in a made ball."""
    bounds_real, bounds_made = _bounds(real, reach_real), _bounds(made, reach_made)
    covered, recalled = np.zeros(len(real), np.bool_), np.zeros(len(real), np.bool_)
    states = [np.zeros(len(made), np.int64) for _ in range(max(1, threads))]
    count = _quickest(min(len(real), len(made)))[1]

    def work(counts: NDArray[np.int64], job: tuple[int, int]) -> None:
        # Rows belong to one job alone, so threads do not write over each other.
        row, end = job
        unsure = np.empty((2 * (end - row) * COLUMNS, 3), np.int64)
        for column in range(0, len(made), COLUMNS):
            products = real.single[row:end] @ made.single[column : column + COLUMNS].T
            columns = slice(column, column + products.shape[1])
            open_ends = count(
                products,
                bounds_real[:, row:end],
                bounds_made[:, columns],
                counts[columns],
                covered[row:end],
                recalled[row:end],
                unsure,
            )
            if open_ends == 0:
                continue
            rows, others, question = (
                unsure[:open_ends, 0] + row,
                unsure[:open_ends, 1] + column,
                unsure[:open_ends, 2],
            )
            found = squared_distances(real.exact, made.exact, rows, others)
            edge = np.where(question == 1, reach_real[rows], reach_made[others])
            inside = found <= edge if closed else found < edge
            in_real, in_made = inside & (question == 1), inside & (question == 2)
            np.add.at(counts, others[in_real], 1)
            covered[rows[in_real]] = True
            recalled[rows[in_made]] = True

    edges = [*range(0, len(real), ROWS), len(real)]
    share_out(work, pairwise(edges), states)
    return np.sum(states, axis=0), covered, recalled


def _bounds(side: Rows, reach: NDArray[np.float64]) -> NDArray[np.float32]:
    """float32 [4, n]: low, slack, and what the scaled squared reach is at least and at most."""
    scaled = (reach / side.scale**2).astype(np.float32)
    slack = side.slack * np.float32(1.001)  # more than adding up can lose
    limits = np.nextafter(scaled, np.float32(-np.inf)), np.nextafter(scaled, np.float32(np.inf))
    return np.stack([side.low, slack, *limits])


def count_inside(
    products: NDArray[np.float32],
    bounds_of_rows: NDArray[np.float32],
    bounds_of_columns: NDArray[np.float32],
    counts: NDArray[np.int64],
    covered: NDArray[np.bool_],
    recalled: NDArray[np.bool_],
    unsure: NDArray[np.int64],
) -> int:
    """The plain counterpart of the kernel of this name; what is unsure comes in another order."""
    low, slack, least, most = bounds_of_rows[:, :, None]
    at_least = low + bounds_of_columns[0] - np.float32(2.0) * products
    at_most = at_least + (slack + bounds_of_columns[1])
    sure = at_most < least
    counts += sure.sum(0)
    covered |= sure.any(1)
    recalled |= (at_most < bounds_of_columns[2]).any(1)
    found = 0
    for question, edge_low, edge_high in ((1, least, most), (2, bounds_of_columns[2], bounds_of_columns[3])):
        rows, columns = np.nonzero((at_most >= edge_low) & (at_least <= edge_high))
        part = unsure[found : found + len(rows)]
        part[:, 0], part[:, 1], part[:, 2] = rows, columns, question
        found += len(rows)
    return found
