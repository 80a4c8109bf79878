"""Compare: has a generation lost what the best of those before it could do?"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from holdfast.data.scores import Score, differences
from holdfast.stats.drops import smallest_drop, sure_drop
from holdfast.stats.paired import normal_drop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from holdfast.cycles.history.generation import Figure
    from holdfast.cycles.history.series import Series

LEAST_ITEMS = 10
"""Items that two models must share; of fewer, nothing is said."""
LEAST_ROWS = 30
"""Rows behind a standard error; of fewer, far tails are not those of a normal variable."""
_REACH = 1.96
_POWER = 0.841621
_RETENTION = ("retention", "band_retention")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Two generations that must not be compared, and why.

    Attributes:
        earlier: Place of the earlier one.
        reasons: What differs, one sentence each.
    """

    earlier: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One generation of a series against the best of those before it.

    Attributes:
        at: Place of the generation.
        best: Place of the best earlier one; None where there is none to compare with.
        drop: How much worse it is than that one, in the metric's own unit, below 0 where it is better.
        low: Lower end of the 95 % interval of the drop; None where it has none.
        high: Upper end.
        p_value: That it dropped at all; None where nothing was compared.
        paired: Whether item by item.
        items: Items compared; None where not item by item.
        refused: Earlier ones that it must not be compared with.
        reason: Why nothing was compared; None where something was.
        errors: Standard errors of differences, and differences item by item, for what could have been seen.
    """

    at: int
    best: int | None = None
    drop: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    paired: bool = False
    items: int | None = None
    refused: tuple[Refused, ...] = ()
    reason: str | None = None
    error: float | None = None
    differences: NDArray[np.float64] | None = None
    earlier: int = 0

    def smallest(self, level: float) -> float | None:
        """The smallest drop that would be seen at a level in four of five; None where nothing was compared."""
        from scipy.special import ndtri

        if self.p_value is None:
            return None
        if self.differences is not None:
            return smallest_drop(self.differences, level, self.earlier)
        if self.error is None:
            return None
        return (float(-ndtri(level / self.earlier)) + _POWER) * self.error


def compare(series: Series, at: int, seed: int, level: float = 1.0) -> Compared:
    """Hold a generation of a series against those before it.

    Item by item where the same items were kept, by standard errors where only those are known. Where there are both, the level is shared.

    Args:
        series: The series.
        at: Place of the generation.
        seed: Of what is drawn.
        level: The highest level that the p-value will be held against.
    """
    now = series.figures[at]
    if now is None or now.value is None:
        return Compared(at=at, reason="it has no figure")
    earlier = [
        (place, figure)
        for place, figure in enumerate(series.figures[:at])
        if figure is not None and figure.value is not None
    ]
    if not earlier:
        return Compared(at=at, reason="no earlier generation has this figure")
    if series.higher_is_better is None:
        return Compared(at=at, reason="nothing says whether more of it is better")
    alike, refused = _alike(now, earlier)
    if not alike:
        return Compared(at=at, refused=refused, reason=f"measured differently: {refused[-1].reasons[0]}")
    sign = 1.0 if series.higher_is_better else -1.0
    rng = np.random.default_rng([seed, at, zlib.crc32(repr(series.key).encode("utf-8", "surrogatepass"))])
    paired = _paired(now, alike, sign, at, (rng, level))
    rest = [entry for entry in alike if paired is None or entry[0] not in paired[1]]
    loose = [found for place, figure in rest if (found := _unpaired(now, place, figure, sign, at))]
    every = [*([paired[0]] if paired else []), *loose]
    if not every:
        return Compared(at=at, refused=refused, reason=_silence(now))
    return _together(every, len(loose) + (paired is not None), refused)


def _alike(
    now: Figure, earlier: Sequence[tuple[int, Figure]]
) -> tuple[list[tuple[int, Figure]], tuple[Refused, ...]]:
    alike, refused = [], []
    for place, figure in earlier:
        reasons = (*differences(_as_score(figure), _as_score(now)), *_other_items(figure, now))
        if reasons:
            refused.append(Refused(earlier=place, reasons=reasons))
        else:
            alike.append((place, figure))
    return alike, tuple(refused)


def _as_score(figure: Figure) -> Score:
    return Score(
        model="",
        task=figure.task,
        metric=figure.metric,
        filter=figure.filter,
        conditions=figure.conditions,
        harness=figure.harness,
        file=figure.file,
    )


def _other_items(one: Figure, other: Figure) -> tuple[str, ...]:
    """Why items are not the same; empty where they are, or where one side did not keep them."""
    if one.items is None or other.items is None:
        return ()
    left, right = set(one.items.ids), set(other.items.ids)
    if left == right:
        return ()
    return (
        f"items differ: {len(left - right):,} only in the earlier one, {len(right - left):,} only in the later one",
    )


def _paired(
    now: Figure,
    alike: Sequence[tuple[int, Figure]],
    sign: float,
    at: int,
    drawn: tuple[np.random.Generator, float],
) -> tuple[Compared, set[int]] | None:
    """Item by item against all earlier ones that kept the items."""
    kept = [(place, figure) for place, figure in alike if figure.items is not None]
    if now.items is None or not kept or len(now.items.ids) < LEAST_ITEMS:
        return None
    order = {name: row for row, name in enumerate(now.items.ids)}
    columns = []
    for _, figure in kept:
        assert figure.items is not None  # noqa: S101 - asked above
        column = np.empty(len(order))
        column[[order[name] for name in figure.items.ids]] = figure.items.values
        columns.append(column)
    values = sign * np.stack([*columns, now.items.values], axis=1)
    found = sure_drop(values, *drawn)
    lost = values[:, found.best] - values[:, -1]
    low, high = found.interval or (None, None)
    compared = Compared(
        at=at,
        best=kept[found.best][0],
        drop=float(lost.mean()),
        low=low,
        high=high,
        p_value=found.p_value,
        paired=True,
        items=found.items,
        differences=lost,
        earlier=len(kept),
    )
    return compared, {place for place, _ in kept}


def _unpaired(now: Figure, place: int, figure: Figure, sign: float, at: int) -> Compared | None:
    """By standard errors; scores of the same items move together, so this errs on the side of no drop."""
    if _few(figure) or _few(now):
        return None
    before, after = _error(figure), _error(now)
    if not before or not after or figure.value is None or now.value is None:
        return None
    drop, (low, high), p_value = normal_drop(sign * figure.value, before, sign * now.value, after)
    return Compared(
        at=at,
        best=place,
        drop=drop,
        low=low,
        high=high,
        p_value=p_value,
        error=(high - low) / (2 * _REACH),
        earlier=1,
    )


def _silence(now: Figure) -> str:
    few = _few(now)
    if few is None:
        return "neither items nor standard errors are known"
    return f"only {few[0]:,} items; {few[1]} are needed"


def _few(figure: Figure) -> tuple[int, int] | None:
    """Items there are, and items that are needed; None where there are enough, or nobody knows.

    Retention rests on reality's rows as well, and fewer rows of its own make a drop harder to see, not easier.
    """
    if figure.items is not None and len(figure.items.ids) < LEAST_ITEMS:
        return len(figure.items.ids), LEAST_ITEMS
    if figure.items is None and figure.metric not in _RETENTION and (figure.rows or LEAST_ROWS) < LEAST_ROWS:
        return figure.rows or 0, LEAST_ROWS
    return None


def _error(figure: Figure) -> float | None:
    """The standard error as it was given, or that of the mean of items."""
    if figure.standard_error or figure.items is None or len(figure.items.values) < LEAST_ITEMS:
        return figure.standard_error
    return float(figure.items.values.std(ddof=1) / len(figure.items.values) ** 0.5)


def _together(found: Sequence[Compared], parts: int, refused: tuple[Refused, ...]) -> Compared:
    """The largest drop, at the level of the surest; the level is shared by all comparisons (Bonferroni)."""
    best = max(found, key=lambda entry: entry.drop or 0.0)
    surest = min(entry.p_value for entry in found if entry.p_value is not None)
    return replace(best, p_value=min(1.0, parts * surest), refused=refused, earlier=best.earlier * parts)
