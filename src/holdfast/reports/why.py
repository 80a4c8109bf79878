"""Why: how causes are written, the same in every report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.reports.wording import share

if TYPE_CHECKING:
    from holdfast.reports.summary import Cause, Summary


def diagnosed(summary: Summary) -> bool:
    """Whether there is anything to explain: a finding, or a cause that its pattern gives away."""
    return bool(summary["findings"]) or any(c["state"] in ("likely", "possible") for c in summary["causes"])


def sure(cause: Cause) -> str:
    """How sure a cause is, in words and as a share."""
    if cause["confidence"] is None:
        return "unknown"
    return f"{cause['state']}, {share(cause['confidence'])} of planted sets with such readings had it"


def grounds(cause: Cause) -> list[str]:
    """What speaks for a cause and against it, how bad it is, what would confirm it, and what helps."""
    lines = []
    if cause["severity"]:
        lines.append(f"How bad: {cause['severity']}")
    if cause["speaks_for"]:
        lines.append(f"For it: {'; '.join(cause['speaks_for'])}")
    if cause["speaks_against"]:
        lines.append(f"Against it: {'; '.join(cause['speaks_against'])}")
    lines += [f"To confirm: {cause['confirm'].rstrip('.')}", f"Do: {cause['remedy'].rstrip('.')}"]
    return lines


def ruled_out(summary: Summary) -> list[str]:
    """Causes that are excluded, and those that nobody can tell."""
    lines = []
    excluded = [cause["title"].lower() for cause in summary["causes"] if cause["state"] == "excluded"]
    if excluded:
        lines.append(
            f"Not this, as far as these readings can tell: {', '.join(excluded)} (a finding can have another cause)"
        )
    unknown = [cause for cause in summary["causes"] if cause["state"] == "unknown"]
    lines += [
        f"Unknown: {cause['title'].lower()}, as these could not answer: {', '.join(cause['missing']) or 'its measures'}"
        for cause in unknown
    ]
    return lines
