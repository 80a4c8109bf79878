"""Paired comparisons: the same items, asked of several models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CHUNK = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """How far the last of several models lies below the best earlier one.

    Attributes:
        best: Which earlier model was best, by its place.
        drop: Its mean minus that of the last, at least 0 where nothing fell.
        interval: 95 % interval of the difference to that model, from paired differences (normal).
        p_value: Of a drop from the best of all earlier ones, where all models are alike.
        items: Items that were compared.
    """

    best: int
    drop: float
    interval: tuple[float, float]
    p_value: float
    items: int


def drop_from_best(values: NDArray[np.float64], rng: np.random.Generator, draws: int = 1_999) -> Drop:
    """Whether the last model is worse than the best of the earlier ones.

    The best of several was partly lucky, so the next one looks like a drop from it even where nothing changed. Under the null
    the models are alike on each item; their values are shuffled within items, and the largest difference of an earlier model to
    the last is held against its own distribution (a randomised block test; Pitman 1938).

    Args:
        values: float64 [n, k], larger is better, models in their order; k of 2 or more.
        rng: Draws the shuffles.
        draws: How many.

    Raises:
        ValueError: There are fewer than two models or no items.

    >>> same = np.tile([[1.0], [0.0]], (20, 3))
    >>> drop_from_best(same, np.random.default_rng(0)).p_value
    1.0
    """
    items, models = values.shape
    if models < 2 or items < 1:
        raise ValueError("two models and an item are needed")
    means = values.mean(axis=0)
    best = int(means[:-1].argmax())
    observed = means[best] - means[-1]
    # Items on which all agree say nothing under any shuffle.
    told = values[(values != values[:, :1]).any(axis=1)]
    above = 0
    for start in range(0, draws, _CHUNK):
        count = min(_CHUNK, draws - start)
        keys = rng.random((count, *told.shape))
        shuffled = np.take_along_axis(np.broadcast_to(told, keys.shape), keys.argsort(axis=2), axis=2).sum(
            axis=1
        )
        drops = (shuffled[:, :-1].max(axis=1) - shuffled[:, -1]) / items
        above += int((drops >= observed - 1e-12).sum())
    differences = values[:, best] - values[:, -1]
    error = float(differences.std(ddof=1) / np.sqrt(items)) if items > 1 else float("inf")
    return Drop(
        best=best,
        drop=float(max(observed, 0.0)),
        interval=(float(observed - 1.96 * error), float(observed + 1.96 * error)),
        p_value=(above + 1) / (draws + 1),
        items=items,
    )


def mcnemar(worse: int, better: int) -> float:
    """One-sided p-value that more items were lost than won (exact; McNemar 1947).

    Args:
        worse: Items that were right before and are wrong now.
        better: Items that were wrong before and are right now.

    >>> round(mcnemar(9, 1), 4), mcnemar(0, 0)
    (0.0107, 1.0)
    """
    from scipy.special import bdtrc

    changed = worse + better
    return 1.0 if worse == 0 else float(bdtrc(worse - 1, changed, 0.5))


def normal_drop(
    before: float, before_error: float, now: float, now_error: float
) -> tuple[float, tuple[float, float], float]:
    """Difference of two scores that are not paired, its 95 % interval, and the one-sided p-value of a drop.

    >>> normal_drop(0.8, 0.01, 0.75, 0.01)[2] < 0.001
    True
    """
    from scipy.special import ndtr

    error = float(np.hypot(before_error, now_error))
    drop = before - now
    p_value = float(ndtr(-drop / error)) if error > 0 else float(drop <= 0)
    return drop, (drop - 1.96 * error, drop + 1.96 * error), p_value
