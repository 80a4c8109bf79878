"""Findings: readings that left their null by more than their tolerance, with the rows behind them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.audits import worth
from holdfast.measures.reading import percent

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


_DO = {
    "stratum_deficit": "Generate for the lost strata by name, or put their real rows back; the table of "
    "strata says how many rows each should have.",
    "band_retention": "Give the rarest tenth a quota of its own instead of drawing it with the rest.",
    "stratum_shrinkage": "Vary prompts and examples inside the strata, or loosen the filter that keeps the typical rows.",
    "near_duplicates": "Drop repeated rows before training; they add weight, not information.",
    "mode_share": "Look at the heaviest texts and stop the generator from returning to them.",
    "anchor_copies": "Take the copies out: beside the real rows they add nothing.",
    "off_anchor": "Look at these rows: another language, another task or damaged text? If they are wanted, the real rows "
    "must show some of their kind.",
    "off_language": "Name the language in the prompt, and drop these rows; if they are wanted, the real rows must show some.",
    "broken_rows": "Drop these rows, and mend what made them: the parser, the prompt, or the filter that should catch refusals.",
    "label_noise": "Look at the doubted rows (worst first): drop or relabel those that are wrong, and look at the labels named.",
    "artifacts": "Strip the template, or vary the prompt that produces it.",
    "diversity_profile": "Vary prompts, seeds and examples, and drop repeats: the set says fewer different things than as many "
    "real rows would.",
    "surprisal": "Stranger, or without order: read the rows named here, for errors and nonsense. More ordinary: raise the temperature, and do not "
    "filter by likelihood.",
    "lexical_diversity": "Vary topics and wording in the prompts, or raise the temperature: the same words and word pairs return.",
    "rare_words": "Raise the temperature, widen top-p, and look at what filters or judges prefer: rare words lose their share.",
    "self_repetition": "Look at the rows named here: what they share is a template or a favourite phrase of the generator.",
    "syntactic_templates": "Ask for other sentence forms, or show more varied examples: rows are built on the same frames.",
    "length_and_format": "Ask for several lengths and formats in the shares that reality has, and do not filter by length.",
    "association_amplification": "Look at the pairs named here: ask for other examples of those strata, or balance the words.",
    "two_samples": "Look at the findings above for what differs; if there are none, compare a few rows of both sides by eye.",
}


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
                sentence=_sentence(name, reading),
                evidence=reading.evidence,
                strata=tuple(reading.details.get("lost", ())),
                record_ids=tuple(sides.candidate.ids[row] for row in reading.rows[:IDS]),
                record_count=len(reading.rows),
                examples=_examples(name, reading, sides),
                do=worth.finding_step(reading)
                if name == worth.MEASURE
                else _DO.get(name, "Look at the rows named here."),
            )
        )
    strange = {
        o.measure.name for o in outcomes if o.reading and _explains_the_rest(o.measure.name, o.reading)
    }
    return tuple(sorted(found, key=lambda f: (f.verdict != "fail", f.measure not in strange)))


def _explains_the_rest(name: str, reading: Reading) -> bool:
    return name == "off_anchor" and reading.value > EXPLAINS_THE_REST


def _sentence(name: str, reading: Reading) -> str:
    value, real = reading.value, reading.null.median
    if name == "stratum_deficit":
        lost = reading.details["lost"]
        whole = reading.details["real_strata"]
        if lost:
            gone = [row for row in reading.details["strata"] if row["lost"] and row["candidate_rows"] == 0]
            if len(gone) == len(lost):
                return f"{len(lost)} of {whole} strata {'is' if len(lost) == 1 else 'are'} missing altogether"
            what = f"{len(lost)} of {whole} strata {'is' if len(lost) == 1 else 'are'} lost or thinned"
            return what + (f", {len(gone)} of them without a single row" if gone else "")
        return "rows are missing from many strata, too few from each to name it"
    if name == worth.MEASURE:
        return worth.finding_sentence(reading)
    return {
        "band_retention": f"only {percent(value)} of the rarest tenth of reality is kept",
        "stratum_shrinkage": f"only {percent(value)} of the variety of real rows is left inside strata",
        "near_duplicates": f"{percent(value)} of rows repeat an earlier row ({percent(real)} in reality)",
        "mode_share": f"ten texts make up {percent(value)} of the set ({percent(real)} in reality)",
        "anchor_copies": f"{percent(value)} of rows are copies of real rows ({percent(reading.details.get('real', real))} "
        "of real rows repeat each other)",
        "off_anchor": f"{percent(value)} of rows are unlike anything real ({percent(real)} of real rows are)",
        "off_language": f"{percent(value)} of rows are in another language or script than reality ({percent(real)} of real rows are)",
        "broken_rows": f"{percent(value)} of rows are broken ({percent(real)} of real rows look so){_broken_kinds(reading)}",
        "surprisal": f"{percent(value)} of rows are {_strange_end(reading)} ({percent(real)} in reality)",
        "label_noise": f"{percent(value)} of rows carry a label that does not fit, beyond those that reality's own labels show",
        "artifacts": f"{percent(value)} of rows hold a phrase or format far more frequent than in reality ({percent(real)} of real rows do)",
        "diversity_profile": f"its wording is {percent(value)} as varied as reality's (fresh real rows: {percent(real)})",
        "lexical_diversity": f"its words are {percent(value)} as varied as reality's at equal size",
        "rare_words": f"words that are rare in reality have {percent(value)} of the share they have there",
        "self_repetition": f"{percent(value)} of its runs of four words stand in another row, too ({percent(real)} in reality)",
        "syntactic_templates": f"a hundred sentence frames make up {percent(value)} of all its frames ({percent(real)} in reality)",
        "length_and_format": f"its rows are {percent(value)} as mixed as real ones in length or format",
        "association_amplification": f"words are tied to strata {value:.2f} times as closely as in reality",
        "two_samples": f"a linear classifier tells its rows from real ones in {percent(value)} of pairs (50 % by chance)",
    }.get(name, f"{value:.3g} against {real:.3g} in reality")


def _broken_kinds(reading: Reading) -> str:
    named = [entry["kind"] for entry in reading.details.get("kinds", ()) if entry["named"]]
    return f": {', '.join(named)}" if named else ""


def _strange_end(reading: Reading) -> str:
    return {
        "stranger": "stranger than 99 % of real rows",
        "without order": "less ordered in their words than 95 % of real rows",
    }.get(reading.details["worse"], "more ordinary than the most ordinary tenth of real rows")


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
