"""Decline: at what rate something fades over generations, and when half of it will be gone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_Z = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True)
class Decline:
    """A rate of decline.

    Attributes:
        kept: What one generation keeps, on average.
        interval: Its 95 % interval.
        half_life: Generations until half is left; None where it is not surely falling.
        half_life_interval: Its 95 % interval; the upper end is None where the interval of `kept` reaches 1.
        generations: Generations that were seen, the first included.
    """

    kept: float
    interval: tuple[float, float]
    half_life: float | None
    half_life_interval: tuple[float, float | None] | None
    generations: int


def decline(logs: NDArray[np.float64], errors: NDArray[np.float64]) -> Decline | None:
    """The rate at which log retention falls from 0, by weighted least squares through the first generation.

    Args:
        logs: float64 [g], log retention of each later generation; NaN where it is not known.
        errors: float64 [g], standard errors of these.

    Returns:
        None where no generation is known.

    >>> found = decline(np.log([0.8, 0.64, 0.512]), np.full(3, 0.01))
    >>> round(found.kept, 3), round(found.half_life, 2)
    (0.8, 3.11)
    """
    time = np.arange(1, len(logs) + 1, dtype=np.float64)
    use = np.isfinite(logs) & np.isfinite(errors) & (errors > 0)
    if not use.any():
        return None
    time, logs, weights = time[use], logs[use], errors[use] ** -2.0
    information = float(weights @ time**2)
    slope = float(weights @ (time * logs)) / information
    # Generations that do not lie on a line widen the interval; that they happen to lie on one never narrows it.
    rest = float(weights @ (logs - slope * time) ** 2) / max(len(logs) - 1, 1)
    error = float(np.sqrt(max(rest, 1.0) / information))
    low, high = slope - _Z * error, slope + _Z * error
    falling = low < 0 and slope < 0 and high < 0
    return Decline(
        kept=float(np.exp(slope)),
        interval=(float(np.exp(low)), float(np.exp(high))),
        half_life=float(np.log(0.5) / slope) if falling else None,
        half_life_interval=(float(np.log(0.5) / low), float(np.log(0.5) / high))
        if falling
        else (float(np.log(0.5) / low), None)
        if low < 0
        else None,
        generations=int(use.sum()) + 1,
    )
