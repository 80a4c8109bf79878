"""Yes or no at a gate, with what a review found written into the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.cycles.people import approve, reject
from holdfast.errors import UsageError
from holdfast.measures.reading import Undetermined

if TYPE_CHECKING:
    from holdfast.cycles.journal import Event
    from holdfast.cycles.project.project import Project
    from holdfast.reviews.results.review import Results


def approve_with_reviews(project: Project, results: Results, *, by: str, reason: str) -> Event:
    """Says yes where a gate waits for a person; the journal keeps what the review found.

    Args:
        project: The project, held.
        results: What people said.
        by: Who decides.
        reason: Why.

    Raises:
        InputError: No gate waits.
        UsageError: A name or a reason is missing.
    """
    return approve(project, by=by, reason=_reason(reason, results))


def reject_with_reviews(project: Project, results: Results, *, by: str, reason: str) -> Event:
    """Gives the open cycle up; the journal keeps what the review found.

    Args:
        project: The project, held.
        results: What people said.
        by: Who decides.
        reason: Why.

    Raises:
        InputError: No cycle is open, or its model counts already.
        UsageError: A name or a reason is missing.
    """
    return reject(project, by=by, reason=_reason(reason, results))


def evidence(results: Results) -> str:
    """What a review found, in a sentence: how much is bad, by how many, and whether they agree."""
    said = f"review {results.queue} ({results.digest}): {results.decided:,} of {results.items:,} items decided by "
    said += f"{len(results.reviewers)} people"
    bad = results.bad
    if bad is not None:
        found = bad.overall
        said += f"; {bad.claim} "
        said += (
            f"unknown ({found.reason})"
            if isinstance(found, Undetermined)
            else f"{100 * found.value:.1f} % ({100 * found.interval[0]:.1f} to {100 * found.interval[1]:.1f} %)"
        )
    for one in results.agreement[:1]:
        alpha = one.alpha
        said += "; agreement on " + one.question
        said += (
            " unknown" if isinstance(alpha, Undetermined) else f" {alpha.value:.2f} (Krippendorff's alpha)"
        )
    return said


def _reason(reason: str, results: Results) -> str:
    if not reason.strip():  # what a review found is no reason: somebody decides, and says why
        raise UsageError(
            "is empty", where="--reason", do="What people decide is on record with a name and a reason"
        )
    return f"{reason.strip()} [{evidence(results)}]"
