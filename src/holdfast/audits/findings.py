"""Findings: readings that left their null by more than their tolerance, with the rows behind them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.audits import worth
from holdfast.audits.sentences import remedy_of, sentence_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.audits.judge import Outcome, Verdict
    from holdfast.measures.reading import Reading
    from holdfast.views.sides import Sides

EXAMPLES = 8
IDS = 1_000
EXPLAINS_THE_REST = 0.5
"""Where more than this share of a candidate is unlike anything real, every other loss follows from that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A record shown as evidence: a candidate row, or a real row of the reference (never of the holdout)."""

    id: str
    side: str
    stratum: str | None
    text: str
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding.

    Attributes:
        measure: Name of the measure.
        verdict: `fail` or `warn`.
        title: What it is about.
        sentence: What was found, in one sentence.
        evidence: The figures behind it.
        strata: Strata concerned.
        record_ids: Candidate rows it rests on, up to a thousand.
        record_count: How many there are.
        examples: A few records to look at.
        do: What to do about it.
    """

    measure: str
    verdict: Verdict
    title: str
    sentence: str
    evidence: tuple[str, ...]
    strata: tuple[str, ...]
    record_ids: tuple[str, ...]
    record_count: int
    examples: tuple[Example, ...]
    do: str


def find(outcomes: Sequence[Outcome], sides: Sides) -> tuple[Finding, ...]:
    """The findings of a battery: failures first, in the order of the battery, which starts with what is lost.

    A candidate that is mostly unlike anything real, in another alphabet say, leads with that: the rest follows from it.
    """
    found = []
    for outcome in outcomes:
        reading = outcome.reading
        if reading is None or outcome.verdict not in ("fail", "warn"):
            continue
        name = outcome.measure.name
        found.append(
            Finding(
                measure=name,
                verdict=outcome.verdict,
                title=outcome.measure.title,
                sentence=sentence_of(name, reading),
                evidence=reading.evidence,
                strata=tuple(reading.details.get("lost", ())),
                record_ids=tuple(sides.candidate.ids[row] for row in reading.rows[:IDS]),
                record_count=len(reading.rows),
                examples=_examples(name, reading, sides),
                do=worth.finding_step(reading) if name == worth.MEASURE else remedy_of(name),
            )
        )
    strange = {
        o.measure.name for o in outcomes if o.reading and _explains_the_rest(o.measure.name, o.reading)
    }
    return tuple(sorted(found, key=lambda f: (f.verdict != "fail", f.measure not in strange)))


def _explains_the_rest(name: str, reading: Reading) -> bool:
    return name == "off_anchor" and reading.value > EXPLAINS_THE_REST


def _examples(name: str, reading: Reading, sides: Sides) -> tuple[Example, ...]:
    if name == "stratum_deficit":
        rows = []
        for label in reading.details["lost"][:EXAMPLES]:
            at = np.flatnonzero(sides.anchor.strata == sides.labels.index(label))
            if len(at):
                # The real row most like the rest of its stratum says best what was lost.
                best = int(at[np.argmax(sides.anchor.support[at])])
                rows.append(_example(sides, "anchor", best, label))
        return tuple(rows)
    if name == worth.MEASURE:
        return tuple(
            _example(
                sides,
                "anchor",
                found["row"],
                found["stratum"],
                worth.uncovered_note(found, sides.candidate.ids),
            )
            for found in _one_per_stratum(reading.details["uncovered"])
        )
    if name == "artifacts":
        return tuple(
            _example(sides, "candidate", row, _label(sides, row)) for row in _one_per_phrase(reading, sides)
        )
    copies = reading.details.get("copies", [])
    origin = reading.details.get("copied_from", {})
    rows = []
    for index, row in enumerate(reading.rows[:EXAMPLES]):
        note = None
        if index < len(copies):
            note = f"stands there {copies[index]:,} times"
        elif row in origin:
            note = f"repeats real row {sides.anchor.ids[origin[row]]}"
        rows.append(_example(sides, "candidate", row, _label(sides, row), note))
    return tuple(rows)


def _one_per_stratum(found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Uncovered rows, no stratum a second time before every one has come once."""
    turns: Counter[str | None] = Counter()
    ranked = []
    for place, row in enumerate(found):
        ranked.append((turns[row["stratum"]], place, row))
        turns[row["stratum"]] += 1
    return [row for _, _, row in sorted(ranked, key=lambda entry: entry[:2])[:EXAMPLES]]


def _one_per_phrase(reading: Reading, sides: Sides) -> list[int]:
    """A row for each of the most frequent phrases, so that a reader sees every habit once."""
    row_of = {id_: row for row, id_ in enumerate(sides.candidate.ids)}
    rows: list[int] = []
    for phrase in reading.details["phrases"]:
        holding = (row_of[id_] for id_ in phrase["record_ids"])
        fresh = next((row for row in holding if row not in rows), None)
        if fresh is not None:
            rows.append(fresh)
    return rows[:EXAMPLES]


def _label(sides: Sides, row: int) -> str | None:
    code = int(sides.candidate.strata[row])
    return sides.labels[code] if code >= 0 and sides.origin != "none" else None


def _example(sides: Sides, side: str, row: int, stratum: str | None, note: str | None = None) -> Example:
    part = sides.anchor if side == "anchor" else sides.candidate
    return Example(id=part.ids[row], side=side, stratum=stratum, text=part.texts[row], note=note)
