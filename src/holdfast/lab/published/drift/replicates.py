"""What replicates say: an estimate with its standard error, and the line that is drawn of many."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from holdfast.lab.published.experiment import Check, Curve

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from holdfast.lab.published.experiment import Relation

    Values = NDArray[np.float64]

_BAND = 2.0
"""A band of two standard errors holds what is true nineteen times of twenty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number that replicates gave.

    Attributes:
        value: The number.
        standard_error: How far it lies, by chance, from what endless replicates would give.
    """

    value: float
    standard_error: float

    def check(
        self,
        name: str,
        expected: float,
        *,
        share: float = 0.0,
        floor: float = 0.0,
        relation: Relation = "equals",
    ) -> Check:
        """Hold it against what was expected.

        Args:
            name: What is measured, with its unit.
            expected: What theory or the publication says.
            share: Distance that is let pass, relative to what was expected.
            floor: The same in the number's own unit; the larger one counts.
            relation: Whether it is to equal what was expected, or not to pass it.

        Returns:
            The check.
        """
        return Check(
            name=name,
            expected=float(expected),
            measured=self.value,
            standard_error=self.standard_error,
            floor=max(floor, share * abs(float(expected))),
            relation=relation,
        )


def mean(values: Values) -> Estimate:
    """Their mean.

    >>> mean(np.array([1.0, 2.0, 3.0, 2.0]))
    Estimate(value=2.0, standard_error=0.408248290463863)
    """
    return Estimate(
        value=float(values.mean()), standard_error=float(values.std(ddof=1)) / math.sqrt(values.size)
    )


def median(values: Values) -> Estimate:
    """Their median; its standard error is half the distance of the ranks that lie one standard deviation off.

    >>> median(np.arange(101.0))
    Estimate(value=50.0, standard_error=5.0)
    """
    off = 0.5 / math.sqrt(values.size)
    low, middle, high = np.quantile(values, (max(0.5 - off, 0.0), 0.5, min(0.5 + off, 1.0)), method="nearest")
    return Estimate(value=float(middle), standard_error=float(high - low) / 2)


def deviation(values: Values) -> Estimate:
    """Their standard deviation; its own error follows from their fourth moment, so that they need not be normal.

    >>> deviation(np.array([-1.0, 1.0, -1.0, 1.0, -2.0, 2.0])).value.__round__(3)
    1.549
    """
    centred = values - values.mean()
    variance = float(np.mean(centred**2))
    excess = float(np.mean(centred**4)) - variance**2
    error = math.sqrt(max(excess, 0.0) / values.size) / (2 * math.sqrt(variance)) if variance > 0 else 0.0
    return Estimate(value=float(values.std(ddof=1)), standard_error=error)


def quantiles(values: Values, low: float = 0.1, high: float = 0.9) -> tuple[float, float]:
    """Between which values four replicates of five lie."""
    bottom, top = np.quantile(values, (low, high))
    return float(bottom), float(top)


def measured(
    name: str,
    x: Iterable[float],
    estimates: Sequence[Estimate],
    band: Sequence[tuple[float, float]] | None = None,
) -> Curve:
    """A line of estimates.

    Args:
        name: What it shows; it says what the band is where it is not one of standard errors.
        x: Where each stands.
        estimates: What was found there.
        band: Its lower and upper ends; None for two standard errors.

    Returns:
        The line and its band.
    """
    ends = band or [
        (each.value - _BAND * each.standard_error, each.value + _BAND * each.standard_error)
        for each in estimates
    ]
    return Curve(
        name=name,
        x=tuple(map(float, x)),
        y=tuple(each.value for each in estimates),
        low=tuple(low for low, _ in ends),
        high=tuple(high for _, high in ends),
    )


def theory(name: str, x: Iterable[float], y: Iterable[float]) -> Curve:
    """A line of theory."""
    return Curve(name=name, x=tuple(map(float, x)), y=tuple(map(float, y)), kind="expected")


def shown(rounds: int, points: int = 24, *, logarithmic: bool = False) -> tuple[int, ...]:
    """Rounds that a figure shows: the first, the last and some between, evenly spread on its axis.

    >>> shown(100, 5), shown(100, 5, logarithmic=True)
    ((1, 26, 50, 75, 100), (1, 3, 10, 32, 100))
    """
    spread = np.geomspace(1, rounds, points) if logarithmic else np.linspace(1, rounds, points)
    return tuple(int(each) for each in np.unique(np.rint(spread)))
