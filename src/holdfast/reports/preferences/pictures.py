"""The pictures of a preference audit: rows made of what was found, handed to the dot plot; and the bar of sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.reports.preferences import facts, wording
from holdfast.reports.preferences.dot_plot import NARROW, WIDE, Look, Row, Scale, dot_plot, spanning
from holdfast.reports.svg import element, fit, picture, words
from holdfast.reports.wording import NBSP, VERDICT_WORDS, share, share_interval

if TYPE_CHECKING:
    from collections.abc import Callable

    from markupsafe import Markup

    from holdfast.reports.preferences.contract import Found, Judge, Reading, Speaker, WinRate

_HALF = 0.5


def both(draw: Callable[[bool], Markup]) -> tuple[Markup, Markup]:
    """A picture for a desk and one for a phone; the style sheet shows one of them."""
    return draw(False), draw(True)


def ledger(found: Found) -> tuple[Markup, Markup]:
    """Who gave the labels, as one bar."""
    return both(lambda narrow: _ledger(found, narrow=narrow))


def _ledger(found: Found, *, narrow: bool) -> Markup:
    width, height = (NARROW if narrow else WIDE), 46.0
    drawn: list[Markup] = []
    at = 0.0
    told = facts.parts(found)
    for place, part in enumerate(told):
        wide = part.share * width
        drawn.append(
            element(
                "rect",
                x=at,
                y=4.0,
                width=max(wide - 2, 1.5),
                height=38.0,
                rx=3.0,
                class_=f"part {part.whose} n{place % 4}",
            )
        )
        said = f"{part.name} {share(part.share)}"
        if wide > 7.0 * min(len(said), 14) + 16:
            drawn.append(
                words(fit(said, wide - 16, per_character=7), at + 10, 27.5, f"on {part.whose} n{place % 4}")
            )
        at += wide
    label = "Who gave the labels: " + ", ".join(f"{part.name} {share(part.share)}" for part in told)
    return picture(
        *drawn, width=width, height=height, label=label, class_=f"ledger {'narrow' if narrow else 'wide'}"
    )


def agreement(found: Found, judge: Judge) -> tuple[Markup, Markup] | None:
    """How often a judge agrees with people, beside a second person and two rules that read nothing."""
    reading = next((one for one in facts.of(found, "agreement") if one["subject"] == judge["name"]), None)
    if reading is None or reading["value"] is None:
        return None
    rows = [
        Row(
            name="this judge",
            value=reading["value"],
            interval=reading["interval"],
            look=_look(found, reading),
            figure=share(reading["value"]),
            small=""
            if reading["interval"] is None
            else wording.minus(share_interval(_pair(reading["interval"]))),
        ),
        *_in_place(reading),
        Row(
            name="a second person" if facts.in_a_persons_place(reading)[0] is None else "that person",
            value=reading["reality"],
            interval=reading["reality_interval"],
            look="people",
            figure="" if reading["reality"] is None else share(reading["reality"]),
            small=""
            if reading["reality_interval"] is None
            else share_interval(_pair(reading["reality_interval"])),
            reason=wording.without_people(found, reading),
        ),
        *(_rule(reading, *rule) for rule in facts.RULES),
    ]
    places = [at for row in rows for at in (row.value, *(row.interval or ())) if at is not None]
    scale = Scale(
        low=min(0.3, *(int(at * 10) / 10 for at in places)), high=1.0, step=0.1, strong=_HALF, unit=f"{NBSP}%"
    )
    name = f"How often {judge['name']} agrees with people"
    return both(lambda narrow: dot_plot(rows, scale, label=name, narrow=narrow))


def _in_place(reading: Reading) -> list[Row]:
    """The judge where one person is taken out, as that person is: on pairs that people are split on, too."""
    value, held = facts.in_a_persons_place(reading)
    if value is None:
        return []
    return [
        Row(
            name="in a person's place",
            value=value,
            interval=held,
            look="rival",
            figure=share(value),
            small="" if held is None else share_interval(_pair(held)),
        )
    ]


def _rule(reading: Reading, name: str, called: str, why: str) -> Row:
    value, held = facts.rule(reading, called)
    return Row(
        name=name,
        value=value,
        interval=held,
        look="rival",
        figure="" if value is None else share(value),
        small="" if held is None else share_interval(_pair(held)),
        reason=why,
    )


def taste(found: Found, told: facts.Taste) -> tuple[Markup, Markup] | None:
    """What a judge adds beyond people, one row for each feature."""
    if not told.rows:
        return None
    rows = [_feature(found, reading) for reading in told.all]
    scale = spanning(rows)
    name = f"What {told.judge} adds beyond people, in points"
    return both(lambda narrow: dot_plot(rows, scale, label=name, narrow=narrow))


def _feature(found: Found, reading: Reading) -> Row:
    if reading["value"] is None:
        return Row(name=wording.FEATURES[reading["measure"]], reason=reading["reason"] or "undetermined")
    second = "" if reading["reality"] is None else f"a second person {wording.points(reading['reality'])}"
    word = wording.state(found, reading)
    passed = word == VERDICT_WORDS["pass"]
    seen = wording.detectable(reading) if passed else ""
    sees = f"sees from {seen.removesuffix(f'{NBSP}points')}" if seen else ""
    state = "" if passed or reading["alarm"] else word.lower()
    return Row(
        name=wording.FEATURES[reading["measure"]],
        value=reading["value"],
        interval=reading["interval"],
        people=reading["reality"],
        people_interval=reading["reality_interval"],
        look=_look(found, reading),
        figure=wording.minus(
            f"{wording.points(reading['value'])}"
            + ("" if reading["interval"] is None else f" ({wording.points_interval(reading['interval'])})")
        ),
        small=wording.minus("; ".join(part for part in (state, second, sees) if part)),
        seen=reading["smallest_detectable"] if passed else None,
        reason=reading["reason"] or "",
    )


def position(found: Found) -> tuple[Markup, Markup] | None:
    """Of the verdicts that changed with the order, how many went to the first slot."""
    rows = [
        row
        for reading in facts.of(found, "position")
        if (row := _slot(found, reading) or _once(reading)) is not None
    ]
    if not rows:
        return None
    scale = Scale(low=0.0, high=1.0, step=0.25, strong=_HALF, unit=f"{NBSP}%")
    return both(
        lambda narrow: dot_plot(
            rows, scale, label="Changed verdicts that went to the first slot", narrow=narrow
        )
    )


def _once(reading: Reading) -> Row | None:
    """Single verdicts: shown open, as each pair was asked once."""
    told = facts.once(reading)
    if told is None:
        return None
    value, held, people = told
    return Row(
        name=reading["subject"],
        value=value,
        interval=held,
        people=people,
        look="open",
        figure=share(value) + ("" if held is None else f" ({share_interval(_pair(held))})"),
        small="single verdicts; "
        + ("no people beside them" if people is None else f"people {share(people)}"),
    )


def _slot(found: Found, reading: Reading) -> Row | None:
    if reading["value"] is None:
        return None
    changed = facts.figure(reading, "inconsistent", "m")
    first = facts.figure(reading, "first_slot", "to_first", "k")
    consistent = facts.figure(reading, "consistency", "c", "consistent_share")
    parts = []
    if changed is not None and first is not None:
        parts.append(f"{first:,.0f} of {changed:,.0f} that changed")
    if consistent is not None and consistent <= 1:
        parts.append(f"{share(consistent)} did not")
    if reading["state"] == "undetermined":
        parts.append("undetermined")
    held = "" if reading["interval"] is None else f" ({share_interval(_pair(reading['interval']))})"
    return Row(
        name=reading["subject"],
        value=reading["value"],
        interval=reading["interval"],
        people=reading["reality"],
        people_interval=reading["reality_interval"],
        look=_look(found, reading),
        figure=f"{share(reading['value'])}{held}",
        small="; ".join(parts),
    )


def authors(found: Found) -> tuple[Markup, Markup] | None:
    """How much more often than people a judge chooses texts of its own kin."""
    rows = [
        Row(
            name=reading["subject"],
            value=reading["value"],
            interval=reading["interval"],
            people=reading["reality"],
            people_interval=reading["reality_interval"],
            look=_look(found, reading),
            figure=_bare(wording.scored(reading)),
            small=""
            if reading["reality"] is None
            else _bare(f"people {wording.amount(reading, reading['reality'])}"),
        )
        for reading in facts.of(found, "author_preference", "leakage")
        if reading["value"] is not None
    ]
    if not rows:
        return None
    scale = spanning(rows)
    return both(
        lambda narrow: dot_plot(rows, scale, label="Whose texts judges favour, in points", narrow=narrow)
    )


def voices(found: Found) -> tuple[Markup, Markup] | None:
    """The named teacher's voice among voices that cannot have taught, strongest first."""
    voice = found["voice"]
    if voice is None:
        return None
    known = [one for one in voice["profile"] if one["value"] is not None]
    read = next(iter(facts.of(found, "label_voice")), None)
    rows = [
        _speaker(one, voice["reality"], read) for one in sorted(known, key=lambda one: -(one["value"] or 0.0))
    ]
    if not rows:
        return None
    scale = spanning(rows, percent=False)
    return both(
        lambda narrow: dot_plot(rows, scale, label="Lean of the labels towards each voice", narrow=narrow)
    )


def _speaker(one: Speaker, reality: float | None, read: Reading | None) -> Row:
    held = (
        "" if one["interval"] is None else f" ({' to '.join(wording.number(at) for at in one['interval'])})"
    )
    figure = wording.minus(f"{wording.number(one['value'] or 0.0)}{held}")
    if one["role"] != "teacher":
        return Row(
            name=one["name"], value=one["value"], interval=one["interval"], look="placebo", figure=figure
        )
    second = "" if reality is None else f"; a second person {wording.number(reality)}"
    return Row(
        name=one["name"],
        value=one["value"],
        interval=one["interval"],
        people=reality,
        people_interval=None if read is None or reality is None else read["reality_interval"],
        look="warn" if read is not None and read["alarm"] else "plain",
        figure=figure,
        small=wording.minus(f"the named teacher{second}"),
        heavy=True,
    )


def win_rates(found: Found) -> tuple[Markup, Markup] | None:
    """Win rates by the judge, by people, and corrected."""
    rates = found["win_rates"]
    rows = [_rate(rate) for rate in rates or ()]
    if not rows:
        return None
    scale = Scale(low=0.0, high=1.0, step=0.25, strong=_HALF, unit=f"{NBSP}%")
    return both(lambda narrow: dot_plot(rows, scale, label="Corrected win rates", narrow=narrow))


def _rate(rate: WinRate) -> Row:
    said = [
        f"{who} {share(value)}"
        for who, value in ((rate.get("judge_name", "judge"), rate["judge"]), ("people", rate["human"]))
        if value is not None
    ]
    if rate["worth_labels"] is not None:
        said.append(f"worth {rate['worth_labels']:,.0f}")
    held = "" if rate["interval"] is None else f" ({share_interval(_pair(rate['interval']))})"
    return Row(
        name=rate["author"],
        value=rate["corrected"],
        interval=rate["interval"],
        people=rate["human"],
        people_interval=rate.get("human_interval"),
        figure="" if rate["corrected"] is None else f"{share(rate['corrected'])}{held}",
        small="; ".join(said),
        reason="cannot be corrected",
    )


def _look(found: Found, reading: Reading) -> Look:
    tone = wording.tone(found, reading)
    if tone == "undetermined":
        return "open"
    return tone if tone in ("fail", "warn") else "plain"


def _pair(held: tuple[float, float] | list[float]) -> tuple[float, float]:
    return held[0], held[1]


def _bare(text: str) -> str:
    """Without the unit that stands on the axis."""
    return wording.minus(text.replace(f"{NBSP}points", ""))
