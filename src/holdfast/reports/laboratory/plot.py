"""The plot of an experiment: what was expected is a soft, wide line, and what came out are marks that lie on it or do not.

Every curve has a colour and a mark of its own, so that nothing is said by colour alone. Colours come from the page's style
sheet.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markupsafe import Markup

from holdfast.reports.laboratory.axes import Axis, fit_axis
from holdfast.reports.laboratory.wording import number
from holdfast.reports.svg import diamond, dot, element, fit, line, picture, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from holdfast.reports.laboratory.contract import Curve, Figure, Trial

HUES = 6
"""Colours that the style sheet has."""
_SHAPES = 6
_MARKED, _SPARSE = 30, 60
"""Places up to which each has a full mark, and up to which it has a small one."""
_ASIDE = re.compile(r"[,;:(]")
_ALONE = re.compile(r",? \(?(?:theory|expected|law|formula)\)?$")


def plot(trial: Trial, *, narrow: bool = False) -> Markup:
    """Draw the figure of an experiment."""
    figure = trial["figure"]
    width, height = (340.0, 272.0) if narrow else (680.0, 340.0)
    y = _upright(figure, 30.0, height - 44.0)
    ticks = y.ticks(5)
    left = 14.0 + 6.6 * max((len(name) for _, name in ticks), default=1)
    x = fit_axis(
        (value for curve in figure["curves"] for value in curve["x"]),
        left + 10,
        width - 14.0,
        log=figure["log_x"],
        level=False,
    )
    drawn = [*_frame(figure, x, y, left, width, height, narrow=narrow, ticks=ticks)]
    hues = hue_of(figure["curves"])
    order = sorted(range(len(hues)), key=lambda place: figure["curves"][place]["kind"] != "expected")
    for place in order:
        drawn += _band(figure["curves"][place], hues[place], x, y)
    for place in order:
        drawn += _curve(figure["curves"][place], hues[place], x, y)
    return picture(
        *drawn,
        width=width,
        height=height,
        label=f"{trial['title']}: {figure['y']} by {figure['x']}. {_told(figure['curves'])}",
        class_="plot narrow" if narrow else "plot wide",
    )


def key(figure: Figure) -> list[tuple[Markup, str]]:
    """Signs and names of the curves; theory that is named after its measured curve stands in the same entry."""
    curves = figure["curves"]
    hues = hue_of(curves)
    measured = {curve["name"] for curve in curves if curve["kind"] == "measured"}
    plain = {curve["name"]: _ALONE.sub("", curve["name"]) for curve in curves if curve["kind"] == "expected"}
    joined = {name for name in plain.values() if name in measured}
    drawn = []
    for curve, hue in zip(curves, hues, strict=True):
        expected = curve["kind"] == "expected"
        if expected and plain[curve["name"]] in joined:
            continue
        drawn.append(
            (_sign(hue, theory=expected or curve["name"] in joined, marked=not expected), curve["name"])
        )
    return drawn


def _sign(hue: int, *, theory: bool, marked: bool) -> Markup:
    tone = _tone(hue)
    shapes = [line(4, 7, 30, 7, f"theory {tone}")] if theory else []
    if marked:
        shapes += [line(1, 7, 33, 7, f"trace {tone}"), _mark(17, 7, 4.0, hue)]
    return element(
        "svg", *shapes, viewBox="0 0 34 14", width=34, height=14, class_="plot sign", aria_hidden="true"
    )


def hue_of(curves: Sequence[Curve]) -> list[int]:
    """A number for the colour and mark of each curve; theory has that of what it is about, and below 0 is grey.

    Names tell: what stands before the first comma, colon, semicolon or bracket is what a curve is about.

    >>> def curve(name, kind): return {"name": name, "kind": kind}
    >>> hue_of([curve("n = 10", "measured"), curve("n = 32", "measured"), curve("n = 32, theory", "expected")])
    [0, 1, 1]
    >>> hue_of([curve("error of the mean", "measured"), curve("error: 1/n", "expected"), curve("reality", "expected")])
    [0, 0, -1]
    """
    measured = [place for place, curve in enumerate(curves) if curve["kind"] == "measured"]
    hues = {place: rank for rank, place in enumerate(measured)}
    spare = 0
    for place, curve in enumerate(curves):
        if curve["kind"] == "measured":
            continue
        about = _about(curve["name"])
        near = sorted(
            measured, key=lambda other: (_about(curves[other]["name"]) != about, abs(place - other))
        )
        mine = next((other for other in near if _akin(about, _about(curves[other]["name"]))), None)
        if mine is None:
            spare -= 1
        hues[place] = spare if mine is None else hues[mine]
    return [hues[place] for place in range(len(curves))]


def _about(name: str) -> str:
    return _ASIDE.split(name, maxsplit=1)[0].strip().casefold()


def _akin(one: str, other: str) -> bool:
    return bool(one and other) and (one.startswith(other) or other.startswith(one))


def _tone(hue: int) -> str:
    return f"hue{hue % HUES}" if hue >= 0 else f"grey{(-hue - 1) % 2}"


def _upright(figure: Figure, top: float, bottom: float) -> Axis:
    values = [value for curve in figure["curves"] for name in ("y", "low", "high") for value in curve[name]]
    return fit_axis(values, bottom, top, log=figure["log_y"], level=True, margin=0.06)


def _frame(
    figure: Figure,
    x: Axis,
    y: Axis,
    left: float,
    width: float,
    height: float,
    *,
    narrow: bool,
    ticks: Iterable[tuple[float, str]],
) -> list[Markup]:
    drawn = []
    for value, name in ticks:
        at = y(value)
        drawn.append(line(left, at, width - 4, at, "axis"))
        drawn.append(words(name, left - 7, at + 4, "tick", anchor="end"))
    drawn.append(line(left, y.start, width - 4, y.start, "axis base"))
    last = -1e9
    for value, name in x.ticks(5 if narrow else 8):
        at = x(value)
        if at - 3.3 * len(name) < last:
            continue
        drawn.append(line(at, y.start, at, y.start + 4, "axis base"))
        drawn.append(words(name, at, y.start + 18, "tick", anchor="middle"))
        last = at + 3.3 * len(name) + 6
    drawn.append(words(fit(figure["y"], width, per_character=6.2), 0, 13, "name"))
    drawn.append(
        words(fit(figure["x"], width - left, per_character=6.2), width - 4, height - 6, "name", anchor="end")
    )
    return drawn


def _runs(curve: Curve, x: Axis, y: Axis) -> list[list[tuple[float, float]]]:
    """Places on paper, broken where a value is not known."""
    runs: list[list[tuple[float, float]]] = [[]]
    for a, b in zip(curve["x"], curve["y"], strict=False):
        if a is not None and b is not None and x.has(a) and y.has(b):
            runs[-1].append((x(a), y(b)))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _band(curve: Curve, hue: int, x: Axis, y: Axis) -> list[Markup]:
    places = [
        (x(a), y(low), y(high))
        for a, low, high in zip(curve["x"], curve["low"], curve["high"], strict=False)
        if a is not None and low is not None and high is not None
        if x.has(a) and y.has(low) and y.has(high)
    ]
    if len(places) < 2:
        return [line(a, low, a, high, f"trace {_tone(hue)}") for a, low, high in places]
    there = [f"{a:.1f} {high:.1f}" for a, _, high in places]
    back = [f"{a:.1f} {low:.1f}" for a, low, _ in reversed(places)]
    return [_shape("L".join(there + back) + "z", f"spread {_tone(hue)}")]


def _curve(curve: Curve, hue: int, x: Axis, y: Axis) -> list[Markup]:
    runs = _runs(curve, x, y)
    expected = curve["kind"] == "expected"
    class_ = f"{'theory' if expected else 'trace'} {_tone(hue)}"
    drawn = [_path(run, class_) for run in runs if len(run) > 1]
    if expected:
        # A single place has no length: a short dash stands for it.
        return drawn + [
            line(a - 9, b, a + 9, b, class_) for ((a, b),) in (run for run in runs if len(run) == 1)
        ]
    count = sum(map(len, runs))
    if count > _SPARSE:
        return drawn + [_mark(a, b, 3.0, hue) for run in runs for a, b in _few(run)]
    size = 4.2 if count <= _MARKED else 2.8
    return drawn + [_mark(a, b, size, hue) for run in runs for a, b in run]


def _few(run: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Places evenly far apart on paper, so that curves can be told apart by their marks."""
    kept: list[tuple[float, float]] = []
    for place in run:
        if not kept or place[0] - kept[-1][0] >= 48:
            kept.append(place)
    return kept


def _path(places: list[tuple[float, float]], class_: str) -> Markup:
    return _shape("L".join(f"{a:.1f} {b:.1f}" for a, b in places), class_)


def _shape(places: str, class_: str) -> Markup:
    """A path of our own numbers, as long as it may be: what strangers write is cut, and a curve must not be."""
    return Markup('<path d="M{}" class="{}"/>').format(places, class_)


def _mark(a: float, b: float, size: float, hue: int) -> Markup:
    class_ = f"mark {_tone(hue)}"
    shape = hue % _SHAPES
    if shape == 0:
        return dot(a, b, size, class_)
    if shape == 1:
        return diamond(a, b, size * 1.3, class_)
    if shape == 2:
        half = size * 0.9
        return element("rect", x=a - half, y=b - half, width=2 * half, height=2 * half, class_=class_)
    if shape == 3:
        return _triangle(a, b, size, class_)
    if shape == 4:
        return dot(a, b, size * 0.9, f"{class_} hollow")
    return diamond(a, b, size * 1.15, f"{class_} hollow")


def _triangle(a: float, b: float, size: float, class_: str) -> Markup:
    half = size * 1.2
    return element(
        "path",
        d=f"M{a - half:.1f} {b + size:.1f}l{half:.1f}-{2 * size:.1f}l{half:.1f} {2 * size:.1f}z",
        class_=class_,
    )


def _told(curves: Sequence[Curve]) -> str:
    """Where every curve begins and ends, for those who hear the page."""
    said = []
    for curve in curves[:12]:
        known = [value for value in curve["y"] if value is not None]
        if known:
            said.append(f"{curve['name']} ({curve['kind']}): from {number(known[0])} to {number(known[-1])}")
    return "; ".join(said)
