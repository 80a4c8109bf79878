"""Figures from scores: what benchmarks said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from holdfast.cycles.history.generation import Figure
from holdfast.cycles.history.kinds import better, group_of
from holdfast.stats.intervals import share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.data.scores import Items, Score


def figures_of(scores: Sequence[Score], bias: Sequence[str] = ()) -> list[Figure]:
    """One figure a score; aggregates over tasks were left out when scores were read."""
    return [_figure(score, bias) for score in scores]


def _figure(score: Score, bias: Sequence[str]) -> Figure:
    error = score.standard_error
    if error is None and score.items is not None and len(score.items.values) > 1:
        error = float(score.items.values.std(ddof=1) / len(score.items.values) ** 0.5)
    low, high = interval(score.value, error, score.items)
    upward = better(score.metric) if score.higher_is_better is None else score.higher_is_better
    return Figure(
        group=group_of(score.task, score.metric, bias),
        task=score.task,
        metric=score.metric,
        filter="" if score.filter == "none" else score.filter,
        percent=_is_share(score),
        higher_is_better=upward,
        value=score.value,
        low=low,
        high=high,
        standard_error=error,
        rows=score.rows,
        items=score.items,
        conditions=score.conditions,
        harness=score.harness,
        file=score.file,
        notes=score.notes,
    )


def interval(
    value: float | None, error: float | None, items: Items | None
) -> tuple[float | None, float | None]:
    """The 95 % interval: of a share where items are right or wrong, else from the standard error."""
    if items is not None and np.isin(items.values, (0.0, 1.0)).all():
        return share(float(items.values.sum()), len(items.values))
    if value is None or not error:
        return None, None
    return value - 1.96 * error, value + 1.96 * error


def _is_share(score: Score) -> bool:
    """Whether a score reads as a percentage: an accuracy, and within what a share can be."""
    name = score.metric.lower()
    named = any(part in name for part in ("acc", "exact_match", "pass@", "stereotype")) or name in (
        "em",
        "mean",
    )
    return named and score.value is not None and 0 <= score.value <= 1
