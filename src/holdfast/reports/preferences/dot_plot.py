"""The dot plot: one row for each thing compared, in the language of the other drawings.

A soft bar is people, a dot is the judge, a thin line is an interval, a diamond is an alarm. An open ring has a value that decides
nothing; where there is no value, words say why.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from holdfast.reports.svg import diamond, dot, element, fit, line, picture, words
from holdfast.reports.wording import NBSP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from markupsafe import Markup

    from holdfast.reports.preferences.contract import Interval

Look = Literal["plain", "fail", "warn", "open", "people", "placebo", "rival"]
WIDE, NARROW = 880.0, 340.0
_LEFT, _RIGHT = 168.0, 262.0
_TOP = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row.

    Attributes:
        name: What stands at the left.
        value: Where the mark is drawn; None draws none.
        interval: The thin line.
        people: Where people stand; a line across the row.
        people_interval: Their interval, the soft bar.
        look: How the mark looks.
        figure: The value in words.
        small: What stands below it, quieter.
        seen: The smallest distance from people that could have been seen; two marks.
        reason: Why there is no mark.
        heavy: Whether the name stands out.
    """

    name: str
    value: float | None = None
    interval: Interval = None
    people: float | None = None
    people_interval: Interval = None
    look: Look = "plain"
    figure: str = ""
    small: str = ""
    seen: float | None = None
    reason: str = ""
    heavy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """From values to places.

    Attributes:
        low: Value at the left edge.
        high: Value at the right edge.
        step: Between ticks.
        percent: Ticks are written as hundredths.
        strong: A value whose tick stands out: no effect, no leaning.
        sign: Write a plus before what is above 0.
        unit: Written behind the last tick.
    """

    low: float
    high: float
    step: float
    percent: bool = True
    strong: float | None = None
    sign: bool = False
    unit: str = ""

    def ticks(self) -> list[float]:
        """Places of ticks, from left to right.

        >>> Scale(low=0, high=1, step=0.5).ticks()
        [0.0, 0.5, 1.0]
        """
        first = math.ceil(self.low / self.step - 1e-9)
        last = math.floor(self.high / self.step + 1e-9)
        return [round(at * self.step, 10) for at in range(first, last + 1)]

    def label(self, at: float) -> str:
        """A tick in words.

        >>> Scale(low=-1, high=1, step=0.1, sign=True).label(0.1)
        '+10'
        """
        text = f"{at * (100 if self.percent else 1):g}"
        return f"+{text}" if self.sign and at > 0 else text.replace("-", "\N{MINUS SIGN}")


def spanning(rows: Iterable[Row], *, around: float = 0.0, least: float = 0.1, percent: bool = True) -> Scale:
    """A scale that holds all rows and a value in whose name they are drawn.

    Args:
        rows: What is to be drawn.
        around: The value that stands out.
        least: How far it reaches to either side at least.
        percent: Whether ticks are hundredths.

    >>> scale = spanning([Row(name="", value=0.07, interval=(0.02, 0.23))])
    >>> scale.low, scale.high, scale.step
    (-0.1, 0.25, 0.05)
    """
    places = [around - least, around + least, *(at for row in rows for at in _places(row))]
    low, high = min(places), max(places)
    raw = (high - low) / 8
    tenth = 10.0 ** math.floor(math.log10(raw))
    step = next(size * tenth for size in (1, 2, 5, 10) if size * tenth >= raw * 0.999)
    low, high = (
        around + math.floor((low - around) / step + 1e-9) * step,
        around + math.ceil((high - around) / step - 1e-9) * step,
    )
    return Scale(
        low=round(low, 10),
        high=round(high, 10),
        step=round(step, 10),
        percent=percent,
        strong=around,
        sign=True,
        unit=f"{NBSP}points" if percent else "",
    )


def _places(row: Row) -> list[float]:
    return [
        at
        for at in (row.value, row.people, *(row.interval or ()), *(row.people_interval or ()))
        if at is not None and math.isfinite(at)
    ]


def dot_plot(
    rows: Sequence[Row], scale: Scale, *, label: str, narrow: bool = False, slim: bool = False
) -> Markup:
    """Draw rows.

    Args:
        rows: From top to bottom.
        scale: Where values stand.
        label: What screen readers say.
        narrow: For a phone: names and figures stand above their row.
        slim: Rows without small words are drawn closer together.
    """
    width = NARROW if narrow else WIDE
    left, right = (10.0, width - 10.0) if narrow else (_LEFT, width - _RIGHT)
    pitch = (50.0 if slim else 78.0) if narrow else (28.0 if slim else 44.0)
    height = _TOP + pitch * len(rows) + 4

    def x(value: float) -> float:
        held = min(max(value, scale.low), scale.high)
        return left + (held - scale.low) / (scale.high - scale.low) * (right - left)

    drawn = _axis(scale, x, height, sparse=narrow)
    for place, row in enumerate(rows):
        y = _TOP + pitch * place + (34.0 if narrow else pitch / 2)
        drawn += _words(row, y, width, narrow=narrow)
        drawn += _marks(row, y, x) if _drawn(row) else _reason(row, x(scale.low), width - left - 6, y)
    return picture(
        *drawn,
        width=width,
        height=height,
        label=f"{label}: " + "; ".join(_said(row) for row in rows),
        class_="dots narrow" if narrow else "dots wide",
    )


def _axis(scale: Scale, x: Callable[[float], float], height: float, *, sparse: bool) -> list[Markup]:
    drawn: list[Markup] = []
    ticks = scale.ticks()
    if sparse and len(ticks) > 5:
        ticks = [
            at
            for place, at in enumerate(ticks)
            if at == scale.strong or (place - _place(ticks, scale)) % 2 == 0
        ]
    for at in ticks:
        strong = at == scale.strong
        drawn.append(line(x(at), _TOP - 4, x(at), height - 4, "axis reality" if strong else "axis"))
        text = scale.label(at) + (scale.unit if at == ticks[-1] else "")
        last = sparse and at == ticks[-1] and scale.unit != ""
        drawn.append(
            words(
                text,
                x(at) + (10 if last else 0),
                _TOP - 12,
                "tick strong" if strong else "tick",
                anchor="end" if last else "middle",
            )
        )
    return drawn


def _place(ticks: list[float], scale: Scale) -> int:
    return ticks.index(scale.strong) if scale.strong in ticks else 0


def _words(row: Row, y: float, width: float, *, narrow: bool) -> list[Markup]:
    if narrow:
        drawn = [words(fit(row.name, 170), 0, y - 15, _name(row))]
        if row.figure:
            drawn.append(words(row.figure, width, y - 15, "figure", anchor="end"))
        if row.small:
            drawn.append(
                words(fit(row.small, width, per_character=5.6), width, y + 31, "quiet small", anchor="end")
            )
        return drawn
    drawn = [words(fit(row.name, _LEFT - 12, per_character=7), 0, y + 4.5, _name(row))]
    if row.figure:
        drawn.append(words(row.figure, width, y - 2 if row.small else y + 4.5, "figure", anchor="end"))
    if row.small:
        drawn.append(
            words(fit(row.small, _RIGHT - 6, per_character=5.6), width, y + 14, "quiet small", anchor="end")
        )
    return drawn


def _name(row: Row) -> str:
    return "name heavy" if row.heavy else "name"


def _drawn(row: Row) -> bool:
    return row.value is not None or row.people is not None


def _marks(row: Row, y: float, x: Callable[[float], float]) -> list[Markup]:
    drawn: list[Markup] = []
    if row.people_interval is not None:
        start, end = x(row.people_interval[0]), x(row.people_interval[1])
        thick = max(end - start, 3.0)
        drawn.append(
            element(
                "rect", x=(start + end - thick) / 2, y=y - 10, width=thick, height=20.0, rx=2.5, class_="null"
            )
        )
    if row.people is not None:
        drawn.append(line(x(row.people), y - 11, x(row.people), y + 11, "median"))
    if row.seen is not None:
        drawn += [_wedge(x((row.people or 0.0) + side * row.seen), y) for side in (-1, 1)]
    if row.value is None:
        return drawn
    at = x(row.value)
    if row.interval is not None:
        drawn.append(line(x(row.interval[0]), y, x(row.interval[1]), y, f"interval {row.look}"))
    drawn.append(
        diamond(at, y, 7, f"mark {row.look}")
        if row.look in ("fail", "warn")
        else dot(at, y, 5.2, f"mark {row.look}")
    )
    return drawn


def _wedge(at: float, y: float) -> Markup:
    """A small mark below the row, at the smallest effect that could have been seen."""
    return element("path", d=f"M{at - 4:.1f} {y + 17:.1f}l4-6l4 6z", class_="detectable")


def _reason(row: Row, start: float, room: float, y: float) -> list[Markup]:
    return [
        words(
            fit(row.reason or "undetermined", room, per_character=5.8),
            start + 4,
            y + 4.5,
            "quiet small reason",
        )
    ]


def _said(row: Row) -> str:
    parts = [part for part in (row.figure, row.small if _drawn(row) else row.reason) if part]
    return f"{row.name} {', '.join(parts)}".strip()
