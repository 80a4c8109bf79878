"""Agreement beyond chance: of many annotators (Krippendorff), and of two (Cohen)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from holdfast.stats.intervals import exact_share, wilson

if TYPE_CHECKING:
    from numpy.typing import NDArray

Level = Literal["nominal", "ordinal", "interval"]
_Z = 1.959963984540054
_CELLS_AT_ONCE = 20_000_000
_TOLD = 0.95
"""Share of resamples in which agreement must be defined before their quantiles are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """A coefficient of agreement: 1 perfect, 0 what chance gives, below 0 worse than chance.

    Attributes:
        value: None where every label is the same, so that chance alone would agree perfectly.
        interval: 95 %; None where the data do not show how it varies.
        items: Items it rests on.
    """

    value: float | None
    interval: tuple[float, float] | None
    items: int


def krippendorff_alpha(
    counts: NDArray[np.int64],
    rng: np.random.Generator,
    *,
    level: Level = "nominal",
    categories: NDArray[np.float64] | None = None,
    groups: NDArray[np.int64] | None = None,
    draws: int = 999,
) -> Agreement:
    """Krippendorff's alpha, with an interval by resampling items.

    Items that fewer than two people labelled say nothing and are left out; any number of labels may be missing. Resampling is
    exact and quick: items (or groups of them) that add the same to the table of coincidences are drawn together.

    Args:
        counts: int64 [items, k], how many annotators gave an item each of k labels, in their order.
        rng: Draws the resamples.
        level: How far two labels lie apart: `nominal`, `ordinal` or `interval`.
        categories: float64 [k], values of the labels for `interval`; 0, 1, ... by default.
        groups: int64 [items], items that are no independent draws share a number; None where each stands for itself.
        draws: How often to resample.

    Source:
        Krippendorff 2011, Computing Krippendorff's Alpha-Reliability (coincidences and metrics); percentile bootstrap.

    >>> both = np.array([[2, 0], [0, 2], [2, 0], [1, 1]])
    >>> round(krippendorff_alpha(both, np.random.default_rng(0)).value, 3)
    0.533
    """
    usable = counts.sum(axis=1) >= 2
    held = counts[usable].astype(np.float64)
    items, size = held.shape
    values = np.arange(size, dtype=np.float64) if categories is None else categories
    if items == 0:
        return Agreement(value=None, interval=None, items=0)
    added = _coincidences(held)
    if groups is not None:
        numbered = np.unique(groups[usable], return_inverse=True)[1].reshape(-1)
        added = np.stack([np.bincount(numbered, column) for column in added.T], axis=1)
    # Rounded, as sums of the same parts in another order are the same.
    kinds, often = np.unique(added.round(9), axis=0, return_counts=True)
    value = float(_alpha((often @ kinds)[None], values, level)[0])
    if np.isnan(value):
        return Agreement(value=None, interval=None, items=items)
    if value == 1.0:
        return Agreement(
            value=value, interval=_perfect(often @ kinds, values, level, len(added)), items=items
        )
    found = np.empty(draws)
    step = max(1, _CELLS_AT_ONCE // len(kinds))
    for start in range(0, draws, step):
        take = min(step, draws - start)
        drawn = rng.multinomial(len(added), often / len(added), size=take)
        found[start : start + take] = _alpha(drawn @ kinds, values, level)
    defined = found[~np.isnan(found)]
    interval = None
    if len(defined) >= _TOLD * draws and np.ptp(defined) > 0:
        low, high = np.quantile(defined, [0.025, 0.975])
        interval = (float(low), float(high)) if low < high else None
    return Agreement(value=value, interval=interval, items=items)


def _coincidences(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """float64 [items, k * k], what each item adds: its ordered pairs of labels, by the labels they can be paired with."""
    size = counts.shape[1]
    pairs = counts[:, :, None] * counts[:, None, :]
    pairs[:, np.arange(size), np.arange(size)] -= counts
    return np.asarray((pairs / (counts.sum(axis=1) - 1.0)[:, None, None]).reshape(len(counts), size * size))


def _distances(
    margins: NDArray[np.float64], values: NDArray[np.float64], level: Level
) -> NDArray[np.float64]:
    """float64 [draws, k, k], squared distances of two labels."""
    size = margins.shape[1]
    if level == "nominal":
        return np.broadcast_to(1.0 - np.eye(size), (len(margins), size, size))
    # Ordinal: labels stand at their middle rank, which is Krippendorff's sum over the ranks between.
    places = (
        np.cumsum(margins, axis=1) - margins / 2.0
        if level == "ordinal"
        else np.broadcast_to(values, margins.shape)
    )
    return np.asarray((places[:, :, None] - places[:, None, :]) ** 2)


def _alpha(added: NDArray[np.float64], values: NDArray[np.float64], level: Level) -> NDArray[np.float64]:
    """float64 [draws], alpha of each table of coincidences; NaN where all labels are the same."""
    size = len(values)
    table = added.reshape(-1, size, size)
    margins = table.sum(axis=2)
    total = margins.sum(axis=1)
    apart = _distances(margins, values, level)
    found = (table * apart).sum(axis=(1, 2))
    expected = np.einsum("dc,dk,dck->d", margins, margins, apart)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(expected > 0, 1.0 - (total - 1.0) * found / expected, np.nan)


def _perfect(
    added: NDArray[np.float64], values: NDArray[np.float64], level: Level, items: int
) -> tuple[float, float]:
    """Where all agree, nothing varies: as many items as could have disagreed without showing, at the worst."""
    size = len(values)
    margins = added.reshape(1, size, size).sum(axis=2)
    apart = _distances(margins, values, level)
    total = float(margins.sum())
    expected = float(np.einsum("dc,dk,dck->", margins, margins, apart)) / (total * (total - 1.0))
    hidden = exact_share(0, items)[1]
    return max(-1.0, 1.0 - hidden * float(apart.max()) / expected), 1.0


def cohen_kappa(
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    *,
    size: int,
    groups: NDArray[np.int64] | None = None,
) -> Agreement:
    """Cohen's kappa of two annotators, with an interval from what each item adds to it.

    Args:
        first: int64 [n], labels of the one, 0 to `size` - 1.
        second: int64 [n], labels of the other, of the same items.
        size: Number of labels there are.
        groups: int64 [n], items that are no independent draws share a number; None where each stands for itself.

    Returns:
        `value` is None where both always say the same one thing. `interval` is None where one of them does: kappa is 0 then,
        whatever the other says.

    Source:
        Cohen 1960, Educational and Psychological Measurement 20:37; Fleiss, Cohen and Everitt 1969, Psychological Bulletin
        72:323 (the large-sample variance, here by linearisation, which is the same without groups).

    >>> kappa = cohen_kappa(np.repeat([0, 0, 1, 1], [20, 5, 10, 15]), np.repeat([0, 1, 0, 1], [20, 5, 10, 15]), size=2)
    >>> round(kappa.value, 2), [round(end, 2) for end in kappa.interval]
    (0.4, [0.15, 0.65])
    """
    items = len(first)
    if items == 0:
        return Agreement(value=None, interval=None, items=0)
    one, other = (np.bincount(labels, minlength=size) / items for labels in (first, second))
    same = first == second
    seen, chance = float(same.mean()), float(one @ other)
    if chance >= 1.0 - 1e-12:
        return Agreement(value=None, interval=None, items=items)
    value = (seen - chance) / (1.0 - chance)
    if seen == 1.0:
        independent = items if groups is None else len(np.unique(groups))
        low = wilson(independent, independent)[0]
        return Agreement(value=1.0, interval=((low - chance) / (1.0 - chance), 1.0), items=items)
    by_chance = other[first] + one[second] - 2.0 * chance
    pull = ((same - seen) * (1.0 - chance) - (1.0 - seen) * by_chance) / (1.0 - chance) ** 2
    if groups is not None:
        numbered = np.unique(groups, return_inverse=True)[1].reshape(-1)
        pull = np.bincount(numbered, pull)
    error = float(np.sqrt(np.square(pull).sum())) / items
    if error < 1e-9:
        return Agreement(value=value, interval=None, items=items)
    return Agreement(
        value=value,
        interval=(max(-1.0, value - _Z * error), min(1.0, value + _Z * error)),
        items=items,
    )
