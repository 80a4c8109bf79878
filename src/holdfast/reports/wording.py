"""Wording: how numbers and verdicts are written, the same in every report."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Literal

from holdfast.pages.inert import inert
from holdfast.stats.figures import about, least

if TYPE_CHECKING:
    from holdfast.reports.summary import (
        AnchorSource,
        Band,
        DiversityOrder,
        Finding,
        Reading,
        RealRows,
        RowsRead,
        Source,
        Stratum,
        Summary,
        UncoveredRow,
        Verdict,
        Worth,
    )

NBSP = "\N{NO-BREAK SPACE}"

VERDICT_WORDS: dict[Verdict, str] = {
    "pass": "PASS",
    "warn": "WARN",
    "fail": "FAIL",
    "undetermined": "UNDETERMINED",
}

# Of these an effect may have another sign than the value's distance from the median: it is the largest of several
# (strata), or compares with a mean.
_WORSE: dict[str, Literal[-1, 1]] = {
    "real_equivalent_rows": -1,
    "diversity_profile": -1,
    "stratum_deficit": 1,
    "band_retention": -1,
    "stratum_shrinkage": -1,
    "near_duplicates": 1,
    "mode_share": 1,
    "anchor_copies": 1,
    "off_anchor": 1,
    "off_language": 1,
    "broken_rows": 1,
    "surprisal": 1,
    "artifacts": 1,
}

# Their values are estimated numbers of rows, and their effects shares of what reality would be worth.
_IN_REAL_ROWS = {"real_equivalent_rows"}

_ALL_THE_SAME = " As far as can be told,"

ORIGINS: dict[str, str] = {
    "column": "read from a column",
    "classifier": "predicted by a classifier trained on the real rows",
    "clusters": "clusters of the real rows, for want of labels",
    "none": "none",
}


def count(value: float) -> str:
    """A count with thousands separators.

    >>> count(15000), count(3.84), count(0.25), count(12.0)
    ('15,000', '3.8', '0.25', '12')
    """
    if float(value).is_integer():
        return f"{int(value):,}"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 1 else f"{value:.2g}"


def rows(value: int) -> str:
    """A number of rows.

    >>> rows(1).replace(NBSP, " ")
    '1 row'
    """
    return f"{value:,}{NBSP}{'row' if value == 1 else 'rows'}"


def groups(source: Source) -> str:
    """How many of a side's rows count on their own.

    >>> groups({"rows": 1500, "units": 1434}), groups({"rows": 2, "units": 2})
    ('counted as 1,434 near-duplicate groups', 'each counted on its own')
    """
    if source["units"] == source["rows"]:
        return "each counted on its own"
    return f"counted as {source['units']:,} near-duplicate group{'' if source['units'] == 1 else 's'}"


def hold(text: str) -> str:
    """A sentence, in which a percentage never parts from its number.

    >>> hold("21 % of 1,500 rows are lost") == f"21{NBSP}% of 1,500{NBSP}rows are lost"
    True
    """
    return re.sub(r"(?<=\d) (?=(?:%|rows?\b|points\b))", NBSP, text)


def plain(text: str) -> str:
    """Text without the spaces that hold figures together: once lines are broken, a search must find `21 %`."""
    return text.replace(NBSP, " ")


def standing(text: str) -> str:
    """A fragment that stands alone, as a sentence.

    >>> standing("only 51 % is kept"), standing("4 of 18 strata are lost.")
    ('Only 51 % is kept.', '4 of 18 strata are lost.')
    """
    text = capital(text)
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def capital(text: str) -> str:
    """A fragment that begins a line."""
    return text[:1].upper() + text[1:]


def split(summary: Summary) -> tuple[str, str]:
    """The sentence of an audit in two: what the candidate is worth, where it begins with that, and the rest."""
    worth = summary["worth"]
    head = worth["sentence"] if worth else ""
    if head and summary["sentence"].startswith(head):
        return head, summary["sentence"].removeprefix(head).strip()
    if summary["verdict"] == "undetermined" and _ALL_THE_SAME in summary["sentence"]:
        first, _, rest = summary["sentence"].partition(_ALL_THE_SAME)
        return first, f"{_ALL_THE_SAME.strip()}{rest}"
    return summary["sentence"], ""


def short(summary: Summary) -> bool:
    """Whether the worth falls short of reality by more than chance explains."""
    return any(
        r["measure"] in _IN_REAL_ROWS and r["verdict"] in {"warn", "fail"} for r in summary["readings"]
    )


def has_bound(summary: Summary) -> bool:
    """Whether some worth is a bound, or has an interval that is open above."""
    worth = summary["worth"]
    if worth is None:
        return False
    values = [
        worth["value"],
        worth["coverage"],
        *(learner["value"] for learner in worth["learners"]),
        *(band["value"] for band in worth["bands"]),
    ]
    return any(value is not None and (value["at_least"] or value["high"] is None) for value in values)


def spread(rows: list[UncoveredRow], most: int) -> list[UncoveredRow]:
    """A choice of rows in which no stratum comes a second time before every one has come once."""
    turns: dict[str | None, int] = {}
    ranked = []
    for place, row in enumerate(rows):
        turn = turns.get(row["stratum"], 0)
        turns[row["stratum"]] = turn + 1
        ranked.append((turn, place, row))
    return [row for _, _, row in sorted(ranked, key=lambda entry: entry[:2])[:most]]


def nobody_covers(worth: Worth) -> str:
    """How many real rows nobody covers any more, beside how many chance leaves.

    >>> nobody_covers({"uncovered_count": 86, "uncovered_by_chance": 1.5, "judges": 1500}).replace(NBSP, " ")
    '86 of 1,500 real rows that judge; in a real set of this size chance leaves about 2'
    """
    return (
        f"{worth['uncovered_count']:,} of {worth['judges']:,} real rows that judge; "
        f"in a real set of this size chance leaves about {max(1, math.ceil(worth['uncovered_by_chance'])):,}"
    )


def further(summary: Summary) -> list[str]:
    """What to do beyond what the findings say already."""
    said = {f"{finding['title']}: {finding['do']}" for finding in summary["findings"]}
    return [step for step in summary["do"] if step not in said]


def asked(reading: Reading) -> bool:
    """Whether a reading applies: with `--use add` no stratum can be lost, and rows without prompts have no answers."""
    return reading["value"] is not None or reading["verdict"] != "pass"


def limits(reading: Reading) -> list[str]:
    """What stands below a reading: what its value says and how far it reaches, or why there is none."""
    parts = []
    if reading["value"] is not None:
        parts.append(reading["unit"])
        if reading["tolerance"] is not None:
            parts.append(f"tolerance {difference(reading, reading['tolerance'])}")
        # An undetermined reading says what it could see in its reason.
        if reading["smallest_detectable"] is not None and reading["verdict"] != "undetermined":
            parts.append(f"smallest loss it could see {detectable(reading)}")
        if reading["rows_read"] is not None:
            parts.append(read_from(reading["rows_read"]))
        if not reading["judged"]:
            parts.append("not judged, p not corrected")
    return parts + ([reading["reason"]] if reading["reason"] else [])


def read_from(part: RowsRead) -> str:
    """On which rows a reading rests.

    >>> read_from({"candidate": 10, "of_candidate": 25, "real": 8, "of_real": 8}).replace(NBSP, " ")
    'read from 10 of 25 rows and 8 real rows'
    """
    real = rows(part["real"]).replace("row", "real row")
    if part["real"] < part["of_real"]:
        real = f"{part['real']:,} of {part['of_real']:,} real ones"
    found = rows(part["candidate"])
    if part["candidate"] < part["of_candidate"]:
        found = f"{part['candidate']:,} of {rows(part['of_candidate'])}"
    return f"read from {found} and {real}"


def of_reality(source: AnchorSource) -> str:
    """How many rows of reality stood against the candidate.

    >>> of_reality({"rows": 10, "of_rows": 1000}).replace(NBSP, " ")
    '10 of 1,000 rows of reality'
    """
    part = "" if source["of_rows"] == source["rows"] else f"{source['rows']:,} of "
    return f"{part}{rows(source['of_rows'])} of reality"


def look_at(finding: Finding) -> str:
    """How many candidate rows a finding has to show."""
    return f"{rows(finding['record_count'])} to look at"


def state(reading: Reading) -> str:
    """The verdict of a reading in a word; one that was not asked for has not passed."""
    if reading["judged"] and reading["value"] is not None and reading["tolerance"] is None:
        return "NOT JUDGED"
    return VERDICT_WORDS[reading["verdict"]] if asked(reading) else "NOT ASKED"


def share(value: float | None) -> str:
    """A share as a percentage, with the precision a reader can use.

    >>> [share(s).replace(NBSP, " ") for s in (0, 0.00004, 0.0042, 0.031, 0.5, 1, 2.345)]
    ['0 %', '< 0.01 %', '0.42 %', '3.1 %', '50 %', '100 %', '235 %']
    """
    if value is None:
        return "unknown"
    points = 100 * value
    if 0 < points < 0.01:
        return f"<{NBSP}0.01{NBSP}%"
    if points == 0 or points >= 9.95:
        return f"{points:,.0f}{NBSP}%"
    return f"{points:.2g}{NBSP}%" if points < 1 else f"{points:.1f}{NBSP}%"


def share_interval(interval: tuple[float, float] | None) -> str:
    """An interval of shares.

    >>> share_interval((0.0, 0.214)).replace(NBSP, " ")
    '0 to 21 %'
    """
    if interval is None:
        return "interval unknown"
    low, high = share(interval[0]), share(interval[1])
    return f"{low.removesuffix(f'{NBSP}%')} to {high}"


def ratio(value: float) -> str:
    """A rate ratio.

    Two figures: against a handful of real rows a ratio has no more.

    >>> ratio(41.3), ratio(2.54), ratio(1234.0)
    ('41×', '2.5×', '1,200×')
    """
    return f"{float(f'{value:.2g}'):,.0f}×" if value >= 9.95 else f"{value:.1f}×"


def real_rows(value: RealRows) -> str:
    """A worth in two figures.

    >>> real_rows({"real_rows": 752.8, "low": 628.0, "high": 905.8, "at_least": False})
    '750'
    """
    return f"at least {least(value['real_rows'])}" if value["at_least"] else about(value["real_rows"])


def real_rows_interval(value: RealRows) -> str:
    """Its interval, open above where the real rows cannot bound it.

    >>> real_rows_interval({"real_rows": 1331.0, "low": 1150.8, "high": None, "at_least": False})
    '1,100 or more'
    """
    if value["high"] is None:
        return f"{least(value['low'])} or more"
    return f"{about(value['low'])} to {about(value['high'])}"


def learnt(name: str) -> str:
    """What a learner learns, in words."""
    return {"labels": "labels", "language": "the order of words"}.get(name, inert(name, limit=40))


def made_by(worth: Worth) -> str:
    """Which of the readings make the headline, and why."""
    if not worth["learners"]:
        return "Coverage alone; there was nothing for a learner to learn."
    if not worth["above"]:
        return "All agree within chance; the headline is the smallest, freed of its noise."
    names = [
        "what it covers" if name == "coverage" else f"what it teaches about {learnt(name)}"
        for name in worth["by"]
    ]
    return f"The smallest counts: {' and '.join(names)}."


def gap(worth: Worth) -> str:
    """What it means that readings differ by more than chance; empty where they do not."""
    if "coverage" in worth["above"]:
        return "It comes close to real rows and teaches little."
    if worth["above"] and worth["by"] == ["coverage"]:
        return "It teaches more than it covers: part of reality is not there."
    return ""


def counted(row: DiversityOrder) -> str:
    """What a Hill number counts, in words.

    >>> counted({"order": 1, "of": "word pairs"})
    'common word pairs'
    """
    if row["of"] == "similarity":
        return "kinds of row, alike ones together"
    word = {0: "different", 1: "common", 2: "dominant"}.get(row["order"], f"order {row['order']}")
    return f"{word} {inert(row['of'], limit=40)}"


def scored(reading: Reading) -> str:
    """A reading's value, as a bound where it is one."""
    value = reading["value"]
    if value is not None and reading["at_least"]:
        return (
            f"at least {least(value)}"
            if reading["measure"] in _IN_REAL_ROWS
            else f"at least {amount(reading, value)}"
        )
    return amount(reading, value)


def relative(reading: Reading) -> bool:
    """Whether effects of this reading are shares of what reality scores, not differences from it."""
    return reading["measure"] in _IN_REAL_ROWS


def p_value(value: float | None) -> str:
    """A p-value, never smaller than its draws can show.

    >>> [p_value(p).replace(NBSP, " ") for p in (0.0002, 0.0123, 0.43, 1.0, None)]
    ['p < 0.001', 'p = 0.012', 'p = 0.43', 'p = 1', '']
    """
    if value is None:
        return ""
    if value < 0.001:
        return f"p{NBSP}<{NBSP}0.001"
    if value > 0.995:
        return f"p{NBSP}={NBSP}1"
    return f"p{NBSP}={NBSP}{value:.3f}" if value < 0.0995 else f"p{NBSP}={NBSP}{value:.2f}"


def decimals(reading: Reading) -> int:
    """Decimals that resolve the band which reality scores, and no more: the rest is noise."""
    null, value = reading["null"], reading["value"]
    known = [value, *(null or {}).values()]
    if not reading["percent"] and all(isinstance(at, float | int) and float(at).is_integer() for at in known):
        return 0
    spread = 0.0
    if null is not None:
        spread = null["high"] - null["low"]
    if spread <= 0 and null is not None and value is not None:
        spread = abs(value - null["median"])
    if spread <= 0:
        return (1 if value else 0) if reading["percent"] else 3
    return min(4, max(0, math.ceil(-math.log10(spread * (100 if reading["percent"] else 1) / 5))))


def amount(reading: Reading, value: float | None) -> str:
    """A value in this reading's unit: a percentage or a plain number.

    A reading without a value says so.
    """
    if value is None:
        return "not measured"
    if reading["measure"] in _IN_REAL_ROWS:
        return f"{int(value):,}" if float(value).is_integer() else about(value)
    digits = decimals(reading)
    if reading["percent"]:
        return f"{_number(100 * value, digits)}{NBSP}%"
    return _number(value, digits)


def difference(reading: Reading, value: float | None) -> str:
    """A difference between two values of this reading; between percentages these are points."""
    if value is None:
        return "unknown"
    if relative(reading):
        return f"{_three_digits(100 * value)}{NBSP}% of its rows"
    if not reading["percent"]:
        return _three_digits(value)
    points = _three_digits(100 * value)
    return f"{points}{NBSP}point{'' if points == '1' else 's'}"


def detectable(reading: Reading) -> str:
    """The smallest loss a reading could see; it is estimated from draws, so two figures are all it has."""
    value = reading["smallest_detectable"]
    if value is None:
        return "unknown"
    # Never below the tolerance, which was asked for and stands beside it as it is.
    return difference(reading, value if value == reading["tolerance"] else float(f"{value:.2g}"))


def effect(reading: Reading) -> str:
    """How far the value lies from reality's median, in words."""
    value = reading["effect"]
    if value is None:
        return "unknown"
    if value == 0:
        return "exactly as in reality"
    if relative(reading):
        return f"worth {_three_digits(100 * abs(value))}{NBSP}% {'less' if value > 0 else 'more'} than as many real rows"
    return f"{difference(reading, abs(value))} {'worse' if value > 0 else 'better'} than in reality"


def expected(value: float) -> str:
    """Rows reality would have put into a stratum; a decimal only where it matters.

    >>> expected(13.33), expected(3.84), expected(1250.0)
    ('13', '3.8', '1,250')
    """
    return f"{value:.1f}" if 1 <= value < 9.95 else count(round(value) if value >= 9.95 else value)


def level(value: float) -> str:
    """A level or setting as it was asked for.

    >>> level(0.01).replace(NBSP, " ")
    '1 %'
    """
    return f"{100 * value:g}{NBSP}%"


def span(reading: Reading, interval: tuple[float, float]) -> str:
    """An interval in this reading's unit."""
    low, high = amount(reading, interval[0]), amount(reading, interval[1])
    return f"{low.removesuffix(f'{NBSP}%')} to {high}"


def reality(reading: Reading) -> str:
    """What reality itself scores: median and the middle 95 %."""
    null = reading["null"]
    if null is None:
        return ""
    median, low, high = (amount(reading, null[place]) for place in ("median", "low", "high"))
    if low == median == high:
        return median
    return f"{median} ({span(reading, (null['low'], null['high']))})"


def band_shares(null: Band | None) -> str:
    """What reality retains of itself in a rarity band."""
    if null is None:
        return "reality unknown"
    return f"{share(null['median'])} ({share_interval((null['low'], null['high']))})"


def direction(reading: Reading) -> Literal[-1, 1] | None:
    """Where worse lies: 1 above reality, -1 below, None where the reading does not tell."""
    if reading["measure"] in _WORSE:
        return _WORSE[reading["measure"]]
    value, null, effect = reading["value"], reading["null"], reading["effect"]
    if value is None or null is None or not effect:
        return None
    gap = value - null["median"]
    if gap == 0:
        return None
    return 1 if (gap > 0) == (effect > 0) else -1


def lost(summary: Summary) -> list[Stratum]:
    """The strata named as lost, rarest first."""
    table = [stratum for stratum in summary["strata"]["table"] if stratum["lost"]]
    return sorted(table, key=lambda stratum: (stratum["real_share"], stratum["stratum"]))


def losing(summary: Summary) -> bool:
    """Whether the strata or their rarest tenth stand out; if not, a rarity band below reality's bar is chance."""
    named = {"stratum_deficit", "band_retention"}
    return any(r["measure"] in named and r["verdict"] in {"warn", "fail"} for r in summary["readings"])


def against(summary: Summary) -> str:
    """How the candidate is meant to be used."""
    return {"replace": "in place of the real rows", "add": "in addition to the real rows"}[
        summary["settings"]["use"]
    ]


def _number(value: float, digits: int) -> str:
    text = f"{value:,.{digits}f}"
    return text.removeprefix("-") if float(text.replace(",", "")) == 0 else text


def _three_digits(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 999.5 else f"{value:.3g}"
