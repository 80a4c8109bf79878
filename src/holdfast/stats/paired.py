"""Paired comparisons: the same items, asked of several models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CHUNK = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """How far the last of several models lies below the best earlier one.

    Attributes:
        best: Which earlier model was best, by its place.
        drop: Its mean minus that of the last, at least 0 where nothing fell.
        interval: 95 % interval of the difference to that model, from paired differences (normal); None where it is the same on every
            item, so that nothing shows how it varies.
        p_value: Of a drop from the best of all earlier ones, that it was the best taken into account.
        items: Items that were compared.
    """

    best: int
    drop: float
    interval: tuple[float, float] | None
    p_value: float
    items: int


def drop_from_best(values: NDArray[np.float64], rng: np.random.Generator, draws: int = 1_999) -> Drop:
    """Whether the last model is worse than the best of the earlier ones.

    The best of several was partly lucky, so the next one looks like a drop from it even where nothing changed. The largest difference of
    an earlier model to the last, in standard errors, is held against its own distribution where none differs: differences of all
    models to the last, each freed of its mean, with their signs turned at random, item by item (max-t; Romano and Wolf 2005). Weak
    earlier models take part and hide nothing.

    Args:
        values: float64 [n, k], larger is better, models in their order; k of 2 or more.
        rng: Draws the signs.
        draws: How often.

    Raises:
        ValueError: There are fewer than two models or two items, or a value is no number.

    >>> same = np.tile([[1.0], [0.0]], (20, 3))
    >>> drop_from_best(same, np.random.default_rng(0)).p_value
    1.0
    """
    items, models = values.shape
    if models < 2 or items < 2:
        raise ValueError("two models and two items are needed")
    if not np.isfinite(values).all():
        raise ValueError("every model needs a value for every item")
    differences = values[:, :-1] - values[:, -1:]
    means = differences.mean(axis=0)
    errors = differences.std(axis=0, ddof=1) / np.sqrt(items)
    best = int(means.argmax())
    reach = float(1.96 * errors[best])
    interval = (float(means[best]) - reach, float(means[best]) + reach) if reach > 0 else None
    p_value = 1.0
    if means[best] > 0:
        told = errors > 0
        # A model that differs by as much on every item: all signs alike, one chance in 2 to the number of items.
        p_value = max(0.5**items, 1 / (draws + 1))
        if told[best]:
            left = (differences - means)[:, told] / (errors[told] * items)
            largest = np.concatenate(
                [
                    (rng.integers(0, 2, (min(_CHUNK, draws - start), items)) * 2.0 - 1.0) @ left
                    for start in range(0, draws, _CHUNK)
                ]
            ).max(axis=1)
            observed = means[best] / errors[best]
            p_value = (int((largest >= observed - 1e-12).sum()) + 1) / (draws + 1)
    return Drop(
        best=best,
        drop=float(max(means[best], 0.0)),
        interval=interval,
        p_value=p_value,
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

    Raises:
        ValueError: Neither has a standard error.

    >>> normal_drop(0.8, 0.01, 0.75, 0.01)[2] < 0.001
    True
    """
    from scipy.special import ndtr

    error = float(np.hypot(before_error, now_error))
    if not error > 0 or not np.isfinite([before, now, error]).all():
        raise ValueError("a score without a standard error can be shown, and not compared")
    drop = before - now
    return drop, (drop - 1.96 * error, drop + 1.96 * error), float(ndtr(-drop / error))
