"""The picture of the figure: a row for each corpus, a column for each reading, a line for each arm.

Three lines are strong and carry their names: managed, the same real rows alone, and replacement. Single countermeasures are thin; their names stand in
the legend and beside the dots of the last column. Colours follow the reader's light or dark page, and no arm is told apart by colour alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10
from typing import TYPE_CHECKING

from markupsafe import Markup

from collapse.summary import (
    ACCURACY,
    ALONE,
    KEEPS,
    LOSES,
    MANAGED,
    ORDER,
    RARE,
    REPLACE,
    STRONG,
    TAIL,
    TITLES,
    WORDS,
)
from holdfast.reports.svg import dot, element, join, line, picture, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from collapse.summary import Case, Quantity, Spread

WIDTH = 1_464.0
_EDGE, _HEAD, _HIGH, _PITCH, _FOOT = 24.0, 222.0, 172.0, 258.0, 26.0
_WIDE, _TICKS = 150.0, 46.0
_NAMED, _VALUED = 140.0, 54.0
"""Room right of a panel for the names of the strong lines, and for values alone."""
_ARMS = 188.0
"""Room for the names beside the dots."""
_COUNTS = {2: "Two", 3: "Three", 4: "Four", 5: "Five", 6: "Six", 7: "Seven", 8: "Eight", 9: "Nine", 10: "Ten"}
_COLUMNS: tuple[tuple[Quantity, str, str], ...] = (
    (ACCURACY, "Accuracy", "a classifier of its rows, sealed exam"),
    (RARE, "Rare recall", "mean, rarest third of the strata"),
    (WORDS, "Different words", "among equally many words"),
    (TAIL, "Bits per byte, tail", "lower is better"),
)
_SHORT = {
    ALONE: "real rows alone",
    "accumulate-subsample": "accumulated, fixed budget",
    "mix 10 %": "10 % real mixed in",
    "mix 20 %": "20 % real mixed in",
    "mix 30 %": "30 % real mixed in",
}
_STYLE = """
svg { --paper: #fcfbf8; --ink: #1b2326; --quiet: #596368; --rule: #e4e0d7; --hair: #b9b4a8;
  --managed: #14525e; --replaced: #b4441a; --alone: #8a6a00; --mixed: #2f6fb0; --kept: #6a4c93; --asked: #a8326a; --filtered: #3f7d3a;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "DejaVu Sans", sans-serif; }
@media (prefers-color-scheme: dark) {
  svg { --paper: #11181a; --ink: #ebe9e3; --quiet: #9da8ac; --rule: #273235; --hair: #4a585c;
    --managed: #7fd0da; --replaced: #f39a6b; --alone: #e0c25a; --mixed: #8db8ea; --kept: #c3abe6; --asked: #ee9bbb; --filtered: #93cf8a; }
}
.paper { fill: var(--paper); }
text { fill: var(--ink); font-size: 14px; }
.title { font-size: 25px; font-weight: 600; letter-spacing: -.01em; }
.told { font-size: 15px; fill: var(--quiet); }
.column { font-size: 16px; font-weight: 600; }
.corpus { font-size: 18px; font-weight: 600; }
.small { font-size: 12.5px; fill: var(--quiet); }
.tick { font-size: 12.5px; fill: var(--quiet); font-variant-numeric: tabular-nums; }
.rule { stroke: var(--rule); fill: none; } .ground { stroke: var(--hair); fill: none; }
.bar { stroke: var(--quiet); stroke-dasharray: 2 4; fill: none; }
.trace { fill: none; stroke: var(--tone); stroke-width: 1.5; stroke-linejoin: round; stroke-linecap: round; }
.strong { stroke-width: 3.25; }
.band { fill: var(--tone); opacity: .15; }
.end { fill: var(--tone); font-weight: 600; font-variant-numeric: tabular-nums; }
.point { fill: var(--tone); } .open { fill: var(--paper); stroke: var(--tone); stroke-width: 1.75; }
.reach { stroke: var(--tone); stroke-width: 1.5; opacity: .55; fill: none; } .reach.strong { stroke-width: 2.5; }
.dashed { stroke-dasharray: 7 4; } .dotted { stroke-dasharray: 1.5 4.5; }
.t-managed { --tone: var(--managed); } .t-replaced { --tone: var(--replaced); } .t-alone { --tone: var(--alone); }
.t-mixed { --tone: var(--mixed); } .t-kept { --tone: var(--kept); } .t-asked { --tone: var(--asked); } .t-filtered { --tone: var(--filtered); }
"""
_TONES = {
    MANAGED: "t-managed strong",
    REPLACE: "t-replaced strong",
    ALONE: "t-alone strong",
    "mix 30 %": "t-mixed",
    "mix 20 %": "t-mixed dashed",
    "mix 10 %": "t-mixed dotted",
    "accumulate": "t-kept",
    "accumulate-subsample": "t-kept dashed",
    "quota repair": "t-asked",
    "tail-steered generation": "t-asked dashed",
    "guarded filtering": "t-filtered",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """From a share of generation 0 to a height; the same in all corpora of a column.

    Attributes:
        low: The lowest tick.
        high: The highest.
        step: Between ticks.
    """

    low: float
    high: float
    step: float

    def at(self, share: float, top: float) -> float:
        """Where a share stands in a panel."""
        return top + _HIGH * (self.high - share) / (self.high - self.low)

    @property
    def ticks(self) -> list[float]:
        """Shares with a rule."""
        count = round((self.high - self.low) / self.step)
        return [self.low + place * self.step for place in range(count + 1)]


def scale_of(cases: Sequence[Case], quantity: Quantity) -> Scale | None:
    """A scale that holds every line of a column, and every band; None where nothing is drawn."""
    found = [
        value
        for case in cases
        for arm in case.arms
        for at in range(case.generations + 1)
        if (one := case.spread(arm, quantity, at)) is not None
        for value in ((one.low, one.high) if arm in STRONG else (one.mean,))
    ]
    if not found:
        return None
    low, high = min(*found, 1.0 if quantity.lower else 0.9), max(*found, 1.1 if quantity.lower else 1.0)
    step = next((one for one in (0.05, 0.1, 0.2, 0.25, 0.5, 1.0, 2.0) if (high - low) / one <= 4.6), 5.0)
    # A hundredth past a tick does not deserve another one.
    return Scale(low=floor(low / step + 0.01) * step, high=ceil(high / step - 0.15) * step, step=step)


def draw(cases: Sequence[Case]) -> str:
    """The whole picture, as a file."""
    height = _HEAD + max(len(cases), 1) * _PITCH + _FOOT
    scales = [scale_of(cases, quantity) for quantity, _, _ in _COLUMNS]
    generations = max((case.generations for case in cases), default=0)
    drawn: list[Markup] = [
        element("style", Markup(_STYLE)),  # noqa: S704 - our own
        element("rect", width=WIDTH, height=height, class_="paper"),
        *_heading(cases, generations),
    ]
    for place, case in enumerate(cases):
        drawn += _row(case, scales, _HEAD + place * _PITCH + 30)
    if not cases:
        drawn.append(words("No run stands in the store yet.", _EDGE, _HEAD + 40, "told"))
    found = picture(*drawn, width=WIDTH, height=height, label=_label(cases), class_="collapse")
    # A file of its own says which language it is in; a picture inside a page need not.
    return str(found).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1) + "\n"


def _label(cases: Sequence[Case]) -> str:
    said = [
        f"{case.corpus}: "
        + ", ".join(
            f"{title(arm)} keeps {_percent(found.mean)} of its rare recall"
            for arm in STRONG
            if (found := case.spread(arm, RARE)) is not None
        )
        for case in cases
    ]
    return "Accuracy, rare recall, different words and bits per byte over generations. " + "; ".join(said)


def title(arm: str) -> str:
    """What pages call an arm."""
    return TITLES.get(arm, arm)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _lefts() -> list[float]:
    """Left ends of the panels; the last one is that of the dots."""
    lefts, x = [], _EDGE + _TICKS
    for place in range(len(_COLUMNS)):
        lefts.append(x)
        x += _WIDE + _TICKS + (_NAMED if place == 0 else _VALUED)
    return [*lefts, x - _TICKS + _ARMS + 8]


def _heading(cases: Sequence[Case], generations: int) -> Iterator[Markup]:
    yield words(
        f"{_COUNTS.get(generations, generations)} generations of models that learn from what models wrote",
        _EDGE,
        44,
        "title",
    )
    told = (
        "In units of generation 0, which learnt from real rows alone. Lines are means over the seeds, bands the range over the seeds."
        " A ring: a gate stopped a loop here."
    )
    yield words(told, _EDGE, 70, "told")
    told = f"Dotted rules are the bars: managed is to keep {_percent(KEEPS)}, replacement to keep at most {_percent(LOSES)} of the rare recall."
    yield words(told, _EDGE, 91, "told")
    arms = {arm for case in cases for arm in case.arms if arm not in STRONG}
    if arms:
        yield words("One countermeasure each:", _EDGE, 124, "small")
    for place, arm in enumerate((*[one for one in ORDER if one in arms], *sorted(arms - set(ORDER)))):
        x, y = _EDGE + 176 + 226 * (place % 4), 124 + 22 * (place // 4)
        yield line(x, y - 4.5, x + 32, y - 4.5, f"trace {_tone(arm)}")
        yield words(_SHORT.get(arm, title(arm)), x + 40, y, "small")
    lefts = _lefts()
    for place, (_, name, told) in enumerate(_COLUMNS):
        yield words(name, lefts[place] - _TICKS + 4, 190, "column")
        yield words(told, lefts[place] - _TICKS + 4, 208, "small")
    yield words("Worth in real rows", lefts[-1] - _ARMS, 190, "column")
    yield words("last generation; a ring is “at least”", lefts[-1] - _ARMS, 208, "small")


def _tone(arm: str) -> str:
    return _TONES.get(arm, "t-filtered dotted")


def _row(case: Case, scales: Sequence[Scale | None], top: float) -> Iterator[Markup]:
    """A corpus: its name, a panel for each reading, and the dots."""
    counts = sorted({len(runs) for runs in case.arms.values()})
    seeds = (
        f"{counts[0]} to {counts[-1]} seeds"
        if len(counts) > 1
        else f"{counts[0]} seed{'s' * (counts[0] > 1)}"
    )
    stopped = {arm: sum(run.halted is not None for run in runs) for arm, runs in case.arms.items()}
    halts = "".join(
        f" · a gate stopped {count} of {len(case.arms[arm])} {title(arm)} loops"
        for arm, count in stopped.items()
        if count
    )
    missing = [_SHORT.get(arm, title(arm)) for arm in ORDER if arm not in case.arms]
    told = ", ".join(missing) if len(missing) <= 3 else f"{len(missing)} of {len(ORDER)} arms"
    gone = f" · not run: {told}" if missing else ""
    yield line(_EDGE, top - 24, WIDTH - _EDGE, top - 24, "rule")
    yield element(
        "text",
        case.corpus,
        element(
            "tspan",
            f"{case.size:,} rows a generation · {seeds}{halts}{gone}",
            dx=12,
            class_="small",
            font_weight="400",
        ),
        x=_EDGE + 4,
        y=top,
        class_="corpus",
    )
    lefts = _lefts()
    for place, ((quantity, _, _), scale) in enumerate(zip(_COLUMNS, scales, strict=True)):
        if scale is not None:
            yield from _panel(case, quantity, scale, lefts[place], top + 16, named=place == 0)
    yield from _dots(case, lefts[-1], top + 16)


def _panel(
    case: Case, quantity: Quantity, scale: Scale, left: float, top: float, *, named: bool
) -> Iterator[Markup]:
    lines = {
        arm: [(at, found) for at in range(case.generations + 1) if (found := case.spread(arm, quantity, at))]
        for arm in sorted(case.arms, key=lambda arm: (arm in STRONG, arm != REPLACE, arm))
    }
    if not any(lines.values()):
        yield words("no labels, no reading", left + 4, top + _HIGH / 2, "small")
        return

    def x(at: int) -> float:
        return left + _WIDE * at / case.generations

    for share in scale.ticks:
        y = scale.at(share, top)
        yield line(left, y, left + _WIDE, y, "ground" if abs(share - 1) < 1e-9 else "rule")
        yield words(_percent(share), left - 7, y + 4.5, "tick", anchor="end")
    for at in range(0, case.generations + 1, 2 if case.generations > 4 else 1):
        yield words(str(at), x(at), top + _HIGH + 19, "tick", anchor="middle")
    if named:
        yield words("generation", left + _WIDE / 2, top + _HIGH + 36, "small", anchor="middle")
    for bar in () if quantity.lower else (KEEPS, LOSES) if quantity is RARE else (KEEPS,):
        if scale.low < bar < scale.high:
            yield line(left, scale.at(bar, top), left + _WIDE, scale.at(bar, top), "bar")
    for arm in STRONG:
        if len(lines.get(arm, ())) > 1:
            upper = [f"{x(at):.1f} {scale.at(one.high, top):.1f}" for at, one in lines[arm]]
            lower = [f"{x(at):.1f} {scale.at(one.low, top):.1f}" for at, one in reversed(lines[arm])]
            yield element("path", d=f"M{'L'.join(upper + lower)}z", class_=f"band {_tone(arm)}")
    for arm, points in lines.items():
        if points:
            path = "L".join(f"{x(at):.1f} {scale.at(one.mean, top):.1f}" for at, one in points)
            yield element("path", element("title", title(arm)), d=f"M{path}", class_=f"trace {_tone(arm)}")
    yield from _rings(case, lines, scale, x, top)
    yield from _ends(lines, scale, left + _WIDE + 8, top, named=named)
    first = _first(case, quantity)
    if first:
        yield words(first, left + 5, top + (13 if quantity.lower else _HIGH - 7), "small")


def _rings(
    case: Case,
    lines: dict[str, list[tuple[int, Spread]]],
    scale: Scale,
    x: Callable[[int], float],
    top: float,
) -> Iterator[Markup]:
    for arm, runs in case.arms.items():
        for at in sorted({run.halted for run in runs if run.halted is not None}):
            for place, one in lines[arm]:
                if place == at:
                    yield dot(x(at), scale.at(one.mean, top), 5, f"open {_tone(arm)}")


def _ends(
    lines: dict[str, list[tuple[int, Spread]]], scale: Scale, left: float, top: float, *, named: bool
) -> Iterator[Markup]:
    """Where the strong lines end, in words, moved apart where they would touch."""
    ends = sorted(
        ((scale.at(lines[arm][-1][1].mean, top), arm) for arm in STRONG if lines.get(arm)),
        key=lambda one: one[0],
    )
    heights: list[float] = []
    high = 30 if named else 15
    for y, _ in ends:
        heights.append(y if not heights else max(y, heights[-1] + high + 1))
    # Where the last was pushed below the panel, all that touch it move up.
    limit = top + _HIGH - (10 if named else 0)
    for place in reversed(range(len(heights))):
        heights[place] = min(heights[place], limit)
        limit = heights[place] - high - 1
    for y, (_, arm) in zip(heights, ends, strict=True):
        value = f"{_percent(lines[arm][-1][1].mean)}"
        if named:
            yield words(_SHORT.get(arm, title(arm)), left, y + 1, f"end {_tone(arm)}")
            yield words(value, left, y + 16, f"end {_tone(arm)}")
        else:
            yield words(value, left, y + 5, f"end {_tone(arm)}")


def _first(case: Case, quantity: Quantity) -> str:
    """What 100 % is: the mean of generation 0 over the seeds."""
    firsts = {
        run.seed: value
        for runs in case.arms.values()
        for run in runs
        if (value := run.value(quantity, 0)) is not None
    }
    if not firsts:
        return ""
    mean = sum(firsts.values()) / len(firsts)
    shown = f"{mean:,.0f}" if mean >= 100 else f"{mean:.2f}" if quantity.lower else f"{100 * mean:.1f} %"
    return f"100 % is {shown}"


def _dots(case: Case, left: float, top: float) -> Iterator[Markup]:
    """Real-equivalent rows of the last generation: a dot for the mean, a line for the range, an open dot for a lower bound."""
    asked = [(arm, *case.worth(arm)) for arm in case.arms]
    found = sorted(
        ((arm, one, at_least) for arm, one, at_least in asked if one is not None),
        key=lambda one: -one[1].mean,
    )
    wide = WIDTH - _EDGE - left - 16
    if not found:
        yield words("not audited", left - _ARMS, top + _HIGH / 2, "small")
        return
    least = 10.0 ** floor(log10(max(min(one.low for _, one, _ in found), 1.0)))
    most = max(10 * least, *(one.high for _, one, _ in found))

    def x(rows: float) -> float:
        return left + wide * log10(max(rows, least) / least) / log10(most / least)

    tick = least
    # The end of the scale is told where it lies clear of the last power of ten: rings stand there, at as much as the audit can see.
    ends = [most] if most / 10 ** floor(log10(most)) > 2.5 else []
    for end in ends:
        yield line(x(end), top, x(end), top + _HIGH, "rule")
        yield words(f"{end:,.0f}", x(end), top + _HIGH + 19, "tick", anchor="middle")
    while tick <= most * 1.0001:
        yield line(x(tick), top, x(tick), top + _HIGH, "rule")
        yield words(f"{tick:,.0f}", x(tick), top + _HIGH + 19, "tick", anchor="middle")
        tick *= 10
    pitch = min(_HIGH / len(found), 22.0)
    for place, (arm, one, at_least) in enumerate(found):
        y = top + (place + 0.5) * pitch
        tone, strong = _tone(arm), arm in STRONG
        told = join([_SHORT.get(arm, title(arm))])
        yield words(told, left - 12, y + 4.5, f"end {tone}" if strong else "small", anchor="end")
        reach = tone.replace("dashed", "").replace("dotted", "").strip()
        yield line(x(one.low), y, x(one.high), y, f"reach {reach}")
        yield dot(x(one.mean), y, 5.5 if strong else 4, f"{'open' if at_least else 'point'} {reach}")
