"""The control: what an effect comes to by chance, where verdicts beyond the human one belong to other pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from holdfast.measures.preference.style.rows import Rows, beside, one_another
from holdfast.measures.preference.style.shared import Shared, columns_of, fit_rows
from holdfast.stats.logit import LogitFit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

DEALT_PAIRS = 5_000
"""Beyond this many pairs, deals are as good as normal and their 99th percentile is known without dealing."""
_DEALT_AT_ONCE = 500_000
_TAIL = 2.5758293035489


def control_of(
    shared: Shared, table: NDArray[np.float64], rng: np.random.Generator, deals: int, *, second: bool
) -> float:
    """99th percentile of the absolute effect where what a verdict has beyond the person's is dealt to another pair.

    Every pair keeps its feature and gets the surprise of another one: what its verdict leaves unexplained by the person's and by the
    order, of the judge and of a second person together, with a sign at random, as a and b have no order of their own.
    """
    sides = [beside(shared.judge, shared.people)]
    if second:
        sides.append(one_another(shared.people)[0])
    surprises, features = [], []
    for rows in sides:
        surprise, feature = left_over(shared, rows, table)
        surprises.append(surprise)
        features.append(feature)
    signs = np.array([1.0, -1.0])[: len(sides)]
    count = len(shared.pairs)
    if count > DEALT_PAIRS:
        return _TAIL * spread_of(signs, surprises, features)
    found = np.empty(deals)
    at_once = max(1, _DEALT_AT_ONCE // max(count, 1))
    for start in range(0, deals, at_once):
        some = min(at_once, deals - start)
        order = rng.permuted(np.tile(np.arange(count), (some, 1)), axis=1)
        turned = rng.integers(0, 2, (some, count)) * 2.0 - 1.0
        found[start : start + some] = sum(
            sign * ((surprise[order] * turned) @ feature)
            for sign, surprise, feature in zip(signs, surprises, features, strict=True)
        )
    return float(np.quantile(np.abs(found), 0.99))


def spread_of(
    signs: NDArray[np.float64],
    surprises: Sequence[NDArray[np.float64]],
    features: Sequence[NDArray[np.float64]],
) -> float:
    """Standard deviation over all deals, exactly: a deal's mean is 0, and its pairs' signs are independent."""
    together = np.stack(surprises) * signs[:, None]
    of_pair = np.stack(features)
    return float(np.sqrt(((together @ together.T / together.shape[1]) * (of_pair @ of_pair.T)).sum()))


def left_over(
    shared: Shared, rows: Rows, table: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What a verdict leaves unexplained, and what of the feature the other columns leave, scaled to one step's effect; both [n]."""
    X, _ = columns_of(rows, table)
    others, feature = X[:, :-1], X[:, -1]
    p = np.full(len(X), 0.5)
    if others.shape[1]:
        fit = fit_rows(shared, others, rows)
        if isinstance(fit, LogitFit):
            p = 1 / (1 + np.exp(-others @ fit.coefficients))
    v = rows.weight * p * (1 - p)
    left = feature
    if others.shape[1]:
        left = (
            feature - others @ np.linalg.lstsq(others.T @ (v[:, None] * others), others.T @ (v * feature))[0]
        )
    place = np.searchsorted(shared.pairs, rows.pair)
    count = len(shared.pairs)
    surprise = np.bincount(place, rows.weight * (rows.won - p), minlength=count).astype(np.float64)
    of_pair = np.bincount(place, rows.weight * left, minlength=count).astype(np.float64)
    # One Newton step from "no effect" on the probability scale.
    return surprise, of_pair * (v.sum() / rows.weight.sum()) / float(v @ left**2)
