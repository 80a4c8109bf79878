"""The pictures of worth: bars of real rows beside what reality would be worth, and the curve they are read from.

A bar is the candidate, the upright line is reality: as many fresh real rows are worth as many. A bar that the real rows
cannot bound ends in arrows; where they cannot tell at all, hatching says why.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from holdfast.reports import wording
from holdfast.reports.svg import dot, element, fit, line, picture, words
from holdfast.stats.figures import about

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from markupsafe import Markup

    from holdfast.reports.summary import RealRows, Worth

_Weight = Literal["strong", "plain", "thin", "title"]
_WIDE, _NARROW = 560.0, 340.0
_LEFT, _RIGHT = 124.0, 136.0
_TOP = 30.0
_PITCH = {"strong": 42.0, "plain": 38.0, "thin": 25.0, "title": 30.0}
_PITCH_NARROW = {"strong": 54.0, "plain": 50.0, "thin": 46.0, "title": 32.0}
_HALF = {"strong": 9.0, "plain": 7.0, "thin": 4.0, "title": 0.0}
_HATCHED = 14.5  # half of the height of a place that could not be read
_MOST = 2.0
_FAR = 5.0  # times the real rows; beyond, the curve needs a scale of ratios
_TAUGHT = {"labels": "labels", "language": "word order"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    name: str
    weight: _Weight
    value: RealRows | None = None
    reason: str | None = None
    reality: float | None = None  # where it is another number than the candidate's rows
    chance: tuple[float, float] | None = None


def worth_picture(worth: Worth, *, losing: bool, narrow: bool = False) -> Markup:
    """Bars of worth: alone and added, by each reading, and in each rarity band, against reality's line."""
    rows = _rows(worth)
    width = _NARROW if narrow else _WIDE
    left, right = (2.0, width - 26.0) if narrow else (_LEFT, width - _RIGHT)
    count = float(worth["rows"])
    most = _reach(rows, count)
    height = _TOP + sum(_pitch(row, narrow=narrow) for row in rows) + 4

    def x(value: float) -> float:
        return left + min(max(value, 0.0), most) / most * (right - left)

    drawn = _axis(x, count, most, height, narrow=narrow)
    top = _TOP
    for row in rows:
        pitch = _pitch(row, narrow=narrow)
        half = _HATCHED if row.value is None else _HALF[row.weight]
        y = top + pitch - half - 6 if narrow else top + pitch / 2
        top += pitch
        if row.weight == "title":
            drawn.append(words(row.name, 0, top - 9, "quiet small"))
            continue
        drawn += _names(row, width, y, narrow=narrow)
        if row.value is None:
            drawn += _hatched(row, x(0), x(count), y, room=width - x(0) if narrow else right - x(0))
        else:
            drawn += _bar(row, row.value, count, x, y, right, losing=losing)
    return picture(
        *drawn,
        width=width,
        height=height,
        label=f"Worth in real rows, where {worth['rows']:,} would be reality: "
        + "; ".join(_said(row) for row in rows if row.weight != "title"),
        class_=f"worth {'narrow' if narrow else 'wide'}",
    )


def _rows(worth: Worth) -> list[_Row]:
    null, added = worth["null"], worth["added"]
    alone = _Row(
        name="Alone",
        weight="strong" if null is not None else "plain",
        value=worth["value"],
        chance=None if null is None else (null["low"], null["high"]),
    )
    beside = _Row(
        name=f"Added to {added['joined']:,}",
        weight="strong" if null is None else "plain",
        value=added,
        reality=added["fresh"],
    )
    readings = []
    if worth["learners"]:
        readings = [_Row(name="what is covered", weight="thin", value=worth["coverage"])]
        readings += [
            _Row(
                name=f"{_TAUGHT.get(learner['name'], 'other')} taught",
                weight="thin",
                value=learner["value"],
            )
            for learner in worth["learners"]
        ]
    bands = [
        _Row(name=wording.capital(band["band"]), weight="plain", value=band["value"], reason=band["reason"])
        for band in worth["bands"]
    ]
    first = [alone, *readings, beside] if null is not None else [beside, alone, *readings]
    return first + (
        [_Row(name="Alone, in each band of rarity, by what it covers", weight="title"), *bands]
        if bands
        else []
    )


def _reach(rows: Sequence[_Row], count: float) -> float:
    """Where the axis ends: room for every bar and, up to twice reality, for every interval."""
    ends = [count * 1.12]
    for row in rows:
        if row.value is not None:
            ends += [row.value["real_rows"] * 1.05, row.value["high"] or 0.0]
        if row.chance is not None:
            ends.append(row.chance[1] * 1.03)
    return min(max(ends), _MOST * count)


def _pitch(row: _Row, *, narrow: bool) -> float:
    pitch = (_PITCH_NARROW if narrow else _PITCH)[row.weight]
    return pitch + 10 if narrow and row.reason else pitch


def _axis(
    x: Callable[[float], float], count: float, most: float, bottom: float, *, narrow: bool
) -> list[Markup]:
    drawn: list[Markup] = []
    for share in (0.0, 0.5, 1.0, 1.5):
        if share * count > most:
            continue
        at = x(share * count)
        reality = share == 1.0
        drawn.append(line(at, _TOP - 2, at, bottom - 2, "axis reality" if reality else "axis"))
        label = f"{round(share * count):,}" if reality or share == 0 else about(share * count)
        if share == 1.5 and narrow:
            continue
        drawn.append(
            words(
                f"reality {label}" if reality else label,
                at,
                _TOP - 11,
                "tick strong" if reality else "tick",
                anchor="start" if narrow and share == 0 else "middle",
            )
        )
    return drawn


def _names(row: _Row, width: float, y: float, *, narrow: bool) -> list[Markup]:
    kind = {"strong": "name heavy", "plain": "name", "thin": "quiet small"}[row.weight]
    half = _HATCHED if row.value is None else _HALF[row.weight]
    base = y - half - 7 if narrow else y + 4.5
    drawn = [words(fit(row.name, 200 if narrow else _LEFT - 4, per_character=6.2), 0, base, kind)]
    if row.value is None:
        drawn.append(words("undetermined", width, base, "quiet small", anchor="end"))
        return drawn
    figure = element(
        "tspan", wording.real_rows(row.value), class_="quiet" if row.weight == "thin" else "figure"
    )
    beside = wording.real_rows_interval(row.value)
    if row.reality is not None:
        beside = f"reality {about(row.reality)}"
    if narrow or row.weight == "thin":
        quiet = element("tspan", f"({beside})", dx=5.0, class_="quiet small")
        size = "small" if row.weight == "thin" else None
        return [*drawn, element("text", figure, quiet, x=width, y=base, text_anchor="end", class_=size)]
    return [
        *drawn,
        element("text", figure, x=width, y=y - 1.5, text_anchor="end"),
        words(beside, width, y + 13, "quiet small", anchor="end"),
    ]


def _bar(
    row: _Row,
    value: RealRows,
    count: float,
    at: Callable[[float], float],
    y: float,
    right: float,
    *,
    losing: bool,
) -> list[Markup]:
    half = _HALF[row.weight]
    drawn: list[Markup] = []

    if row.chance is not None:
        start, end = at(row.chance[0]), at(row.chance[1])
        drawn.append(
            element(
                "rect",
                x=start,
                y=y - half - 4,
                width=max(end - start, 3.0),
                height=2 * half + 8,
                rx=2.5,
                class_="null",
            )
        )
    if row.reality is not None:
        drawn.append(
            element(
                "rect",
                x=at(row.reality) - 2,
                y=y - half - 4,
                width=4,
                height=2 * half + 8,
                rx=2,
                class_="null",
            )
        )
        drawn.append(line(at(row.reality), y - half - 4, at(row.reality), y + half + 4, "median"))
    below = losing and row.reality is None and value["high"] is not None and value["high"] < count
    kind = f"{'thin ' if row.weight == 'thin' else ''}{'fail' if below else 'plain'}"
    end = at(value["real_rows"])
    drawn.append(
        element(
            "rect",
            x=at(0),
            y=y - half,
            width=max(end - at(0), 2.0),
            height=2 * half,
            rx=1.5,
            class_=f"value {kind}",
        )
    )
    low, high = at(value["low"]), right if value["high"] is None else at(value["high"])
    drawn.append(line(min(low, end), y, end, y, "inside"))
    if value["at_least"]:
        tips = "".join(f"M{end + 5 + 6 * step:.1f} {y - 4:.1f}l4 4l-4 4" for step in range(3))
        drawn.append(element("path", d=tips, class_=f"tips {kind}"))
    else:
        drawn.append(line(end, y, max(high, end), y, f"outside {kind}"))
        if value["high"] is None or value["high"] > count * _MOST:
            drawn.append(element("path", d=f"M{right - 4:.1f} {y - 4:.1f}l4 4l-4 4", class_=f"tips {kind}"))
    return drawn


def _hatched(row: _Row, start: float, end: float, y: float, *, room: float) -> list[Markup]:
    """A hatched place up to reality's line, with the reason in it."""
    half, gap = _HATCHED, 8.0
    top, bottom = y - half, y + half
    strokes = []
    at = start - 2 * half
    while at < end:  # each stroke rises to the right, cut at both ends of the place
        low, high = max(at, start), min(at + 2 * half, end)
        if high > low:
            strokes.append(f"M{low:.1f} {bottom - (low - at):.1f}L{high:.1f} {bottom - (high - at):.1f}")
        at += gap
    drawn = [
        element("path", d="".join(strokes), class_="hatch"),
        element("rect", x=start, y=top, width=max(end - start, 2.0), height=2 * half, rx=2, class_="unknown"),
    ]
    reason, _, needed = (row.reason or "too few real rows judge it").partition("; ")
    for text, base in ((reason, y - 3 if needed else y + 4), (needed, y + 10.5)):
        if text:
            drawn.append(words(fit(text, room, per_character=5.6), start + 6, base, "quiet small reason"))
    return drawn


def _said(row: _Row) -> str:
    if row.value is None:
        return f"{row.name} undetermined"
    return f"{row.name} {wording.real_rows(row.value)} ({wording.real_rows_interval(row.value)})"


def curve_picture(worth: Worth, *, narrow: bool = False) -> Markup:
    """How close real sets of growing size come, and where on that curve the candidate stands."""
    width, height = (_NARROW, 270.0) if narrow else (600.0, 330.0)
    left, right, top, bottom = 6.0, width - 8.0, 34.0, height - 46.0
    curve, value, count = worth["curve"], worth["coverage"], float(worth["rows"])
    limit = curve["sizes"][-1]
    widest = max(count, limit, 1.0)
    ratios = count > _FAR * limit
    highest = max(curve["closeness"][-1], curve["candidate"], 1e-9) * 1.12

    def x(size: float) -> float:
        share = math.log1p(size) / math.log1p(widest) if ratios else size / widest
        return left + share * (right - left - 10)

    def y(closeness: float) -> float:
        return bottom - closeness / highest * (bottom - top)

    points = [(x(s), y(c)) for s, c in zip(curve["sizes"], curve["closeness"], strict=True)]
    path = "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in points)
    score, end = y(curve["candidate"]), x(min(value["real_rows"], limit))
    own = x(count)
    high = limit if value["high"] is None else min(value["high"], limit)
    name = wording.real_rows(value)
    drawn = [
        line(left, bottom, right, bottom, "axis reality"),
        element(
            "path", d=f"{path}L{points[-1][0]:.1f} {bottom:.1f}L{left:.1f} {bottom:.1f}z", class_="under"
        ),
        element(
            "rect",
            x=x(value["low"]),
            y=bottom - 4,
            width=max(x(high) - x(value["low"]), 3.0),
            height=8,
            rx=2.5,
            class_="null",
        ),
        element("path", d=path, class_="curve"),
        line(own, score, own, bottom, "drop faint"),
        line(own, score, end, score, "drop"),
        line(end, score, end, bottom, "drop"),
        element("path", d=f"M{end - 4.5:.1f} {bottom - 9:.1f}l4.5 8l4.5-8z", class_="arrow"),
        dot(own, score, 6, "mark plain"),
        dot(end, score, 3.5, "mark plain hollow"),
        words("closeness to unseen real rows", left, top - 18, "tick"),
        words(
            "reality", points[-1][0], points[-1][1] - 10, "tick strong", anchor=_inside(points[-1][0], right)
        ),
    ]
    drawn += _curve_labels(worth, (end, own), (score, bottom, right), name, narrow=narrow)
    return picture(
        *drawn,
        width=width,
        height=height,
        label=f"{worth['rows']:,} candidate rows reach the closeness of {name} real ones",
        class_=f"curve {'narrow' if narrow else 'wide'}",
    )


def _curve_labels(
    worth: Worth,
    places: tuple[float, float],
    frame: tuple[float, float, float],
    name: str,
    *,
    narrow: bool,
) -> list[Markup]:
    """The two figures below the axis, on two lines where they would touch, and the word at the candidate."""
    (end, own), (score, bottom, right) = places, frame
    lower = 36 if abs(own - end) < (120 if narrow else 150) else 19
    rows = f"{worth['rows']:,} candidate rows"
    below = end < own
    return [
        words(f"{name} real rows", end, bottom + 19, "figure", anchor=_inside(end, right)),
        words(rows, own, bottom + lower, "quiet small", anchor=_inside(own, right)),
        words(
            "candidate",
            own,
            score + (22 if below else -13),
            "name heavy",
            anchor=_inside(own, right),
        ),
    ]


def _inside(at: float, right: float) -> str:
    """An anchor that keeps a label inside the picture."""
    if at > right - 60:
        return "end"
    return "start" if at < 60 else "middle"
