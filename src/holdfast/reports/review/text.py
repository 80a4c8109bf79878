"""What reviews say, in the terminal: how much is bad, whether people agree, who stands out, and how filters do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.pages.inert import LABEL, inert
from holdfast.reports.columns import cells, pad, wrap
from holdfast.reports.wording import count, hold, p_value, plain, share, share_interval
from holdfast.stats.figures import about

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NARROWEST = 72
_SHOWN = 12
_UNKNOWN = "-"
_DRIFTS = {
    "accepted": "the share accepted",
    "first preferred": "the share in which the first set is preferred",
    "gold right": "the share of gold questions answered right",
    "agreement": "agreement with others",
}


def render(found: Mapping[str, Any], *, width: int = 100, color: bool = False) -> str:
    """Render what reviews say for a terminal.

    Args:
        found: Results as plain data (`Results.plain`).
        width: Columns to fill; never fewer than 72.
        color: Set headings in bold. Nothing is said by it alone.
    """
    width = max(_NARROWEST, width)
    lines = wrap(hold(_headline(found)), width)
    lines += wrap(hold(_extent(found)), width)
    sections = (
        ("Shares of the whole set", _shares(found)),
        (_strata_title(found), _strata(found)),
        ("Agreement beyond chance (Krippendorff's alpha)", _agreement(found["agreement"])),
        ("Reviewers", _reviewers(found["reviewers"])),
        ("Filters and judges beside people", _filters(found["calibration"])),
    )
    for title, body in sections:
        if body:
            lines += ["", f"\x1b[1m{title}\x1b[0m" if color else title, *body]
    notes = _notes(found)
    if notes:
        lines += ["", "\x1b[1mNotes\x1b[0m" if color else "Notes"]
        for note in notes:
            lines += wrap(hold(note), width, first="  - ")
    return plain("\n".join(line.rstrip(" ") for line in lines) + "\n")


def _bad(found: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return next((one for one in found["estimates"] if one["bad"]), None)


def _headline(found: Mapping[str, Any]) -> str:
    one = _bad(found) or next(iter(found["estimates"]), None)
    name = inert(found["queue"], limit=120)
    if one is None:
        return f"{name}: no question of this queue can be counted."
    what, overall = inert(one["claim"], limit=LABEL), one["overall"]
    if not _known(overall):
        return f"{name}: {what} is not known: {overall['reason']}."
    return (
        f"{name}: of {count(found['rows'])} rows {share(overall['value'])} are {_told(what)} "
        f"({share_interval(tuple(overall['interval']))}, 95 %)."
    )


def _told(claim: str) -> str:
    """A claim as the end of a sentence: without the name of the question.

    >>> _told("verdict: rejected")
    'rejected'
    """
    return claim.partition(": ")[2] or claim


def _extent(found: Mapping[str, Any]) -> str:
    people = len(found["reviewers"])
    said = f"{count(found['decided'])} of {count(found['items'])} items decided by {count(people)} "
    said += "person" if people == 1 else "people"
    if found["gold"]:
        said += f"; {count(found['gold'])} of the items are gold questions and count for no share"
    if found["differ"]:
        said += f"; reviewers differ on {count(found['differ'])}"
    return f"{said}."


def _shares(found: Mapping[str, Any]) -> list[str]:
    # A fault that nobody found is no news in a table; its interval stands in the JSON.
    told = [
        one
        for one in found["estimates"]
        if not _known(one["overall"]) or one["overall"]["value"] > 0 or one["bad"]
    ]
    names = [inert(one["claim"], limit=LABEL) for one in told]
    return _table("", names, [one["overall"] for one in told])


def _strata_title(found: Mapping[str, Any]) -> str:
    one = _bad(found)
    return "" if one is None else f"{inert(one['claim'], limit=LABEL)}, by stratum and source"


def _strata(found: Mapping[str, Any]) -> list[str]:
    one = _bad(found)
    if one is None:
        return []
    lines = []
    for kind in ("strata", "sources", "agents"):
        known = [group for group in one[kind] if _known(group["share"])]
        # By what is sure: the lower end of the interval.
        known.sort(
            key=lambda group: (-group["share"]["interval"][0], -group["share"]["value"], group["name"] or "")
        )
        if not known or (kind == "strata" and len(one[kind]) < 2):
            continue
        names = ["(none)" if group["name"] is None else inert(group["name"], limit=LABEL) for group in known]
        word = {"strata": "stratum", "sources": "source", "agents": "made by"}[kind]
        lines += _table(word, names[:_SHOWN], [group["share"] for group in known[:_SHOWN]])
        rest = len(one[kind]) - min(len(known), _SHOWN)
        if rest:
            few = len(one[kind]) - len(known)
            lines.append(
                f"  {count(rest)} more in --json"
                + (f", {count(few)} of them with too few items" if few else "")
            )
    return lines


def _table(word: str, names: Sequence[str], shares: Sequence[Mapping[str, Any]]) -> list[str]:
    if not names:
        return []
    wide = min(44, max(cells(name) for name in [*names, word]) + 2)
    lines = [
        f"  {pad(word, wide)}{pad('share', 8, right=True)}  {pad('95 % interval', 16)}{pad('items', 7, right=True)}{pad('worth', 7, right=True)}"
    ]
    for name, one in zip(names, shares, strict=True):
        if not _known(one):
            lines.append(f"  {pad(name, wide)}{pad(_UNKNOWN, 8, right=True)}")
            continue
        lines.append(
            f"  {pad(name, wide)}{pad(share(one['value']), 8, right=True)}  "
            f"{pad(share_interval(tuple(one['interval'])), 16)}{pad(count(one['items']), 7, right=True)}"
            f"{pad(about(one['effective']), 7, right=True)}"
        )
    return lines


def _agreement(agreement: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = []
    wide = max([cells(inert(one["question"], limit=LABEL)) for one in agreement], default=0) + 2
    for one in agreement:
        name, alpha = pad(inert(one["question"], limit=LABEL), wide), one["alpha"]
        if not _known(alpha):
            lines.append(f"  {name}not known: {alpha['reason']}")
            continue
        ends = "interval unknown"
        if alpha["interval"] is not None:
            ends = f"{alpha['interval'][0]:.2f} to {alpha['interval'][1]:.2f}"
        lines.append(
            f"  {name}{alpha['value']:.2f}  ({ends}; {count(alpha['items'])} items, {alpha['level']})"
        )
    return lines


def _reviewers(people: Sequence[Mapping[str, Any]]) -> list[str]:
    if not people:
        return []
    names = [inert(one["name"], limit=LABEL) for one in people]
    wide = min(32, max(cells(name) for name in [*names, "name"]) + 2)
    lines = [
        f"  {pad('name', wide)}{pad('decided', 8, right=True)}{pad('seconds', 9, right=True)}"
        f"{pad('agreement', 11, right=True)}  {pad('', 14)}{pad('gold right', 11, right=True)}"
    ]
    for name, one in zip(names, people, strict=True):
        seconds = _UNKNOWN if one["seconds"] is None else f"{one['seconds']:.1f}"
        agreement, ends = _counted(one["agreement"])
        gold, _ = _counted(one["gold"])
        of = f" of {one['gold']['of']}" if _known(one["gold"]) else ""
        lines.append(
            f"  {pad(name, wide)}{pad(count(one['decided']), 8, right=True)}{pad(seconds, 9, right=True)}"
            f"{pad(agreement, 11, right=True)}  {pad(ends, 14)}{pad(gold + of, 11, right=True)}"
        )
    return lines


def _counted(one: Mapping[str, Any]) -> tuple[str, str]:
    if not _known(one):
        return _UNKNOWN, ""
    return share(one["hits"] / one["of"]), share_interval(tuple(one["interval"]))


def _filters(calibration: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = []
    for one in calibration:
        lines.append(f"  {inert(one['flag'], limit=LABEL)}, against {inert(one['claim'], limit=LABEL)}")
        for name, word in (
            ("flagged", "flags"),
            ("precision", "bad, of what it flags"),
            ("recall", "flagged, of what is bad"),
        ):
            held = one[name]
            said = _UNKNOWN if _known(held) else f"not known: {held['reason']}"
            if _known(held):
                said = f"{share(held['value'])} ({share_interval(tuple(held['interval']))})"
            lines.append(f"    {pad(word, 26)}{said}")
        held = one["corrected"]
        said = f"not known: {held['reason']}" if "reason" in held else share(held["value"])
        if "reason" not in held:
            said += f" ({share_interval(tuple(held['interval']))}), by people and the filter together"
        lines.append(f"    {pad('bad, of all rows', 26)}{said}")
    return lines


def _notes(found: Mapping[str, Any]) -> list[str]:
    notes = []
    one = _bad(found) or next(iter(found["estimates"]), None)
    if one is not None and one["decided"] < one["drawn"]:
        notes.append(
            f"{count(one['drawn'] - one['decided'])} of {count(one['drawn'])} drawn items were not decided. They are taken to be like the "
            "others of their stratum."
        )
    if one is not None and one["silent_strata"]:
        notes.append(
            f"Of {count(one['silent_strata'])} strata no item was decided; the others stand for them."
        )
    for person in found["reviewers"]:
        name = inert(person["name"], limit=LABEL)
        notes += [_drifted(name, test) for test in person["tests"] if test["stands_out"]]
        if person["haste"]["stands_out"]:
            hits, of = person["haste"]["quick_agree"]
            slow, slow_of = person["haste"]["slow_agree"]
            notes.append(
                f"{name} agrees with {hits} of {of} suggestions where the decision was too quick to have read the text, and with {slow} of "
                f"{slow_of} elsewhere."
            )
        elif person["haste"]["quick"]:
            notes.append(
                f"{name}: {count(person['haste']['quick'])} of {count(person['haste']['timed'])} decisions were too quick to have read the text."
            )
    notes.append("worth: items drawn with equal chances that would tell as much.")
    return notes


def _drifted(name: str, test: Mapping[str, Any]) -> str:
    chance = f"{p_value(test['p_adjusted'])}, over all tests of all reviewers"
    if test["what"] == "left":
        return f"{name} takes the left side in {share(test['shares'][0])} of {count(test['of'])} choices ({chance}); the sides were dealt."
    thirds = ", ".join(share(one) for one in test["shares"])
    if test["what"] == "agreement":  # it takes two: who of them moved, agreement does not say
        return f"{name} and others agree on {thirds} of items in thirds of the work ({chance}): one of them drifts."
    return f"{name} drifts: {_DRIFTS[test['what']]} is {thirds} in thirds of the work ({chance})."


def _known(one: Mapping[str, Any]) -> bool:
    return "reason" not in one
