"""The pictures of a generation: worth before and after, what is kept of strata, what became of rows, and shares round by round.

The language is that of the other reports: a bar or a filled mark is what is now, a hollow mark what was, a thin line a 95 % interval, an
upright line reality.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from holdfast.reports.drawings import RetentionScale, widest
from holdfast.reports.generation import wording
from holdfast.reports.svg import diamond, dot, element, fit, line, picture, words
from holdfast.reports.wording import NBSP, share
from holdfast.stats.figures import about

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from markupsafe import Markup

    from holdfast.reports.generation.contract import Interval, Kept, Look, Stratum, Summary, Turn, Value

MOST_DRAWN = 40
"""Strata that are drawn; a table has all."""
SHADES = 6
_WIDE, _STRATA, _NARROW = 880.0, 960.0, 340.0
_TOP = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bar:
    """A worth to be drawn.

    Attributes:
        name: What stands at the left.
        value: The worth; None where it cannot be told.
        was: Whether it is how things were.
        reason: Why it cannot be told.
        title: Whether the name stands alone, as a title.
    """

    name: str
    value: Value | None = None
    was: bool = False
    reason: str = ""
    title: bool = False


def both(draw: Callable[[bool], Markup]) -> Markup:
    """A picture for a desk and one for a phone; the style sheet shows one of them."""
    return draw(False) + draw(True)


def worth_picture(looks: Sequence[Look]) -> Markup:
    """Worth before and after, overall and in the rarest tenth, each beside as many real rows."""
    bars = [_Bar(name="Overall", title=True)]
    bars += [_bar(look, look["overall"], look["reason"]) for look in looks]
    bars.append(_Bar(name="In the rarest tenth of reality", title=True))
    bars += [_bar(look, look["rarest"], "too few real rows to tell") for look in looks]
    return both(lambda narrow: _bars(bars, "Worth in real rows", narrow=narrow))


def _bar(look: Look, value: Value | None, reason: str | None) -> _Bar:
    return _Bar(
        name=f"{look['name']}, {look['rows']:,} rows",
        value=value,
        was=look["name"] == "before",
        reason=reason or "cannot be told",
    )


def turns_picture(turns: Sequence[Turn]) -> Markup:
    """Worth after each round, as the rows that steer read it."""
    bars = [
        _Bar(name=f"Round {turn['number']}", value=turn["worth"], reason=turn["reason"] or "cannot be told")
        for turn in turns
    ]
    return both(
        lambda narrow: _bars(bars, "Worth in real rows after each round, by rows that steer", narrow=narrow)
    )


def _bars(bars: Sequence[_Bar], label: str, *, narrow: bool) -> Markup:
    width = _NARROW if narrow else 640.0
    left, right = (2.0, width - 26.0) if narrow else (124.0, width - 186.0)
    values = [bar.value for bar in bars if bar.value is not None]
    reality = max((value["reality"] for value in values), default=1)
    ends = [at for value in values for at in (value["real_rows"], value["high"] or 0.0)]
    most = min(max([reality * 1.04, *ends]), 2.0 * reality)
    pitches = [30.0 if bar.title else 48.0 if narrow else 36.0 for bar in bars]
    height = _TOP + sum(pitches) + 4

    def x(value: float) -> float:
        return left + min(max(value, 0.0), most) / most * (right - left)

    drawn: list[Markup] = []
    for part in (0.0, 0.5, 1.0, 1.5, 2.0):
        if part * reality > most * 1.001 or (narrow and part > 1):
            continue
        at = x(part * reality)
        drawn.append(line(at, _TOP - 2, at, height - 2, "axis"))
        drawn.append(
            words(
                about(part * reality) if part else "0",
                at,
                _TOP - 11,
                "tick",
                anchor="start" if narrow and not part else "middle",
            )
        )
    top = _TOP
    for bar, pitch in zip(bars, pitches, strict=True):
        y = top + (pitch - 12 if narrow else pitch / 2)
        top += pitch
        if bar.title:
            drawn.append(words(bar.name, 0, top - 9, "name heavy"))
            continue
        base = y - 15 if narrow else y + 4.5
        drawn.append(words(fit(bar.name, 170 if narrow else 116, per_character=6.2), 0, base, "name"))
        if bar.value is None:
            drawn.append(words("undetermined", width, base, "quiet small", anchor="end"))
            drawn.append(
                words(fit(bar.reason, right - left - 12, per_character=6), x(0) + 6, y + 4.5, "quiet small")
            )
            continue
        drawn += _worth_marks(bar.value, x, y, right, was=bar.was)
        drawn += _worth_words(bar.value, width, y, narrow=narrow)
    said = "; ".join(
        f"{bar.name} {'undetermined' if bar.value is None else wording.worth(bar.value)}"
        for bar in bars
        if not bar.title
    )
    return picture(
        *drawn, width=width, height=height, label=f"{label}: {said}", class_=_kind("worth", narrow=narrow)
    )


def _worth_marks(
    value: Value, x: Callable[[float], float], y: float, right: float, *, was: bool
) -> list[Markup]:
    half, kind = (5.0, "thin plain") if was else (8.0, "plain")
    end, at = x(value["real_rows"]), x(value["reality"])
    drawn = [
        element("rect", x=at - 2, y=y - half - 5, width=4.0, height=2 * half + 10, rx=2.0, class_="null"),
        line(at, y - half - 5, at, y + half + 5, "median"),
        element(
            "rect",
            x=x(0),
            y=y - half,
            width=max(end - x(0), 2.0),
            height=2 * half,
            rx=1.5,
            class_=f"value {kind}",
        ),
    ]
    low = x(value["low"])
    high = right if value["high"] is None else x(value["high"])
    drawn.append(line(min(low, end), y, end, y, "inside"))
    if value["at_least"]:
        tips = "".join(f"M{end + 5 + 6 * step:.1f} {y - 4:.1f}l4 4l-4 4" for step in range(3))
        return [*drawn, element("path", d=tips, class_=f"tips {kind}")]
    drawn.append(line(end, y, max(high, end), y, f"outside {kind}"))
    if value["high"] is None or high >= right - 0.5:
        drawn.append(element("path", d=f"M{right - 4:.1f} {y - 4:.1f}l4 4l-4 4", class_=f"tips {kind}"))
    return drawn


def _worth_words(value: Value, width: float, y: float, *, narrow: bool) -> list[Markup]:
    figure = element("tspan", wording.worth_figure(value), class_="figure")
    reality = f"reality {about(value['reality'])}"
    if narrow:
        quiet = element("tspan", f"({wording.worth_interval(value)})", dx=5.0, class_="quiet small")
        return [element("text", figure, quiet, x=width, y=y - 15, text_anchor="end")]
    quiet = element("tspan", f"({wording.worth_interval(value)})", dx=5.0, class_="quiet small")
    return [
        element("text", figure, quiet, x=width, y=y - 1.5, text_anchor="end"),
        words(reality, width, y + 13, "quiet small", anchor="end"),
    ]


def strata_picture(strata: Sequence[Stratum]) -> Markup:
    """What is kept of strata that were asked for: before hollow and above, after filled and below it."""
    drawn = strata[:MOST_DRAWN]
    return both(lambda narrow: _strata(drawn, narrow=narrow))


def _strata(strata: Sequence[Stratum], *, narrow: bool) -> Markup:
    width = _NARROW if narrow else _STRATA
    left, right = (8.0, width - 8.0) if narrow else (342.0, 680.0)
    pitch = 74.0 if narrow else 46.0
    height = _TOP + pitch * len(strata) + 6
    reached = [
        kept["interval"][1] if kept["interval"] else kept["share"] or 0.0
        for one in strata
        for kept in (one["before"], one["after"])
        if kept is not None
    ]
    scale = RetentionScale(left=left, right=right, most=widest(reached))
    drawn = scale.axis(_TOP, height - 6, sparse=True)
    if not narrow:
        drawn.append(words("kept of asked", 322, _TOP - 8, "tick", anchor="end"))
        drawn.append(words("before", 816, _TOP - 8, "tick", anchor="end"))
        drawn.append(words("after", width, _TOP - 8, "tick", anchor="end"))
    for place, one in enumerate(strata):
        y = _TOP + pitch * place + (38.0 if narrow else pitch / 2)
        drawn += _stratum_words(one, y, width, narrow=narrow)
        for when, kept, at in (("before", one["before"], y - 7), ("after", one["after"], y + 7)):
            if kept is not None and kept["share"] is not None:
                drawn += _retained(kept, at, scale, was=when == "before")
    return picture(
        *drawn,
        width=width,
        height=height,
        label="Retention before and after: " + "; ".join(_said(one) for one in strata),
        class_=_kind("strata rows", narrow=narrow),
    )


def _retained(kept: Kept, y: float, x: RetentionScale, *, was: bool) -> list[Markup]:
    drawn: list[Markup] = []
    value = kept["share"] or 0.0
    lost = kept["lost"] and not was
    if kept["interval"] is not None:
        start, end = x(kept["interval"][0]), x(kept["interval"][1])
        kind = "reach was" if was else "reach fail" if lost else "reach"
        drawn.append(
            element("rect", x=start, y=y - 4, width=max(end - start, 2.0), height=8.0, rx=2.0, class_=kind)
        )
    if was:
        drawn.append(dot(x(value), y, 4.2, "mark hollow"))
    elif lost:
        drawn.append(diamond(x(value), y, 6.5, "mark fail"))
    else:
        drawn.append(dot(x(value), y, 4.8, "mark"))
    return drawn


def _stratum_words(one: Stratum, y: float, width: float, *, narrow: bool) -> list[Markup]:
    after = one["after"]
    lost = after is not None and after["lost"]
    name = wording.stratum(one["name"])
    counts = f"{one['kept']:,} of {one['asked']:,}"
    tag = {"given_up": "given up", "missing": "still missing"}.get(one["state"] or "", "")
    before_said, after_said = (_retention(kept) for kept in (one["before"], after))
    kind = "name lost" if lost else "name"
    if narrow:
        return [
            words(fit(name, 200, per_character=6.8), 0, y - 20, kind),
            words(
                f"{counts} kept" + (f", {tag}" if tag == "given up" else ""),
                width,
                y - 20,
                "quiet small",
                anchor="end",
            ),
            words(f"before {before_said}", 0, y + 26, "quiet small"),
            words(f"after {after_said}", width, y + 26, "small", anchor="end"),
        ]
    drawn = [
        words(fit(name, 250, per_character=7), 0, y - 1 if tag else y + 4.5, kind),
        words(counts, 322, y + 4.5, "figure", anchor="end"),
        words(before_said, 816, y + 4.5, "quiet small", anchor="end"),
        words(after_said, width, y + 4.5, "small lost" if lost else "small", anchor="end"),
    ]
    if tag:
        drawn.append(words(tag, 0, y + 13.5, "quiet small"))
    return drawn


def _retention(kept: Kept | None) -> str:
    return wording.NONE if kept is None else wording.retention(kept["share"], kept["interval"])


def _said(one: Stratum) -> str:
    return f"{wording.stratum(one['name'])} {_retention(one['before'])} to {_retention(one['after'])}"


def became_picture(summary: Summary) -> Markup:
    """All rows that were asked for as one bar: kept, taken by each filter, lost."""
    parts = [("kept", "kept", summary["accepted"]["count"])]
    parts += [
        (f"taken n{min(at, SHADES - 1)}", one["title"], one["made"]["count"])
        for at, one in enumerate(summary["taken"])
        if one["made"]["count"]
    ]
    parts += [("gone", one["title"], one["made"]["count"]) for one in summary["lost"]]
    label = "What became of the rows: " + ", ".join(f"{title} {count:,}" for _, title, count in parts)
    return both(lambda narrow: _stack(parts, summary["wished"], label, narrow=narrow))


def _stack(parts: Sequence[tuple[str, str, int]], total: int, label: str, *, narrow: bool) -> Markup:
    width, height = (_NARROW if narrow else _WIDE), 44.0
    drawn: list[Markup] = []
    at = 0.0
    for kind, title, count in parts:
        wide = count / max(total, 1) * width
        drawn.append(
            element(
                "rect",
                element("title", f"{title}: {count:,}"),
                x=at,
                y=4.0,
                width=max(wide - 1.5, 1.0),
                height=36.0,
                rx=2.0,
                class_=f"part {kind}",
            )
        )
        said = f"{title} {count:,}" if kind == "kept" else f"{count:,}"
        if wide > 7.2 * len(said) + 12:
            drawn.append(words(said, at + 8, 26.5, f"on {kind}"))
        at += wide
    return picture(*drawn, width=width, height=height, label=label, class_=_kind("became", narrow=narrow))


def shares_picture(turns: Sequence[Turn], names: Sequence[str]) -> Markup:
    """Shares of the arms in each round, one bar a round, with the bounds of the temperature."""
    return both(lambda narrow: _shares(turns, names, narrow=narrow))


def _shares(turns: Sequence[Turn], names: Sequence[str], *, narrow: bool) -> Markup:
    width = _NARROW if narrow else _WIDE
    left, right = (0.0, width) if narrow else (76.0, width - 150.0)
    pitch = 48.0 if narrow else 32.0
    height = pitch * len(turns) + 4
    drawn: list[Markup] = []
    for place, turn in enumerate(turns):
        y = pitch * place + (22.0 if narrow else 3.0)
        base = y - 6 if narrow else y + 16.5
        drawn.append(words(f"Round {turn['number']}", 0, base, "name"))
        bounds = _temperature(turn["temperature"])
        if bounds:
            drawn.append(words(bounds, width, base, "quiet small", anchor="end"))
        at = left
        total = sum(turn["shares"].values()) or 1.0
        for shade, name in enumerate(names):
            part = turn["shares"].get(name, 0.0) / total
            wide = part * (right - left)
            if wide <= 0:
                continue
            kind = f"n{shade % SHADES}"
            drawn.append(
                element(
                    "rect",
                    element("title", f"{name}: {share(part)}"),
                    x=at,
                    y=y,
                    width=max(wide - 1.5, 1.0),
                    height=24.0,
                    rx=2.0,
                    class_=f"arm {kind}",
                )
            )
            if wide > 38:
                drawn.append(words(share(part), at + 6, y + 16.5, f"on small {kind}"))
            at += wide
    said = "; ".join(
        f"round {turn['number']} "
        + ", ".join(f"{name} {share(turn['shares'].get(name, 0.0))}" for name in names)
        for turn in turns
    )
    return picture(
        *drawn,
        width=width,
        height=height,
        label=f"Shares of the ways of making rows: {said}",
        class_=_kind("shares", narrow=narrow),
    )


def _temperature(bounds: Interval) -> str:
    return "" if bounds is None else f"temperature{NBSP}{bounds[0]:.2f} to {bounds[1]:.2f}"


def _kind(name: str, *, narrow: bool) -> str:
    return f"{name} {'narrow' if narrow else 'wide'}"
