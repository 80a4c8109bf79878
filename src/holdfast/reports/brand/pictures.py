"""Pictures of a brand audit: a value, its interval, and the band that approved texts score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.reports.brand.wording import figure, span, title
from holdfast.reports.svg import dot, element, line, picture, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from markupsafe import Markup

_WIDTH, _HEIGHT, _EDGE, _MIDDLE = 320.0, 46.0, 14.0, 18.0


def strip(reading: Mapping[str, Any]) -> Markup | str:
    """A reading on the band that reality scores; nothing where there is no value."""
    value, band = reading["value"], reading["reality_interval"]
    if value is None or band is None:
        return ""
    interval = reading["interval"] or [value, value]
    ends = [value, *band, *interval]
    if reading["measure"].startswith("brand_retention"):
        ends += [0.0, 1.0]
    low, high = min(ends), max(ends)
    scale = (_WIDTH - 2 * _EDGE) / ((high - low) or 1.0)

    def x(at: float) -> float:
        return float(_EDGE + (at - low) * scale)

    state = "fail" if reading["state"] == "beyond" else "pass"
    drawn = [
        line(_EDGE, _MIDDLE, _WIDTH - _EDGE, _MIDDLE, "axis"),
        element(
            "rect",
            x=x(band[0]),
            y=_MIDDLE - 8,
            width=max(2.0, x(band[1]) - x(band[0])),
            height=16,
            class_="null",
            rx=3,
        ),
        line(x(interval[0]), _MIDDLE, x(interval[1]), _MIDDLE, f"interval {state}"),
        dot(x(value), _MIDDLE, 5, f"mark {state}"),
        words(figure(reading, low), _EDGE, _HEIGHT - 4, "tick"),
        words(figure(reading, high), _WIDTH - _EDGE, _HEIGHT - 4, "tick", anchor="end"),
    ]
    said = f"{title(reading)}: {figure(reading, value)}; approved texts {span(reading, band)}"
    return picture(*drawn, width=_WIDTH, height=_HEIGHT, label=said, class_="brand")
