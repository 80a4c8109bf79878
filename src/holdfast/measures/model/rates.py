"""Rates: a ratio of two sums over rows, such as bits per byte, and how surely it is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from holdfast.measures.reading import Undetermined, counted

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_UNITS = 5
"""Independent rows below which no interval would hold what it promises."""
_LEVEL = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A ratio of two sums.

    Attributes:
        value: The ratio.
        standard_error: Of the ratio.
        interval: 95 %, by the t-distribution.
        units: Independent groups of rows that it rests on.
    """

    value: float
    standard_error: float
    interval: tuple[float, float]
    units: int


def ratio_of_sums(
    top: NDArray[np.float64],
    bottom: NDArray[np.float64],
    units: NDArray[np.int64] | None = None,
    *,
    least: int = LEAST_UNITS,
) -> Rate | Undetermined:
    """The sum of `top` divided by that of `bottom`, with the standard error by linearisation.

    Long rows weigh what they weigh: this is the rate of the whole, not the mean of the rows' rates. Rows that repeat each other
    are one observation.

    Args:
        top: float64 [n].
        bottom: float64 [n], at least 0; rows of 0 count for nothing.
        units: int64 [n], group of each row; None where every row stands for itself.
        least: Groups below which nothing is said.

    Source:
        Cochran 1977, Sampling Techniques, section 6.3 (the ratio estimator and its variance).

    >>> rate = ratio_of_sums(np.array([2.0, 4.0, 6.0, 9.0, 9.0]), np.array([1.0, 2.0, 3.0, 4.0, 5.0]))
    >>> rate.value, round(rate.standard_error, 3)
    (2.0, 0.105)
    """
    read = bottom > 0
    top, bottom = top[read], bottom[read]
    if units is not None:
        numbered = np.unique(units[read], return_inverse=True)[1].reshape(-1)
        top = np.bincount(numbered, top).astype(np.float64)
        bottom = np.bincount(numbered, bottom).astype(np.float64)
    count = len(top)
    if count < least:
        rows = "row" if units is None else "independent row"
        return Undetermined(reason=f"only {counted(count, rows)}; {least} are needed", needed_rows=least)
    from scipy.special import stdtrit

    value = float(top.sum() / bottom.sum())
    left = top - value * bottom
    error = float(np.sqrt(count / (count - 1) * np.square(left).sum()) / bottom.sum())
    reach = float(stdtrit(count - 1, (1 + _LEVEL) / 2)) * error
    return Rate(value=value, standard_error=error, interval=(value - reach, value + reach), units=count)
