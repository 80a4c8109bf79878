"""A comment on a pull request about preference labels: compact, collapsible, harmless to everybody it could have mentioned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.pages.inert import inert
from holdfast.reports.markdown import MOST_CHARACTERS
from holdfast.reports.pen import Pen
from holdfast.reports.preferences import facts, wording
from holdfast.reports.preferences.shown import shown
from holdfast.reports.wording import NBSP, VERDICT_WORDS, level, share, share_interval

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdfast.reports.preferences.contract import Found

_SIGNS = {"pass": "✅", "warn": "⚠️", "fail": "❌", "undetermined": "❔"}


def render(found: Mapping[str, Any], *, mask: bool = True) -> str:
    """Render a preference audit as a Markdown comment (GitHub flavour).

    Args:
        found: The audit as plain data.
        mask: Cover e-mail addresses, phone numbers, keys, card numbers, IBANs and IP addresses in everything that
            comes from a file.

    Returns:
        Markdown of at most 60,000 characters.
    """
    told = shown(found)
    pen = Pen(mask=mask)
    text = "\n".join(
        [
            f"### {_SIGNS[told['verdict']]} holdfast: {VERDICT_WORDS[told['verdict']]}",
            "",
            f"**{pen.prose(told['sentence'], 600)}**",
            "",
            f"{pen.code(told['candidate']['name'])}, {wording.subject(told)}, {wording.against(told)}.",
            "",
        ]
    )
    foot = _foot(told, pen)
    for block in (
        _findings(told, pen),
        _agreement(told, pen),
        *_tastes(told, pen),
        _others(told, pen),
        _causes(told, pen),
        _next(told, pen),
        _sources(told, pen),
        _voice(told, pen),
        _win_rates(told, pen),
        _pairs(told, pen),
        _limits(told, pen),
    ):
        added = "\n".join(["", *block]) if block else ""
        if len(text) + len(added) + len(foot) < MOST_CHARACTERS:
            text += added
    return f"{text}\n{foot}\n"


def _findings(found: Found, pen: Pen) -> list[str]:
    return [
        f"- {_SIGNS[one['severity']]} {pen.prose(wording.standing(one['sentence']), 500)}"
        + (f" {pen.code(one['subject'])}" if one["subject"] else "")
        for one in found["findings"][:20]
    ] + ([""] if found["findings"] else [])


def _agreement(found: Found, pen: Pen) -> list[str]:
    if not found["judges"]:
        return []
    lines = [
        "| can it tell good from bad? | agrees with people | a second person | the longer answer | the first answer |",
        "|---|--:|--:|--:|--:|",
    ]
    for judge in found["judges"][:20]:
        reading = next((one for one in facts.of(found, "agreement") if one["subject"] == judge["name"]), None)
        head = f"| {pen.code(judge['name'], cell=True)} {facts.tag(judge)} "
        if reading is None or reading["value"] is None:
            why = (reading and reading["reason"]) or "not held against people"
            lines.append(f"{head}| {_cell(pen.prose(why, 200))} | | | |")
            continue
        rules = [facts.rule(reading, called)[0] for _, called, _ in facts.RULES]
        beside = " | ".join("unknown" if value is None else _cell(share(value)) for value in rules)
        place = facts.in_a_persons_place(reading)[0]
        there = "" if place is None else f"; the judge there {_cell(share(place))}"
        lines.append(
            f"{head}| {_cell(wording.scored(reading))} | {_cell(wording.people(found, reading))}{there} | {beside} |"
        )
    return [*lines, ""]


def _tastes(found: Found, pen: Pen) -> list[list[str]]:
    blocks = []
    for told in facts.tastes(found):
        lines = []
        if told.rows:
            lines = [
                f"| {pen.code(told.judge, cell=True)} beyond people, in points | adds | a second person | could have seen | |",
                "|---|--:|--:|--:|---|",
            ]
            for reading in told.rows:
                tone = wording.tone(found, reading)
                lines.append(
                    f"| {wording.FEATURES[reading['measure']]} | {_number(wording.scored(reading))} "
                    f"| {_number(wording.people(found, reading))} | {wording.detectable(reading) or 'unknown'} "
                    f"| {_SIGNS[tone] if tone else ''} {wording.state(found, reading)} |"
                )
            lines.append("")
        for state, why, what in told.open()[:8]:
            features = ", ".join(what) if len(what) < len(wording.STYLE) else "all features"
            lines.append(
                f"- {pen.code(told.judge)}, {features}: {state}. {pen.prose(wording.standing(why), 300)}"
            )
        blocks.append([*lines, ""])
    return blocks


def _others(found: Found, pen: Pen) -> list[str]:
    readings = [
        one
        for one in facts.of(found, "position", "author_preference", "leakage", "label_voice")
        if one["state"] != "not_asked"
    ]
    if not readings:
        return []
    lines = ["| | reading | scored | people in its place | could have seen |", "|---|---|--:|--:|--:|"]
    for one in readings[:30]:
        tone = wording.tone(found, one)
        who = f" {pen.code(one['subject'], cell=True)}" if one["subject"] else ""
        lines.append(
            f"| {_SIGNS[tone] if tone else ''} {wording.state(found, one)} | {_cell(pen.prose(facts.title(one), 100))}{who} "
            f"| {_number(wording.scored(one))} | {_number(wording.people(found, one))} | {wording.detectable(one) or 'unknown'} |"
        )
    return [*lines, ""]


def _causes(found: Found, pen: Pen) -> list[str]:
    if not found["causes"]:
        return []
    lines = ["#### Why", ""]
    lines += [
        f"- **{pen.prose(cause['title'], 80)}** ({cause['state']}). {pen.prose(wording.standing(cause['sentence']), 400)} "
        f"{pen.prose(wording.standing(cause['do']), 300)}"
        for cause in found["causes"][:10]
    ]
    return [*lines, ""]


def _next(found: Found, pen: Pen) -> list[str]:
    if not found["next"]:
        return []
    lines = ["**What to do next**", ""]
    for step in found["next"][:8]:
        if facts.is_command(step):
            typed, remark = facts.command(step)
            lines.append(f"- {pen.code(typed, 200)}" + (f": {pen.prose(remark, 200)}" if remark else ""))
        else:
            lines.append(f"- {pen.prose(step)}")
    return [*lines, ""]


def _sources(found: Found, pen: Pen) -> list[str]:
    parts = facts.parts(found)
    if not parts:
        return []
    lines = ["| who made these labels | share | labels |", "|---|--:|--:|"]
    lines += [
        f"| {pen.code(part.name, cell=True)} | {_cell(share(part.share))} | {part.labels:,} |"
        for part in parts[:20]
    ]
    lines += ["", *(f"- {pen.prose(line, 300)}" for line in facts.ledger(found)[:6])]
    return _fold("Who made these labels", lines)


def _voice(found: Found, pen: Pen) -> list[str]:
    voice = found["voice"]
    if voice is None:
        return []
    lines = ["| voice | lean (95 %) | |", "|---|--:|---|"]
    for one in sorted(
        voice["profile"], key=lambda one: -(one["value"] if one["value"] is not None else -9e9)
    )[:40]:
        held = (
            ""
            if one["interval"] is None
            else f" ({' to '.join(wording.number(at) for at in one['interval'])})"
        )
        value = "not measured" if one["value"] is None else f"{wording.number(one['value'])}{held}"
        role = "the named teacher" if one["role"] == "teacher" else "cannot have taught"
        lines.append(f"| {pen.code(one['name'], cell=True)} | {_number(value)} | {role} |")
    return _fold("The voices it leans towards", lines)


def _win_rates(found: Found, pen: Pen) -> list[str]:
    if not found["win_rates"]:
        return []
    lines = [
        "| author | corrected (95 %) | the judge | people | worth in people's labels |",
        "|---|--:|--:|--:|--:|",
    ]
    for rate in found["win_rates"][:40]:
        held = (
            ""
            if rate["interval"] is None
            else f" ({share_interval((rate['interval'][0], rate['interval'][1]))})"
        )
        corrected = "cannot be corrected" if rate["corrected"] is None else share(rate["corrected"]) + held
        worth = "unknown" if rate["worth_labels"] is None else f"{rate['worth_labels']:,.0f}"
        lines.append(
            f"| {pen.code(rate['author'], cell=True)} | {_cell(corrected)} | {_cell(share(rate['judge']))} "
            f"| {_cell(share(rate['human']))} | {worth} |"
        )
    return _fold("Corrected win rates", lines)


def _pairs(found: Found, pen: Pen) -> list[str]:
    lines = []
    for pair in found["pairs"][:10]:
        lines.append(
            f"- pair {pen.code(pair['pair_id'])}: {pen.prose(wording.standing(pair['why']), 120)} {pen.prose(wording.chosen(pair), 200)}"
        )
        if pair["prompt"] is not None:
            lines.append(f"  - prompt: {pen.code(pair['prompt'], 160)}")
        for side, words, said in (
            ("A", pair["words_a"], pair["response_a"]),
            ("B", pair["words_b"], pair["response_b"]),
        ):
            if said is not None:
                long = "" if words is None else f", {wording.count(words, 'word')}"
                lines.append(f"  - {side}{long}: {pen.code(said, 240)}")
    return _fold("Pairs that show it", lines) if lines else []


def _limits(found: Found, pen: Pen) -> list[str]:
    lines = [*facts.not_told(found)[:20], *facts.cannot(found)]
    return _fold(
        "What was not asked, and what cannot be claimed", [f"- {pen.prose(line, 500)}" for line in lines]
    )


def _foot(found: Found, pen: Pen) -> str:
    settings = found["settings"]
    parts = [
        f"holdfast {inert(found['holdfast_version'], limit=40)}",
        f"seed {settings['seed']}",
        f"{settings['draws']:,} draws",
        f"look {settings['look']} spends {level(round(settings['level'], 6))} of {level(settings['alpha'])}",
    ]
    if found["anchor"] is not None and found["anchor"]["digest"]:
        parts.append(f"anchor {pen.code(found['anchor']['digest'], 90, mask=False)}")
    return f"<sub>{', '.join(parts)}</sub>"


def _number(text: str) -> str:
    return _cell(text).replace(f"{NBSP}points", "")


def _cell(text: str) -> str:
    return text.replace("<", "&lt;")


def _fold(title: str, lines: list[str]) -> list[str]:
    return [f"<details><summary>{title}</summary>", "", *lines, "", "</details>", ""]
