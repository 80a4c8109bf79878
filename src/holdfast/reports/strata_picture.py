"""The picture of strata: each one a dot on the scale of retention, commonest above, rarest below.

Up to thirty strata are rows with names. Beyond that the rows become a field of dots in which only the lost are
named, at the left margin where loss lies, each joined to its dot by a line; names never overlap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.reports import wording
from holdfast.reports.drawings import RetentionScale, widest
from holdfast.reports.svg import diamond, dot, element, fit, line, picture, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from holdfast.reports.summary import Stratum

NAMED_ROWS = 30
MOST_DRAWN = 600
MOST_NAMED = 24
_NAME_PITCH = 15.0
_TOP = 30.0


def drawn_strata(table: Sequence[Stratum]) -> list[Stratum]:
    """The strata a picture can hold, commonest first: all where possible, else the lost and an even choice."""
    known = [stratum for stratum in table if stratum["retention"] is not None]
    known.sort(key=lambda stratum: (-stratum["real_share"], stratum["stratum"]))
    if len(known) <= MOST_DRAWN:
        return known
    lost = [place for place, stratum in enumerate(known) if stratum["lost"]][-MOST_DRAWN // 2 :]
    rest = [place for place in range(len(known)) if place not in set(lost)]
    room = MOST_DRAWN - len(lost)
    even = [rest[step * len(rest) // room] for step in range(room)]
    return [known[place] for place in sorted({*lost, *even})]


def strata_picture(table: Sequence[Stratum], *, narrow: bool = False) -> Markup:
    """Draw retention by stratum."""
    strata = drawn_strata(table)
    lost = sum(stratum["lost"] for stratum in strata)
    label = f"Retention of {len(strata):,} strata, commonest above, rarest below; {lost:,} are lost"
    if len(strata) <= NAMED_ROWS:
        return _named_rows(strata, narrow=narrow, label=label)
    return _field(strata, narrow=narrow, label=label)


def spread(wanted: Sequence[float], *, pitch: float, low: float, high: float) -> list[float]:
    """Places as near as possible to the wanted ones, in order, at least `pitch` apart, within bounds.

    >>> spread([10, 11, 12, 90], pitch=10, low=0, high=100)
    [1.0, 11.0, 21.0, 90.0]
    >>> spread([95, 99], pitch=10, low=0, high=100)
    [90, 100]
    """
    # Pool adjacent violators: overlapping names become a block that sits at its members' mean.
    blocks: list[tuple[float, int]] = []  # (sum of wanted starts, members)
    for place, at in enumerate(wanted):
        total, members = at - place * pitch, 1
        while blocks and blocks[-1][0] / blocks[-1][1] > total / members:
            before, count = blocks.pop()
            total, members = total + before, members + count
        blocks.append((total, members))
    room = high - low - pitch * (len(wanted) - 1)
    starts = [
        min(max(total / members, low), low + max(room, 0.0))
        for total, members in blocks
        for _ in range(members)
    ]
    return [start + place * pitch for place, start in enumerate(starts)]


def _named_rows(strata: list[Stratum], *, narrow: bool, label: str) -> Markup:
    width = 340.0 if narrow else 960.0
    left, right = (8.0, width - 8.0) if narrow else (210.0, width - 190.0)
    pitch = 48.0 if narrow else 30.0
    height = _TOP + pitch * len(strata) + 6
    scale = RetentionScale(left=left, right=right, most=_most(strata))
    drawn = scale.axis(_TOP, height - 6, sparse=narrow)
    if not narrow:
        drawn.append(words("kept · found of expected", width, _TOP - 8, "tick", anchor="end"))
    for place, stratum in enumerate(strata):
        y = _TOP + pitch * place + (34 if narrow else pitch / 2)
        text_y = y - 13 if narrow else y + 4.5
        name = fit(stratum["stratum"], 180 if narrow else 200, per_character=7)
        drawn.append(words(name, 0, text_y, "name lost" if stratum["lost"] else "name"))
        drawn.append(_marks(stratum, y, scale, size=6.5, tooltip=not narrow))
        figure = wording.share(stratum["retention"])
        if not narrow:
            figure += f" · {wording.count(stratum['candidate_rows'])} of {wording.expected(stratum['expected_rows'])}"
        drawn.append(words(figure, width, text_y, "figure", anchor="end"))
    return picture(
        *drawn, width=width, height=height, label=label, class_=_kind("strata rows", narrow=narrow)
    )


def _field(strata: list[Stratum], *, narrow: bool, label: str) -> Markup:
    width, margin = (340.0, 148.0) if narrow else (960.0, 220.0)
    if not any(stratum["lost"] for stratum in strata):
        margin = 16.0  # no names to hold
    scale = RetentionScale(left=margin, right=width - (8 if narrow else 92), most=_most(strata))
    pitch = min(10.0, max(540.0 / len(strata), 2.0))
    bottom = _TOP + 24 + pitch * len(strata)
    lost = [(place, stratum) for place, stratum in enumerate(strata) if stratum["lost"]]
    fitting = int((bottom - _TOP - 10) / _NAME_PITCH)
    named = lost
    if len(lost) > min(
        fitting, MOST_NAMED
    ):  # the emptiest, and of these the commonest, whose loss weighs most
        worst = sorted(lost, key=lambda pair: (pair[1]["retention"] or 0, pair[0]))
        named = sorted(worst[: min(fitting, MOST_NAMED)], key=lambda pair: pair[0])
    drawn = scale.axis(_TOP, bottom, sparse=True)

    def y(place: int) -> float:
        return _TOP + 12 + pitch * (place + 0.5)

    size = min(3.2, max(1.7, pitch * 0.55))
    places = spread([y(place) for place, _ in named], pitch=_NAME_PITCH, low=_TOP + 12, high=bottom - 4)
    for (place, stratum), at in zip(named, places, strict=True):
        end = scale(stratum["retention"] or 0) - 6
        leader = f"M{margin - 24:.1f} {at:.1f}h4L{margin - 9:.1f} {y(place):.1f}H{end:.1f}"
        drawn.append(element("path", d=leader, class_="leader"))
        name = fit(stratum["stratum"], margin - 28, per_character=6.9 if narrow else 7.6)
        drawn.append(words(name, margin - 28, at + 4, "name lost", anchor="end"))
    ordered = sorted(enumerate(strata), key=lambda pair: pair[1]["lost"])  # the lost on top
    drawn += [
        _marks(stratum, y(place), scale, size=5 if stratum["lost"] else size, tooltip=not narrow)
        for place, stratum in ordered
    ]
    if len(named) < len(lost):
        more = f"and {len(lost) - len(named):,} more lost"
        drawn.append(words(more, margin - 28, _TOP - 4, "quiet small", anchor="end"))
    drawn.append(words("commonest", width, _TOP + 12, "quiet small", anchor="end"))
    drawn.append(words("rarest", width, bottom - 4, "quiet small", anchor="end"))
    return picture(
        *drawn, width=width, height=bottom + 4, label=label, class_=_kind("strata field", narrow=narrow)
    )


def _most(strata: list[Stratum]) -> float:
    # The dots decide: long intervals of rare strata may run to the edge.
    return max(4.0, widest(stratum["retention"] or 0 for stratum in strata))


def _marks(stratum: Stratum, y: float, x: RetentionScale, *, size: float, tooltip: bool) -> Markup:
    kind = "fail" if stratum["lost"] else "plain"
    drawn: list[Markup] = []
    if tooltip:
        drawn.append(element("title", _sentence(stratum)))
    if stratum["interval"] is not None:
        drawn.append(line(x(stratum["interval"][0]), y, x(stratum["interval"][1]), y, f"interval {kind}"))
    at = x(stratum["retention"] or 0)
    drawn.append(diamond(at, y, size, "mark fail") if stratum["lost"] else dot(at, y, size, "mark plain"))
    return element("g", *drawn)


def _sentence(stratum: Stratum) -> str:
    name = fit(stratum["stratum"], 400)
    return (
        f"{name}: {wording.count(stratum['candidate_rows'])} rows where {wording.expected(stratum['expected_rows'])} were expected, "
        f"retention {wording.share(stratum['retention'])} ({wording.share_interval(stratum['interval'])})"
    )


def _kind(name: str, *, narrow: bool) -> str:
    return f"{name} {'narrow' if narrow else 'wide'}"
