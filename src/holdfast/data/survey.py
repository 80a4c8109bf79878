"""Survey: one pass over the blocks of a set, for what only all of its rows can tell."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.data.blocks import (
    BadRow,
    Blocks,
    Reading,
    Reference,
    check_bad_row,
    take_block,
    without_ids,
)
from holdfast.data.columns import choose_label
from holdfast.data.cutting import inline
from holdfast.data.growing import NoIdsError
from holdfast.data.intake import SKIPPED_KEPT, Intake
from holdfast.data.read import detected, not_unique, nothing
from holdfast.data.set_hash import SetHash
from holdfast.data.string_hashes import string_hashes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from holdfast.data.cutting import Run
    from holdfast.data.layout import Layout
    from holdfast.data.records import SkippedRow


_AT_ONCE = 64  # blocks whose ids and content hashes are held at a time: some 100 MB


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one block tells of its set.

    Attributes:
        rows: Records with a text.
        empty: Rows without one.
        skipped: Rows that were skipped; the first 1,000.
        skipped_count: How many they are.
        labels: For each column that may hold labels, hashes of its distinct values.
        missing: For each of these columns, rows that have none.
        unfit: Columns that hold something other than labels.
        ids: uint64 [n], hashes of the ids of a column of ids, in the order of the rows; else none.
        not_ids: Why the column of ids holds none, if it does not.
        names: Ids of the rows, as an Arrow array, where they are asked for.
        hashes: Content hashes of the rows, likewise.
    """

    rows: int
    empty: int
    skipped: tuple[SkippedRow, ...]
    skipped_count: int
    labels: Mapping[str, NDArray[np.uint64]]
    missing: Mapping[str, int]
    unfit: frozenset[str]
    ids: NDArray[np.uint64]
    not_ids: str | None = None
    names: Any = None
    hashes: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Surveyed:
    """A set that was gone through.

    Attributes:
        reading: How its blocks are to be read.
        counts: Records with a text, block by block.
        empty_rows: Rows without one.
        skipped: Rows that were skipped; the first 1,000.
        skipped_count: How many they are.
        unlabelled: Records without a label; all of them where no column holds labels.
        data_hash: Identity of the records, as `data_hash` gives it; None where it was not asked for.
    """

    reading: Reading
    counts: tuple[int, ...]
    empty_rows: int = 0
    skipped: tuple[SkippedRow, ...] = field(default=())
    skipped_count: int = 0
    unlabelled: int = 0
    data_hash: str | None = None

    def __len__(self) -> int:
        return sum(self.counts)


def survey(
    blocks: Blocks,
    *,
    on_bad_row: BadRow = "stop",
    hashed: bool = True,
    run: Run = inline,
    see: Callable[..., Seen] | None = None,
) -> Surveyed:
    """Goes through a set: which column holds its labels, whether its ids are unique, how many rows it has.

    Args:
        blocks: The set.
        on_bad_row: What to do with a row that cannot be read.
        hashed: Whether the identity of the set is computed.
        run: Where blocks are read.
        see: Sees a block as `see_block` does, with its arguments: whoever has seen it before need not read it again. None reads all.

    Raises:
        InputError: A row cannot be read, two rows have the same id where a column was named, or no record is left.
    """
    check_bad_row(on_bad_row)
    look = partial(see or see_block, layout=blocks.layout, on_bad_row=on_bad_row, hashed=hashed)
    seen: list[Seen] = []
    try:
        with SetHash() as identity:
            for start in range(0, len(blocks.references), _AT_ONCE):
                for one in run(look, blocks.references[start : start + _AT_ONCE]):
                    if one.names is not None:
                        identity.add(one.names, one.hashes)
                    seen.append(replace(one, names=None, hashes=None))
            surveyed = settle(blocks, seen, on_bad_row=on_bad_row)
            return replace(surveyed, data_hash=identity.digest()) if hashed else surveyed
    except NoIdsError as found:
        return survey(without_ids(blocks, str(found)), on_bad_row=on_bad_row, hashed=hashed, run=run, see=see)


def see_block(
    reference: Reference, layout: Layout, *, on_bad_row: BadRow = "stop", hashed: bool = True
) -> Seen:
    """What a block tells of its set.

    Args:
        reference: The block.
        layout: What the columns are read as (`Blocks.layout`).
        on_bad_row: What to do with a row that cannot be read.
        hashed: Whether to give ids and content hashes.

    Raises:
        InputError: A row cannot be read.
    """
    try:
        intake, growing = take_block(reference, layout, on_bad_row=on_bad_row)
    except NoIdsError as error:
        return Seen(
            rows=0,
            empty=0,
            skipped=(),
            skipped_count=0,
            labels={},
            missing={},
            unfit=frozenset(),
            ids=np.zeros(0, np.uint64),
            not_ids=str(error),
        )
    table = growing.table()
    return Seen(
        rows=table.num_rows,
        empty=intake.empty,
        skipped=tuple(intake.skipped),
        skipped_count=intake.skipped_count,
        labels={
            label: np.unique(string_hashes(table.column(f"label:{label}").drop_null().unique()))
            for label in layout.labels
        },
        missing={label: table.column(f"label:{label}").null_count for label in layout.labels},
        unfit=growing.unfit,
        ids=np.zeros(0, np.uint64) if layout.id is None else string_hashes(table.column("id")),
        names=table.column("id").combine_chunks() if hashed else None,
        hashes=table.column("content_hash").combine_chunks() if hashed else None,
    )


def settle(blocks: Blocks, seen: Sequence[Seen], *, on_bad_row: BadRow = "stop") -> Surveyed:
    """What all blocks tell together.

    Args:
        blocks: The set.
        seen: What each block told, in their order.
        on_bad_row: What was done with rows that cannot be read.

    Raises:
        InputError: No record is left, or two rows have the same id where a column was named.
        NoIdsError: The column that looked like ids holds none: `without_ids(blocks, str(error))` is to be gone through again.
    """
    layout = blocks.layout
    for one in seen:
        if one.not_ids is not None:
            raise NoIdsError(one.not_ids)
    skipped = tuple(row for one in seen for row in one.skipped)[:SKIPPED_KEPT]
    empty, skipped_count = sum(one.empty for one in seen), sum(one.skipped_count for one in seen)
    rows = sum(one.rows for one in seen)
    if not rows:
        raise nothing(
            Intake(names=(), skip=True, empty=empty, skipped=list(skipped), skipped_count=skipped_count),
            blocks.name,
        )
    if layout.id is not None:
        _check_unique(blocks, seen, on_bad_row)
    unfit = frozenset[str]().union(*(one.unfit for one in seen))
    distinct = {
        label: len(np.unique(np.concatenate([one.labels[label] for one in seen])))
        for label in layout.labels
        if label not in unfit
    }
    choice = choose_label(distinct, rows, label=layout.labels[0] if layout.named_label else None)
    return Surveyed(
        reading=Reading(
            layout=replace(layout, labels=() if choice.column is None else (choice.column,)),
            detection=detected(layout, choice, before=blocks.notes, not_ids=blocks.not_ids),
            name=blocks.name,
            files=blocks.files,
        ),
        counts=tuple(one.rows for one in seen),
        empty_rows=empty,
        skipped=skipped,
        skipped_count=skipped_count,
        unlabelled=rows
        if choice.column is None
        else sum(one.missing.get(choice.column, one.rows) for one in seen),
        data_hash=_hash(seen),
    )


def _hash(seen: Sequence[Seen]) -> str | None:
    if any(one.names is None for one in seen):
        return None
    with SetHash() as found:
        for one in seen:
            found.add(one.names, one.hashes)
        return found.digest()


def _check_unique(blocks: Blocks, seen: Sequence[Seen], on_bad_row: BadRow) -> None:
    hashes = np.concatenate([one.ids for one in seen])
    order = np.argsort(hashes, kind="stable")
    ordered = hashes[order]
    again = np.flatnonzero(ordered[1:] == ordered[:-1]) + 1
    if not len(again):
        return
    # The first row whose hash was there before; that its id was, only the ids can say.
    suspects = order[again]
    for at in np.argsort(suspects, kind="stable"):
        row = int(suspects[at])
        alike = order[np.searchsorted(ordered, hashes[row], "left") : again[at]]
        value, two = _named(blocks, seen, row, on_bad_row)
        for before in alike:
            other, one = _named(blocks, seen, int(before), on_bad_row)
            if other == value:
                raise not_unique(str(blocks.layout.id), value, one, two, named=blocks.layout.named_id)


def _named(blocks: Blocks, seen: Sequence[Seen], row: int, on_bad_row: BadRow) -> tuple[str, str]:
    """The id of a row, and how errors name its place; its block is read again."""
    ends = np.cumsum([one.rows for one in seen])
    number = int(np.searchsorted(ends, row, "right"))
    intake, growing = take_block(blocks.references[number], blocks.layout, on_bad_row=on_bad_row)
    at = row - (int(ends[number - 1]) if number else 0)
    value: str = growing.table().column("id")[at].as_py()
    return value, intake.where(intake.sources[at], intake.lines[at])
