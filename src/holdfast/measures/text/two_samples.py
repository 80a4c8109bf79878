"""Two samples: can the candidate as a whole be told apart from reality?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from holdfast.measures.reading import Band, Calibration, Reading, Undetermined, detectable
from holdfast.measures.resampling import Pool, refused, said_of_part
from holdfast.stats.permutation import rank
from holdfast.views.clusters import assign, draw_cells
from holdfast.views.features import sketch, unit_frequencies, weigh

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.sides import Sides

ROWS_COMPARED = 2_000
"""Rows compared of a side."""
DEALS = 399
"""Most deals: the smallest of three p-values must reach one in a hundred when it is trebled."""
PENALTY = 1.0
"""Ridge penalty of the classifier, on rows of length 1."""
SCALE = 5.0
"""Scaling of the divergence frontier (Pillutla et al. 2021, section 2)."""
_STEPS = 99
"""Mixtures on the frontier."""
_PAIRS_FOR_WIDTH = 2_000
_NAMES = ("classifier", "mean discrepancy", "divergence over cells")


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoSamples:
    """Share of pairs, a real row and a candidate row, that a linear classifier orders rightly; two gross checks beside it.

    The classifier is trained on one half of both sides and read on the other, and the other way round; near-duplicates, on
    one side or across them, stay in one half. Beside it stand the linear-time estimate of the squared maximum mean discrepancy
    and the divergence frontier over cells that are drawn around rows of both sides, smoothed after Krichevsky and
    Trofimov. All three read the same rows, weighed by both sides together, and the same deals of units: chance is dealt
    at the size that was compared. The p-value is the smallest of the three, times three.

    Reads
        0.5 when the sides cannot be told apart; 1.0 when every pair can.
    Blind to
        the loss of a small part: a set that lacks the rarest twentieth of reality passes here (StratumDeficit, BandRetention and
        RealEquivalentRows see it). It does not say whether a difference does harm: new wording is told apart as well.
    Undetermined
        with fewer than `least_rows` rows on a side.
    Cost
        linear in features of 6,000 rows, and a product of 256 x 6,000 x 400.
    Source
        Lopez-Paz and Oquab 2017, arXiv:1610.06545 (classifier); Gretton et al. 2012, JMLR 13:723, lemma 14 (mean
        discrepancy); Pillutla et al. 2021, arXiv:2102.01454 (frontier); permutation of units.

    >>> from holdfast.measures.examples import text_sides
    >>> from random import Random
    >>> dice = Random(1)
    >>> real, new = ([" ".join(dice.choices(words, k=9)) for _ in range(120)] for words in ("abcdefghijklm", "ghijklmnopqrs"))
    >>> 0.9 < TwoSamples()(text_sides(real=real, candidate=new), Calibration()).value < 1.0
    True
    """

    name: ClassVar[str] = "two_samples"
    title: ClassVar[str] = "Told apart from reality"
    version: ClassVar[int] = 1
    unit: ClassVar[str] = "of pairs of a real and a candidate row are ordered rightly (50 % by chance)"
    percent: ClassVar[bool] = True
    judged: ClassVar[bool] = False
    decisive: ClassVar[bool] = False
    of_shares: ClassVar[bool] = False

    tolerance: float = 0.1
    least_rows: int = 50

    def __call__(self, sides: Sides, null: Calibration) -> Reading | Undetermined:
        """Read how well the sides can be told apart."""
        refusal = refused(sides, self.least_rows)
        if refusal is not None:
            return refusal
        rng, read = null.rng(self.name), sides.read
        pool = Pool.of(read, ROWS_COMPARED, words=False)
        rows, cells = _represent(read, pool)
        deals = pool.deals(min(null.draws, DEALS), rng)
        labels = deals[:, pool.unit]
        statistics = (
            _classify(rows, labels, _halves(read, pool)),
            _discrepancies(rows, labels),
            _divergences(cells, labels),
        )
        checks = []
        for name, values in zip(_NAMES, statistics, strict=True):
            place = rank(float(values[0]), values[1:], rng)
            checks.append((_plain(name, values, place.p_value), place))
        smallest = min((place for _, place in checks), key=lambda place: place.p_value)
        curve = statistics[0]
        band = Band.of(curve[1:])
        reading = Reading(
            value=float(curve[0]),
            null=band,
            p_value=min(1.0, len(checks) * smallest.p_value),
            randomized=min(1.0, len(checks) * smallest.randomized),
            effect=float(curve[0]) - band.median,
            smallest_detectable=detectable(curve[1:] - band.median, null.level / len(checks)),
            evidence=_evidence([check for check, _ in checks]),
            details={"checks": [check for check, _ in checks], "rows_compared": pool.size},
        )
        return said_of_part(reading, read)


def _represent(sides: Sides, pool: Pool) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Rows as points (float32 [n, 256]) and their cells (int64 [n]), by weights that no deal changes."""
    features = pool.features(sides.anchor.features, sides.candidate.features)
    frequencies, units = unit_frequencies(features, pool.unit), len(pool.candidate)
    weighed = weigh(features, frequencies, units, own=False)
    rows = sketch(features, frequencies, units, own=False)
    if (np.bincount(features.columns, minlength=1) >= 2).sum() < 2:  # nothing that rows could share
        return rows, np.zeros(len(pool), np.int64)
    return rows, assign(draw_cells(weighed, np.random.default_rng(0)), weighed)


def _halves(sides: Sides, pool: Pool) -> NDArray[np.int64]:
    """int64 [n], 0 or 1: rows that repeat each other, be it across the sides, share a half.

    Units are numbered in an order that does not know the sides, so no deal changes the halves.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    place = np.full(len(sides.anchor) + 1, -1, np.int64)  # the last one serves rows that copy none
    place[pool.row[~pool.of_candidate]] = np.flatnonzero(~pool.of_candidate)
    rows = np.flatnonzero(pool.of_candidate)
    source = place[sides.copied[pool.row[rows]]]
    pairs = pool.unit[rows[source >= 0]], pool.unit[source[source >= 0]]
    units = len(pool.candidate)
    graph = coo_array((np.ones(len(pairs[0]), np.int8), pairs), shape=(units, units))
    return np.asarray(connected_components(graph, directed=False)[1][pool.unit] % 2, np.int64)


def _classify(
    rows: NDArray[np.float32], labels: NDArray[np.bool_], half: NDArray[np.int64]
) -> NDArray[np.float64]:
    """float64 [deals], area under the curve of a ridge classifier on the half it has not seen, over both halves."""
    areas = np.full((2, len(labels)), 0.5)
    for unseen in np.unique(half) if half.any() and not half.all() else ():
        train, test = half != unseen, half == unseen
        centred = rows[train] - rows[train].mean(axis=0)
        target = labels[:, train].T.astype(np.float32)
        gram = centred.T @ centred + np.float32(PENALTY) * np.eye(rows.shape[1], dtype=np.float32)
        scores = rows[test] @ np.linalg.solve(gram, centred.T @ target)
        areas[unseen] = _areas(np.ascontiguousarray(scores.T), labels[:, test])
    return np.asarray(areas.mean(axis=0))


def _areas(scores: NDArray[np.float32], positive: NDArray[np.bool_]) -> NDArray[np.float64]:
    """float64 [deals], `area_under_curve` of every row of float32 [deals, n]."""
    order = np.argsort(scores, axis=1)
    above = np.take_along_axis(positive, order, axis=1)
    ordered = np.take_along_axis(scores, order, axis=1)
    below = np.cumsum(~above, axis=1)
    count = below[:, -1]
    areas = np.full(len(scores), 0.5)
    tied = (ordered[:, 1:] == ordered[:, :-1]).any(axis=1)
    pairs = 2.0 * count * (above.shape[1] - count)
    use = ~tied & (pairs > 0)
    areas[use] = 2.0 * (below[use] * above[use]).sum(axis=1) / pairs[use]
    for deal in np.flatnonzero(tied):
        areas[deal] = area_under_curve(scores[deal], positive[deal])
    return areas


def area_under_curve(scores: NDArray[np.float32], positive: NDArray[np.bool_]) -> float:
    """Share of pairs, one of each kind, in which the positive one scores higher; a tie is half a pair.

    >>> area_under_curve(np.array([1, 3, 2, 3], np.float32), np.array([False, False, True, True]))
    0.625
    """
    below, above = np.sort(scores[~positive]), scores[positive]
    if len(below) == 0 or len(above) == 0:
        return 0.5
    wins = np.searchsorted(below, above, "left") + np.searchsorted(below, above, "right")
    return float(wins.sum()) / (2.0 * len(below) * len(above))


def _discrepancies(rows: NDArray[np.float32], labels: NDArray[np.bool_]) -> NDArray[np.float64]:
    """float64 [deals], linear-time mean discrepancy, as wide as the median squared distance of two rows."""
    split = min(_PAIRS_FOR_WIDTH, len(rows) // 2)
    distances = ((rows[:split] - rows[split : 2 * split]) ** 2).sum(axis=1)
    width = float(np.median(distances)) or 1.0
    kernel = _kernel(rows, width)
    return np.array([_discrepancy(kernel, chosen) for chosen in labels])


def _kernel(rows: NDArray[np.float32], width: float) -> NDArray[np.float32]:
    """float32 [n, n], the Gaussian kernel of every two rows: deals ask for most pairs more than once."""
    scaled = rows * np.float32(np.sqrt(2.0 / width))
    half = np.einsum("ij,ij->i", scaled, scaled) / 2
    exponents = scaled @ scaled.T
    exponents -= half[:, None]
    exponents -= half
    return np.asarray(np.exp(np.minimum(exponents, 0, out=exponents), out=exponents), np.float32)


def _discrepancy(kernel: NDArray[np.float32], chosen: NDArray[np.bool_]) -> float:
    """`linear_discrepancy` of the chosen rows and the others, their kernel at hand."""
    first, second = np.flatnonzero(chosen), np.flatnonzero(~chosen)
    pairs = min(len(first), len(second)) // 2
    if pairs == 0:
        return 0.0
    x, y = first[: 2 * pairs], second[: 2 * pairs]
    within = kernel[x[::2], x[1::2]].astype(np.float64) + kernel[y[::2], y[1::2]]
    across = kernel[x[::2], y[1::2]].astype(np.float64) + kernel[x[1::2], y[::2]]
    return float((within - across).mean())


def linear_discrepancy(first: NDArray[np.float32], second: NDArray[np.float32], width: float) -> float:
    """Unbiased estimate of the squared maximum mean discrepancy, from two rows of each side at a time.

    Args:
        first: float32 [n, d].
        second: float32 [m, d].
        width: The squared distance at which the Gaussian kernel falls to exp(-1).

    >>> near, far = np.zeros((2, 1), np.float32), np.full((2, 1), 9, np.float32)
    >>> linear_discrepancy(near, far, 1.0)
    2.0
    """
    pairs = min(len(first), len(second)) // 2
    if pairs == 0:
        return 0.0
    x, y = first[: 2 * pairs], second[: 2 * pairs]

    def kernel(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float64]:
        apart = a - b
        return np.asarray(np.exp(-np.einsum("ij,ij->i", apart, apart, dtype=np.float64) / width))

    within = kernel(x[::2], x[1::2]) + kernel(y[::2], y[1::2])
    across = kernel(x[::2], y[1::2]) + kernel(x[1::2], y[::2])
    return float((within - across).mean())


def _divergences(cells: NDArray[np.int64], labels: NDArray[np.bool_]) -> NDArray[np.float64]:
    """float64 [deals], what the divergence frontier leaves out of the unit square."""
    member = np.zeros((len(cells), int(cells.max()) + 1))
    member[np.arange(len(cells)), cells] = 1.0
    mine = labels.astype(np.float64) @ member
    return 1.0 - frontier_area(mine, member.sum(axis=0) - mine)


def frontier_area(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Area under the divergence frontier of two histograms: 1 where they are equal, towards 0 the less they share.

    Half a row is added to every cell (Krichevsky and Trofimov 1981).

    Args:
        first: float64 [..., k], rows of one side in each cell.
        second: float64 [..., k], rows of the other.

    >>> frontier_area(np.array([4.0, 4.0]), np.array([40.0, 40.0])).round(6)
    np.float64(1.0)
    """
    p, q = ((counts + 0.5) / (counts + 0.5).sum(axis=-1, keepdims=True) for counts in (first, second))
    x, y = [np.zeros(p.shape[:-1])], [np.ones(p.shape[:-1])]
    for step in range(1, _STEPS + 1):
        mixed = p + (q - p) * step / (_STEPS + 1)
        x.append(np.exp(-SCALE * (q * np.log(q / mixed)).sum(axis=-1)))
        y.append(np.exp(-SCALE * (p * np.log(p / mixed)).sum(axis=-1)))
    x.append(np.ones(p.shape[:-1]))
    y.append(np.zeros(p.shape[:-1]))
    return np.asarray(sum((x[i + 1] - x[i]) * (y[i + 1] + y[i]) / 2.0 for i in range(len(x) - 1)))


def _plain(name: str, values: NDArray[np.float64], p_value: float) -> dict[str, Any]:
    band = Band.of(values[1:])
    return {"check": name, "value": float(values[0]), "low": band.low, "high": band.high, "p_value": p_value}


def _evidence(checks: list[dict[str, Any]]) -> tuple[str, ...]:
    said = {
        _NAMES[0]: "a linear classifier orders {:.0%} of pairs rightly; chance up to {:.0%}",
        _NAMES[1]: "squared mean discrepancy {:.4f}; chance up to {:.4f}",
        _NAMES[2]: "divergence over cells {:.3f}; chance up to {:.3f}",
    }
    return tuple(
        said[check["check"]].format(check["value"], check["high"]).replace("%", " %") for check in checks
    )
