"""Wording of a bottle: one place for the numbers and sentences that the terminal, the page and Markdown share."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from holdfast.reports.laboratory.wording import enumerated, number

if TYPE_CHECKING:
    from holdfast.reports.collapse.contract import Collapse, Course, Followed, Generation, Group

NONE = "–"
"""Stands where nothing was read, which is not a zero."""
WORST = 3
"""Strata that are drawn by name beside the rarest third."""
_DEFAULTS = {
    "protocols": ["replace", "mix", "managed"],
    "real_share": 0.3,
    "learner": "ngrams",
    "generations": 5,
}
_HOW = {
    "replace": "on nothing but its own output",
    "accumulate": "where nothing is thrown away",
    "accumulate-subsample": "on as many rows, drawn from all that was ever written,",
    "managed": "under the managed loop",
}
SAID = {
    "replace": "each model learns from nothing but what the last one wrote",
    "mix": "the same real rows stand beside what the last model wrote",
    "accumulate": "nothing is thrown away: the first real rows and all that was written since",
    "accumulate-subsample": "as many rows as generation 0 had, drawn from all that there is",
    "managed": "holdfast's own loop: curate, blend, audit behind a gate, and compare the model with the first one",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of reading.

    Attributes:
        key: Where it stands.
        title: What pages call it.
        short: What columns call it.
        told: What it is, in a sentence.
        percent: Whether it is a share.
        decimals: Of other numbers.
    """

    key: str
    title: str
    short: str
    told: str
    percent: bool = False
    decimals: int = 0

    def of(self, generation: Generation) -> float | None:
        """Its value in a generation."""
        if self.key == "words":
            return generation["words"][0]
        if self.key == "worth":
            worth = generation["worth"]
            return None if worth is None else worth["rows"]
        value = generation[self.key]  # type: ignore[literal-required] # one of KINDS
        return None if value is None else float(value)

    def say(self, generation: Generation) -> str:
        """Its value in words."""
        value = self.of(generation)
        if value is None:
            return NONE
        if self.key == "worth" and (generation["worth"] or {}).get("at_least"):
            return f"≥ {value:,.0f}"
        return f"{100 * value:.0f} %" if self.percent else number(value, self.decimals)


KINDS = (
    Kind(
        key="rare_recall",
        title="Recall in rare strata",
        short="rare recall",
        told="Of the sealed real rows of the rarest third of the labels, the share that a plain classifier gets right after learning from the generation's rows; each label counts as much as the others.",
        percent=True,
    ),
    Kind(
        key="accuracy",
        title="Accuracy",
        short="accuracy",
        told="The same over all labels, each by its share of reality.",
        percent=True,
    ),
    Kind(
        key="bits_per_byte",
        title="Bits per byte",
        short="bits/byte",
        told="What sealed real text costs the generation's model; less is better.",
        decimals=2,
    ),
    Kind(
        key="tail_bits_per_byte",
        title="Bits per byte in rare strata",
        short="in the tail",
        told="The same on the rarest third of the labels.",
        decimals=2,
    ),
    Kind(
        key="words",
        title="Different words",
        short="words",
        told="In the generation's rows, at an equal number of words.",
    ),
    Kind(
        key="strata",
        title="Strata left",
        short="strata",
        told="Labels that still have a row.",
    ),
    Kind(
        key="worth",
        title="Worth in real rows",
        short="worth",
        told="What an audit says the generation's rows are worth. No more can be shown than the real rows that judge: there it is at least so many (≥).",
    ),
)


def kinds(collapse: Collapse) -> list[Kind]:
    """The readings that there are: what no generation has is left out."""
    return [
        kind
        for kind in KINDS
        if any(kind.of(one) is not None for course in collapse["courses"] for one in course["generations"])
    ]


def headline(collapse: Collapse) -> str:
    """What became of the rows, in a sentence or two."""
    count = collapse["setting"]["generations"]
    first, *rest = [_became(course, whole=at == 0) for at, course in enumerate(collapse["courses"])]
    said = [
        f"After {count} generation{'s' if count > 1 else ''} {first}.",
        *(f"{one[:1].upper()}{one[1:]}." for one in rest),
    ]
    return " ".join(said)


def _became(course: Course, *, whole: bool) -> str:
    """What became of the rows under one protocol, the beginning of a sentence left small; whole or after another."""
    first, last = course["generations"][0], course["generations"][-1]
    kept = _kept(first, last, whole=whole)
    who = "the model" if whole else "it"
    if last["halted"] is not None:
        # A loop that never went round has kept everything and shown nothing.
        told = kept if last["real"] < last["rows"] else "has lost nothing and learnt nothing"
        return f"the managed loop was {stopped(course)}, and {told}"
    if course["protocol"] == "mix":
        return f"with {100 * last['real'] / last['rows']:.0f} % real rows {who} {kept}"
    return f"{_HOW[course['protocol']]} {who} {kept}"


def stopped(course: Course) -> str:
    """Who stopped a loop, and when.

    >>> stopped({"generations": [{"halted": None}, {"halted": "cycle 1: data_gate"}]})
    'stopped by its data gate at cycle 1: the model from before it still counts'
    """
    told = next(one["halted"] for one in course["generations"] if one["halted"] is not None)
    cycle, _, stage = told.partition(": ")
    return f"stopped by its {stage.replace('_', ' ')} at {cycle}: the model from before it still counts"


def _kept(first: Generation, last: Generation, *, whole: bool) -> str:
    """What the last model keeps of what the first one had."""
    gone = _gone(first["strata"], last["strata"], whole=whole)
    for kind, what in ((KINDS[0], "recall in rare strata"), (KINDS[1], "accuracy")):
        before, after = kind.of(first), kind.of(last)
        if before and after is not None:
            return f"keeps {100 * after / before:.0f} %{f' of its {what}' if whole else ''}{gone}"
    words = 100 * last["words"][0] / first["words"][0]
    costs = last["bits_per_byte"] / first["bits_per_byte"]
    if not whole:
        return f"keeps {words:.0f} %, at {costs:.2f} times the bits"
    return (
        f"keeps {words:.0f} % of the different words, and real text costs it {costs:.2f} times as many bits"
    )


def _gone(before: int | None, after: int | None, *, whole: bool) -> str:
    """What became of the strata.

    >>> _gone(18, 15, whole=True), _gone(18, 17, whole=True), _gone(18, 18, whole=True), _gone(None, None, whole=True)
    (', and 3 of 18 strata are gone', ', and 1 of 18 strata is gone', ', and no stratum is gone', '')
    >>> _gone(18, 15, whole=False), _gone(18, 18, whole=False)
    (' and loses 3 strata', ' and every stratum')
    """
    if before is None or after is None:
        return ""
    lost = max(before - after, 0)
    if not whole:
        return f" and loses {lost:,} strat{'um' if lost == 1 else 'a'}" if lost else " and every stratum"
    if not lost:
        return ", and no stratum is gone"
    return f", and {lost:,} of {before:,} strata {'is' if lost == 1 else 'are'} gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """How far a forecast was right.

    Attributes:
        course: Of which protocol.
        points: Groups and generations that it spoke of, after the first.
        outside: How many lay outside their band.
        worst: Names of groups that did, those that did so most often first, with whether they lay above or below.
    """

    course: Course
    points: int
    outside: int
    worst: tuple[tuple[str, str], ...]


def missed(collapse: Collapse) -> list[Missed]:
    """How far each forecast was right, from generation 2 on: it was made from generation 1."""
    found = []
    for at, course in enumerate(collapse["courses"]):
        followed = [(group, group["courses"][at]) for group in collapse["groups"]]
        told = [(group, one, misses(one)) for group, one in followed if one["foretold"] is not None]
        if not told or collapse["setting"]["generations"] < 2:
            continue
        astray = sorted(
            ((group, one, where) for group, one, where in told if where),
            key=lambda entry: (-len(entry[2]), entry[0]["name"]),
        )
        found.append(
            Missed(
                course=course,
                points=len(told) * (collapse["setting"]["generations"] - 1),
                outside=sum(len(where) for _, _, where in told),
                worst=tuple((group["name"], _side(one, where)) for group, one, where in astray),
            )
        )
    return found


def misses(followed: Followed) -> list[int]:
    """Generations after the first in which a group lay outside its band.

    >>> misses({"retention": [1, 0.5, 0.1, 0.4], "foretold": {"low": [None, 0.6, 0.2, 0.2], "high": [None, 1, 1, 1]}})
    [2]
    """
    told = followed["foretold"]
    if told is None:
        return []
    return [
        place
        for place, (value, low, high) in enumerate(
            zip(followed["retention"], told["low"], told["high"], strict=True)
        )
        if place > 1 and low is not None and high is not None and not low <= value <= high
    ]


def _side(followed: Followed, where: list[int]) -> str:
    told = followed["foretold"]
    assert told is not None  # noqa: S101 - for the type checker; only what was foretold is missed
    above = sum(followed["retention"][place] > (told["high"][place] or 0.0) for place in where)
    return "above" if above == len(where) else "below" if not above else "on both sides of"


def say_missed(found: Missed) -> str:
    """How far a forecast was right, in a sentence."""
    title = found.course["title"]
    if not found.outside:
        return f"{title}: all {found.points:,} points lie inside the band."
    names = [f"{name!r} {side} it" for name, side in found.worst[:4]]
    more = f", and {len(found.worst) - 4:,} more" if len(found.worst) > 4 else ""
    return (
        f"{title}: {found.outside:,} of {found.points:,} points {'lies' if found.outside == 1 else 'lie'} outside the band, where one in ten would by chance: "
        f"{', '.join(names) if more else enumerated(names)}{more}."
    )


def shown_groups(collapse: Collapse) -> list[Group]:
    """The rarest third, and the strata that the first protocol kept least of."""
    if not collapse["groups"]:
        return []
    rare, *others = collapse["groups"]
    named = [group for group in others if len(group["strata"]) == 1]
    named.sort(key=lambda group: (group["courses"][0]["retention"][-1], group["name"]))
    return [rare, *named[:WORST]]


def command(collapse: Collapse) -> str:
    """What runs it again."""
    setting = collapse["setting"]
    said = ["holdfast", "lab", "collapse", "--real", collapse["real"]["name"]]
    if not collapse["real"]["labelled"]:
        said.append("--no-labels")
    if setting["protocols"] != _DEFAULTS["protocols"]:
        for name in setting["protocols"]:
            said += ["--protocol", name]
    for flag, value in (
        ("--real-share", setting["real_share"]),
        ("--learner", setting["learner"]),
        ("--generations", setting["generations"]),
    ):
        if value != _DEFAULTS[flag[2:].replace("-", "_")]:
            said += [flag, f"{value}"]
    for flag, share in (("--temperature", setting["temperature"]), ("--top-p", setting["top_p"])):
        if share != 1:
            said += [flag, f"{share:g}"]
    if setting["rows"] is not None:
        said += ["--rows", str(setting["rows"])]
    if setting["seed"]:
        said += ["--seed", str(setting["seed"])]
    if not setting["audited"]:
        said.append("--no-audit")
    return shlex.join(said)


def setup(collapse: Collapse) -> str:
    """What was dealt, in a sentence or two."""
    real, world = collapse["real"], collapse["world"]
    strata = "" if world["strata"] is None else f" with {world['strata']:,} labels"
    return (
        f"Of {real['rows']:,} real rows{strata} the first model learnt from {world['rows']:,}, of which {world['at_hand']:,} stay at hand; "
        f"{world['judges']:,} others judge, and {world['exam']:,} are the sealed exam. Who learns: {collapse['setting']['learner_name']}; "
        f"models write at temperature {collapse['setting']['temperature']:g} and top-p {collapse['setting']['top_p']:g}."
    )
