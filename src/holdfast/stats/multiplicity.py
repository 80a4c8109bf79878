"""Many tests at once: family-wise error for verdicts, false-discovery rate for names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values that control the family-wise error rate under any dependence.

    Source:
        Holm 1979, Scandinavian Journal of Statistics 6:65.

    >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p_values, kind="stable")
    adjusted = np.empty(len(p_values))
    highest = 0.0
    for step, index in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - step) * p_values[index]))
        adjusted[index] = highest
    return [float(p) for p in adjusted]


def benjamini_hochberg(p_values: NDArray[np.float64], rate: float) -> NDArray[np.bool_]:
    """Which hypotheses to reject so that the expected share of wrong ones is at most `rate`.

    Source:
        Benjamini and Hochberg 1995, Journal of the Royal Statistical Society B 57:289.

    >>> benjamini_hochberg(np.array([0.001, 0.02, 0.9]), 0.05).tolist()
    [True, True, False]
    """
    count = len(p_values)
    order = np.argsort(p_values, kind="stable")
    below = np.flatnonzero(p_values[order] <= rate * np.arange(1, count + 1) / max(count, 1))
    rejected = np.zeros(count, bool)
    if len(below):
        rejected[order[: below[-1] + 1]] = True
    return rejected


def adjusted_discovery(p_values: Sequence[float]) -> list[float]:
    """P-values that may be held against a false-discovery rate (Benjamini and Hochberg 1995): rejected where at most that rate.

    Args:
        p_values: P-values, in any order.

    Returns:
        Adjusted p-values, in the same order.

    >>> [round(p, 3) for p in adjusted_discovery([0.01, 0.04, 0.03, 0.5])]
    [0.04, 0.053, 0.053, 0.5]
    """
    order = sorted(range(len(p_values)), key=lambda at: -p_values[at])
    adjusted = [1.0] * len(p_values)
    least = 1.0
    for rank, at in zip(range(len(p_values), 0, -1), order, strict=True):
        least = min(least, p_values[at] * len(p_values) / rank)
        adjusted[at] = least
    return adjusted
