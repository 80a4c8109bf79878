"""The pictures of a preference audit: rows made of what was found, handed to the dot plot; and the bar of sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.reports.preferences import facts, wording
from holdfast.reports.preferences.dot_plot import NARROW, WIDE, Look, Row, Scale, dot_plot, spanning
from holdfast.reports.svg import element, fit, picture, words
from holdfast.reports.wording import NBSP, share, share_interval

if TYPE_CHECKING:
    from collections.abc import Callable

    from markupsafe import Markup

    from holdfast.reports.preferences.contract import Found, Judge, Reading, WinRate

_MINUS = "\N{MINUS SIGN}"
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
                "rect", x=at, y=4.0, width=max(wide - 2, 1.5), height=38.0, rx=3.0, class_=f"part {part.whose} n{place % 4}"
            )
        )
        said = f"{part.name} {share(part.share)}"
        if wide > 7.0 * min(len(said), 14) + 16:
            drawn.append(
                words(fit(said, wide - 16, per_character=7), at + 10, 27.5, f"on {part.whose} n{place % 4}")
            )
        at += wide
    label = "Who gave the labels: " + ", ".join(f"{part.name} {share(part.share)}" for part in told)
    return picture(*drawn, width=width, height=height, label=label, class_=f"ledger {'narrow' if narrow else 'wide'}")


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
            small="" if reading["interval"] is None else _minus(share_interval(_pair(reading["interval"]))),
        ),
        Row(
            name="a second person",
            value=reading["reality"],
            interval=reading["reality_interval"],
            look="people",
            figure="" if reading["reality"] is None else share(reading["reality"]),
            small="" if reading["reality_interval"] is None else share_interval(_pair(reading["reality_interval"])),
            reason=wording.without_people(found, reading),
        ),
        *(_rule(reading, rule, keys, why) for rule, keys, why in facts.RULES),
    ]
    places = [at for row in rows for at in (row.value, *(row.interval or ())) if at is not None]
    scale = Scale(
        low=min(0.3, *(int(at * 10) / 10 for at in places)), high=1.0, step=0.1, strong=_HALF, unit=f"{NBSP}%"
    )
    name = f"How often {judge['name']} agrees with people"
    return both(lambda narrow: dot_plot(rows, scale, label=name, narrow=narrow))


def _rule(reading: Reading, name: str, keys: tuple[str, ...], why: str) -> Row:
    value = facts.figure(reading, *keys)
    held = facts.interval(reading, *(f"{key}_interval" for key in keys))
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
    rows = [_feature(found, reading) for reading in told.rows]
    scale = spanning(rows)
    name = f"What {told.judge} adds beyond people, in points"
    return both(lambda narrow: dot_plot(rows, scale, label=name, narrow=narrow))


def _feature(found: Found, reading: Reading) -> Row:
    second = "" if reading["reality"] is None else f"a second person {wording.points(reading['reality'])}"
    seen = wording.detectable(reading)
    sees = f"sees from {seen.removesuffix(f'{NBSP}points')}" if seen and reading["state"] == "within" else ""
    state = "" if reading["state"] == "within" or reading["alarm"] else wording.state(found, reading).lower()
    return Row(
        name=wording.FEATURES[reading["measure"]],
        value=reading["value"],
        interval=reading["interval"],
        people=reading["reality"],
        people_interval=reading["reality_interval"],
        look=_look(found, reading),
        figure=_minus(
            f"{wording.points(reading['value'])}"
            + ("" if reading["interval"] is None else f" ({wording.points_interval(reading['interval'])})")
        ),
        small=_minus("; ".join(part for part in (state, second, sees) if part)),
        seen=reading["smallest_detectable"] if reading["state"] == "within" else None,
        reason=reading["reason"] or "",
    )


def position(found: Found) -> tuple[Markup, Markup] | None:
    """Of the verdicts that changed with the order, how many went to the first slot."""
    rows = [_slot(found, reading) for reading in facts.of(found, "position") if reading["value"] is not None]
    if not rows:
        return None
    scale = Scale(low=0.0, high=1.0, step=0.25, strong=_HALF, unit=f"{NBSP}%")
    return both(lambda narrow: dot_plot(rows, scale, label="Changed verdicts that went to the first slot", narrow=narrow))


def _slot(found: Found, reading: Reading) -> Row:
    changed = facts.figure(reading, "inconsistent", "m")
    first = facts.figure(reading, "first_slot", "to_first", "k")
    consistent = facts.figure(reading, "consistency", "c", "consistent_share")
    parts = []
    if changed is not None and first is not None:
        parts.append(f"{first:,.0f} of {changed:,.0f} changed verdicts")
    if consistent is not None and consistent <= 1:
        parts.append(f"same in {share(consistent)}")
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
            figure=_minus(wording.scored(reading)),
            small="" if reading["reality"] is None else _minus(f"people {wording.amount(reading, reading['reality'])}"),
        )
        for reading in facts.of(found, "author_preference", "leakage")
        if reading["value"] is not None
    ]
    if not rows:
        return None
    scale = spanning(rows)
    return both(lambda narrow: dot_plot(rows, scale, label="Whose texts judges favour, in points", narrow=narrow))


def voices(found: Found) -> tuple[Markup, Markup] | None:
    """The named teacher's voice among voices that cannot have taught, strongest first."""
    voice = found["voice"]
    if voice is None:
        return None
    known = [one for one in voice["profile"] if one["value"] is not None]
    alarm = any(reading["alarm"] for reading in facts.of(found, "label_voice"))
    rows = [
        Row(
            name=one["name"],
            value=one["value"],
            interval=one["interval"],
            look=("warn" if alarm else "plain") if one["role"] == "teacher" else "placebo",
            figure=_minus(wording.number(one["value"] or 0.0)),
            small="the named teacher" if one["role"] == "teacher" else "",
        )
        for one in sorted(known, key=lambda one: -(one["value"] or 0.0))
    ]
    if not rows:
        return None
    if voice["reality"] is not None:
        rows.append(
            Row(
                name="a second person",
                value=voice["reality"],
                look="people",
                figure=_minus(wording.number(voice["reality"])),
                small=f"towards {voice['teacher']}",
            )
        )
    scale = spanning(rows, percent=False)
    return both(lambda narrow: dot_plot(rows, scale, label="Lean of the labels towards each voice", narrow=narrow))


def win_rates(found: Found) -> tuple[Markup, Markup] | None:
    """Win rates by the judge, by people, and corrected."""
    rates = found["win_rates"]
    rows = [_rate(rate) for rate in rates or ()]
    if not rows:
        return None
    scale = Scale(low=0.0, high=1.0, step=0.25, strong=_HALF, unit=f"{NBSP}%")
    return both(lambda narrow: dot_plot(rows, scale, label="Corrected win rates", narrow=narrow))


def _rate(rate: WinRate) -> Row:
    said = [f"{who} {share(rate[key])}" for who, key in (("judge", "judge"), ("people", "human")) if rate[key] is not None]  # type: ignore[literal-required]
    if rate["worth_labels"] is not None:
        said.append(f"worth {rate['worth_labels']:,.0f} labels")
    held = "" if rate["interval"] is None else f" ({share_interval(_pair(rate['interval']))})"
    return Row(
        name=rate["author"],
        value=rate["corrected"],
        interval=rate["interval"],
        people=rate["human"],
        figure="" if rate["corrected"] is None else f"{share(rate['corrected'])}{held}",
        small="; ".join(said),
        reason="cannot be corrected",
    )


def _look(found: Found, reading: Reading) -> Look:
    tone = wording.tone(found, reading)
    if tone == "undetermined":
        return "open"
    return tone if tone in ("fail", "warn") else "plain"


def _pair(held: object) -> tuple[float, float]:
    low, high = held  # type: ignore[misc]
    return float(low), float(high)


def _minus(text: str) -> str:
    return text.replace("-", _MINUS)
