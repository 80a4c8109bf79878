"""A picture of the profile: for each voice, how far outputs moved towards it, on the band that halves of the start reach."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.reports.svg import dot, element, fit, line, picture, words
from holdfast.reports.voice import wording

if TYPE_CHECKING:
    from collections.abc import Mapping

    from markupsafe import Markup

_WIDTH, _ROW, _TOP, _BOTTOM = 720.0, 34.0, 26.0, 12.0
_LEFT, _RIGHT = 190.0, 70.0
_LEAST, _MOST = -0.25, 1.0
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


def profile_picture(form: Mapping[str, Any]) -> Markup:
    """Draw the pulls of a form, the named teacher first."""
    rows = wording.pulls(form)
    height = _TOP + _ROW * len(rows) + _BOTTOM
    drawn: list[Markup] = []
    for tick in _TICKS:
        x = _x(tick)
        drawn.append(line(x, _TOP, x, height - _BOTTOM, "axis reality" if tick == 0 else "axis"))
        drawn.append(words(f"{tick:g}", x, _TOP - 9, "tick", anchor="middle"))
    for place, row in enumerate(rows):
        drawn += _row(row, _TOP + _ROW * (place + 0.5), named=place == 0)
    said = "; ".join(f"{row['name']} {wording.figure(row['pull'])}" for row in rows)
    return picture(
        *drawn, width=_WIDTH, height=height, label=f"Pull towards each voice: {said}", class_="profile"
    )


def _row(row: Mapping[str, Any], y: float, *, named: bool) -> list[Markup]:
    name = words(fit(row["name"], _LEFT - 16), _LEFT - 12, y + 4, "heavy" if named else "name", anchor="end")
    if row["pull"] is None:
        return [name, words("cannot be told from before", _x(0.02), y + 4, "quiet small")]
    reach = row["halves"]
    band = element(
        "rect", x=_x(-reach), y=y - 8, width=_x(reach) - _x(-reach), height=16.0, rx=3.0, class_="null"
    )
    low, high = row["interval"]
    return [
        name,
        band,
        line(_x(low), y, _x(high), y, "interval"),
        dot(_x(row["pull"]), y, 5.5 if named else 4.5, "mark warn" if named else "mark"),
        words(wording.figure(row["pull"]), _WIDTH - 8, y + 4, "figure" if named else "tick", anchor="end"),
    ]


def _x(value: float) -> float:
    kept = min(max(value, _LEAST), _MOST)
    return _LEFT + (kept - _LEAST) / (_MOST - _LEAST) * (_WIDTH - _LEFT - _RIGHT)
