"""Small pictures of a series: one mark a generation, its interval, and a soft bar where reality lies."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from holdfast.reports.history import wording
from holdfast.reports.svg import diamond, dot, element, line, picture

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markupsafe import Markup

WIDTH, HEIGHT = 260.0, 74.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 10.0, 10.0, 9.0, 9.0
_BAR = 16.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """Where generations and values stand on paper."""

    count: int
    low: float
    high: float

    def x(self, place: int) -> float:
        """A generation."""
        if self.count == 1:
            return WIDTH / 2
        inner = WIDTH - _LEFT - _RIGHT - _BAR
        return _LEFT + _BAR / 2 + inner * place / (self.count - 1)

    def y(self, value: float) -> float:
        """A value."""
        if self.high <= self.low:
            return HEIGHT / 2
        kept = min(max(value, self.low), self.high)
        return HEIGHT - _BOTTOM - (kept - self.low) / (self.high - self.low) * (HEIGHT - _TOP - _BOTTOM)


def series_picture(series: Mapping[str, Any]) -> Markup | str:
    """Draw a series; nothing where it has no value at all."""
    points = [None if point is None or point["value"] is None else point for point in series["points"]]
    known = [point for point in points if point is not None]
    if not known:
        return ""
    frame = _frame(points)
    drawn: list[Markup] = []
    for place, point in enumerate(points):
        if point is not None:
            drawn += _reality(frame, place, point["reality"])
    drawn += _path(frame, points)
    for place, point in enumerate(points):
        if point is not None:
            drawn += _mark(frame, place, point)
    return picture(*drawn, width=WIDTH, height=HEIGHT, label=_label(series, known), class_="series")


def share_picture(life: Mapping[str, Any]) -> Markup:
    """Draw the share of a stratum: reality first, then every generation."""
    shares: Sequence[float | None] = life["shares"]
    real = shares[0] or 0.0
    top = max([share for share in shares if share is not None] + [real * 1.2]) or 1.0
    frame = _Frame(count=len(shares), low=0.0, high=top)
    y = frame.y(real)
    drawn = [line(frame.x(0), y, WIDTH - _RIGHT, y, "axis reality")]
    drawn.append(line(_LEFT, frame.y(0.0), WIDTH - _RIGHT, frame.y(0.0), "axis"))
    known = [(place, share) for place, share in enumerate(shares) if share is not None]
    drawn.append(_line([(frame.x(place), frame.y(share)) for place, share in known], "trail"))
    for place, share in known:
        kind = "mark hollow" if place == 0 else "mark fail" if life["state"] == "falls" else "mark"
        drawn.append(dot(frame.x(place), frame.y(share), 4.2, kind))
    ends = f"{100 * real:.2g} % in reality, {100 * known[-1][1]:.2g} % in the newest generation"
    return picture(*drawn, width=WIDTH, height=HEIGHT, label=f"{life['stratum']}: {ends}", class_="series")


def legend(kind: str) -> Markup:
    """A sign of the key."""
    shapes = {
        "mark": [line(2, 7, 32, 7, "trail"), line(17, 1, 17, 13, "interval"), dot(17, 7, 4.2, "mark")],
        "drop": [diamond(17, 7, 6, "mark fail")],
        "apart": [dot(17, 7, 4.2, "mark undetermined")],
        "reality": [element("rect", x=9, y=2, width=16, height=10, rx=3, class_="null")],
    }
    return element(
        "svg",
        *shapes[kind],
        viewBox="0 0 34 14",
        width=34,
        height=14,
        class_="series sign",
        aria_hidden="true",
    )


def _frame(points: Sequence[Mapping[str, Any] | None]) -> _Frame:
    """A scale that holds all values and reality's, and intervals as far as they do not press the values flat."""
    values = [point["value"] for point in points if point is not None]
    ends = list(values)
    for point in points:
        if point is None:
            continue
        ends += [end for end in point["interval"] or [] if end is not None]
        if point["reality"] is not None:
            values.append(point["reality"]["value"])
            ends += [end for end in point["reality"].values() if end is not None]
    low, high = min(values), max(values)
    # Four times the spread of the values is as far as anything else may stretch the scale, or a level line would say nothing.
    own = [end for point in points if point is not None for end in point["interval"] or [] if end is not None]
    spread = max(high - low, (max(own) - min(own)) if own else 0.0, 0.02 * max(abs(low), abs(high)), 1e-9)
    low, high = max(min(ends), low - 3 * spread), min(max(ends), high + 3 * spread)
    if math.isclose(low, high):
        low, high = low - spread, high + spread
    return _Frame(count=len(points), low=low, high=high)


def _reality(frame: _Frame, place: int, reality: Mapping[str, Any] | None) -> list[Markup]:
    if reality is None:
        return []
    x = frame.x(place)
    drawn = []
    if reality["low"] is not None and reality["high"] is not None:
        top, bottom = frame.y(reality["high"]), frame.y(reality["low"])
        drawn.append(
            element(
                "rect",
                x=x - _BAR / 2,
                y=top - 1,
                width=_BAR,
                height=max(bottom - top, 1.0) + 2,
                rx=3,
                class_="null",
            )
        )
    y = frame.y(reality["value"])
    return [*drawn, line(x - _BAR / 2, y, x + _BAR / 2, y, "median")]


def _path(frame: _Frame, points: Sequence[Mapping[str, Any] | None]) -> list[Markup]:
    """Lines between neighbours; what must not be compared is not joined."""
    runs: list[list[tuple[float, float]]] = [[]]
    before: str | None = None
    for place, point in enumerate(points):
        if point is None:
            continue
        apart = {pair["generation"] for pair in point["not_compared_with"]}
        if before in apart and before is not None:
            runs.append([])
        runs[-1].append((frame.x(place), frame.y(point["value"])))
        before = point["generation"]
    return [_line(run, "trail") for run in runs if len(run) > 1]


def _line(places: Sequence[tuple[float, float]], class_: str) -> Markup:
    return element(
        "path", d="M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places) if places else "M0 0", class_=class_
    )


def _mark(frame: _Frame, place: int, point: Mapping[str, Any]) -> list[Markup]:
    x, y = frame.x(place), frame.y(point["value"])
    dropped = point["state"] == "dropped"
    drawn = []
    interval = point["interval"]
    if interval is not None and None not in interval:
        kind = "interval fail" if dropped else "interval"
        drawn.append(line(x, frame.y(interval[0]), x, frame.y(interval[1]), kind))
    if dropped:
        return [*drawn, diamond(x, y, 6, "mark fail")]
    return [*drawn, dot(x, y, 4.2, "mark undetermined" if point["state"] == "not_compared" else "mark")]


def _label(series: Mapping[str, Any], known: Sequence[Mapping[str, Any]]) -> str:
    percent = series["percent"]
    told = [f"{point['generation']} {wording.value(point['value'], percent=percent)}" for point in known]
    fell = [point["generation"] for point in known if point["state"] == "dropped"]
    return f"{wording.name(series)}: {', '.join(told)}" + (f"; dropped at {', '.join(fell)}" if fell else "")
