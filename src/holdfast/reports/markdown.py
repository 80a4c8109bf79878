"""A comment on a pull request: compact, collapsible, and harmless to everybody it could have mentioned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.pages.inert import inert
from holdfast.reports import why, wording
from holdfast.reports.pen import Pen

if TYPE_CHECKING:
    from holdfast.reports.summary import Finding, Phrase, Reading, Summary

MOST_CHARACTERS = 60_000
"""GitHub refuses comments beyond 65,536 characters; GitLab takes more."""

_SIGNS = {"pass": "✅", "warn": "⚠️", "fail": "❌", "undetermined": "❔"}


def render(summary: Summary, *, mask: bool = True) -> str:
    """Render an audit as a Markdown comment (GitHub flavour).

    Args:
        summary: The audit.
        mask: Cover e-mail addresses, phone numbers, keys, card numbers, IBANs and IP addresses in everything that
            comes from a file.

    Returns:
        Markdown of at most 60,000 characters.
    """
    pen = Pen(mask=mask)
    word = wording.VERDICT_WORDS[summary["verdict"]]
    lines = [
        f"### {_SIGNS[summary['verdict']]} holdfast: {word}",
        "",
        f"**{pen.prose(summary['sentence'], 600)}**",
        "",
    ]
    subject = (
        f"{pen.code(summary['candidate']['name'])}, {wording.rows(summary['candidate']['rows'])}, against "
        f"{pen.code(summary['anchor']['name'])}, {wording.of_reality(summary['anchor'])}, "
        f"for use {wording.against(summary)}."
    )
    lines += [subject, ""]
    lines += _worth_lines(summary, pen)
    blocks = [
        *(_finding(finding, pen) for finding in summary["findings"]),
        _causes(summary, pen),
        _do(wording.further(summary), pen, "What else to do" if summary["findings"] else "What to do"),
        _readings(summary["readings"], pen),
        _worth_bands(summary, pen),
        _lost(summary, pen),
        _bands(summary, pen),
        _diversity(summary, pen),
        _phrases(summary["phrases"], pen),
        _unseen(summary, pen),
    ]
    foot = _foot(summary, pen)
    text = "\n".join(lines)
    for block in blocks:
        added = "\n".join(["", *block]) if block else ""
        if len(text) + len(added) + len(foot) < MOST_CHARACTERS:
            text += added
    return f"{text}\n{foot}\n"


def _finding(finding: Finding, pen: Pen) -> list[str]:
    lines = [
        f"**{_SIGNS[finding['verdict']]} {pen.prose(finding['title'], 200)}.** "
        f"{wording.standing(pen.prose(finding['sentence'], 600))}",
        "",
    ]
    lines += [f"- {wording.capital(pen.prose(line))}" for line in finding["evidence"][:6]]
    if finding["strata"]:
        names = ", ".join(pen.code(name) for name in finding["strata"][:20])
        more = len(finding["strata"]) - 20
        lines.append(f"- Strata: {names}" + (f" and {more:,} more" if more > 0 else ""))
    lines += [f"- Do: {pen.prose(finding['do'])}", ""]
    if finding["examples"]:
        rests = f"; {wording.look_at(finding)}" if finding["record_count"] else ""
        lines += [
            f"<details><summary>Examples{rests}</summary>",
            "",
        ]
        for example in finding["examples"][:5]:
            side = "real row" if example["side"] == "anchor" else "candidate row"
            said = "" if example["text"] is None else f": {pen.code(example['text'], 300)}"
            note = "" if example["note"] is None else f" ({pen.prose(example['note'], 120)})"
            lines.append(f"- {side} {pen.code(example['id'])}{note}{said}")
        lines += ["", "</details>", ""]
    return lines


def _worth_lines(summary: Summary, pen: Pen) -> list[str]:
    worth = summary["worth"]
    if worth is None:
        return []
    return [f"- {pen.prose(worth['alone'])}", f"- {pen.prose(worth['beside'])}", ""]


def _worth_bands(summary: Summary, pen: Pen) -> list[str]:
    worth = summary["worth"]
    if worth is None:
        return []
    reality = f"{worth['rows']:,}"
    lines = ["| | worth in real rows (95 %) | reality |", "|---|--:|--:|"]
    lines += [
        f"| {what} | {wording.real_rows(value)} ({wording.real_rows_interval(value)}) | {reality} |"
        for what, value in (
            ("by what it covers", worth["coverage"]),
            *(
                (f"by what it teaches about {wording.learnt(learner['name'])}", learner["value"])
                for learner in worth["learners"]
            ),
        )
    ]
    for band in worth["bands"]:
        name = pen.prose(band["band"], 60)
        if band["value"] is None:
            lines.append(f"| {name} | undetermined: {pen.prose(band['reason'] or 'too few rows', 160)} | |")
        else:
            said = f"{wording.real_rows(band['value'])} ({wording.real_rows_interval(band['value'])})"
            lines.append(f"| {name}, covered | {said} | {reality} |")
    judged = f"Judged by {worth['representation'][:1].lower()}{worth['representation'][1:]}"
    lines += ["", pen.prose(judged), "", f"Blind to {pen.prose(worth['blind_to'])}"]
    return _fold("Worth by rarity", lines)


def _diversity(summary: Summary, pen: Pen) -> list[str]:
    diversity = summary["diversity"]
    if diversity is None:
        return []
    lines = ["| diversity | share of reality's | reality itself scores |", "|---|--:|--:|"]
    lines += [
        f"| {pen.prose(wording.counted(row), 60)} | {_cell(wording.share(row['ratio']))} "
        f"| {_cell(wording.share_interval((row['low'], row['high'])))} |"
        for row in diversity["orders"]
    ]
    return _fold("Diversity", lines)


def _causes(summary: Summary, pen: Pen) -> list[str]:
    if not why.diagnosed(summary):
        return []
    lines = ["#### Why", ""]
    for cause in summary["causes"]:
        if cause["state"] in ("likely", "possible"):
            told = " ".join(f"{line}." for line in why.grounds(cause))
            lines.append(f"- **{pen.prose(cause['title'], 80)}**: {why.sure(cause)}. {pen.prose(told, 900)}")
    return [*lines, *(f"- {pen.prose(line, 400)}" for line in why.ruled_out(summary))]


def _do(steps: list[str], pen: Pen, title: str) -> list[str]:
    if not steps:
        return []
    return [
        f"**{title}**",
        "",
        *(f"- {pen.prose(step)}" for step in steps[:5]),
        "",
    ]


def _foot(summary: Summary, pen: Pen) -> str:
    parts = [
        f"holdfast {inert(summary['holdfast_version'], limit=40)}",
        f"seed {summary['settings']['seed']}",
        f"{wording.count(summary['settings']['draws'])} draws",
        f"level {wording.level(summary['settings']['alpha'])}",
    ]
    if summary["anchor"]["digest"]:
        parts.append(f"anchor {pen.code(summary['anchor']['digest'], 90, mask=False)}")
    return f"<sub>{', '.join(parts)}</sub>"


def _readings(readings: list[Reading], pen: Pen) -> list[str]:
    if not readings:
        return []
    lines = ["| | reading | candidate | reality itself scores | p |", "|---|---|--:|--:|--:|"]
    for reading in readings:
        p = reading["p_adjusted"] if reading["judged"] else reading["p_value"]
        lines.append(
            f"| {_SIGNS[reading['verdict']] if wording.asked(reading) else ''} {wording.state(reading)} "
            f"| {pen.prose(reading['title'], 100)} | {wording.scored(reading)} "
            f"| {wording.reality(reading)} | {_cell(wording.p_value(p))} |"
        )
    return [*lines, ""]


def _cell(text: str) -> str:
    return text.replace("<", "&lt;")


def _fold(title: str, lines: list[str]) -> list[str]:
    return [f"<details><summary>{title}</summary>", "", *lines, "", "</details>", ""]


def _lost(summary: Summary, pen: Pen) -> list[str]:
    lost = wording.lost(summary)
    if not lost:
        return []
    lines = ["| lost stratum | expected here | found | retention (95 %) |", "|---|--:|--:|--:|"]
    lines += [
        f"| {pen.code(row['stratum'], cell=True)} | {wording.expected(row['expected_rows'])} "
        f"| {wording.count(row['candidate_rows'])} "
        f"| {_cell(wording.share(row['retention']))} ({_cell(wording.share_interval(row['interval']))}) |"
        for row in lost[:50]
    ]
    if len(lost) > 50:
        lines += ["", f"and {len(lost) - 50:,} more"]
    return _fold(f"{len(lost):,} of {summary['strata']['count']:,} strata lost", lines)


def _bands(summary: Summary, pen: Pen) -> list[str]:
    if not summary["bands"]:
        return []
    lines = ["| rarity | retention (95 %) | reality itself scores |", "|---|--:|--:|"]
    for band in summary["bands"]:
        name = pen.prose(band["band"], 60)
        if band["retention"] is None:
            lines.append(f"| {name} | undetermined: {pen.prose(band['reason'] or 'too few rows', 160)} | |")
        else:
            kept = f"{wording.share(band['retention'])} ({wording.share_interval(band['interval'])})"
            lines.append(f"| {name} | {_cell(kept)} | {_cell(wording.band_shares(band['null']))} |")
    return _fold("Retention by rarity", lines)


def _phrases(phrases: list[Phrase], pen: Pen) -> list[str]:
    if not phrases:
        return []
    lines = ["| over-used | kind | candidate | reality | times as often (95 %) |", "|---|---|--:|--:|--:|"]
    lines += [
        f"| {_said(phrase, pen)} | {phrase['kind']} "
        f"| {_cell(wording.share(phrase['candidate_share']))} | {_cell(wording.share(phrase['real_share']))} "
        f"| {wording.ratio(phrase['rate_ratio'])} "
        f"({wording.ratio(phrase['interval'][0])} to {wording.ratio(phrase['interval'][1])}) |"
        for phrase in phrases[:20]
    ]
    return _fold("Phrases the candidate over-uses", lines)


def _said(phrase: Phrase, pen: Pen) -> str:
    # A phrase may be a part of an address or key that no mask would recognise on its own.
    return "\\[masked\\]" if pen.mask and phrase["private"] else pen.code(phrase["phrase"], 100, cell=True)


def _unseen(summary: Summary, pen: Pen) -> list[str]:
    if not summary["unseen"]:
        return []
    return _fold(
        "What this audit could not have seen", [f"- {pen.prose(line)}" for line in summary["unseen"][:10]]
    )
