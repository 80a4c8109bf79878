"""A share of the whole set, from items that were drawn with known chances; with an interval that believes in what was not drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from holdfast.measures.reading import Undetermined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_TAIL = 0.025
"""What is left out at each end of a 95 % interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share of rows, estimated from some of them.

    Attributes:
        value: The estimate (Hájek): the weighted mean over the items.
        interval: 95 %. It is a point only where every row was looked at.
        items: Items it rests on.
        effective: Items drawn with equal chances that would tell as much, by their weights alone (Kish).
    """

    value: float
    interval: tuple[float, float]
    items: int
    effective: float


def response_weights(
    chances: NDArray[np.float64], strata: Sequence[str | None], decided: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], int]:
    """Weights of the decided items, so that they stand for those that were drawn and not decided, stratum by stratum.

    Undecided items are taken as missing at random inside of their stratum. Where nobody decided any item of a stratum,
    all others stand for it.

    Args:
        chances: float64 [n], with which each item was drawn, above 0.
        strata: The stratum of each.
        decided: bool [n].

    Returns:
        float64 [decided], weights of the decided items, in order; and how many strata have none.

    Source:
        Sarndal, Swensson and Wretman 1992, Model Assisted Survey Sampling, section 15.6 (response homogeneity groups).

    >>> response_weights(np.full(4, 0.5), ["a", "a", "b", "b"], np.array([True, False, True, True]))[0].tolist()
    [4.0, 2.0, 2.0]
    """
    weights = 1.0 / chances
    names = np.array(["\0" if name is None else f"={name}" for name in strata], dtype=object)
    groups = np.unique(names, return_inverse=True)[1].reshape(-1)
    size = int(groups.max()) + 1 if len(groups) else 0
    drawn = np.bincount(groups, weights, minlength=size)
    answered = np.bincount(groups, weights * decided, minlength=size)
    silent = answered == 0
    raised = np.where(silent, 0.0, drawn / np.where(silent, 1.0, answered))
    found = (weights * raised[groups])[decided]
    if silent.any() and found.sum() > 0:
        found *= drawn.sum() / found.sum()
    return found, int(silent.sum())


def weighted_share(
    values: NDArray[np.float64], weights: NDArray[np.float64], *, parts: NDArray[np.float64] | None = None
) -> Share | Undetermined:
    """The share of rows of which something holds, from items with weights.

    The value is the ratio of weighted sums. The interval is Clopper and Pearson's, carried over to weights: each end is a
    quantile of the beta distribution with the mean and the variance that the items would have with one more item of the
    greatest weight, of which it holds (upper end) or does not (lower end). With equal weights and few rows drawn from many it *is* Clopper and
    Pearson's. A design that looks at rare rows more often leaves few, heavy items elsewhere: where none of those is bad, the
    variance of what was seen says nothing of what was not, and the item added does.

    Args:
        values: float64 [n], from 0 to 1, what the reviewers of each item say on average.
        weights: float64 [n], rows that each item stands for, at least 1.
        parts: float64 [n], from 0 to 1, how far each item belongs to the rows in question; None where each does.

    Returns:
        The share, or why there is none.

    Source:
        Hájek 1971 (the ratio); Fay and Feuer 1997, Statistics in Medicine 16:791, for weighted sums of Poisson counts, and Tiwari,
        Clegg and Zou 2006, Statistical Methods in Medical Research 15:547, for the beta distribution in its place.

    >>> found = weighted_share(np.array([1.0] * 3 + [0.0] * 97), np.full(100, 1e9))
    >>> round(found.value, 3), [round(end, 4) for end in found.interval]
    (0.03, [0.0062, 0.0852])
    """
    belongs = np.ones(len(values)) if parts is None else parts
    inside = belongs > 0
    x, w, d = values[inside], weights[inside], belongs[inside]
    if len(x) == 0:
        return Undetermined(reason="no item of it was decided; one is the least", needed_rows=1)
    held = w * d
    total = float(held.sum())
    value = float(held @ x) / total
    # Every row that stands for itself alone is known; the others stand for rows that nobody has seen.
    unseen = np.maximum(0.0, 1.0 - 1.0 / w)
    heaviest = float(held.max())
    if not (unseen * held).any():
        interval = (value, value)
    else:
        at = int(held.argmax())
        low, high = (
            _end(
                x, held, unseen, added=added, weight=heaviest, hidden=float(unseen[at]) or float(unseen.max())
            )
            for added in (0.0, 1.0)
        )
        interval = (min(low, value), max(high, value))
    effective = total**2 / float(np.square(held).sum())
    return Share(value=value, interval=interval, items=len(x), effective=effective)


def _end(
    values: NDArray[np.float64],
    weights: NDArray[np.float64],
    unseen: NDArray[np.float64],
    *,
    added: float,
    weight: float,
    hidden: float,
) -> float:
    """An end of the interval: the lower one where `added` is 0, the upper one where it is 1."""
    from scipy.special import betaincinv

    total = float(weights.sum()) + weight
    mean = (float(weights @ values) + weight * added) / total
    if mean in (0.0, 1.0):
        return mean
    seen = float((unseen * np.square(weights * (values - mean))).sum())
    variance = (seen + hidden * (weight * (added - mean)) ** 2) / total**2
    # m of the beta distribution; m = mean (1 - mean) n / variance has n + 1 where weights are equal, as Clopper and Pearson have.
    size = mean * (1.0 - mean) / variance
    return float(betaincinv(mean * size, (1.0 - mean) * size, 1.0 - _TAIL if added else _TAIL))
