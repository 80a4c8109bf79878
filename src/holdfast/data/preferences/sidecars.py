"""Lineage beside a file of pairs: who wrote the chosen and the rejected response, and who judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from holdfast.data.hashes import content_hash
from holdfast.data.lineage.sidecar import places_of, read_table
from holdfast.data.preferences.cells import name_of
from holdfast.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from holdfast.data.rows import Row

_COLUMNS = ("content_hash", "chosen_agent", "rejected_agent", "judge_agent", "label_source_type")
_KINDS = {
    "human": "human",
    "human_edited": "human",
    "synthetic": "ai_judge",
    "machine_edited": "ai_judge",
    "unknown": None,
}
"""A label that a machine gave or changed is a judge's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What is known of the label of one row, and of the responses."""

    chosen_agent: str | None
    rejected_agent: str | None
    annotator: str | None
    annotator_type: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Origins:
    """What is known of all rows, by id."""

    by_id: Mapping[str, tuple[str | None, Origin]]

    def of(self, row: Row, place: str) -> Origin | None:
        """What is known of a row; None where nothing is.

        Args:
            row: The row.
            place: Its `file:line`, which is its id where it has none of its own.

        Raises:
            InputError: The row was edited since.
        """
        own = row.get("id")
        id_ = name_of(own, "id") if isinstance(own, str | int) else None
        found = self.by_id.get(place)
        column = None
        if found is None and id_ is not None:
            found, column = self.by_id.get(id_), "id"
        if found is None:
            return None
        sealed, origin = found
        if sealed is not None and content_hash(row, id_column=column) != sealed:
            raise InputError(
                "the row was edited since its lineage was written",
                where=place,
                do="holdfast tag --replace writes its lineage anew",
            )
        return origin


def read_origins(files: Iterable[str]) -> Origins | None:
    """What is known of the rows of files; None where no lineage stands beside them that speaks of labels.

    Raises:
        InputError: A sidecar cannot be read.
    """
    found: dict[str, tuple[str | None, Origin]] = {}
    for place in dict.fromkeys(places_of(files)):
        if not place.is_file():
            continue
        table = read_table(place)
        if all(table.column(name).null_count == len(table) for name in _COLUMNS[1:]):
            continue
        values: Any = (table.column(name).to_pylist() for name in ("id", *_COLUMNS))
        for id_, digest, chosen, rejected, judge, kind in zip(*values, strict=True):
            origin = Origin(
                chosen_agent=chosen,
                rejected_agent=rejected,
                annotator=judge,
                annotator_type=_KINDS.get(kind or "unknown"),
            )
            found[id_] = digest, origin
    return Origins(by_id=found) if found else None
