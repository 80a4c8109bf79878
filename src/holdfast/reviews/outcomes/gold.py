"""Gold: rows that people accepted join the verified part of an anchor, as a new version of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.anchors.gold import promote_gold
from holdfast.errors import UsageError
from holdfast.reviews.outcomes.rulings import rulings
from holdfast.reviews.outcomes.source import read_source

if TYPE_CHECKING:
    from pathlib import Path

    from holdfast.anchors.anchor import Anchor
    from holdfast.anchors.gold import Growth
    from holdfast.reviews.decisions.store import Decisions
    from holdfast.reviews.queues.contract import Queue


def gold_from_reviews(
    queue: Queue,
    decisions: Decisions,
    anchor: str | Path | Anchor,
    rows: Any,
    *,
    output: str | Path,
    people: int = 2,
    reason: str = "",
    **options: Any,
) -> Growth:
    """Makes rows gold that all their reviewers accepted as they are.

    Args:
        queue: The queue.
        decisions: What was said.
        anchor: The anchor.
        rows: The set that the queue was drawn from.
        output: The folder of the anchor's new version.
        people: How many people must have accepted a row; gold is what others are measured by.
        reason: Why; the queue is named by itself.
        **options: As for `promote_gold`.

    Raises:
        AnchorError: The anchor is not what was sealed.
        InputError: A row cannot be gold, or the rows are not those that were drawn from.
        UsageError: No row was accepted by so many.
    """
    found = [one for one in rulings(queue, decisions, people=people) if one.outcome == "accept"]
    if not found:
        raise UsageError(
            f"no row was accepted by {people} people",
            where="--people",
            do="Ask more people, or be content with fewer",
        )
    said = f"accepted in the review {queue.name} ({queue.digest})"
    names = ("text", "label", "id", "on_bad_row")
    read_source(queue, rows, {name: options[name] for name in names if name in options})
    return promote_gold(
        anchor,
        rows,
        accepted=[one.item.id for one in found],
        output=output,
        by=", ".join(sorted({name for one in found for name in one.by})),
        reason=f"{reason.strip()}; {said}" if reason.strip() else said,
        **options,
    )
