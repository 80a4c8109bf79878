"""Wording: an audit in sentences people understand without statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.audits.judge import answered, applies
from holdfast.audits.needs import need
from holdfast.audits.worth import MEASURE as WORTH
from holdfast.audits.worth import headline
from holdfast.measures.reading import Undetermined, counted, percent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from holdfast.audits.judge import Outcome
    from holdfast.audits.result import Audit


def sentence(audit: Audit) -> str:
    """The answer: what the candidate is worth, and whether it may be used."""
    if audit.verdict == "undetermined":
        return _undetermined(audit)
    name, real = audit.candidate.name, audit.anchor.name
    worth = headline(audit)
    first = f"{worth}. " if worth else ""
    # What the headline says is not said again.
    findings = [f for f in audit.findings if not (worth and f.measure == WORTH)]
    if audit.verdict == "fail":
        reasons = [f for f in findings if f.verdict == "fail"][:1]
        more = len(findings) - len(reasons)
        rest = f"{', and ' if reasons else ': '}{counted(more, 'more finding')}" if more else ""
        what = (
            f"should not be added to {real}" if audit.settings.use == "add" else f"cannot stand in for {real}"
        )
        why = f": {reasons[0].sentence}" if reasons else ""
        return f"{first}{name} {what}{why}{rest}."
    held = f"{first}{name} holds up against {real}{_seen(audit)}{_open(audit)}"
    if audit.verdict == "warn" and findings:
        return f"{held}, with a reservation: {findings[0].sentence}."
    if audit.verdict == "warn":
        return f"{held}, with a reservation: it is worth less than as many real rows."
    return f"{held}."


def _undetermined(audit: Audit) -> str:
    """What cannot be told, and what it takes to know; then what is known all the same."""
    rows = counted(len(audit.sides.candidate), "row")
    silent = [o for o in audit.outcomes if o.verdict == "undetermined" and o.measure.judged]
    first = next((o for o in silent if o.measure.decisive), silent[0])
    needed = need(first, audit)
    why = f"{first.reason}{f'; {needed}' if needed else ''}"
    if not first.measure.decisive:
        told, asked = answered(audit.outcomes)
        why = f"only {told} of {asked} measures could answer ({first.measure.title}: {why})"
    said = f"{rows} of {audit.candidate.name} cannot be judged against {audit.anchor.name}: {why}."
    worth = headline(audit)
    return f"{said} As far as can be told, {worth[0].lower()}{worth[1:]}." if worth else said


def _seen(audit: Audit) -> str:
    deficit = next((o for o in audit.outcomes if o.measure.name == "stratum_deficit" and o.reading), None)
    if deficit is None or deficit.smallest_detectable is None or deficit.smallest_detectable > 1:
        return ""
    return f" ({percent(deficit.smallest_detectable)} missing from its rarer half would have been seen)"


def _open(audit: Audit) -> str:
    """A pass is worth as much as was read: measures that could not answer are counted in the same breath."""
    asked = [o for o in audit.outcomes if applies(o.result)]
    told = sum(o.verdict != "undetermined" for o in asked)
    return "" if told == len(asked) else f" as far as {told} of {len(asked)} measures can tell"


def next_steps(audit: Audit) -> list[str]:
    """What to do next, most useful first."""
    steps = [f"{finding.title}: {finding.do}" for finding in audit.findings]
    undetermined = [o for o in audit.outcomes if o.verdict == "undetermined"]
    if audit.verdict != "fail":
        steps += _grouped((o.measure.title, _missing(o, audit)) for o in undetermined)
    origin = audit.sides.origin
    if origin in ("clusters", "none"):
        steps.append(
            "Label some real rows (50 per stratum are plenty) and name the column with --label: without labels "
            "an audit is blind to most lost strata."
        )
    elif origin == "classifier" and audit.verdict in ("pass", "undetermined"):
        steps.append(
            "Label the candidate as well, if its generator knew what it was asked for: labels that are given "
            "see smaller losses than labels that are predicted."
        )
    if not steps:
        freeze = (
            "" if audit.anchor.kind == "frozen" else "Freeze the anchor (holdfast anchor freeze) and audit"
        )
        steps.append(
            f"Nothing stands against training on it. {freeze or 'Audit'} the next round against the same reality."
        )
    return [*steps, *audit.notes]


def _missing(outcome: Outcome, audit: Audit) -> str:
    """Why a measure could not answer, and what would let it."""
    needed = need(outcome, audit)
    return f"{outcome.reason}{f'; {needed}' if needed else ''}."


def unseen(audit: Audit) -> list[str]:
    """What this audit could not have seen."""
    pairs = []
    for outcome in audit.outcomes:
        if isinstance(outcome.result, Undetermined) and not outcome.result.applies:
            continue
        if outcome.reading is None:
            # Why an undetermined one was not read, and what it takes, stands among the steps.
            said = "nothing is known." if outcome.verdict == "undetermined" else f"{outcome.reason}."
            pairs.append((outcome.measure.title, said))
        elif outcome.verdict in ("pass", "undetermined") and outcome.measure.judged:
            smallest = outcome.smallest_detectable
            if outcome.measure.name == WORTH:
                said = _unseen_worth(audit, smallest)
            elif smallest is None or smallest > 1:
                said = "not even a total loss would be sure to show with these rows."
            else:
                said = f"a difference of less than {100 * smallest:.2g} points would go unseen."
            pairs.append((outcome.measure.title, said))
    lines = _grouped(pairs)
    if audit.sides.origin == "clusters":
        lines.append(
            "Strata are clusters of similar wording drawn on one half of the real rows; rare intents that share "
            "words with frequent ones are not told apart."
        )
    elif audit.sides.origin == "classifier" and audit.sides.accuracy is not None:
        lines.append(
            f"Labels are predicted; {percent(audit.sides.accuracy)} of unseen real rows are read right. Losses in strata "
            "that are often confused look smaller than they are."
        )
    elif audit.sides.origin == "none":
        lines.append("There are no strata, so nothing can be said about lost ones.")
    if audit.extent.real_rows is not None:
        left = audit.extent.real_rows - len(audit.sides.anchor) - audit.extent.beyond
        lines.append(f"{left:,} real rows were not read: copies of them are taken for new rows.")
    lexical = "The representation is lexical (words, word pairs, parts of words)"
    if audit.sides.embeddings is not None:
        lexical = f"Closeness is judged by {audit.sides.embeddings.name}; everything else is lexical (words, word pairs, parts of words)"
    lines.append(f"{lexical}: a change of meaning in the same words is not seen.")
    return lines


def _unseen_worth(audit: Audit, smallest: float | None) -> str:
    if audit.settings.use == "add":
        return "the added value is said, not judged."
    if smallest is None or smallest > 1:
        return "not even a total loss would be sure to show with these rows."
    return f"a loss of less than {100 * smallest:.2g} % of its rows' worth would go unseen."


def _grouped(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """`title: text` lines, the titles of equal texts together."""
    titles: dict[str, list[str]] = {}
    for title, text in pairs:
        titles.setdefault(text, []).append(title)
    return [f"{'; '.join(named)}: {text}" for text, named in titles.items()]
