"""The preference audit in the terminal: the verdict, then the questions a doubtful colleague asks, in that order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.pages.inert import LABEL, inert
from holdfast.reports.columns import cut, wrap
from holdfast.reports.preferences import facts, wording
from holdfast.reports.preferences.lines import Lines
from holdfast.reports.preferences.shown import shown
from holdfast.reports.wording import VERDICT_WORDS, hold, level, plain, share, share_interval

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from holdfast.reports.preferences.contract import Found, Pair, Reading
    from holdfast.reports.summary import Verdict

NARROWEST = 40
PAIRS = 3
"""Pairs shown in a terminal; the page shows all."""
_COLORS: dict[Verdict, str] = {"pass": "32", "warn": "33", "fail": "31", "undetermined": "36"}
_FILL = {"people": "#", "judge": "=", "unknown": "?"}


def render(found: Mapping[str, Any], *, width: int = 100, color: bool = False) -> str:
    """Render a preference audit for a terminal.

    Args:
        found: The audit as plain data.
        width: Columns to fill; never fewer than 40.
        color: Colour the verdict words and titles. Nothing is said by colour alone.

    Returns:
        Text that ends in a line break and, apart from what comes from files, holds only Windows-1252 characters.
    """
    told = shown(found)
    page = Lines(width=max(NARROWEST, width), color=color)
    _verdict(page, told)
    _sources(page, told)
    _agreement(page, told)
    _taste(page, told)
    _position(page, told)
    _authors(page, told)
    _voice(page, told)
    _win_rates(page, told)
    _pairs(page, told)
    _causes(page, told)
    _next(page, told["next"][:8])
    _list(page, "What was not asked, or cannot be told", facts.not_told(told)[:24])
    _list(page, "What cannot be claimed", facts.cannot(told))
    _how(page, told)
    return plain("\n".join(line.rstrip(" ") for line in page.lines) + "\n")


def _verdict(page: Lines, found: Found) -> None:
    word = VERDICT_WORDS[found["verdict"]]
    lines = wrap(hold(inert(found["sentence"], limit=600)), page.width, first=f"{word}  ", rest="")
    lines[0] = lines[0].replace(word, page.paint(word, f"1;{_COLORS[found['verdict']]}"), 1)
    page.lines.extend([*lines, ""])
    page.add(f"{_name(found['candidate']['name'])}, {wording.subject(found)}, {wording.against(found)}")
    for one in found["findings"]:
        who = f" ({_name(one['subject'])})" if one["subject"] else ""
        page.add(
            f"{wording.standing(inert(one['sentence'], limit=500))}{who}",
            first=f"  {VERDICT_WORDS[one['severity']]}  ",
            rest="        ",
        )


def _sources(page: Lines, found: Found) -> None:
    page.title("Who made these labels")
    parts = facts.parts(found)
    if not parts:
        page.add("There is no label in it.", first="  ")
        return
    wide = min(page.width - 4, 72)
    bar, reached = "", 0.0
    for part in parts:
        reached += part.share
        bar += _FILL[part.whose] * (round(reached * wide) - len(bar) - bar.count("|"))
    page.lines.append(f"  {bar[:wide]}")
    page.table(
        [
            [
                f"{_FILL[part.whose]} {_name(part.name)}",
                share(part.share),
                wording.count(part.labels, "label"),
            ]
            for part in parts[:12]
        ],
        right=frozenset({1, 2}),
    )
    for line in facts.ledger(found):
        page.add(line, first="  ")


def _agreement(page: Lines, found: Found) -> None:
    if not found["judges"]:
        return
    page.title("Can the judge tell good from bad? Agreement with people")
    for alpha in facts.of(found, "human_agreement"):
        said = f"{wording.scored(alpha)} {alpha['unit']}" if alpha["reason"] is None else alpha["reason"]
        page.add(f"people among themselves: {said}", first="  ", rest="    ")
    for judge in found["judges"]:
        reading = next((one for one in facts.of(found, "agreement") if one["subject"] == judge["name"]), None)
        page.add(
            f"{_name(judge['name'])}: {facts.told_apart(judge)}; {wording.count(judge['shared_pairs'], 'pair')} shared with people",
            first="  ",
            rest="    ",
        )
        if reading is None or reading["value"] is None:
            page.add((reading and reading["reason"]) or "not held against people", first="    ")
            continue
        rows = [["this judge", wording.scored(reading)]]
        place, held = facts.in_a_persons_place(reading)
        if (
            place is not None
        ):  # people's own figure counts pairs that they are split on, so the judge's there stands beside it
            rows.append(["the same in one person's place", wording.figure(reading, place, held)])
        rows.append(["that person" if place is not None else "a second person", _second(found, reading)])
        rows += [[name, _rule(reading, called, why)] for name, called, why in facts.RULES]
        page.table(rows, indent="    ")
    bare = next(
        (one for one in facts.of(found, "agreement") if one["value"] is not None and one["reality"] is None),
        None,
    )
    if bare is not None:
        page.add(f"no second person: {wording.without_people(found, bare)}", first="  ", rest="    ")


def _second(found: Found, reading: Reading) -> str:
    return "no figure" if reading["reality"] is None else wording.people(found, reading)


def _rule(reading: Reading, called: str, why: str) -> str:
    value, held = facts.rule(reading, called)
    if value is None:
        return why
    return share(value) + ("" if held is None else f" ({share_interval((held[0], held[1]))})")


def _taste(page: Lines, found: Found) -> None:
    for told in facts.tastes(found):
        page.title(f"What {_name(told.judge)} adds beyond people, in points")
        if told.rows:
            rows = [["", "the judge", "a second person", "could have seen", ""]]
            rows += [
                [
                    wording.FEATURES[reading["measure"]],
                    _points(reading["value"], reading["interval"]),
                    "no figure"
                    if reading["reality"] is None
                    else _points(reading["reality"], reading["reality_interval"]),
                    wording.detectable(reading) or "unknown",
                    wording.state(found, reading),
                ]
                for reading in told.rows
            ]
            page.table(rows, right=frozenset({1, 2, 3}))
            bare = next((one for one in told.rows if one["reality"] is None), None)
            if bare is not None:
                page.add(f"no second person: {wording.without_people(found, bare)}", first="  ", rest="    ")
        for state, why, what in told.open():
            features = ", ".join(what) if len(what) < len(wording.STYLE) else "all features"
            page.add(
                f"{state[:1].upper()}{state[1:]}: {features}. {wording.standing(why)}",
                first="  ",
                rest="    ",
            )


def _points(value: float | None, interval: Any) -> str:
    if value is None:
        return "not measured"
    return wording.points(value) + ("" if interval is None else f" ({wording.points_interval(interval)})")


def _position(page: Lines, found: Found) -> None:
    readings = facts.of(found, "position")
    if not readings:
        return
    page.title("Does the first slot win? Verdicts that changed with the order")
    for reading in readings:
        if reading["value"] is None:
            page.add(
                f"{_name(reading['subject'])}: {wording.state(found, reading).lower()}: {facts.steady(reading)}",
                first="  ",
                rest="    ",
            )
            for line in facts.evidence([reading])[:2]:
                page.add(line, first="    ")
            continue
        page.add(
            f"{_name(reading['subject'])}: {wording.scored(reading)} went to the first slot",
            first="  ",
            rest="    ",
        )
        for line in facts.evidence([reading])[:3]:
            page.add(line, first="    ")
        page.add(f"people: {wording.people(found, reading)}", first="    ", rest="      ")
        _seen(page, found, reading)


def _seen(page: Lines, found: Found, reading: Reading) -> None:
    seen = wording.detectable(reading)
    told = f"; could have seen {seen}" if seen else ""
    page.add(f"{wording.state(found, reading)}{told}", first="    ")


def _authors(page: Lines, found: Found) -> None:
    readings = facts.of(found, "author_preference", "leakage")
    if not readings:
        return
    page.title("Whose texts it favours")
    for reading in readings:
        if reading["value"] is None:
            continue
        who = f", {_name(reading['subject'])}" if reading["subject"] else ""
        page.add(
            f"{inert(facts.title(reading), limit=LABEL)}{who}: {wording.scored(reading)}; people {wording.people(found, reading)}",
            first="  ",
            rest="    ",
        )
        _seen(page, found, reading)
    for what, state, why in facts.without_value(found, "author_preference", "leakage"):
        page.add(f"{inert(what, limit=200)}: {state}: {why}", first="  ", rest="    ")


def _voice(page: Lines, found: Found) -> None:
    voice = found["voice"]
    if voice is None:
        return
    page.title(f"Does it prefer the voice of {_name(voice['teacher'])}?")
    rows = []
    for one in sorted(
        voice["profile"], key=lambda one: -(one["value"] if one["value"] is not None else -9e9)
    ):
        held = "" if one["interval"] is None else " to ".join(wording.number(at) for at in one["interval"])
        value = (
            "not measured"
            if one["value"] is None
            else wording.number(one["value"]) + (f" ({held})" if held else "")
        )
        rows.append(
            [
                _name(one["name"]),
                value,
                "the named teacher" if one["role"] == "teacher" else "cannot have taught",
            ]
        )
    rows += [
        ["a second person", wording.people(found, reading), f"towards {_name(voice['teacher'])}"]
        for reading in facts.of(found, "label_voice")[:1]
    ]
    page.table(rows)
    for line in facts.evidence(facts.of(found, "label_voice"))[:4]:
        page.add(line, first="  ")


def _win_rates(page: Lines, found: Found) -> None:
    if not found["win_rates"]:
        return
    page.title("Win rates, corrected by people")
    rows = [["", "corrected", "the judge", "people", "worth in people's labels"]]
    for rate in found["win_rates"]:
        held = (
            ""
            if rate["interval"] is None
            else f" ({share_interval((rate['interval'][0], rate['interval'][1]))})"
        )
        rows.append(
            [
                _name(rate["author"]),
                "cannot be corrected" if rate["corrected"] is None else share(rate["corrected"]) + held,
                share(rate["judge"]),
                share(rate["human"]),
                "unknown" if rate["worth_labels"] is None else f"{rate['worth_labels']:,.0f}",
            ]
        )
    page.table(rows, right=frozenset({1, 2, 3, 4}))


def _pairs(page: Lines, found: Found) -> None:
    if not found["pairs"]:
        return
    page.title("Pairs that show it")
    for pair in found["pairs"][:PAIRS]:
        page.add(
            f"{wording.standing(inert(pair['why'], limit=120))} Pair {_name(pair['pair_id'])}: {wording.chosen(pair)}",
            first="  ",
            rest="    ",
        )
        if pair["prompt"] is not None:
            page.add(pair["prompt"], first="    ", limit=160)
        for side in _sides(pair):
            page.add(side, first="    ", rest="       ", limit=260)
    more = len(found["pairs"]) - PAIRS
    if more > 0:
        page.add(f"and {more} more; --report shows them side by side", first="  ")


def _sides(pair: Pair) -> Iterable[str]:
    for label, words, text in (
        ("A", pair["words_a"], pair["response_a"]),
        ("B", pair["words_b"], pair["response_b"]),
    ):
        long = "length unknown" if words is None else wording.count(words, "word")
        yield f"{label}, {long}" + ("" if text is None else f": {inert(text, limit=200)}")


def _causes(page: Lines, found: Found) -> None:
    if not found["causes"]:
        return
    page.title("Why")
    for cause in found["causes"]:
        page.add(f"{cause['title']}: {cause['state']}", first="  ", rest="    ")
        for line in [cause["sentence"], *cause["evidence"][:4]]:
            page.add(wording.standing(line), first="    ", rest="      ")
        page.add(f"Do: {cause['do']}", first="    ", rest="      ")


def _list(page: Lines, title: str, lines: Iterable[str]) -> None:
    told = list(lines)
    if told:
        page.title(title)
    for line in told:
        page.add(line, first="  - ")


def _next(page: Lines, steps: list[str]) -> None:
    if steps:
        page.title("What to do next")
    for step in steps:
        if not facts.is_command(step):
            page.add(step, first="  - ")
            continue
        typed, remark = facts.command(step)
        page.add(typed, first="  - ")
        if remark:
            page.add(remark, first="      ")


def _how(page: Lines, found: Found) -> None:
    page.title("How it was computed")
    settings = found["settings"]
    page.add(
        f"level {level(settings['alpha'])} over all looks, of which look {settings['look']} spends "
        f"{level(round(settings['level'], 6))}; {settings['draws']:,} draws, seed {settings['seed']}",
        first="  ",
        rest="    ",
    )
    anchor = found["anchor"]
    if anchor is not None:
        digest = f", {anchor['digest']}" if anchor["digest"] else ""
        page.add(
            f"people: {_name(anchor['name'])} ({anchor['kind']}), {wording.count(anchor['labels'], 'label')} of "
            f"{wording.count(anchor['pairs'], 'pair')} by {wording.count(anchor['people'], 'person')}{digest}",
            first="  ",
            rest="    ",
        )
    for line in [*facts.left_out(found), *found["candidate"]["notes"][:10], *found["notes"][:10]]:
        page.add(line, first="  - ", limit=300)


def _name(text: str) -> str:
    return cut(inert(text, limit=60), 60)
