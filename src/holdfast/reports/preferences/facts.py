"""Facts: what a preference audit found, put in the order in which a report tells it.

Readings come one for each measure and judge; a reader asks one question after another. Details that a measure may leave out
are asked for here and nowhere else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

from holdfast.reports.preferences import wording

if TYPE_CHECKING:
    from collections.abc import Iterable

    from holdfast.reports.preferences.contract import Found, Interval, Judge, Reading

Whose = Literal["people", "judge", "unknown"]
CANNOT = (
    "A missing alarm is no proof that nothing is there: beside every pass stands the smallest effect it could have seen.",
    "A preference for one voice names no teacher and proves no distillation; voices that cannot have taught lean, too.",
    "Intervals cover pairs, not persons: where people's own tastes differ much, even a further person would be told apart from these, and an alarm may say no more than that.",
    "People's taste is measured on the pairs they labelled. For other tasks it may differ, and with it what counts as too much.",
    "The sizes from which an effect counts are defaults that no data of their own have confirmed.",
)
"""What no audit of preferences can claim."""
RULES = (
    ("the longer answer", "the longer response", "no pair differs in length"),
    ("the first answer", "the first response", "which one came first is not known"),
)
"""Rules that read nothing, what the measure calls them, and why it may not say how often they agree with people."""
_LEAST_NAME = 3  # shorter names are parts of words
LEDGER = ("label_sources", "unknown_labels", "largest_judge", "double_labelled", "related_labels")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Labels of one source.

    Attributes:
        name: What reports call it.
        whose: Of people, of a judge, or nobody's.
        labels: How many.
        share: Of all labels.
    """

    name: str
    whose: Whose
    labels: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Taste:
    """What one judge adds beyond people.

    Attributes:
        judge: Its name.
        rows: Readings that have a value to draw, in the order of the features; some of them open.
        blank: Readings without one.
    """

    judge: str
    rows: tuple[Reading, ...]
    blank: tuple[Reading, ...]

    @property
    def all(self) -> list[Reading]:
        """Both, in the order of the features."""
        return sorted((*self.rows, *self.blank), key=lambda reading: wording.STYLE.index(reading["measure"]))

    def open(self, *, drawn: bool = False) -> list[tuple[str, str, list[str]]]:
        """Why some cannot be told: `undetermined` or `not asked`, and each reason once with its features.

        Args:
            drawn: Leave out those whose reason stands in the picture, in place of a mark.
        """
        told: dict[tuple[str, str], list[str]] = {}
        for reading in self.rows if drawn and self.rows else self.all:
            if reading["state"] in ("undetermined", "not_asked"):
                key = (reading["state"].replace("_", " "), reading["reason"] or "no reason was given")
                told.setdefault(key, []).append(wording.FEATURES[reading["measure"]])
        return [(state, reason, names) for (state, reason), names in told.items()]


def of(found: Found, *measures: str) -> list[Reading]:
    """Readings of these measures."""
    return [reading for reading in found["readings"] if reading["measure"] in measures]


def parts(found: Found) -> list[Part]:
    """Who gave the labels: people, then judges by their share, then nobody knows who."""
    counted = next(iter(of(found, "label_sources")), None)
    sources = None if counted is None else detail(counted, "sources")
    if not isinstance(sources, dict):
        sources = _sources(found)
    kinds = None if counted is None else detail(counted, "kinds")
    total = sum(kinds.values()) if isinstance(kinds, dict) else sum(sources.values())
    if not total:
        return []
    tally: dict[tuple[Whose, str], int] = {}
    for source, number in sources.items():
        key = _whose(source)
        tally[key] = tally.get(key, 0) + number
    if isinstance(kinds, dict):  # sources may be cut to the largest; kinds hold every label
        tally[("people", "people")] = kinds.get("human", 0)
        tally[("unknown", "unknown")] = kinds.get("unknown", 0)
        tally[("judge", "others")] = total - sum(tally.values())
    order = {"people": 0, "judge": 1, "unknown": 2}
    return [
        Part(name=name, whose=whose, labels=number, share=number / total)
        for (whose, name), number in sorted(
            tally.items(), key=lambda item: (order[item[0][0]], item[0][1] == "others", -item[1])
        )
        if number > 0
    ]


def _sources(found: Found) -> dict[str, int]:
    """Labels by source where nobody counted them: those of the judges, and the rest, which is people's."""
    made = {
        judge["name"] if judge["kind"] == "ai_judge" else f"{judge['name']} ({judge['kind']})": judge[
            "labels"
        ]
        for judge in found["judges"]
    }
    rest = found["candidate"]["labels"] - sum(made.values())
    return made | ({"people (human)": rest} if rest > 0 else {})


def _whose(source: str) -> tuple[Whose, str]:
    name, _, kind = source.rpartition(" (")
    if kind == "human)":
        return "people", "people"
    if kind == "unknown)":
        return "unknown", "unknown"
    if kind in ("reward_model)", "rule)", "implicit)"):
        return "judge", name
    return "judge", source


def title(reading: Reading) -> str:
    """What a reading is called; a measure with several readings names each of them."""
    own = detail(reading, "title")
    return own if isinstance(own, str) else reading["title"]


def judge_of(found: Found, name: str) -> Judge | None:
    """A judge by name."""
    return next((judge for judge in found["judges"] if judge["name"] == name), None)


def kind_of(found: Found, name: str) -> str:
    """What kind of source a judge is, in words; a version may follow its name."""
    own = next(
        (judge for judge in found["judges"] if name in (judge["name"], judge["name"].partition("@")[0])), None
    )
    return "" if own is None else wording.kind(own["kind"])


def tastes(found: Found) -> list[Taste]:
    """What each judge adds beyond people; judges in the order in which they stand in the audit."""
    readings = of(found, *wording.STYLE)
    names = [judge["name"] for judge in found["judges"]]
    names += [reading["subject"] for reading in readings]
    made = []
    for name in dict.fromkeys(names):
        own = sorted(
            (reading for reading in readings if reading["subject"] == name),
            key=lambda reading: wording.STYLE.index(reading["measure"]),
        )
        told = tuple(one for one in own if _shown(found, one))
        if own:
            made.append(Taste(judge=name, rows=told, blank=tuple(one for one in own if one not in told)))
    return made


def _shown(found: Found, reading: Reading) -> bool:
    """A reading that has a value is drawn, open where it is undetermined; the taste of a judge who cannot judge is not."""
    judge = judge_of(found, reading["subject"])
    gated = judge is not None and judge["informative"] is False
    return reading["value"] is not None and reading["state"] != "not_asked" and not gated


def detail(reading: Reading, *names: str) -> Any:
    """The first of these details that a measure gave; None where it gave none."""
    return next(
        (reading["details"][name] for name in names if reading["details"].get(name) is not None), None
    )


def figure(reading: Reading, *names: str) -> float | None:
    """A number among the details."""
    return _number(detail(reading, *names))


def rule(reading: Reading, name: str) -> tuple[float | None, Interval]:
    """How often a rule that reads nothing agrees with people, and its interval; None where nobody can tell."""
    for one in detail(reading, "baselines") or ():
        if isinstance(one, dict) and one.get("name") == name:
            held = one.get("interval")
            known = isinstance(held, list | tuple) and len(held) == 2 and None not in held
            return _number(one.get("value")), cast("Interval", held) if known else None
    return None, None


def in_a_persons_place(reading: Reading) -> tuple[float | None, Interval]:
    """How often the judge says what the others say where one person is taken out; None where nobody can tell."""
    held = detail(reading, "in_a_persons_place")
    if not isinstance(held, dict):
        return None, None
    span = held.get("interval")
    known = isinstance(span, list | tuple) and len(span) == 2 and None not in span
    return _number(held.get("value")), cast("Interval", span) if known else None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def without_value(found: Found, *measures: str) -> list[tuple[str, str, str]]:
    """Readings without a value: what they are called, their state in a word, and why, each reason once."""
    left = [one for one in of(found, *measures) if one["value"] is None]
    return [
        (_titles(group), wording.state(found, group[0]).lower(), reason) for reason, group in grouped(left)
    ]


def steady(reading: Reading) -> str:
    """Why a reading of position has no share: either nobody could tell, or no verdict changed."""
    if reading["state"] == "within":
        return "no verdict changed with the order"
    return reading["reason"] or "no pair was asked in both orders"


def once(reading: Reading) -> tuple[float, Interval, float | None] | None:
    """First slots among single verdicts, where nobody asked twice: the judge's share, its interval, and people's."""
    told = detail(reading, "single_order") or {}
    judge, people = told.get("judge") or {}, told.get("people") or {}
    value = _number(judge.get("value"))
    return (
        None
        if value is None
        else (value, cast("Interval", judge.get("interval")), _number(people.get("value")))
    )


def grouped(readings: Iterable[Reading]) -> list[tuple[str, list[Reading]]]:
    """Readings that could not be made, each reason once; where it names several judges in turn, it says `the judge`."""
    told: dict[tuple[str, str], list[Reading]] = {}
    for reading in readings:
        reason = reading["reason"] or "no reason was given"
        if len(reading["subject"]) >= _LEAST_NAME:
            reason = reason.replace(reading["subject"], "the judge")
        told.setdefault((reading["state"], reason), []).append(reading)
    return [
        ((group[0]["reason"] or reason) if len(group) == 1 else reason, group)
        for (_, reason), group in told.items()
    ]


def not_told(found: Found) -> list[str]:
    """What was not asked or could not be told, each reason once, with what it is about."""
    left = [one for one in found["readings"] if one["state"] in ("undetermined", "not_asked")]
    return [
        f"{'Not asked' if group[0]['state'] == 'not_asked' else 'Undetermined'}: {_titles(group)}. {wording.standing(reason)}"
        for reason, group in grouped(left)
    ]


def _titles(readings: list[Reading]) -> str:
    """What they are called, and of whom they speak."""
    titles = list(dict.fromkeys(title(reading) for reading in readings))
    subjects = list(dict.fromkeys(reading["subject"] for reading in readings if reading["subject"]))
    said = ", ".join([titles[0], *(title[:1].lower() + title[1:] for title in titles[1:])])
    return f"{said} ({', '.join(subjects)})" if subjects else said


def cannot(found: Found) -> list[str]:
    """What this audit cannot claim."""
    own = []
    anchor = found["anchor"]
    if anchor is None:
        own.append("Nothing here says whether a judge agrees with people: none of their labels are at hand.")
    elif anchor["people"] == 1:
        own.append(
            "Only one person labelled these pairs. What a judge adds along that person's own taste cannot be told from "
            "the noise in one person's labels."
        )
    return [*own, *CANNOT]


def left_out(found: Found) -> list[str]:
    """What was read and not compared."""
    lines = [
        f"{wording.count(number, 'pair')} set aside: {why}"
        for why, number in found["candidate"]["set_aside"].items()
    ]
    skipped = found["candidate"]["skipped_rows"]
    if skipped:
        lines.append(
            f"{wording.count(skipped, 'row')} could not be read and {'was' if skipped == 1 else 'were'} skipped"
        )
    lines += [
        f"{judge['name']} contradicted itself on {wording.count(judge['contradicted'], 'pair')}; its first label counts"
        for judge in found["judges"]
        if judge["contradicted"]
    ]
    return lines


def told_apart(judge: Judge) -> str:
    """Whether a judge can tell good from bad, in words."""
    if judge["informative"] is None:
        return "not known whether it can"
    return (
        "informative"
        if judge["informative"]
        else "uninformative, agrees with people no more than chance would"
    )


def tag(judge: Judge) -> str:
    """The same in a word or two; empty where it can."""
    return {None: "not known whether it can", False: "uninformative", True: ""}[judge["informative"]]


def is_command(step: str) -> bool:
    """Whether a step is to be typed."""
    return re.match(r"\s*holdfast\s", step) is not None


def command(step: str) -> tuple[str, str]:
    """A command and the remark behind it.

    >>> command("holdfast audit x.jsonl   # and ask again")
    ('holdfast audit x.jsonl', 'and ask again')
    """
    typed, _, remark = step.partition(" # ")
    return typed.strip(), remark.strip()


def evidence(readings: Iterable[Reading]) -> list[str]:
    """What measures say about their figures, each sentence once."""
    return list(dict.fromkeys(wording.standing(line) for reading in readings for line in reading["evidence"]))


def ledger(found: Found) -> list[str]:
    """What the ledger says beyond the findings."""
    said = {wording.standing(one["sentence"]) for one in found["findings"]}
    return [line for line in evidence(of(found, *LEDGER)) if line not in said]
