"""Axes: from numbers to places on paper, and the round numbers that stand beside them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from holdfast.reports.laboratory.wording import number

if TYPE_CHECKING:
    from collections.abc import Iterable

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_NEAR_ZERO = 0.35
"""Where the lowest value lies within this share of the highest, the axis begins at 0."""
_WIDEST = 1e300


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """From a number to a place.

    Attributes:
        low: The number at `start`; above 0 where the axis is logarithmic.
        high: The number at `end`.
        start: A place.
        end: Another, which may lie before it: on paper the larger number stands higher up.
        log: Whether equal ratios are equally long.
    """

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def has(self, value: float | None) -> bool:
        """Whether there is a place for a value.

        >>> Axis(low=1, high=10, start=0, end=1, log=True).has(0.0)
        False
        """
        return value is not None and math.isfinite(value) and (not self.log or value > 0)

    def __call__(self, value: float) -> float:
        """Place a value; one beyond the ends stands at the end.

        >>> axis = Axis(low=1, high=100, start=0, end=200, log=True)
        >>> [round(axis(value)) for value in (1, 10, 100, 1000)]
        [0, 100, 200, 200]
        """
        low, high = self._scaled(self.low), self._scaled(self.high)
        at = self._scaled(min(max(value, self.low), self.high))
        return self.start + (at - low) / (high - low) * (self.end - self.start)

    def ticks(self, most: int) -> list[tuple[float, str]]:
        """Round numbers on the axis, with their names.

        >>> Axis(low=0, high=1, start=0, end=1).ticks(6)
        [(0.0, '0'), (0.2, '0.2'), (0.4, '0.4'), (0.6, '0.6'), (0.8, '0.8'), (1.0, '1')]
        >>> [name for _, name in Axis(low=1, high=1e6, start=0, end=1, log=True).ticks(4)]
        ['1', '100', '10⁴', '10⁶']
        """
        values = self._log_ticks(most) if self.log else self._round(most)
        return [(value, self._name(value)) for value in values]

    def _name(self, value: float) -> str:
        power = math.log10(value) if value > 0 else 0.0
        if self.log and abs(power - round(power)) < 1e-9 and not 1e-3 < value < 1e4:
            return f"10{str(round(power)).translate(_SUPERSCRIPTS)}"
        return number(value)

    def _scaled(self, value: float) -> float:
        return math.log10(value) if self.log else value

    def _round(self, most: int) -> list[float]:
        reach = self.high - self.low
        rough = reach / max(most - 1, 1)
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(power * factor for factor in _STEPS if power * factor >= rough * 0.999)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [float(f"{place * step:.12g}") for place in range(first, last + 1)]

    def _log_ticks(self, most: int) -> list[float]:
        first, last = math.log10(self.low), math.log10(self.high)
        powers = list(range(math.ceil(first - 1e-9), math.floor(last + 1e-9) + 1))
        if len(powers) > 2:
            stride = math.ceil((len(powers) - 1) / max(most - 1, 1))
            return [10.0**power for power in powers[::stride]]
        candidates = [
            10.0**power * head
            for power in range(math.floor(first), math.ceil(last) + 1)
            for head in (1.0, 2.0, 5.0)
        ]
        found = [value for value in candidates if self.low * 0.999 <= value <= self.high * 1.001]
        return found if len(found) > 1 else self._round(most)


def fit_axis(
    values: Iterable[float | None], start: float, end: float, *, log: bool, level: bool, margin: float = 0.0
) -> Axis:
    """An axis that holds all values.

    Args:
        values: What is to be drawn; what has no place is left out.
        start: Place of its low end.
        end: Place of its high end.
        log: Whether it is logarithmic.
        level: Whether it should begin at 0 where 0 is near.
        margin: Room at both ends, as a share of the reach.

    >>> fit_axis([2.0, 10.0], 0, 1, log=False, level=True).low
    0.0
    """
    known = [
        value
        for value in values
        if value is not None and math.isfinite(value) and abs(value) < _WIDEST and (not log or value > 0)
    ]
    low, high = (min(known), max(known)) if known else (1.0, 10.0)
    if log:
        if high / low < 1.5:
            low, high = low / 1.5, high * 1.5
        room = (high / low) ** margin
        return Axis(low=low / room, high=high * room, start=start, end=end, log=True)
    if high - low < 1e-9 * max(abs(high), abs(low), 1e-290):
        low, high = low - (abs(low) or 1.0) / 10, high + (abs(high) or 1.0) / 10
    room = (high - low) * margin
    from_zero = level and 0 <= low <= _NEAR_ZERO * high
    return Axis(low=0.0 if from_zero else low - room, high=high + room, start=start, end=end)
