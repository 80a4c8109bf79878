"""Wording: an audit in sentences people understand without statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.measures.reading import percent

if TYPE_CHECKING:
    from holdfast.audits.judge import Outcome
    from holdfast.audits.result import Audit


def sentence(audit: Audit) -> str:
    """The answer in one sentence."""
    name, real = audit.candidate.name, audit.anchor.name
    rows = f"{len(audit.sides.candidate):,}"
    failures = [finding for finding in audit.findings if finding.verdict == "fail"]
    if audit.verdict == "fail":
        rest = (
            f", and {len(failures) - 1} more finding{'s' if len(failures) > 2 else ''}"
            if len(failures) > 1
            else ""
        )
        what = (
            f"should not be added to {real}"
            if audit.settings.use == "add"
            else f"is not a stand-in for {real}"
        )
        return f"{name} {what}: {failures[0].sentence}{rest}."
    if audit.verdict == "undetermined":
        reasons = [o for o in audit.outcomes if o.verdict == "undetermined" and o.measure.decisive]
        return f"{rows} rows of {name} cannot be judged against {real}: {reasons[0].reason}."
    seen = _seen(audit)
    if audit.verdict == "warn":
        warning = audit.findings[0].sentence
        return f"{name} holds up against {real}{seen}, with a reservation: {warning}."
    return f"{name} holds up against {real}{seen}."


def _seen(audit: Audit) -> str:
    deficit = next((o for o in audit.outcomes if o.measure.name == "stratum_deficit" and o.reading), None)
    if deficit is None or deficit.smallest_detectable is None or deficit.smallest_detectable > 1:
        return ""
    return f" ({percent(deficit.smallest_detectable)} missing from its rarer half would have been seen)"


def next_steps(audit: Audit) -> list[str]:
    """What to do next, most useful first."""
    steps = [f"{finding.title}: {finding.do}" for finding in audit.findings]
    if audit.verdict == "undetermined":
        steps += [f"{o.measure.title}: {_need(o)}" for o in audit.outcomes if o.verdict == "undetermined"]
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
        steps.append(
            "Nothing stands against training on it. Freeze the anchor (holdfast anchor freeze) and audit the "
            "next round against the same reality."
        )
    return steps


def _need(outcome: Outcome) -> str:
    needed = getattr(outcome.result, "needed_rows", None)
    return f"{outcome.reason}." + (
        f" About {needed:,} rows would do." if needed else " More rows on both sides would do."
    )


def unseen(audit: Audit) -> list[str]:
    """What this audit could not have seen."""
    lines = []
    for outcome in audit.outcomes:
        if outcome.reading is None:
            if outcome.reason:
                lines.append(f"{outcome.measure.title}: {outcome.reason}.")
        elif outcome.verdict in ("pass", "undetermined") and outcome.measure.judged:
            smallest = outcome.smallest_detectable
            if smallest is None or smallest > 1:
                lines.append(
                    f"{outcome.measure.title}: not even a total loss would be sure to show with these rows."
                )
            else:
                lines.append(f"{outcome.measure.title}: less than {percent(smallest)} would go unseen.")
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
    lines.append(
        "The representation is lexical (words, word pairs, parts of words): a change of meaning in the same "
        "words is not seen."
    )
    return lines
