"""Drawings: small pictures in which a value always stands on the band that reality scores.

One visual language throughout: a soft bar is reality, a dot is the candidate, a thin line is an interval, a diamond
is a loss. Colours come from the page's style sheet, so that light, dark and print each have their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from holdfast.reports import wording
from holdfast.reports.svg import diamond, dot, element, fit, line, picture, words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from holdfast.reports.summary import Diversity, RarityBand, Reading, Verdict

_TICKS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionScale:
    """From retention to a place on paper.

    The scale is r / (1 + r): half and twice as much lie equally far from 100 %, and 0 has a place, which a
    logarithm would not give it.

    Attributes:
        left: Where 0 % stands.
        right: Where `most` stands.
        most: The largest retention drawn; anything beyond stands at the edge.
    """

    left: float
    right: float
    most: float = 8.0

    def __call__(self, retention: float) -> float:
        """Place a retention.

        >>> scale = RetentionScale(left=0, right=100, most=4)
        >>> [round(scale(r), 1) for r in (0, 0.5, 1, 2, 4, 1e9)]
        [0.0, 41.7, 62.5, 83.3, 100.0, 100.0]
        """
        kept = min(max(retention, 0.0), self.most)
        return self.left + kept / (1 + kept) / (self.most / (1 + self.most)) * (self.right - self.left)

    def axis(self, top: float, bottom: float, *, sparse: bool) -> list[Markup]:
        """Tick lines with their percentages above; reality's line at 100 % is drawn stronger."""
        drawn: list[Markup] = []
        for tick in _TICKS:
            if tick > self.most or (sparse and tick == 0.25):
                continue
            x = self(tick)
            reality = tick == 1.0
            drawn.append(line(x, top, x, bottom, "axis reality" if reality else "axis"))
            label = f"{tick * 100:g}{wording.NBSP}%" if tick in {0.0, 1.0} else f"{tick * 100:g}"
            drawn.append(words(label, x, top - 8, "tick strong" if reality else "tick", anchor="middle"))
        return drawn


def widest(retentions: Iterable[float]) -> float:
    """The shortest scale that still holds these retentions: up to twice, four or eight times reality."""
    top = max(retentions, default=1.0)
    return next((most for most in (2.0, 4.0) if top <= most), 8.0)


def badge(verdict: Verdict, *, size: int = 44) -> Markup:
    """The verdict as a shape: disc and tick, triangle and mark, octagon and cross, dashed diamond and question."""
    shapes = {
        "pass": Markup(
            '<circle cx="22" cy="22" r="20" class="plate"/><path d="M13 23l6 6 12-14" class="glyph"/>'
        ),
        "warn": Markup(
            '<path d="M22 3.5 42 39.5H2z" class="plate"/><path d="M22 16v11" class="glyph"/>'
            '<circle cx="22" cy="33" r="2.3" class="point"/>'
        ),
        "fail": Markup(
            '<path d="M14 2h16l12 12v16L30 42H14L2 30V14z" class="plate"/>'
            '<path d="M15 15l14 14M29 15L15 29" class="glyph"/>'
        ),
        "undetermined": Markup(
            '<path d="M22 2 42 22 22 42 2 22z" class="plate open"/>'
            '<path d="M17.5 18.5c0-6 9-6 9 0 0 4-4.5 3.6-4.5 7.5" class="glyph"/>'
            '<circle cx="22" cy="30.5" r="2.1" class="point"/>'
        ),
    }
    return element(
        "svg",
        shapes[verdict],
        viewBox="0 0 44 44",
        width=size,
        height=size,
        class_=f"badge {verdict}",
        aria_hidden="true",
        focusable="false",
    )


def bands_picture(bands: list[RarityBand], *, losing: bool, narrow: bool = False) -> Markup:
    """Retention by rarity: each row's dot against the bar that reality scores in this very band.

    Where something is lost, a band below its bar is drawn as a loss; elsewhere four bands tempt chance four times.
    """
    width = 340.0 if narrow else 480.0
    left, right = (8.0, width - 8.0) if narrow else (110.0, width - 124.0)
    pitch = 58.0 if narrow else 42.0
    top = 26.0
    height = top + pitch * len(bands) + 4
    reached = [band["interval"][1] if band["interval"] else band["retention"] or 0 for band in bands]
    scale = RetentionScale(left=left, right=right, most=widest(reached))
    drawn = scale.axis(top, height - 4, sparse=True)
    for place, band in enumerate(bands):
        y = top + pitch * place + (40 if narrow else pitch / 2)
        text_y = y - 15 if narrow else y + 4.5
        drawn.append(words(fit(band["band"], 150 if narrow else 112), 0, text_y, "name"))
        retention = band["retention"]
        if retention is None:
            note = fit(
                band["reason"] or "undetermined",
                width * 0.55 if narrow else right - left - 8,
                per_character=6,
            )
            drawn.append(words("undetermined", width, text_y, "quiet", anchor="end"))
            drawn.append(words(note, left if narrow else left + 6, y + 4.5, "quiet"))
            continue
        drawn += _band_marks(band, retention, y, scale, losing=losing)
        drawn += _band_figures(band, retention, width, y, narrow=narrow)
    return picture(
        *drawn,
        width=width,
        height=height,
        label="Retention by rarity: " + "; ".join(_band_words(band) for band in bands),
        class_="bands narrow" if narrow else "bands wide",
    )


def diversity_picture(diversity: Diversity, *, narrow: bool = False) -> Markup:
    """Diversity of each order as a share of reality's, on the bar that real sets score."""
    width = 340.0 if narrow else 680.0
    left, right = (8.0, width - 8.0) if narrow else (214.0, width - 124.0)
    pitch, top = (58.0 if narrow else 42.0), 26.0
    orders = diversity["orders"]
    height = top + pitch * len(orders) + 4
    scale = RetentionScale(
        left=left, right=right, most=widest(at for row in orders for at in (row["ratio"], row["high"]))
    )
    drawn = scale.axis(top, height - 4, sparse=narrow)
    for place, row in enumerate(orders):
        y = top + pitch * place + (40 if narrow else pitch / 2)
        text_y = y - 15 if narrow else y + 4.5
        drawn.append(words(fit(wording.counted(row), 210), 0, text_y, "name"))
        drawn.append(_bar(scale(row["low"]), scale(row["high"]), y, 10))
        below = row["ratio"] < row["low"]
        drawn.append(
            diamond(scale(row["ratio"]), y, 7, "mark fail")
            if below
            else dot(scale(row["ratio"]), y, 5.2, "mark plain")
        )
        figure = element("tspan", wording.share(row["ratio"]), class_="figure")
        null = "reality " + wording.share_interval((row["low"], row["high"]))
        if narrow:
            both = element("tspan", null, dx=7.0, class_="quiet small")
            drawn.append(element("text", figure, both, x=width, y=y - 15, text_anchor="end"))
        else:
            drawn.append(element("text", figure, x=width, y=y - 1, text_anchor="end"))
            drawn.append(words(null, width, y + 14, "quiet small", anchor="end"))
    return picture(
        *drawn,
        width=width,
        height=height,
        label="Diversity as a share of reality's: "
        + "; ".join(f"{wording.counted(row)} {wording.share(row['ratio'])}" for row in orders),
        class_="bands narrow" if narrow else "bands wide",
    )


def strip(reading: Reading) -> Markup:
    """A reading's value on the band that reality scores, with the tolerance and the smallest loss it could see."""
    width, height, y = 280.0, 40.0, 20.0
    null, value = reading["null"], reading["value"]
    label = wording.scored(reading)
    if null is not None:
        label += f"; reality itself scores {wording.reality(reading)}"
    if null is None or value is None:
        return picture(
            line(6, y, width - 6, y, "axis dashed"), width=width, height=height, label=label, class_="strip"
        )
    marks = _limits(reading)
    places: list[float] = [
        null["low"],
        null["high"],
        null["median"],
        value,
        *marks.values(),
        *(reading["interval"] or ()),
    ]
    lowest, highest = min(places), max(places)
    reach: float = (highest - lowest) or abs(highest) or 1.0

    def x(at: float) -> float:
        return 10.0 + (at - lowest) / reach * (width - 20.0)

    drawn = [line(0, y, width, y, "axis"), _bar(x(null["low"]), x(null["high"]), y, 9)]
    drawn.append(line(x(null["median"]), y - 9, x(null["median"]), y + 9, "median"))
    if "tolerance" in marks:
        at = x(marks["tolerance"])
        drawn.append(line(at, y - 14, at, y + 14, "limit"))
    if "detectable" in marks:
        at = x(marks["detectable"])
        drawn.append(element("path", d=f"M{at - 4.5:.1f} {y + 18:.1f}l4.5-7l4.5 7z", class_="detectable"))
    if reading["interval"] is not None:
        drawn.append(
            line(x(reading["interval"][0]), y, x(reading["interval"][1]), y, f"interval {reading['verdict']}")
        )
    mark = diamond(x(value), y, 6.5, "mark fail") if reading["verdict"] == "fail" else None
    drawn.append(mark or dot(x(value), y, 5, f"mark {reading['verdict']}"))
    return picture(*drawn, width=width, height=height, label=label, class_="strip")


def _limits(reading: Reading) -> dict[str, float]:
    """Where a reading starts to fail and what it could just see, in the unit of its value."""
    null, towards = reading["null"], wording.direction(reading)
    if null is None or towards is None:
        return {}
    limits = {"tolerance": reading["tolerance"], "detectable": reading["smallest_detectable"]}
    scale = null["median"] if wording.relative(reading) else 1.0
    return {
        name: null["median"] + towards * effect * scale
        for name, effect in limits.items()
        if effect is not None
    }


def _bar(start: float, end: float, y: float, half: float) -> Markup:
    """A soft bar: what reality scores. Never thinner than a hair, so that it cannot go unseen."""
    thick = max(end - start, 3.0)
    middle = (start + end) / 2
    return element(
        "rect", x=middle - thick / 2, y=y - half, width=thick, height=2 * half, rx=2.5, class_="null"
    )


def _band_marks(
    band: RarityBand, retention: float, y: float, x: RetentionScale, *, losing: bool
) -> list[Markup]:
    drawn: list[Markup] = []
    outside = False
    if band["null"] is not None:
        drawn.append(_bar(x(band["null"]["low"]), x(band["null"]["high"]), y, 10))
        outside = losing and retention < band["null"]["low"]
    kind = "fail" if outside else "plain"
    if band["interval"] is not None:
        drawn.append(line(x(band["interval"][0]), y, x(band["interval"][1]), y, f"interval {kind}"))
    drawn.append(
        diamond(x(retention), y, 7, "mark fail") if outside else dot(x(retention), y, 5.2, "mark plain")
    )
    return drawn


def _band_figures(band: RarityBand, retention: float, x: float, y: float, *, narrow: bool) -> list[Markup]:
    null = "reality unknown"
    if band["null"] is not None:
        null = "reality " + wording.share_interval((band["null"]["low"], band["null"]["high"]))
    figure = element("tspan", wording.share(retention), class_="figure")
    if narrow:
        both = element("tspan", null, dx=7.0, class_="quiet small")
        return [element("text", figure, both, x=x, y=y - 15, text_anchor="end")]
    return [
        element("text", figure, x=x, y=y - 1, text_anchor="end"),
        words(null, x, y + 14, "quiet small", anchor="end"),
    ]


def _band_words(band: RarityBand) -> str:
    if band["retention"] is None:
        return f"{band['band']} undetermined"
    return f"{band['band']} {wording.share(band['retention'])}, reality {wording.band_shares(band['null'])}"
