"""Moves: what two audits, one in each direction, say about reality instead of about a candidate.

New rows held against the old ones show what reality lost; old rows held against the new ones show what it gained. Neither
is a fault, so the words are others than those of an audit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from holdfast.measures import MEASURES
from holdfast.measures.text.anchor_copies import AnchorCopies

if TYPE_CHECKING:
    from holdfast.audits.findings import Example
    from holdfast.audits.result import Audit
    from holdfast.measures import Measure

Direction = Literal["since", "before"]
"""`since`: the new rows against the old ones; `before`: the old ones against the new."""

MEASURES_OF_REALITY: tuple[Measure, ...] = tuple(m for m in MEASURES if not isinstance(m, AnchorCopies))
"""Rows that stand on both sides are no copies here: reality may say the same again, and an anchor may keep its rows."""

_WORDS: dict[str, tuple[str, str]] = {
    "real_equivalent_rows": (
        "the new rows tell less about the old reality than as many old rows would",
        "the old rows tell less about the new reality than as many new rows would",
    ),
    "stratum_deficit": ("strata that reality lost or thinned", "strata that reality grew"),
    "band_retention": ("what was rarest has become rarer still", "what is rarest now was rarer before"),
    "stratum_shrinkage": (
        "inside strata reality says less varied things than before",
        "inside strata reality says more varied things than before",
    ),
    "near_duplicates": (
        "rows repeat each other more often than before",
        "rows repeat each other less often than before",
    ),
    "mode_share": ("few texts weigh more than before", "few texts weigh less than before"),
    "off_anchor": (
        "new topics: rows unlike anything in the old reality",
        "old topics: rows unlike anything in the new reality",
    ),
    "off_language": ("languages that reality took up", "languages that reality gave up"),
    "broken_rows": ("more rows are broken than before", "fewer rows are broken than before"),
    "label_noise": (
        "labels are given otherwise than before",
        "labels were given otherwise before",
    ),
    "artifacts": ("turns of phrase that are new", "turns of phrase that are gone"),
    "diversity_profile": ("wording has become less varied", "wording has become more varied"),
    "lexical_diversity": ("words have become less varied", "words have become more varied"),
    "rare_words": ("rare words have lost share", "rare words have gained share"),
    "association_amplification": (
        "words are tied more closely to their strata",
        "words are tied less closely to their strata",
    ),
    "surprisal": (
        "wording that has become stranger or plainer",
        "wording that was stranger or plainer before",
    ),
    "self_repetition": ("rows share more runs of words", "rows share fewer runs of words"),
    "prompt_diversity": (
        "answers to one prompt have become more alike",
        "answers to one prompt have become less alike",
    ),
    "syntactic_templates": ("sentence frames return more often", "sentence frames return less often"),
    "length_and_format": (
        "lengths or formats have become less mixed",
        "lengths or formats have become more mixed",
    ),
    "two_samples": ("wording has changed", "wording has changed"),
}
_WORTH = "real_equivalent_rows"
_SYMMETRIC = frozenset({"two_samples", "label_noise", _WORTH})
"""Said once: the other direction says the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One way in which reality has moved.

    Attributes:
        measure: Name of the measure that saw it.
        direction: `since` for what is new or lost in the new rows, `before` for what only the old rows had.
        words: What it means for reality.
        sure: Whether it counts for the verdict; otherwise it is a hint that no multiplicity control covers.
        evidence: The figures behind it.
        strata: Strata concerned, where it is about strata.
        examples: Rows to look at, of the side that the direction holds against the other.
    """

    measure: str
    direction: Direction
    words: str
    sure: bool
    evidence: tuple[str, ...]
    strata: tuple[str, ...]
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """The smallest move that a measure could have seen.

    Attributes:
        measure: Its name.
        title: The same for a reader.
        direction: Which way it looked.
        smallest: Share that would have been seen in four of five; None where it could not look.
        reason: Why it could not look.
    """

    measure: str
    title: str
    direction: Direction
    smallest: float | None
    reason: str | None


def find_moves(since: Audit, before: Audit) -> tuple[Move, ...]:
    """What left the band of chance, in either direction; what counts for the verdict first."""
    moves: list[Move] = []
    for direction, audit in (("since", since), ("before", before)):
        for finding in audit.findings:
            if finding.measure in _SYMMETRIC and any(m.measure == finding.measure and m.sure for m in moves):
                continue
            words = _WORDS.get(finding.measure, (finding.title, finding.title))
            moves.append(
                Move(
                    measure=finding.measure,
                    direction="since" if direction == "since" else "before",
                    words=words[direction == "before"],
                    sure=finding.verdict == "fail",
                    evidence=(_figures(finding.sentence, direction), *finding.evidence)
                    if finding.measure == "off_anchor"
                    else finding.evidence,
                    strata=finding.strata,
                    examples=finding.examples,
                )
            )
    # What moved comes before what that is worth: nobody asked for a price of reality.
    return tuple(sorted(moves, key=lambda move: (not move.sure, move.measure == _WORTH)))


def _figures(sentence: str, direction: str) -> str:
    """The sentence of an audit, in which `real` is the side held against."""
    side = "old" if direction == "since" else "new"
    return sentence.replace("anything real", f"any {side} row").replace("real rows", f"{side} rows")


def limits(since: Audit, before: Audit) -> tuple[Limit, ...]:
    """What either direction could have seen, and what it could not look at."""
    found = []
    for direction, audit in (("since", since), ("before", before)):
        for outcome in audit.outcomes:
            if not outcome.measure.judged:
                continue
            smallest = outcome.smallest_detectable
            found.append(
                Limit(
                    measure=outcome.measure.name,
                    title=outcome.measure.title,
                    direction="since" if direction == "since" else "before",
                    smallest=None if smallest is None or smallest > 1 else smallest,
                    reason=outcome.reason,
                )
            )
    return tuple(found)
