"""Given: both sides as the user gave them, before anything is compared."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from holdfast.audits.result import Source
from holdfast.data import Records, data_hash, read_records
from holdfast.data.set_hash import SetHash
from holdfast.errors import UsageError
from holdfast.views.real_part import choose_real
from holdfast.views.reality import Rows, read_reality

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from holdfast.anchors import Anchor
    from holdfast.backends.store import Shelf
    from holdfast.data import Detection
    from holdfast.views.reality import Reality

FEW_UNLABELLED = 0.05
"""Share of candidate rows without a label up to which the labels of the others speak for all."""
_LISTED = 100_000
"""Rows whose ids are listed at once to tell their identity; of more they are gone through in parts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSide:
    """The side of reality before it is read.

    Attributes:
        detection: How its columns are read.
        labelled: Whether it has labels.
        shares: Shares of the strata that were declared when it was frozen.
        source: Where it came from.
        reality: Reads it, given whether the candidate has labels, and the seed.
    """

    detection: Detection
    labelled: bool
    shares: Mapping[str, float] | None
    source: Source
    reality: Callable[[bool, int, Callable[[str], None]], Reality]


def read_known(
    real: Any,
    anchor: Anchor | None,
    text: str | None,
    label: str | None,
    id: str | None,
    on_bad_row: Literal["stop", "skip"],
    shelf: Shelf | None = None,
) -> KnownSide:
    """The side of reality, as far as the comparison asks before reality is read.

    Args:
        real: Real rows; or
        anchor: a frozen anchor.
        text: Column of the text.
        label: Column of the strata.
        id: Column of the ids.
        on_bad_row: What to do with a row that cannot be read.
        shelf: Where what is learnt from reality is kept; None keeps nothing.
    """
    if anchor is not None:
        return KnownSide(
            detection=anchor.detection,
            labelled=bool(anchor.labels),
            shares=anchor.shares,
            source=Source(
                name=anchor.name,
                files=anchor.files,
                detection=anchor.detection,
                empty_rows=anchor.empty_rows,
                kind="frozen",
                parts=anchor.parts,
                digest=anchor.digest,
            ),
            reality=lambda labelled, _seed, progress: anchor.reality(
                progress, bounded=True, labelled_candidate=labelled, shelf=shelf
            ),
        )
    records = read_side(real, text, label, id, on_bad_row)
    source = source_of(records, "one-shot", {"reference": len(records)})
    part = choose_real(records.table.column("text"), records.table.column("stratum"))
    if part is not None:
        # What is not read is let go.
        records = replace(records, table=records.table.take(part.rows))

    def read(labelled: bool, seed: int, progress: Callable[[str], None]) -> Reality:  # noqa: FBT001 - one call
        rows = Rows(ids=records.ids, texts=records.texts, strata=records.strata, answers=records.answers)
        return read_reality(
            rows, labelled_candidate=labelled, salt=seed, part=part, shelf=shelf, step=progress
        )

    return KnownSide(
        detection=records.detection,
        labelled=records.strata is not None,
        shares=None,
        source=source,
        reality=read,
    )


def slice_rows(records: Records, where: Sequence[str]) -> tuple[Records, tuple[str, ...]]:
    """The rows whose lineage meets conditions, and a word about it."""
    if not where:
        return records, ()
    from holdfast.data.lineage import slice_records

    found, said = slice_records(records, where)
    return found, (said,)


def read_side(
    source: Any,
    text: str | None,
    label: str | None,
    id: str | None,
    on_bad_row: Literal["stop", "skip"],
    *,
    may_lack_label: bool = False,
    keep_rows: bool = False,
) -> Records:
    """Read rows; a candidate may lack the label and text columns that reality has, then its own are detected."""
    if isinstance(source, Records):
        return source
    read = partial(read_records, text=text, id=id, on_bad_row=on_bad_row, keep_rows=keep_rows)
    try:
        return read(source, label=label)
    except UsageError as error:
        if not may_lack_label or error.where != "--label":
            raise
    records = read(source, label=None)
    # The column that holds reality's strata is not there; another one that looks like labels is not the same thing.
    return _without_labels(records, f"the candidate has no column {label!r}; its strata are predicted")


def whole_labels(records: Records) -> Records:
    """Rows whose labels tell of all of them, or of none.

    A blend of labelled real rows and made ones without labels would be judged by its real rows alone.
    """
    missing = 0 if records.strata is None else sum(label is None for label in records.strata)
    if missing <= FEW_UNLABELLED * len(records):
        return records
    return _without_labels(
        records,
        f"{missing:,} of {len(records):,} candidate rows have no label; the strata of all are predicted",
    )


def _without_labels(records: Records, note: str) -> Records:
    unlabelled = records.table.set_column(
        records.table.column_names.index("stratum"), "stratum", [[None] * len(records)]
    )
    detection = replace(records.detection, label_column=None, notes=(*records.detection.notes, note))
    return replace(records, table=unlabelled, detection=detection)


def source_of(
    records: Records, kind: Literal["one-shot", "candidate"], parts: dict[str, int] | None
) -> Source:
    """What a report says of where rows came from."""
    return Source(
        name=records.name,
        files=records.files,
        detection=records.detection,
        empty_rows=records.empty_rows,
        skipped=records.skipped,
        skipped_rows=records.skipped_count,
        kind=kind,
        parts=parts,
        data_hash=_identity(records),
    )


def _identity(records: Records) -> str:
    ids, hashes = records.table.column("id"), records.table.column("content_hash")
    if len(records) <= _LISTED:
        return data_hash(ids.to_pylist(), hashes.to_pylist())
    with SetHash() as found:
        found.add(ids, hashes)
        return found.digest()


def differences(real: Detection, candidate: Detection) -> tuple[str, ...]:
    """What a reader should know where both sides are not laid out alike."""
    if real.shape == candidate.shape:
        return ()
    return (
        f"The two sides have different shapes ({real.shape} and {candidate.shape}); "
        "check that the same text is compared.",
    )
