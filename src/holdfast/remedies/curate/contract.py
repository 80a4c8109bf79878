"""What curating a set did, row by row and filter by filter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from holdfast.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One filter, as it went.

    Attributes:
        name: Its name.
        title: What it takes.
        decision: `acts`, `relaxed`, `stopped`, `not measured` or `cannot say`.
        why: Why, where that is not plain.
        marked: Candidate rows it would take.
        dropped: Rows it did drop: those that no earlier filter had dropped, and the guard let go.
        spared: Rows that the guard kept from it.
        tolls: What it takes of each band of reality.
        strata: Strata in which it was relaxed.
        took: Rows dropped by stratum, most first, at most twenty.
    """

    name: str
    title: str
    decision: str
    why: str
    marked: int
    dropped: int
    spared: int
    tolls: tuple[dict[str, Any], ...]
    strata: tuple[str, ...]
    took: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curation:
    """A curated set.

    Attributes:
        rows: Rows that were read.
        kept: Ids of the rows that are kept, in their order.
        dropped: For each dropped id the step that dropped it and why.
        steps: Every filter, in order; the last is the selection, where there was a budget.
        by_stratum: Rows before and after, by stratum, the one that lost the largest share first.
        reality: Name of the real rows or the anchor.
        output: The folder, where one was written.
    """

    rows: int
    kept: tuple[str, ...]
    dropped: Mapping[str, tuple[str, str]]
    steps: tuple[Step, ...]
    by_stratum: tuple[tuple[str, int, int], ...]
    reality: str
    output: Path | None = None

    def explain(self, id: str) -> str:
        """Why a row was dropped, or that it is kept.

        Raises:
            InputError: There is no such row.
        """
        if id in self.dropped:
            step, reason = self.dropped[id]
            return f"{id} was dropped by {step}: {reason}"
        if id in set(self.kept):
            return f"{id} is kept"
        raise InputError(f"no row has the id {id!r}", do="Ids are those of the rows, or file:line")
