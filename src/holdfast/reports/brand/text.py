"""A brand audit in the terminal: what is kept, what pulls away, which phrases are over-used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.measures.reading import percent
from holdfast.pages.inert import LABEL, inert
from holdfast.reports.brand import wording
from holdfast.reports.columns import cells, pad, wrap
from holdfast.reports.wording import count, hold, plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NARROWEST = 72
_SHIFTS, _PHRASES, _TERMS = 12, 12, 8
_WORDS = {"pass": "PASS", "warn": "WARN", "undetermined": "UNDETERMINED"}
_COLORS = {"pass": "32", "warn": "33", "undetermined": "36"}


def render(found: Mapping[str, Any], *, width: int = 100, color: bool = False) -> str:
    """Render a brand audit for a terminal.

    Args:
        found: Plain data of `holdfast.brand/1`.
        width: Columns to fill; never fewer than 72.
        color: Colour the verdict. Nothing is said by colour alone.
    """
    width = max(_NARROWEST, width)
    word = _WORDS[found["verdict"]]
    lines = wrap(hold(f"{word}  {inert(found['sentence'], limit=900)}"), width)
    if color:
        lines[0] = lines[0].replace(word, f"\x1b[1;{_COLORS[found['verdict']]}m{word}\x1b[0m", 1)
    sets = "; ".join(_set(role, one) for role, one in found["sets"].items())
    lines += ["", *wrap(hold(sets), width)]
    lines += ["", *_readings(found["readings"], width)]
    for one in found["readings"]:
        if one["reason"] and one["state"] == "undetermined":
            lines += wrap(
                hold(f"{wording.title(one)}: {inert(one['reason'], limit=300)}."),
                width,
                first="  - ",
                rest="    ",
            )
    lines += _section(
        "What pulls outputs away (each 1,000 words; of formats, of documents)", _shifts(found), width
    )
    lines += _section("Phrases used more than in your texts", _phrases(found["overuse"]), width)
    lines += _section("Terms of the lexicon that outputs use least", _terms(found["readings"]), width)
    lines += _section("What this does not show", found["not_claimed"], width)
    return plain("\n".join(line.rstrip(" ") for line in lines) + "\n")


def _set(role: str, one: Mapping[str, Any]) -> str:
    copies = f", {count(one['distinct'])} different" if one["distinct"] < one["documents"] else ""
    return f"{wording.ROLES[role]}: {inert(one['name'], limit=LABEL)} ({count(one['documents'])}{copies})"


def _readings(readings: Sequence[Mapping[str, Any]], width: int) -> list[str]:
    shown = [one for one in readings if one["state"] != "not_asked"]
    wide = min(46, max(cells(wording.title(one)) for one in shown), width - 52)
    lines = [_row("Reading", "value", "95 % interval", "approved texts", "", wide)]
    for one in shown:
        reality = wording.span(one, one["reality_interval"]) or wording.figure(one, one["reality"])
        lines.append(
            _row(
                wording.title(one),
                wording.figure(one, one["value"]),
                wording.span(one, one["interval"]),
                reality,
                wording.STATES[one["state"]],
                wide,
            )
        )
    return lines


def _row(name: str, value: str, interval: str, reality: str, state: str, wide: int) -> str:
    return f"{pad(name, wide)} {pad(value, 6, right=True)}  {pad(interval, 15)}  {pad(reality, 15)} {state}"


def _shifts(found: Mapping[str, Any]) -> list[str]:
    said = []
    for one in found["shifts"][:_SHIFTS]:
        generic = "" if one["generic"] is None else f"; generic texts {wording.rate(one, one['generic'])}"
        rows = ", ".join(inert(name, limit=30) for name in one["rows"][:2])
        said.append(
            f"{wording.feature(inert(one['feature'], limit=40))}: {wording.rate(one, one['outputs'])}, in your texts "
            f"{wording.rate(one, one['approved'])}{generic} (see {rows})"
        )
    return said


def _phrases(overuse: Mapping[str, Any]) -> list[str]:
    if overuse["phrases"] is None:
        return [f"Not known: {inert(overuse['reason'], limit=200)}."]
    low, high = overuse["row_share_interval"]
    said = [
        f"{percent(overuse['row_share'])} of outputs ({percent(low)} to {percent(high)}) hold a phrase found over-used in the others; of "
        f"your own held-out texts {percent(overuse['reality'])} hold one of the same. With your own texts in the outputs' place "
        f"{count(overuse['false_phrases'])} phrases were found."
    ]
    hidden = [one for one in overuse["phrases"] if one["phrase"] is None]
    if hidden:
        names = dict.fromkeys(name for one in hidden for name in one["rows"])
        return [
            *said,
            f"{count(len(hidden))} phrases, not shown (see {', '.join(inert(name, limit=30) for name in list(names)[:4])})",
        ]
    for one in overuse["phrases"][:_PHRASES]:
        words = f'"{inert(one["phrase"], limit=60)}"'
        rows = ", ".join(inert(name, limit=30) for name in one["rows"][:2])
        said.append(
            f"{words}{wording.place(one)}: {percent(one['outputs_share'])} of outputs, {percent(one['approved_share'])} of your texts, "
            f"{wording.ratio(one)} (see {rows})"
        )
    return said


def _terms(readings: Sequence[Mapping[str, Any]]) -> list[str]:
    found = next((one["details"].get("terms") for one in readings if one["measure"] == "brand_lexicon"), None)
    return [
        f"{inert(one['term'], limit=40)}: in {percent(one['outputs_share'])} of outputs, {percent(one['approved_share'])} of your texts"
        for one in (found or [])[:_TERMS]
        if one["outputs_share"] < one["approved_share"]
    ]


def _section(title: str, said: Sequence[str], width: int) -> list[str]:
    if not said:
        return []
    lines = ["", title]
    for one in said:
        lines += wrap(hold(one), width, first="  - ")
    return lines
