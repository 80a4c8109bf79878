"""What was said of which item: the standing decisions of a queue, beside its items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from holdfast.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from holdfast.reviews.decisions.decision import Decision
    from holdfast.reviews.decisions.store import Decisions
    from holdfast.reviews.queues.contract import Queue

_COLUMNS = (
    "text",
    "text_b",
    "label",
    "stratum",
    "source_type",
    "agent",
    "drawn_by",
    "chance",
    "known",
    "suggestion",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The decisions that count, beside the items that they are about.

    Attributes:
        queue: The queue.
        columns: Columns of all its items, by name; `known` and `suggestion` are decoded.
        decisions: What counts, in the order in which it was said.
        by_item: The same, by the number of the item.
        by_reviewer: The same, by person, in the order of their names.
    """

    queue: Queue
    columns: Mapping[str, Sequence[Any]]
    decisions: tuple[Decision, ...]
    by_item: Mapping[int, Sequence[Decision]]
    by_reviewer: Mapping[str, Sequence[Decision]]

    def gold(self, item: int) -> bool:
        """Whether the right answer of an item is known, so that it is no draw of the set."""
        return bool(self.columns["drawn_by"][item] == "gold")


def what_was_said(queue: Queue, decisions: Decisions) -> Said:
    """Reads what counts.

    Raises:
        InputError: A decision is about an item that the queue does not have.
    """
    table = queue.table(list(_COLUMNS))
    columns = {name: table.column(name).to_pylist() for name in _COLUMNS}
    for name in ("known", "suggestion"):
        columns[name] = [None if value is None else msgspec.json.decode(value) for value in columns[name]]
    standing = tuple(decisions.standing())
    by_item: dict[int, list[Decision]] = {}
    by_reviewer: dict[str, list[Decision]] = {}
    for one in standing:
        if not 0 <= one.item < len(queue):
            raise InputError(
                f"a decision is about item {one.item}, and there are {len(queue):,}",
                where=str(queue.decisions_file),
                do="The decisions belong to another queue; restore the folder from a copy",
            )
        by_item.setdefault(one.item, []).append(one)
        by_reviewer.setdefault(one.reviewer, []).append(one)
    return Said(
        queue=queue,
        columns=columns,
        decisions=standing,
        by_item=by_item,
        by_reviewer=dict(sorted(by_reviewer.items())),
    )
