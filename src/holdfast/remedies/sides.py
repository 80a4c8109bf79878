"""Both sides for a remedy: the candidate's rows as they were given, and what measures see of them beside reality."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from holdfast.anchors import Anchor, open_anchor
from holdfast.audits.given import read_side
from holdfast.errors import UsageError
from holdfast.views.compare import compare
from holdfast.views.reality import Rows, read_reality

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from holdfast.data import Records
    from holdfast.views.reality import Reality
    from holdfast.views.sides import Sides


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """A candidate beside reality.

    Attributes:
        sides: What measures see.
        records: The candidate, with the column `row`.
        reality: The real rows, with everything that was learnt from them.
        made: The candidate's rows as they were read, without labels where reality has none.
        name: Name of the real rows or the anchor.
        digest: Digest of the anchor, or None for rows from a file.
        anchor: The anchor, where one was given.
    """

    sides: Sides
    records: Records
    reality: Reality
    made: Rows
    name: str
    digest: str | None
    anchor: Anchor | None


def read_beside(
    candidate: Any,
    *,
    real: Any = None,
    anchor: str | Path | Anchor | None = None,
    text: str | None = None,
    label: str | None = None,
    id: str | None = None,
    on_bad_row: Literal["stop", "skip"] = "stop",
    seed: int = 0,
    progress: Callable[[str], None] = lambda _: None,
) -> Beside:
    """Read a candidate, and what there is to see of it beside reality.

    Args:
        candidate: Rows.
        real: Real rows; or
        anchor: a frozen anchor. Exactly one of the two.
        text: Column of the text.
        label: Column of the strata; the candidate may lack it.
        id: Column of the ids.
        on_bad_row: What to do with a row that cannot be read.
        seed: Decides, with the rows' content, which real rows may train what reads strata.
        progress: Called with a word about what is done next.

    Raises:
        InputError: Rows, files or an anchor that cannot be used.
        UsageError: Neither real rows nor an anchor are given, or both.
    """
    if (real is None) == (anchor is None):
        raise UsageError("give either real rows or a frozen anchor", where="--real / --anchor")
    progress("reading the candidate")
    if anchor is not None:
        held = anchor if isinstance(anchor, Anchor) else open_anchor(anchor)
        column = label or held.detection.label_column
        records = read_side(
            candidate, text, column, id, on_bad_row, may_lack_label=label is None, keep_rows=True
        )
        reality, name, digest = held.reality(progress), held.name, held.digest
        labelled = bool(held.labels)
    else:
        held = None
        real_records = read_side(real, text, label, id, on_bad_row)
        column = label or real_records.detection.label_column
        records = read_side(candidate, text, column, id, on_bad_row, may_lack_label=True, keep_rows=True)
        rows = Rows(
            ids=real_records.ids,
            texts=real_records.texts,
            strata=real_records.strata,
            answers=real_records.answers,
        )
        reality = read_reality(rows, labelled_candidate=records.strata is not None, salt=seed, step=progress)
        name, digest = real_records.name, None
        labelled = bool(reality.strata.labels)
    made = Rows(
        ids=records.ids,
        texts=records.texts,
        strata=records.strata if labelled else None,
        answers=records.answers,
    )
    return Beside(
        sides=compare(reality, made, step=progress),
        records=records,
        reality=reality,
        made=made,
        name=name,
        digest=digest,
        anchor=held,
    )
