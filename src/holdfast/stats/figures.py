"""Figures: an estimate as people write it, with the two figures it has."""

from __future__ import annotations

import math


def about(value: float) -> str:
    """An estimated number of rows: two figures.

    >>> about(3872.0), about(752.8), about(38.4), about(0.3), about(0.0), about(210_400)
    ('3,900', '750', '38', 'fewer than 1', '0', '210,000')
    """
    if 0 < value < 0.95:
        return "fewer than 1"
    return f"{round(float(f'{value:.2g}')):,}"


def least(value: float) -> str:
    """A lower bound in two figures, never more than it is but for a hundredth.

    >>> least(1498), least(1350), least(1198), least(8)
    ('1,500', '1,300', '1,200', '8')
    """
    if value < 1:
        return "0"
    step = 10.0 ** max(0, math.floor(math.log10(value)) - 1)
    rounded = round(value / step) * step
    return f"{round(rounded if rounded <= 1.01 * value else math.floor(value / step) * step):,}"
