"""Wording of a preference audit: figures and the words beside them, the same in every form of the report."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from holdfast.pages.inert import inert
from holdfast.reports.wording import NBSP, VERDICT_WORDS, share, share_interval

if TYPE_CHECKING:
    from holdfast.reports.preferences.contract import Found, Interval, Pair, Reading
    from holdfast.reports.summary import Verdict

STYLE = (
    "length",
    "headers",
    "list_items",
    "bold",
    "exclamations",
    "emoji",
    "hedges",
    "first_person",
)
"""Features of style, in the order in which they are drawn; the first belongs to the family that decides."""
FEATURES = {
    "length": "longer answers",
    "headers": "headings",
    "list_items": "lists",
    "bold": "bold type",
    "exclamations": "exclamation marks",
    "emoji": "emoji",
    "hedges": "hedges",
    "first_person": "first person",
}
_POINTS = {*STYLE, "author_preference", "leakage"}
_SHARES = {"agreement", "position", "unknown_labels", "largest_judge", "related_labels"}
_COUNTS = {"double_labelled"}
_CENSUS = {"label_sources", "unknown_labels", "largest_judge", "double_labelled", "related_labels"}
_GROUND = {"human_agreement"}
_NEGATIVE = re.compile(r"(?<![\w-])-(?=[\d.])")
NOT_CONFIRMED = "NOT CONFIRMED"
NOT_ASKED = "NOT ASKED"


def count(value: int, noun: str) -> str:
    """A number of things.

    >>> count(1, "pair").replace(NBSP, " "), count(1200, "pair").replace(NBSP, " "), count(2, "person").replace(NBSP, " ")
    ('1 pair', '1,200 pairs', '2 people')
    """
    many = {"person": "people"}.get(noun, f"{noun}s")
    return f"{value:,}{NBSP}{noun if value == 1 else many}"


def points(value: float | None, *, sign: bool = True) -> str:
    """A difference of probabilities in points, always to a tenth: a reader subtracts them.

    >>> points(0.081), points(-0.4), points(0.0), points(0.03, sign=False), points(None)
    ('+8.1', '-40.0', '0.0', '3.0', 'unknown')
    """
    if value is None:
        return "unknown"
    shown = f"{100 * value:.1f}"
    if float(shown) == 0:
        return "0.0"
    return f"+{shown}" if sign and value > 0 else shown


def points_interval(interval: Interval, *, sign: bool = True) -> str:
    """An interval of points.

    >>> points_interval((0.052, 0.11)), points_interval(None)
    ('+5.2 to +11.0', 'interval unknown')
    """
    if interval is None:
        return "interval unknown"
    return f"{points(interval[0], sign=sign)} to {points(interval[1], sign=sign)}"


def amount(reading: Reading, value: float | None) -> str:
    """A value in this reading's unit; one without a value says so."""
    if value is None:
        return "not measured"
    if reading["measure"] in _POINTS:
        return f"{points(value)}{NBSP}points"
    if reading["measure"] in _SHARES:
        return share(value)
    if reading["measure"] in _COUNTS:
        return f"{value:,.0f}"
    return number(value)


def number(value: float) -> str:
    """A number without a unit of its own.

    >>> number(-0.004), number(0.314), number(3.21), number(412.0)
    ('0.00', '0.31', '3.2', '412')
    """
    text = (
        f"{value:,.0f}" if abs(value) >= 99.5 else f"{value:.1f}" if abs(value) >= 0.9995 else f"{value:.2f}"
    )
    return text.removeprefix("-") if float(text.replace(",", "")) == 0 else text


def span(reading: Reading, interval: Interval) -> str:
    """An interval in this reading's unit; empty where there is none."""
    if interval is None:
        return ""
    if reading["measure"] in _POINTS:
        return points_interval(interval)
    if reading["measure"] in _SHARES:
        return share_interval((interval[0], interval[1]))
    low, high = amount(reading, interval[0]), amount(reading, interval[1])
    return f"{low} to {high}"


def scored(reading: Reading) -> str:
    """A value with its interval."""
    return _with(amount(reading, reading["value"]), span(reading, reading["interval"]))


def figure(reading: Reading, value: float, held: Interval) -> str:
    """Another figure in the unit of a reading, with its interval."""
    return _with(amount(reading, value), span(reading, held))


def people(found: Found, reading: Reading) -> str:
    """What people score in its place, or why nobody can say."""
    if reading["reality"] is not None:
        said = amount(reading, reading["reality"])
        return _with(said, span(reading, reading["reality_interval"]))
    return without_people(found, reading)


def without_people(found: Found, reading: Reading) -> str:
    """Why a reading has no human figure beside it."""
    if reading["measure"] in _CENSUS:
        return "none: a count, held against its limit"
    if reading["measure"] == "human_agreement":
        return "it is people's own figure"
    if reading["measure"] == "position":
        return f"not asked in both orders; whoever does not lean gives the first slot 50{NBSP}%"
    if found["anchor"] is None:
        return "nobody's labels of these pairs are at hand"
    if found["anchor"]["people"] == 1:
        return "no second person labelled these pairs"
    open_ = reading["state"] in ("undetermined", "not_asked")
    return "not measured" if open_ else "no two people labelled the same pairs"


def effect(reading: Reading) -> str:
    """How far it lies from people."""
    if reading["effect"] is None:
        return "unknown"
    if reading["measure"] in _POINTS | _SHARES:
        return _with(
            f"{points(reading['effect'])}{NBSP}points",
            "" if reading["effect_interval"] is None else points_interval(reading["effect_interval"]),
        )
    low_high = (
        ""
        if reading["effect_interval"] is None
        else " to ".join(number(at) for at in reading["effect_interval"])
    )
    return _with(number(reading["effect"]), low_high)


def distance(reading: Reading, value: float | None) -> str:
    """A floor, a control or what could be seen: a size without a sign."""
    if value is None:
        return "unknown"
    if reading["measure"] in _POINTS | _SHARES:
        return f"{100 * abs(value):.1f}".removesuffix(".0") + f"{NBSP}points"
    return number(abs(value))


def detectable(reading: Reading) -> str:
    """The smallest effect that could have been seen; empty where it is not known.

    Two figures: it is planned from a sample.
    """
    if reading["smallest_detectable"] is None:
        return ""
    return distance(reading, float(f"{reading['smallest_detectable']:.2g}"))


def severity(found: Found, reading: Reading) -> Verdict | None:
    """`fail` or `warn` where a finding speaks of this reading."""
    return next(
        (
            one["severity"]
            for one in found["findings"]
            if one["measure"] == reading["measure"] and one["subject"] == reading["subject"]
        ),
        "warn" if reading["alarm"] else None,
    )


def tone(found: Found, reading: Reading) -> Verdict | None:
    """The colour of a reading; None where it was not asked, or stands beyond people and was not confirmed."""
    if reading["state"] == "undetermined":
        return "undetermined"
    if reading["state"] == "within":
        return None if outnumbered(reading) else "pass"
    return severity(found, reading)


def outnumbered(reading: Reading) -> bool:
    """Whether a feature stands out by itself and not any more once all features and judges are counted."""
    held, effect_ = reading["effect_interval"], reading["effect"]
    if reading["details"].get("left_among_features") is not False or held is None or effect_ is None:
        return False
    least = max(reading["floor"], reading["control"] or 0.0)
    return abs(effect_) >= least and not held[0] <= 0 <= held[1]


def state(found: Found, reading: Reading) -> str:
    """A reading's state in a word."""
    if reading["state"] == "not_asked":
        return NOT_ASKED
    verdict = tone(found, reading)
    return NOT_CONFIRMED if verdict is None else VERDICT_WORDS[verdict]


def limits(reading: Reading) -> list[str]:
    """What stands below a reading: how large an effect must be to count, and what could have been seen."""
    if reading["state"] == "not_asked":
        return [reading["reason"] or "not asked"]
    parts = []
    if reading["value"] is not None and reading["unit"]:
        parts.append(reading["unit"])
    if reading["effect"] is not None and reading["measure"] not in _CENSUS:
        parts.append(f"apart {effect(reading)}")
    if reading["measure"] in _CENSUS:
        parts += [f"limit {amount(reading, reading['floor'])}"] if reading["floor"] else []
    elif reading["floor"]:
        parts.append(f"counts from {distance(reading, reading['floor'])}")
    if reading["control"] is not None:
        parts.append(f"where nothing is to be found it reaches {distance(reading, reading['control'])}")
    if reading["smallest_detectable"] is not None:
        parts.append(f"could have seen {detectable(reading)}")
    if reading["measure"] == "agreement" and reading["value"] is not None:
        parts.append("decides whether the judge's taste is read at all")
    elif (
        not reading["primary"]
        and reading["value"] is not None
        and reading["measure"] not in _CENSUS | _GROUND
    ):
        parts.append("exploratory")
    return parts + ([reading["reason"]] if reading["reason"] else [])


def subject(found: Found) -> str:
    """What was examined, in words."""
    own = found["candidate"]
    prompts = "" if own["prompts"] in (0, own["pairs"]) else f" from {count(own['prompts'], 'prompt')}"
    return f"{count(own['labels'], 'label')} of {count(own['pairs'], 'pair')}{prompts}"


def against(found: Found) -> str:
    """What it was held against, in words."""
    anchor = found["anchor"]
    if anchor is None:
        return "held against nobody: there are no people's labels"
    where = {
        "inside": "people's labels in the same file",
        "frozen": "the frozen labels",
        "one-shot": "people's labels",
    }.get(anchor["kind"], "people's labels")
    shared = f"{count(anchor['shared_pairs'], 'pair')} labelled by people and judges"
    return f"held against {where}: {count(anchor['people'], 'person')}, {shared}"


def numeral(number: int) -> str:
    """A small number as a word that begins a heading.

    >>> numeral(10), numeral(12)
    ('Ten', '12')
    """
    words = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")
    return words[number] if number < len(words) else str(number)


def standing(text: str) -> str:
    """A fragment that stands alone, as a sentence; a name at its beginning keeps its letters.

    >>> standing("gpt-4o gave 78 %"), standing("only 51 % is kept")
    ('gpt-4o gave 78 %.', 'Only 51 % is kept.')
    """
    first = text.split(" ", 1)[0]
    named = any(letter.isdigit() or letter in "@_/.-" for letter in first)
    return f"{text if named else text[:1].upper() + text[1:]}{'' if text.endswith(('.', '!', '?', '…')) else '.'}"


def chosen(pair: Pair) -> str:
    """What people and the judge said of a pair.

    >>> chosen({"human": "a", "judge": "b", "judge_name": "gpt-4"}), chosen({"human": None, "judge": "tie", "judge_name": "x"})
    ('people chose A, gpt-4 chose B', 'no person looked, x saw a tie')
    """
    people = {None: "no person looked", "tie": "people saw a tie"}.get(
        pair["human"], f"people chose {(pair['human'] or '').upper()}"
    )
    name = inert(pair["judge_name"], limit=40)
    judge = {None: "", "tie": f", {name} saw a tie"}.get(
        pair["judge"], f", {name} chose {(pair['judge'] or '').upper()}"
    )
    return people + judge


def kind(name: str) -> str:
    """A kind of annotator in words.

    >>> kind("ai_judge"), kind("human"), kind("unknown")
    ('AI judge', 'people', 'nobody knows who')
    """
    return {
        "human": "people",
        "ai_judge": "AI judge",
        "reward_model": "reward model",
        "rule": "rule",
        "implicit": "read from behaviour",
        "unknown": "nobody knows who",
    }.get(name, name.replace("_", " "))


def minus(text: str) -> str:
    """A real minus sign before figures; flags and names keep their hyphens.

    >>> minus("gpt-4 --agents -1.2 (-3 to 2)") == "gpt-4 --agents \N{MINUS SIGN}1.2 (\N{MINUS SIGN}3 to 2)"
    True
    """
    return _NEGATIVE.sub("\N{MINUS SIGN}", text)


def _with(said: str, interval: str) -> str:
    return f"{said} ({interval})" if interval else said
