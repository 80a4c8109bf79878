"""Wording of a diff: has reality moved, and what could have been seen?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.audits.needs import need
from holdfast.measures.reading import counted, percent

if TYPE_CHECKING:
    from holdfast.audits.diff.diff import Diff
    from holdfast.audits.result import Audit


def sentence(diff: Diff) -> str:
    """The answer."""
    old, new = diff.since.anchor.name, diff.since.candidate.name
    if diff.verdict == "moved":
        sure = [move for move in diff.moves if move.sure]
        more = f", and {counted(len(sure) - 1, 'more move')}" if len(sure) > 1 else ""
        return f"Reality has moved from {old} to {new}: {sure[0].words}{_strata(sure[0].strata)}{more}."
    if diff.verdict == "undetermined":
        return f"It cannot be told whether reality moved from {old} to {new}: {_why(diff)}."
    hints = [move for move in diff.moves if not move.sure]
    said = f" ({counted(len(hints), 'hint')} below what counts)" if hints else ""
    return f"From {old} to {new} reality has not moved beyond what chance does{said}."


def _strata(names: tuple[str, ...]) -> str:
    if not names:
        return ""
    return f" ({', '.join(names[:3])}{f' and {len(names) - 3} more' if len(names) > 3 else ''})"


def _why(diff: Diff) -> str:
    audit, who = (
        (diff.since, "new rows against old ones")
        if diff.since.verdict == "undetermined"
        else (diff.before, "old rows against new ones")
    )
    silent = [o for o in audit.outcomes if o.verdict == "undetermined" and o.measure.judged]
    first = next((o for o in silent if o.measure.decisive), silent[0])
    return f"{who}, {first.measure.title.lower()}: {first.reason}{_needed(audit, first.measure.name)}"


def _needed(audit: Audit, name: str) -> str:
    needed = need(audit.outcome(name), audit)
    if needed is None:
        return ""
    # An audit speaks of a candidate; here both sides are real.
    said = needed.replace(" candidate rows", f" rows of {audit.candidate.name}")
    return f"; {said.replace('as many real rows', f'as many rows of {audit.anchor.name}')}"


def smallest_move(diff: Diff) -> str:
    """The smallest loss and growth of rare strata that would have been seen."""
    parts = []
    for audit, what in ((diff.since, "lost"), (diff.before, "gained")):
        outcome = audit.outcome("stratum_deficit")
        smallest = outcome.smallest_detectable
        if outcome.reading is None or smallest is None:
            parts.append(f"what the rarer half of strata {what} could not be read ({outcome.reason})")
        elif smallest > 1:
            parts.append(f"not even everything {what} in the rarer half of strata would be sure to show")
        else:
            parts.append(f"{percent(smallest)} {what} in the rarer half of strata")
    return f"The smallest move it would have seen in four of five: {'; '.join(parts)}."
