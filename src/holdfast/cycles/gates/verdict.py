"""The verdict of a gate: an immutable record, and what becomes of a cycle because of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from holdfast.errors import UsageError
from holdfast.stats.looks import level_at

if TYPE_CHECKING:
    from holdfast.cycles.journal import Event, Journal
    from holdfast.cycles.project.recipe import Gate, Recipe
    from holdfast.cycles.stages.parts import Parts

GATES = ("data_gate", "model_gate")
Word = Literal["pass", "warn", "fail", "undetermined"]
Passage = Literal["go", "wait", "stop"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A look at rows that judge.

    Attributes:
        part: The part of reality that judges.
        number: How often its rows have judged at this gate, this time included.
        level: The error rate that this look may spend.
        share: Of which the looks at this part and gate are all paid: the rate over everything, by gates and parts.
    """

    part: str
    number: int
    level: float
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a gate found.

    Attributes:
        verdict: `pass`, `warn`, `fail` or `undetermined`.
        sentence: In one sentence.
        findings: One entry for everything that was looked at.
    """

    verdict: Word
    sentence: str
    findings: tuple[dict[str, Any], ...]


def next_look(journal: Journal, gate: str, recipe: Recipe, parts: Parts, cycle: int) -> Look:
    """The look that a cycle takes at a gate.

    A look is taken when a gate begins, whatever becomes of it: who saw what it found and gave the cycle up has looked. One cycle looks once at a gate, however
    often its verdict is read. Rows that judged in an earlier deal bring their looks with them.
    """
    turn = parts.turn(cycle)
    part = parts.name(turn)
    looked: dict[int, dict[str, Any]] = {}
    for event in journal.events("stage_began", stage=gate):
        name = str(event.body["look"]["part"])
        if name == part or name.partition("/")[0] in parts.before:
            looked.setdefault(event.cycle or 0, event.body["look"])
    number = looked[cycle]["number"] if cycle in looked else len(looked) + 1
    share = recipe.judge.alpha / (len(GATES) * parts.number)
    return Look(part=part, number=number, level=level_at(number, share), share=share)


def asked_of(recipe: Recipe) -> dict[str, dict[str, Any]]:
    """What a recipe's gates ask for, flat, so that two recipes can be compared."""
    found: dict[str, dict[str, Any]] = {"judge": asdict(recipe.judge)}
    for name in GATES:
        gate: Gate = getattr(recipe, name)
        plain = {**asdict(gate), **gate.options}
        del plain["options"]
        found[name] = plain
    return found


def defined(gate: Gate, anchor: dict[str, Any], look: Look) -> dict[str, Any]:
    """What a gate asked for, as it stands in its record."""
    return {**asdict(gate), "options": dict(gate.options), "anchor": anchor, "error_rate": look.share}


def passage(journal: Journal, gate: str, recipe: Recipe, cycle: int, today: dt.date) -> tuple[Passage, str]:
    """What a cycle may do behind a gate, and why.

    A failure can be waived, until a day; nothing else passes it. What is undetermined, and what asks for a person, can be approved.
    """
    event = journal.events("gate", cycle=cycle, stage=gate)[-1]
    settings = getattr(recipe, gate)
    word = event.body["verdict"]
    said = answers(journal, gate, cycle)
    if any(one.kind == "rejection" for one in said):
        return "stop", "a person said no"
    if word == "fail" and settings.severity == "stop":
        return _waived([one for one in said if one.kind == "waiver"], today)
    if word == "undetermined" and settings.on_undetermined == "block":
        return "stop", "it cannot be known, and the recipe blocks what cannot be known"
    approved = [one for one in said if one.kind == "approval"]
    if approved:
        return "go", f"approved by {approved[-1].by}"
    if word == "undetermined" and settings.on_undetermined == "ask":
        return "wait", "it cannot be known, and a person is asked"
    return (
        ("wait", "a person is asked for approval") if settings.approval else ("go", f"the gate said {word}")
    )


def _waived(waivers: list[Event], today: dt.date) -> tuple[Passage, str]:
    holding = [one for one in waivers if one.body["until"] >= today.isoformat()]
    if holding:
        return "go", f"waived by {holding[-1].by} until {holding[-1].body['until']}"
    return "stop", f"the waiver ended on {waivers[-1].body['until']}" if waivers else "the gate failed"


def answers(journal: Journal, gate: str, cycle: int) -> list[Event]:
    """What people said at a gate."""
    return journal.events("approval", "rejection", "waiver", cycle=cycle, stage=gate)


def waiver_until(text: str, today: dt.date) -> str:
    """The day on which a waiver ends.

    Raises:
        UsageError: It is no day, it is over, or it is further away than a year.
    """
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no day", where="--until", do="Write it as 2027-01-31") from None
    if day < today:
        raise UsageError(f"{text} is over", where="--until", do="A waiver holds until a day that is to come")
    if day > today + dt.timedelta(days=366):
        raise UsageError(
            f"{text} is more than a year away",
            where="--until",
            do="A waiver is an exception: give a nearer day",
        )
    return day.isoformat()


def today() -> dt.date:
    """The day, by the clock of the world and not of a place."""
    return dt.datetime.now(dt.UTC).date()
