"""The power curve: how many audits failed what was planted, by how much was planted.

The same language as the other drawings: a dot is what was measured, a thin line its interval. Reality stands at the left
edge, as fresh real rows; the dashed line is four audits of five, and a diamond says where the curve crosses it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.reports.blindness import wording
from holdfast.reports.svg import diamond, dot, element, line, picture, words
from holdfast.reports.wording import share

if TYPE_CHECKING:
    from markupsafe import Markup

    from holdfast.reports.blindness.contract import Blindness, Curve, Point

SEEN = 0.8
_WIDTH, _HEIGHT = 320.0, 184.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 38.0, 14.0, 22.0, 30.0


def power_picture(test: Blindness, curve: Curve) -> Markup:
    """Draw one loss."""
    label = f"{curve['title']}: share of audits that failed, by dose"
    marks = [*_frame(curve)]
    if not curve["planted"]:
        middle = _LEFT + (_WIDTH - _LEFT - _RIGHT) / 2
        marks.append(words(wording.standing(curve), middle, _y(0.45), "quiet", anchor="middle"))
        return picture(*marks, width=_WIDTH, height=_HEIGHT, label=label, class_="power empty")
    fresh = test["fresh"]
    known = [point for point in curve["points"] if point["share"] is not None]
    places = [(_x(point["dose"]), _y(point["share"] or 0.0)) for point in known]
    start = [(_x(0.0), _y(fresh["share"]))] if fresh["share"] is not None else []
    spared = [(_x(dose), _y(wording.answered(curve, dose))) for dose in curve["not_tried"]]
    tone = wording.tone(curve)
    marks += _noticed(curve)
    marks.append(_line(sorted([*start, *spared, *places]), f"line {tone}"))
    marks += [
        line(_x(p["dose"]), _y(p["interval"][0]), _x(p["dose"]), _y(p["interval"][1]), f"interval {tone}")
        for p in known
        if p["interval"]
    ]
    marks += [dot(x, y, 3.2, "mark spared") for x, y in spared]
    marks += [dot(x, y, 4.6, f"mark {tone}") for x, y in places]
    marks += [dot(x, y, 4.2, "mark hollow") for x, y in start]
    marks += [_figure(point, x, y) for point, (x, y) in zip(known, places, strict=True)]
    if curve["smallest_dose"] is not None and not curve["harmless"] and not curve["at_most"]:
        marks.append(diamond(_x(curve["smallest_dose"]), _y(SEEN), 5.5, "crossing"))
    return picture(*marks, width=_WIDTH, height=_HEIGHT, label=label, class_="power")


def _figure(point: Point, x: float, y: float) -> Markup:
    """How many audits failed, where neither the curve, which rises to the right, nor the interval runs."""
    said = f"{point['failed']}/{point['audits']}"
    if y < _y(0.7) and point["dose"] < 0.9:
        return words(said, x, y - 9, "small quiet", anchor="middle")
    return words(said, x - 7, y - 8, "small quiet", anchor="end")


def _frame(curve: Curve) -> list[Markup]:
    right = _WIDTH - _RIGHT
    marks = [
        line(_LEFT, _y(0.0), right, _y(0.0), "axis"),
        line(_LEFT, _y(1.0), right, _y(1.0), "axis"),
        line(_LEFT, _y(SEEN), right, _y(SEEN), "axis dashed"),
    ]
    marks += [
        words(text, _LEFT - 7, _y(at) + 4, "tick", anchor="end")
        for text, at in (("0", 0.0), ("4/5", SEEN), ("all", 1.0))
    ]
    factor = _factor(curve)
    if factor is None:
        return marks
    marks.append(words("fresh", _x(0.0), _HEIGHT - 10, "tick", anchor="middle"))
    doses = sorted({*(point["dose"] for point in curve["points"]), *curve["not_tried"]})
    last = _x(0.0) + 14
    for dose in doses:
        text, x = share(dose * factor), _x(dose)
        if x - 14 < last:
            continue
        marks.append(words(text, x, _HEIGHT - 10, "tick", anchor="end" if dose > 0.95 else "middle"))
        last = x + 16
    return marks


def _noticed(curve: Curve) -> list[Markup]:
    """What failed or passed with a warning, where that is more."""
    known = [point for point in curve["points"] if point["audits"]]
    if not any(point["warned"] for point in known):
        return []
    places = [(_x(p["dose"]), _y((p["failed"] + p["warned"]) / p["audits"])) for p in known]
    return [_line(places, "noticed"), *(dot(x, y, 2.6, "hint") for x, y in places)]


def _line(places: list[tuple[float, float]], class_: str) -> Markup:
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    return element("path", d=f"M{path}", class_=class_)


def _factor(curve: Curve) -> float | None:
    point = next((point for point in curve["points"] if point["dose"] > 0), None)
    return None if point is None else point["amount"] / point["dose"]


def _x(dose: float) -> float:
    return _LEFT + 12 + dose * (_WIDTH - _LEFT - _RIGHT - 20)


def _y(share_: float) -> float:
    return _TOP + (1.0 - share_) * (_HEIGHT - _TOP - _BOTTOM)
