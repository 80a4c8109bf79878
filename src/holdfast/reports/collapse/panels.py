"""Panels: a small plot for every reading, one line and one mark a protocol; and the planner's forecast beside what happened.

Nothing is said by colour alone: every protocol has a mark of its own, and what lies outside the forecast's band is a diamond.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from holdfast.reports.collapse import wording
from holdfast.reports.laboratory.axes import Axis, fit_axis
from holdfast.reports.laboratory.wording import number
from holdfast.reports.svg import diamond, dot, element, fit, line, picture, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from holdfast.reports.collapse.contract import Collapse, Course, Followed, Group
    from holdfast.reports.collapse.wording import Kind

HUES = ("replace", "mix", "accumulate", "accumulate-subsample", "managed")
"""The place of a protocol decides its colour and its mark, so that they are the same on every page."""
_MANY = 12
"""Generations from which on not every one has a name on the axis."""
_ASIDE = 172.0
"""Of a wide picture: room for names."""
_LINE = 17.0
_LEAST_REACH = 0.25
"""Of the highest value: an axis reaches so far down at least."""
_HIGHEST = 2.2
"""Retention up to which a forecast may stretch its panel: a band that knows little reaches far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """A panel: paper, axes and the names on them.

    Attributes:
        width: Of the paper.
        height: Of the paper.
        x: From generations to places.
        y: From values to places.
        right: Where lines across end; what stands aside begins behind.
    """

    width: float
    height: float
    x: Axis
    y: Axis
    right: float

    @classmethod
    def of(
        cls,
        values: Iterable[float | None],
        generations: int,
        *,
        width: float,
        height: float,
        percent: bool,
        aside: float = 0.0,
    ) -> _Frame:
        """A panel that holds these values."""
        y = _upright([value for value in values if value is not None], height, whole=percent)
        left = 12.0 + 6.6 * max((len(_name(value, percent=percent)) for value, _ in y.ticks(4)), default=1)
        x = Axis(low=0.0, high=float(generations), start=left + 12, end=width - aside - 14.0)
        return cls(width=width, height=height, x=x, y=y, right=width - aside - 4.0)

    def draw(self, generations: int, *, percent: bool) -> list[Markup]:
        """Axes and names."""
        left = self.x.start - 12
        drawn = []
        for value, _ in self.y.ticks(4):
            at = self.y(value)
            drawn.append(line(left, at, self.right, at, "axis"))
            drawn.append(words(_name(value, percent=percent), left - 6, at + 4, "tick", anchor="end"))
        drawn.append(line(left, self.y.start, self.right, self.y.start, "axis base"))
        stride = -(-generations // _MANY)
        for generation in range(0, generations + 1, stride):
            at = self.x(generation)
            drawn.append(line(at, self.y.start, at, self.y.start + 4, "axis base"))
            drawn.append(words(str(generation), at, self.y.start + 17, "tick", anchor="middle"))
        return drawn

    def places(self, values: Sequence[float | None]) -> list[list[tuple[float, float]]]:
        """Places of values by generation, broken where one is not known."""
        runs: list[list[tuple[float, float]]] = [[]]
        for generation, value in enumerate(values):
            if value is not None:
                runs[-1].append((self.x(generation), self.y(value)))
            elif runs[-1]:
                runs.append([])
        return [run for run in runs if run]


def reading(collapse: Collapse, kind: Kind, *, wide: bool = False) -> Markup:
    """Draw a reading: all protocols, generation by generation, and where reality stands.

    Args:
        collapse: The bottle.
        kind: Which reading.
        wide: Across the page, with the names of protocols where their lines end.
    """
    curves = [(course, [kind.of(one) for one in course["generations"]]) for course in collapse["courses"]]
    generations = collapse["setting"]["generations"]
    known = [value for _, curve in curves for value in curve]
    width, height = (1_050.0, 340.0) if wide else (340.0, 206.0)
    frame = _Frame.of(
        known, generations, width=width, height=height, percent=kind.percent, aside=_ASIDE if wide else 0.0
    )
    drawn = frame.draw(generations, percent=kind.percent)
    start = next((curve[0] for _, curve in curves if curve[0] is not None), None)
    if start is not None:
        at = frame.y(start)
        drawn.append(line(frame.x.start - 12, at, frame.right, at, "axis reality dashed"))
    for course, curve in curves:
        tone = hue(course["protocol"])
        drawn += [_path(run, f"trace {tone}") for run in frame.places(curve)]
    for course, curve in curves:
        drawn += [mark(a, b, 4.2, course["protocol"]) for run in frame.places(curve) for a, b in run]
    if wide:
        drawn += _ends(frame, curves)
    told = "; ".join(
        f"{course['title']} from {kind.say(course['generations'][0])} to {kind.say(course['generations'][-1])}"
        for course, _ in curves
    )
    return picture(
        *drawn,
        width=frame.width,
        height=frame.height,
        label=f"{kind.title} by generation: {told}",
        class_="plot panel wide" if wide else "plot panel",
    )


def _ends(frame: _Frame, curves: Sequence[tuple[Course, Sequence[float | None]]]) -> list[Markup]:
    """Names of protocols where their lines end, moved apart where they would lie on each other."""
    ends = sorted(
        (frame.y(curve[-1]), course["protocol"], course["title"])
        for course, curve in curves
        if curve[-1] is not None
    )
    drawn, last = [], -_LINE
    for at, protocol, title in ends:
        last = max(at, last + _LINE)
        drawn.append(
            words(fit(title, _ASIDE, per_character=7.0), frame.right + 10, last + 4, f"name {hue(protocol)}")
        )
    return drawn


def forecast(collapse: Collapse, group: Group, at: int) -> Markup:
    """Draw what a group kept under a protocol, on the band of what had been foretold."""
    generations = collapse["setting"]["generations"]
    one = group["courses"][at]
    frame = _Frame.of(_values(group), generations, width=200, height=132, percent=True)
    drawn = frame.draw(generations, percent=True)
    drawn.append(line(frame.x.start - 12, frame.y(1.0), frame.right, frame.y(1.0), "axis reality dashed"))
    tone = hue(one["protocol"])
    told = one["foretold"]
    if told is not None:
        low, high = (frame.places([1.0, *told[end][1:]])[0] for end in ("low", "high"))
        around = "L".join(f"{a:.1f} {b:.1f}" for a, b in [*high, *reversed(low)])
        drawn.append(_shape(f"{around}z", f"spread {tone}"))
        drawn += [_path(run, f"foretold {tone}") for run in frame.places([1.0, *told["median"][1:]])]
    runs = frame.places(one["retention"])
    drawn += [_path(run, f"trace {tone}") for run in runs]
    wrong = wording.misses(one)
    for generation, (a, b) in enumerate(runs[0]):
        drawn.append(
            diamond(a, b, 5.4, "mark fail") if generation in wrong else dot(a, b, 3.8, f"mark {tone}")
        )
    return picture(
        *drawn,
        width=frame.width,
        height=frame.height,
        label=f"{group['name']}, {one['protocol']}: {_told(one)}",
        class_="plot panel",
    )


def sign(protocol: str) -> Markup:
    """A protocol's entry in the key."""
    return _sign(line(1, 7, 33, 7, f"trace {hue(protocol)}"), mark(17, 7, 4.0, protocol))


def legend(kind: str) -> Markup:
    """Another entry of the key."""
    if kind == "reality":
        return _sign(line(2, 7, 32, 7, "axis reality dashed"))
    if kind == "missed":
        return _sign(diamond(17, 7, 5.4, "mark fail"))
    return _sign(_shape("2 2L32 2L32 12L2 12z", "spread hue4"), line(2, 7, 32, 7, "foretold hue4"))


def hue(protocol: str) -> str:
    """The class of a protocol's colour."""
    return f"hue{HUES.index(protocol) if protocol in HUES else len(HUES)}"


def mark(a: float, b: float, size: float, protocol: str) -> Markup:
    """A protocol's mark."""
    tone = hue(protocol)
    if tone == "hue0":
        return diamond(a, b, size * 1.25, f"mark {tone}")
    if tone == "hue1":
        half = size * 0.9
        return element("rect", x=a - half, y=b - half, width=2 * half, height=2 * half, class_=f"mark {tone}")
    if tone == "hue2":
        half = size * 1.2
        return element(
            "path",
            d=f"M{a - half:.1f} {b + size:.1f}l{half:.1f}-{2 * size:.1f}l{half:.1f} {2 * size:.1f}z",
            class_=f"mark {tone}",
        )
    return dot(
        a, b, size * (0.9 if tone == "hue3" else 1.0), f"mark {tone}{' hollow' if tone == 'hue3' else ''}"
    )


def _upright(values: Sequence[float], height: float, *, whole: bool) -> Axis:
    """An axis that holds these values, and on which little does not look like much.

    >>> axis = _upright([0.98, 1.0], 206, whole=True)
    >>> round(axis.low, 2), axis.high
    (0.75, 1.0)
    """
    high = max(values, default=1.0)
    y = fit_axis(
        [*values, (1 - _LEAST_REACH) * high], height - 24.0, 12.0, log=False, level=True, margin=0.08
    )
    if whole and high <= 1.0:
        low = 0.0 if y.low == 0.0 else min([*values, (1 - _LEAST_REACH) * high])
        return Axis(low=low, high=min(y.high, 1.0), start=y.start, end=y.end)
    return y


def _values(group: Group) -> list[float]:
    """What the panels of a group have in common, so that protocols can be compared: bands as far as they say something."""
    kept = [value for one in group["courses"] for value in one["retention"]]
    told = [one["foretold"] for one in group["courses"] if one["foretold"] is not None]
    ends = [end for one in told for key in ("low", "median", "high") for end in one[key] if end is not None]
    most = max(_HIGHEST, 1.15 * max(kept))
    return [0.0, *kept, *(min(end, most) for end in ends)]


def _told(one: Followed) -> str:
    told = one["foretold"]
    kept = f"{100 * one['retention'][-1]:.0f} % of its share kept"
    if told is None or told["low"][-1] is None or told["high"][-1] is None:
        return f"{kept}, nothing foretold"
    return f"{kept}, {100 * told['low'][-1]:.0f} to {100 * told['high'][-1]:.0f} % foretold"


def _name(value: float, *, percent: bool) -> str:
    return f"{100 * value:.0f} %" if percent else number(value)


def _path(places: Sequence[tuple[float, float]], class_: str) -> Markup:
    return _shape("L".join(f"{a:.1f} {b:.1f}" for a, b in places), class_)


def _shape(places: str, class_: str) -> Markup:
    """A path of our own numbers, as long as it may be."""
    return Markup('<path d="M{}" class="{}"/>').format(places, class_)


def _sign(*shapes: Markup) -> Markup:
    return element(
        "svg", *shapes, viewBox="0 0 34 14", width=34, height=14, class_="plot sign", aria_hidden="true"
    )
