"""Candidate: which of its findings are its own drift, and which are reality's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from holdfast.audits.judge import Verdict
    from holdfast.audits.result import Audit

Fate = Literal["persists", "vanishes", "unclear", "appears"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Persistence:
    """What becomes of a finding of a candidate when the new reality takes the place of the old.

    Attributes:
        measure: Name of the measure.
        title: The same for a reader.
        fate: `persists`: the candidate drifted. `vanishes`: reality moved, and the candidate is where reality now is.
            `unclear`: against the new reality it cannot be told. `appears`: only the new reality shows it.
        old: Verdict against the old reality.
        new: Verdict against the new one.
        strata_persist: Strata that both realities miss in the candidate.
        strata_vanish: Strata that only the old one misses.
        strata_appear: Strata that only the new one misses.
    """

    measure: str
    title: str
    fate: Fate
    old: Verdict
    new: Verdict
    strata_persist: tuple[str, ...] = ()
    strata_vanish: tuple[str, ...] = ()
    strata_appear: tuple[str, ...] = ()


def compare_findings(old: Audit, new: Audit) -> tuple[Persistence, ...]:
    """Every finding of a candidate against the old or the new reality, in the order of the battery."""
    found = []
    for outcome in old.outcomes:
        other = new.outcome(outcome.measure.name)
        flagged = [o.verdict in ("fail", "warn") for o in (outcome, other)]
        if not any(flagged):
            continue
        fate: Fate = "persists"
        if not flagged[0]:
            fate = "appears"
        elif not flagged[1]:
            fate = "vanishes" if other.verdict == "pass" else "unclear"
        missed = [
            tuple(audit.lost) if outcome.measure.name == "stratum_deficit" else () for audit in (old, new)
        ]
        found.append(
            Persistence(
                measure=outcome.measure.name,
                title=outcome.measure.title,
                fate=fate,
                old=outcome.verdict,
                new=other.verdict,
                strata_persist=tuple(s for s in missed[0] if s in missed[1]),
                strata_vanish=tuple(s for s in missed[0] if s not in missed[1]),
                strata_appear=tuple(s for s in missed[1] if s not in missed[0]),
            )
        )
    return tuple(found)
