"""The diff of two realities in the terminal: has reality moved, how, and what could have been seen?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.pages.inert import LABEL, inert
from holdfast.reports.columns import cells, pad, wrap
from holdfast.reports.wording import capital, count, hold, p_value, plain, share, share_interval

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_NARROWEST = 60
_EXAMPLES = 4
_STRATA = 20
_COLORS = {"not moved": "32", "moved": "31", "undetermined": "36"}
_SIDES = {"since": "new", "before": "old"}
_FATES = {
    "persists": "persists: the candidate drifted",
    "vanishes": "vanishes: reality moved, and the candidate is where it now is",
    "unclear": "cannot be told against the new reality",
    "appears": "appears: the candidate lacks what is new in reality",
}


def render(diff: Mapping[str, Any], *, width: int = 100, color: bool = False) -> str:
    """Render a diff for a terminal.

    Args:
        diff: The diff as plain data (`Diff.plain`).
        width: Columns to fill; never fewer than 60.
        color: Colour the verdict. Nothing is said by colour alone.
    """
    width = max(_NARROWEST, width)
    word = str(diff["verdict"]).upper()
    lines = wrap(hold(inert(diff["sentence"], limit=600)), width, first=f"{word}  ", rest="")
    lines[0] = lines[0].replace(word, _paint(word, f"1;{_COLORS[diff['verdict']]}", color), 1)
    old, new = diff["old"], diff["new"]
    shared = diff["shared_share"]
    common = f"; {share(shared)} of the new rows stand in the old reality, too" if shared else ""
    lines += [
        "",
        *_prose(
            f"{old['name']}, {count(old['rows'])} rows, and {new['name']}, {count(new['rows'])} rows{common}",
            width,
        ),
    ]
    lines += _prose(diff["smallest_move"], width)
    for move in diff["moves"]:
        lines += _move(move, width, color=color)
    lines += _shares(diff["shares"], width, color=color)
    if diff["candidate"] is not None:
        lines += _candidate(diff["candidate"], width, color=color)
    silent = [
        f"{limit['title']} ({_SIDES[limit['direction']]} rows against the others): {limit['reason']}."
        for limit in diff["limits"]
        if limit["smallest"] is None and limit["reason"]
    ]
    lines += _list("What could not be looked at", silent, width, color=color)
    how = [
        f"Two audits, new rows against old ones and old rows against new ones, each at half of {share(diff['alpha'])}, with "
        f"{count(diff['settings']['draws'])} draws; holdout and gold are not looked at.",
        *diff["notes"],
    ]
    lines += _list("How it was computed", how, width, color=color)
    return plain("\n".join(line.rstrip(" ") for line in lines) + "\n")


def _move(move: Mapping[str, Any], width: int, *, color: bool) -> list[str]:
    kind = "moved" if move["sure"] else "a hint, not judged"
    lines = ["", _paint(f"{capital(move['words'])} ({kind})", "1", color)]
    for line in move["evidence"]:
        lines += wrap(hold(capital(inert(_sides(line, move["direction"]), limit=300))), width, first="  - ")
    if move["strata"]:
        names = ", ".join(inert(name, limit=LABEL) for name in move["strata"][:_STRATA])
        more = f" and {len(move['strata']) - _STRATA} more" if len(move["strata"]) > _STRATA else ""
        lines += wrap(hold(f"Strata: {names}{more}"), width, first="  ", rest="    ")
    for example in move["examples"][:_EXAMPLES]:
        side = _example_side(example["side"], move["direction"])
        where = f", {inert(example['stratum'], limit=LABEL)}" if example["stratum"] else ""
        lines += wrap(f"{side} row {inert(example['id'], limit=LABEL)}{where}", width, first="    ")
        if example["text"] is not None:
            lines += wrap(f"“{inert(example['text'], limit=240)}”", width, first="      ")
    return lines


def _example_side(side: str, direction: str) -> str:
    """An audit calls its sides candidate and anchor; which of them is old depends on its direction."""
    return "new" if (side == "candidate") == (direction == "since") else "old"


def _sides(line: str, direction: str) -> str:
    """Words of an audit in words of two realities."""
    mine, other = ("new", "old") if direction == "since" else ("old", "new")
    line = line.replace("the candidate", f"the {mine} reality").replace(
        "fresh real rows", f"fresh {other} rows"
    )
    return line.replace("half of reality", f"half of the {other} reality").replace(
        "real rows", f"{other} rows"
    )


def _shares(shares: list[dict[str, Any]], width: int, *, color: bool) -> list[str]:
    if not shares:
        return []
    changed = [row for row in shares if row["change"] != "same"]
    shown = (changed or shares)[:_STRATA]
    names = [inert(row["stratum"], limit=32) for row in shown]
    wide = max(map(cells, [*names, "stratum"]))
    title = (
        f"Shares of strata: {len(changed)} of {len(shares)} named"
        if changed
        else "Shares of strata, most changed first: none named"
    )
    lines = ["", _paint(title, "1", color)]
    lines.append(
        f"  {pad('stratum', wide)}  {pad('old', 8, right=True)}{pad('new', 9, right=True)}  {pad('new / old (95 %)', 24)}  p"
    )
    for row, name in zip(shown, names, strict=True):
        ratio = "-" if row["ratio"] is None else f"{share(row['ratio'])} ({share_interval(row['interval'])})"
        lines.append(
            f"  {pad(name, wide)}  {pad(share(row['old_share']), 8, right=True)}{pad(share(row['new_share']), 9, right=True)}"
            f"  {pad(ratio, 24)}  {p_value(row['p_value'])}{'' if row['change'] == 'same' else '  ' + row['change']}"
        )
    if len(changed) > _STRATA:
        lines.append(f"  ... and {len(changed) - _STRATA} more")
    lines += wrap(
        "Named by Benjamini and Hochberg, 5 % of the names of each direction may be wrong; p-values are raw.",
        width,
        first="  ",
    )
    return lines


def _candidate(candidate: Mapping[str, Any], width: int, *, color: bool) -> list[str]:
    name = inert(candidate["name"], limit=LABEL)
    lines = [
        "",
        _paint(
            f"{name}: {candidate['old_verdict']} against the old reality, {candidate['new_verdict']} against the new one",
            "1",
            color,
        ),
    ]
    if not candidate["findings"]:
        lines += wrap("No finding against either.", width, first="  ")
    for found in candidate["findings"]:
        lines += wrap(
            hold(f"{inert(found['title'], limit=80)} ({found['old']}, then {found['new']}) {_fate(found)}"),
            width,
            first="  - ",
        )
        for key, what in (
            ("strata_persist", "still missing"),
            ("strata_vanish", "missing no more"),
            ("strata_appear", "missing now"),
        ):
            if found[key]:
                names = ", ".join(inert(label, limit=40) for label in found[key][:_STRATA])
                lines += wrap(
                    hold(f"{what}: {names}{' ...' if len(found[key]) > _STRATA else ''}"),
                    width,
                    first="      ",
                )
    return lines


def _fate(found: Mapping[str, Any]) -> str:
    if found["fate"] == "persists" and found["strata_vanish"]:
        return "persists in part: the candidate drifted, and reality moved"
    return _FATES[found["fate"]]


def _list(title: str, lines: Iterable[str], width: int, *, color: bool) -> list[str]:
    said = [part for line in lines for part in wrap(hold(inert(line, limit=500)), width, first="  - ")]
    return ["", _paint(title, "1", color), *said] if said else []


def _prose(text: str, width: int) -> list[str]:
    return wrap(hold(inert(text, limit=600)), width)


def _paint(text: str, code: str, color: bool) -> str:  # noqa: FBT001 - private
    return f"\x1b[{code}m{text}\x1b[0m" if color and text else text
