"""Logistic regression: what moves a verdict, with errors that hold when rows come in clusters.

Newton's method, no penalty unless asked, and no intercept: a pair of responses has no sign of its own, so a model of who wins must
say the same when a and b change places. A verdict may be soft; a tie is 1/2.

Where the columns tell the verdicts apart without a mistake, the likeliest coefficient is infinite. That is no large effect but a
question these rows cannot answer, and comes back as `Unfit`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_STEPS = 60
_DEPENDENT = 1e-9
"""Smallest eigenvalue, columns of length 1, below which one column is made of the others."""
_SEPARATED = 1e-4
"""Share of a direction's information, against guessing, that is left when the verdicts are told apart along it."""
_CLOSE = 1e-10
_CLUSTERS_AT_ONCE = 2_048
_TABLE = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfit:
    """Why there is no fit.

    Attributes:
        reason: `separated`: the columns tell all verdicts apart; `dependent`: a column is made of others; `empty`: there are no
            rows, or fewer clusters than columns.
    """

    reason: Literal["separated", "dependent", "empty"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogitFit:
    """A fit, and what each cluster adds to it.

    Attributes:
        coefficients: float64 [k].
        errors: float64 [k], standard errors, robust to clusters.
        covariance: float64 [k, k], of the coefficients.
        effects: float64 [k], average change of the probability for a step of 1 in a column: mean(p (1 - p)) times the coefficient.
        effect_errors: float64 [k], their standard errors.
        rows: Rows with a weight.
        clusters: Clusters with such rows.
        sums: float64 [all clusters, ...], each cluster's weight, score, curvature, spread and bend: what `resample` draws from.
    """

    coefficients: NDArray[np.float64]
    errors: NDArray[np.float64]
    covariance: NDArray[np.float64]
    effects: NDArray[np.float64]
    effect_errors: NDArray[np.float64]
    rows: int
    clusters: int
    sums: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """Coefficients and effects of resamples.

    Attributes:
        coefficients: float64 [draws, k].
        effects: float64 [draws, k].
    """

    coefficients: NDArray[np.float64]
    effects: NDArray[np.float64]


def fit_logit(
    X: NDArray[np.float64],
    y: NDArray[np.float64],
    cluster: NDArray[np.int64],
    *,
    weights: NDArray[np.float64] | None = None,
    clusters: int | None = None,
    ridge: float = 0.0,
) -> LogitFit | Unfit:
    """Fit `P(y = 1) = 1 / (1 + exp(-X b))`.

    Args:
        X: float64 [m, k], columns; one of ones is an intercept.
        y: float64 [m] in 0..1.
        cluster: int64 [m], which cluster a row belongs to; rows of one are no independent draws.
        weights: float64 [m], at least 0; all 1 without.
        clusters: How many clusters there are; more than the largest in `cluster` where several fits are resampled together.
        ridge: Penalty on the squared coefficients. It keeps separated verdicts finite, and shrinks all others.

    Source:
        Newton's method; sandwich errors: Liang and Zeger 1986, Biometrika 73:13, with C / (C - 1) clusters.

    >>> shown_first = np.repeat([[1.0], [-1.0]], 50, axis=0)
    >>> won = np.repeat([1.0, 0.0, 1.0, 0.0], [30, 20, 20, 30])
    >>> fit = fit_logit(shown_first, won, np.arange(100))
    >>> bool(np.isclose(fit.coefficients[0], np.log(30 / 20))), bool(np.isclose(fit.effects[0], 0.24 * np.log(1.5)))
    (True, True)
    """
    rows, columns = X.shape
    total = int(clusters if clusters is not None else cluster.max(initial=-1) + 1)
    w = np.ones(rows) if weights is None else weights
    kept = w > 0
    held = len(np.unique(cluster[kept]))
    if held <= columns:
        return Unfit(reason="empty")
    found = _newton(X, y, w, ridge)
    if isinstance(found, Unfit):
        return found
    p = _logistic(X @ found)
    v = w * p * (1 - p)
    sums = _by_cluster(X, w, w * (y - p), v, v * (1 - 2 * p), cluster, total)
    score, spread = sums[:, 1 : 1 + columns], sums[:, -1 - columns]
    inverse = np.linalg.inv(X.T @ (v[:, None] * X) + ridge * np.eye(columns))
    # What each cluster moves the coefficients by, and the effects: through them, and by how sure its own rows are.
    moved = score @ inverse
    weight = w.sum()
    mean, bend = v.sum() / weight, sums[:, -columns:].sum(axis=0) / weight
    own = (spread - mean * sums[:, 0]) / weight
    moved_effects = mean * moved + np.outer((moved @ bend) + own, found)
    grown = held / (held - 1)
    covariance = grown * moved.T @ moved
    return LogitFit(
        coefficients=found,
        errors=np.sqrt(np.diag(covariance)),
        covariance=covariance,
        effects=mean * found,
        effect_errors=np.sqrt(grown * (moved_effects**2).sum(axis=0)),
        rows=int(kept.sum()),
        clusters=held,
        sums=sums,
    )


def _newton(
    X: NDArray[np.float64], y: NDArray[np.float64], w: NDArray[np.float64], ridge: float
) -> NDArray[np.float64] | Unfit:
    columns = X.shape[1]
    scale = np.sqrt((w[:, None] * X**2).sum(axis=0))
    if not (scale > 0).all():
        return Unfit(reason="dependent")
    Z = X / scale
    penalty = np.diag(ridge / scale**2)
    guessing = _smallest(Z.T @ (0.25 * w[:, None] * Z))
    if guessing < _DEPENDENT / 4 and not ridge:
        return Unfit(reason="dependent")
    b = np.zeros(columns)
    value = _likelihood(Z @ b, y, w)
    for _ in range(_STEPS):
        p = _logistic(Z @ b)
        gradient = Z.T @ (w * (y - p)) - penalty @ b
        curvature = Z.T @ ((w * p * (1 - p))[:, None] * Z) + penalty
        if not ridge and _smallest(curvature) < _SEPARATED * guessing:
            return Unfit(reason="separated")
        step = np.linalg.solve(curvature, gradient)
        share, better = 1.0, -np.inf
        while share > 1e-6:
            b_next = b + share * step
            better = _likelihood(Z @ b_next, y, w) - 0.5 * float(b_next @ penalty @ b_next)
            if better >= value - 1e-12 * abs(value):
                break
            share /= 2
        b, value = b + share * step, better
        if float(gradient @ step) < _CLOSE:
            return np.asarray(b / scale, np.float64)
    return Unfit(reason="separated")


def _smallest(matrix: NDArray[np.float64]) -> float:
    return float(np.linalg.eigvalsh(matrix)[0])


def _logistic(eta: NDArray[np.float64]) -> NDArray[np.float64]:
    half = np.tanh(eta / 2) / 2
    return np.asarray(half + 0.5, np.float64)


def _likelihood(eta: NDArray[np.float64], y: NDArray[np.float64], w: NDArray[np.float64]) -> float:
    return float((w * (y * eta - np.logaddexp(0.0, eta))).sum())


def _by_cluster(
    X: NDArray[np.float64],
    w: NDArray[np.float64],
    surprise: NDArray[np.float64],
    v: NDArray[np.float64],
    bend: NDArray[np.float64],
    cluster: NDArray[np.int64],
    total: int,
) -> NDArray[np.float64]:
    """float64 [total, 1 + k + k (k + 1) / 2 + 1 + k]: weight, score, curvature, spread, bend."""
    above = np.triu_indices(X.shape[1])
    sums = np.empty((total, 2 + 2 * X.shape[1] + len(above[0])))
    columns = [
        w,
        *(surprise * x for x in X.T),
        *(v * X[:, i] * X[:, j] for i, j in zip(*above, strict=True)),
        v,
        *(bend * x for x in X.T),
    ]
    for place, values in enumerate(columns):
        sums[:, place] = np.bincount(cluster, values, minlength=total)
    return sums


def resample(fits: Sequence[LogitFit], rng: np.random.Generator, draws: int = 999) -> list[Draws]:
    """The same fits on resamples of their clusters, one resample for all of them, so that differences are paired.

    Each cluster comes as often as a Poisson count of mean 1 says (the bootstrap whose clusters can be drawn one by one), and a fit moves
    by one Newton step, curvature and all, from where it stands. Against fits done anew on each resample, this is off by terms of the
    size of 1 / n, where intervals are of the size of 1 / sqrt(n).

    Args:
        fits: Of the same clusters.
        rng: Draws the counts.
        draws: How many resamples.

    Source:
        Chamandy et al. 2012 (Poisson counts); Davidson and MacKinnon 1999 and Andrews 2002, Econometrica 70:119 (few-step
        bootstraps).
    """
    if not fits:
        return []
    sums = np.concatenate([fit.sums for fit in fits], axis=1)
    # Clusters that no fit has rows of cost draws and change nothing.
    sums = sums[np.logical_or.reduce([fit.sums[:, 0] > 0 for fit in fits])]
    table = _counts()
    drawn = np.zeros((draws, sums.shape[1]))
    for start in range(0, len(sums), _CLUSTERS_AT_ONCE):
        part = sums[start : start + _CLUSTERS_AT_ONCE]
        counts = table[rng.integers(0, _TABLE, (draws, len(part)), np.uint16)]
        # Single precision: rounding is a millionth of a sum of some thousand, far below what resamples differ by.
        drawn += counts @ part.astype(np.float32)
    found, at = [], 0
    for fit in fits:
        width = fit.sums.shape[1]
        found.append(_stepped(fit, drawn[:, at : at + width]))
        at += width
    return found


def _counts() -> NDArray[np.float32]:
    """float32 [65536], Poisson counts of mean 1, each as often among the entries as it is likely."""
    from scipy.special import pdtr

    edges = pdtr(np.arange(12), 1.0) * _TABLE
    return np.searchsorted(edges, np.arange(_TABLE) + 0.5).astype(np.float32)


def _stepped(fit: LogitFit, sums: NDArray[np.float64]) -> Draws:
    columns, draws = len(fit.coefficients), len(sums)
    above = np.triu_indices(columns)
    weight, score = sums[:, 0], sums[:, 1 : 1 + columns]
    curvature = np.empty((draws, columns, columns))
    packed = sums[:, 1 + columns : -1 - columns]
    curvature[:, above[0], above[1]] = packed
    curvature[:, above[1], above[0]] = packed
    # A resample without a single row that has a column leaves its coefficient where it is.
    whole = fit.sums[:, 1 + columns : -1 - columns].sum(axis=0)[above[0] == above[1]]
    curvature += np.diag(1e-9 * whole)
    spread, bend = sums[:, -1 - columns], sums[:, -columns:]
    step = np.linalg.solve(curvature, score[:, :, None])[:, :, 0]
    coefficients = fit.coefficients + step
    mean = (spread + (bend * step).sum(axis=1)) / np.maximum(weight, 1e-9)
    return Draws(coefficients=coefficients, effects=mean[:, None] * coefficients)
