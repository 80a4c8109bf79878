"""Looking again and again: an error rate that holds however often somebody looks, and whenever they stop.

Each look has its share of the rate, and the shares of all looks that can ever come sum to it. This is a union bound: it
holds under any dependence between looks, and looks at one loop are dependent, as all are held against the same anchor.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

BASEL = math.pi**2 / 6


def level_at(look: int, alpha: float) -> float:
    """The share of an error rate that one look may spend: alpha times 6 / (pi^2 t^2).

    Args:
        look: t, 1 for the first.
        alpha: The rate over all looks.

    Raises:
        ValueError: `look` is below 1, or `alpha` no rate.

    >>> round(level_at(1, 0.05), 4), round(level_at(20, 0.05), 6)
    (0.0304, 7.6e-05)
    """
    if look < 1:
        raise ValueError(f"looks are counted from 1, not {look}")
    if not 0 < alpha < 1:
        raise ValueError(f"an error rate lies between 0 and 1, not at {alpha}")
    return alpha / (BASEL * look**2)


def anytime(p_value: float, look: int) -> float:
    """A p-value that may be held against the rate over all looks: the largest rate at which this look would not alarm.

    >>> round(anytime(0.001, 1), 5), anytime(0.01, 20)
    (0.00164, 1.0)
    """
    if look < 1:
        raise ValueError(f"looks are counted from 1, not {look}")
    return min(1.0, p_value * BASEL * look**2)


def first_alarm(p_values: Sequence[float], alpha: float) -> int | None:
    """The first look that alarms, counted from 1; None where none does.

    >>> first_alarm([0.2, 0.04, 0.001], 0.05)
    3
    """
    return next(
        (look for look, p in enumerate(p_values, start=1) if p <= level_at(look, alpha)),
        None,
    )
