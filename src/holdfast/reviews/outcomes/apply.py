"""Applying reviews: what people said becomes a new folder of rows; the old set stays as it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec

from holdfast.data.hashes import content_hash
from holdfast.data.identified import with_id
from holdfast.data.write import check_folder
from holdfast.errors import InputError, UsageError
from holdfast.reviews.outcomes.edits import edited_row
from holdfast.reviews.outcomes.folder import KIND, Edit, write_reviewed
from holdfast.reviews.outcomes.rulings import rulings
from holdfast.reviews.outcomes.source import read_source

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from holdfast.data import Records
    from holdfast.reviews.decisions.store import Decisions
    from holdfast.reviews.outcomes.rulings import Ruling
    from holdfast.reviews.queues.contract import Queue


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What became of the rows of a set.

    Attributes:
        output: The folder.
        rows: Rows of the set.
        accepted: Ids of rows that all their reviewers accepted.
        rejected: Why, by the id of rows that all their reviewers rejected.
        edited: The id of the new record, by the id of the row that was edited.
        open: Why, by the id of rows that were decided and stay as they are.
        unreviewed: Rows that nobody decided; they stay as they are.
    """

    output: Path
    rows: int
    accepted: tuple[str, ...]
    rejected: dict[str, str]
    edited: dict[str, str]
    open: dict[str, str]
    unreviewed: int


def apply_reviews(
    queue: Queue,
    decisions: Decisions,
    rows: Any,
    *,
    output: Path,
    people: int = 1,
    replace: bool = False,
    progress: Callable[[str], None] = lambda _: None,
    **options: Any,
) -> Applied:
    """Writes the set anew: rejected rows out with their reason, edited ones as new records, lineage for all.

    Rows whose reviewers differ stay in the set and are listed as open, and so do rows that nobody decided: a review of some rows
    says how many of the others are bad, and not which.

    Args:
        queue: The queue.
        decisions: What was said.
        rows: The set that the queue was drawn from.
        output: The folder to write.
        people: How many people must have decided an item.
        replace: Whether such a folder that is there may be replaced.
        progress: Called with a word about what is done next.
        **options: As for `read_records`: `text`, `label`, `id`, `on_bad_row`.

    Raises:
        InputError: The rows cannot be read or are not those that were drawn from, or the queue is damaged.
        OutputError: The folder cannot be written.
        UsageError: The queue asks for no verdict, or is about pairs.
    """
    if people < 1:
        raise UsageError("at least one person decides", where="--people")
    check_folder(output, replace=replace, kind=KIND)
    progress("reading rows")
    queue.verify()
    found = rulings(queue, decisions, people=people)
    records = read_source(queue, rows, options)
    progress("putting edits back")
    found, edits = _edits(records, found)
    progress("writing")
    write_reviewed(output, queue, records, found, edits, people=people, replace=replace)
    told = {outcome: [one for one in found if one.outcome == outcome] for outcome in _OUTCOMES}
    return Applied(
        output=output,
        rows=len(records),
        accepted=tuple(one.item.id for one in told["accept"]),
        rejected={one.item.id: one.why for one in told["reject"]},
        edited={parent: edit.id for parent, edit in edits.items()},
        open={one.item.id: one.why for one in told["open"]},
        unreviewed=len(records) - len(found),
    )


_OUTCOMES = ("accept", "reject", "edit", "open")


def _edits(records: Records, found: tuple[Ruling, ...]) -> tuple[tuple[Ruling, ...], dict[str, Edit]]:
    """Edits by the id of what was edited; those that cannot be put back are left open."""
    kept: list[Ruling] = []
    edits: dict[str, Edit] = {}
    known = set(records.ids)
    for one in found:
        if one.edited is None:
            kept.append(one)
            continue
        row = edited_row(one.item, one.edited, records.detection)
        if row is None:
            why = f"the edit of {', '.join(one.by)} has no one place in a row of shape {records.detection.shape}"
            kept.append(replace(one, outcome="open", why=why, edited=None))
            continue
        edit = _edit(one.item.id, row, records.detection.id_column)
        if edit.id in known:
            raise InputError(
                "another row has the id of an edit", where=edit.id, do="Give that row another id"
            )
        known.add(edit.id)
        edits[one.item.id] = edit
        kept.append(one)
    return tuple(kept), edits


def _edit(parent: str, row: dict[str, Any], id_column: str | None) -> Edit:
    # Named by its content: whoever applies the same reviews again gets the same ids.
    id_ = f"{parent}-edit-{content_hash(row, id_column=id_column).removeprefix('sha256:')[:12]}"
    if id_column is None:
        written = with_id(msgspec.json.encode(row).decode(), id_, id_column=None)
        id_column = "id"
    else:
        written = msgspec.json.encode(row | {id_column: id_}).decode()
    return Edit(
        id=id_, row=written, content_hash=content_hash(msgspec.json.decode(written), id_column=id_column)
    )
