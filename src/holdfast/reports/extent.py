"""Extent: what an audit read of both sides, for a reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holdfast.audits import Audit, Outcome
    from holdfast.reports import summary as plain

KEPT = "This question was answered before: its readings were judged anew, and no row was read."


def extent(audit: Audit) -> plain.Extent:
    """How much of both sides was read, as plain data."""
    found = audit.extent
    return {
        "engine": found.engine,
        "blocks": found.blocks,
        "workers": found.workers,
        "real_rows": found.real_rows,
        "beyond": found.beyond,
        "kept": found.kept,
    }


def rows_read(outcome: Outcome) -> plain.RowsRead | None:
    """On which rows a reading rests, where it is a part of them."""
    found = None if outcome.reading is None else outcome.reading.details.get("rows_read")
    if found is None:
        return None
    return {
        "candidate": found["candidate"],
        "of_candidate": found["of_candidate"],
        "real": found["real"],
        "of_real": found["of_real"],
    }


def extent_lines(audit: Audit) -> list[str]:
    """What a reader should know of how much was read; nothing where every row was, in memory."""
    found, lines = audit.extent, []
    if found.kept:
        lines.append(KEPT)
    if found.engine is not None:
        where = {"inline": "in threads of this machine", "ray": "on Ray"}.get(
            found.engine, f"by {found.engine}"
        )
        blocks = "one block" if found.blocks == 1 else f"{found.blocks:,} blocks"
        was = "had been" if found.kept else "was"
        lines.append(
            f"Every row of the candidate {was} read, in {blocks}, {where}, {found.workers:,} at once."
        )
    parts = [part for part in map(rows_read, audit.outcomes) if part is not None]
    if parts:
        one = parts[0]
        lines.append(
            f"Where words are compared with words, {_of(one['candidate'], one['of_candidate'])} candidate rows and "
            f"{_of(one['real'], one['of_real'])} real ones were read, by their content, and all rows of thin strata: {len(parts):,} "
            "readings rest on them and say so, and their nulls are drawn at that size. All others rest on every row."
        )
    if found.real_rows is not None:
        lines.append(
            f"Of {found.real_rows:,} real rows {len(audit.sides.anchor):,} were read, by their content, and every null is drawn at that "
            "size."
            + (" Strata are counted over all of them." if audit.sides.origin == "column" else "")
            + (
                f" {found.beyond:,} more, of thin strata, were read so that their words are known; no share counts them."
                if found.beyond
                else ""
            )
        )
    return lines


def _of(rows: int, whole: int) -> str:
    return f"all {whole:,}" if rows == whole else f"{rows:,} of {whole:,}"
