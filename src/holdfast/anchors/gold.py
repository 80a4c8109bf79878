"""Gold: the part of an anchor that people have verified, grown version by version, and never from the holdout."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from holdfast.anchors.anchor import Anchor, open_anchor
from holdfast.anchors.store import (
    ANSWER,
    COLUMNS,
    manifest_digest,
    read_table,
    seal,
    write_table,
)
from holdfast.anchors.succession import succeed
from holdfast.data import read_records, write_folder_atomic
from holdfast.data.lineage.schema import lineage_hash
from holdfast.data.lineage.sidecar import FOLDER_FILE, lineage_of
from holdfast.data.write import check_folder
from holdfast.errors import InputError, UsageError
from holdfast.views.near import find_pairs
from holdfast.views.tokens import read_tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow as pa

    from holdfast.data import Records

_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldRow:
    """A row of the gold part.

    Attributes:
        id: Its id.
        text: Its text.
        stratum: Its label, or None.
        by: Who verified it, or None for rows of the first split.
        added_at: When, or None.
    """

    id: str
    text: str
    stratum: str | None
    by: str | None
    added_at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """A new version of an anchor.

    Attributes:
        anchor: The new anchor.
        added: Ids that are gold now and were not.
        known: Ids of rows that were gold already, or repeat a gold row; they were left out.
    """

    anchor: Anchor
    added: tuple[str, ...]
    known: tuple[str, ...]


def add_gold(
    anchor: str | Path | Anchor,
    rows: Any,
    *,
    output: str | Path,
    by: str,
    reason: str,
    replace: bool = False,
    accepted: Sequence[str] | None = None,
    text: str | None = None,
    label: str | None = None,
    id: str | None = None,
    on_bad_row: Literal["stop", "skip"] = "stop",
    progress: Callable[[str], None] = lambda _: None,
) -> Growth:
    """Add verified rows to an anchor's gold part, as a new version of the anchor.

    What statistics are drawn from stays as it is: reference and holdout are the same, and so are all nulls.

    Args:
        anchor: The anchor, its folder or an opened one.
        rows: Rows that people have verified.
        output: The folder of the new version.
        by: Who verified them.
        reason: Why they are added.
        replace: Whether an anchor at `output` may be replaced.
        accepted: Ids of the rows that are added; None adds all.
        text: Column of the text; the anchor's own by default.
        label: Column of the strata; the anchor's own by default.
        id: Column of the ids.
        on_bad_row: What to do with a row that cannot be read.
        progress: Called with a word about what is done next.

    Raises:
        AnchorError: The anchor is not what was sealed.
        InputError: A row cannot be read, copies the holdout, or uses the id of another row.
        UsageError: Nobody is named, or no reason.
    """
    if not by.strip():
        raise UsageError("verified rows have somebody who verified them", where="--by")
    check_folder(output, replace=replace, kind="holdfast.anchor/")
    old = anchor if isinstance(anchor, Anchor) else open_anchor(anchor)
    chain = succeed(old, reason=reason, moved=None)
    progress("reading rows")
    read = partial(
        read_records,
        rows,
        text=text or (old.detection.text_column if old.detection.shape == "text" else None),
        id=id,
        on_bad_row=on_bad_row,
        keep_payload=True,
    )
    try:
        records = read(label=label or old.detection.label_column)
    except UsageError as error:
        if label is not None or error.where != "--label":
            raise
        records = read(label=None)  # rows without the anchor's labels are gold without labels
        blank = [[None] * len(records)]
        at = records.table.column_names.index("stratum")
        records = dataclasses.replace(records, table=records.table.set_column(at, "stratum", blank))
    if accepted is not None:
        records = _accepted(records, accepted)
    progress("comparing with the anchor")
    parts = {name: old.sealed_part(name) for name in ("reference", "gold", "holdout")}
    table = records.table.select([*COLUMNS, ANSWER])
    known = _known(records.ids, records.texts, parts)
    fresh = [row for row, id_ in enumerate(records.ids) if id_ not in known]
    new = table.take(fresh)
    import pyarrow as pa

    parts["gold"] = pa.concat_tables([parts["gold"], new], promote_options="default")
    lineage = _with_lineage(old.lineage(), records, fresh)
    progress("writing")
    manifest = _grown(old, parts["gold"], new.column("id").to_pylist(), by.strip())
    if lineage is not None:
        manifest["lineage"] = {"rows": lineage.num_rows, "seal": lineage_hash(lineage)}
    manifest["succeeds"] = chain
    manifest["digest"] = manifest_digest(manifest)
    with write_folder_atomic(output, replace=replace, kind="holdfast.anchor/") as folder:
        for name, part in parts.items():
            write_table(part, folder / f"{name}.parquet")
        for name in old.manifest["learnt"]:
            write_table(read_table(old.path / f"{name}.parquet"), folder / f"{name}.parquet")
        if lineage is not None:
            write_table(lineage, folder / FOLDER_FILE)
        body = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
        (folder / "manifest.json").write_bytes(body + b"\n")
    return Growth(
        anchor=Anchor(path=Path(output), manifest=manifest),
        added=tuple(new.column("id").to_pylist()),
        known=tuple(sorted(known)),
    )


def promote_gold(
    anchor: str | Path | Anchor,
    rows: Any,
    *,
    accepted: str | Path | Sequence[str],
    output: str | Path,
    by: str,
    reason: str,
    **options: Any,
) -> Growth:
    """Make accepted rows of a reviewed set gold, as a new version of the anchor.

    Args:
        anchor: The anchor, its folder or an opened one.
        rows: The set that was reviewed.
        accepted: Ids of the rows that were accepted, or a file with one on each line.
        output: The folder of the new version.
        by: Who accepted them.
        reason: Why they are added.
        **options: As for `add_gold`.

    Raises:
        AnchorError: The anchor is not what was sealed.
        InputError: An id is not among the rows, or a row cannot be gold (see `add_gold`).
        UsageError: Nobody is named, no reason, or no id.
    """
    ids = read_ids(accepted) if isinstance(accepted, str | Path) else list(accepted)
    if not ids:
        raise UsageError("no row was accepted", where="--accepted")
    return add_gold(anchor, rows, output=output, by=by, reason=reason, accepted=ids, **options)


def read_ids(file: str | Path) -> list[str]:
    """The ids in a file, one on each line; empty lines are passed over.

    Raises:
        InputError: It cannot be read.
    """
    try:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}", where=str(file)) from error
    return [line.strip() for line in lines if line.strip()]


def _with_lineage(held: pa.Table | None, records: Records, rows: list[int]) -> pa.Table | None:
    """What is known of the anchor's rows, and of those that join."""
    import pyarrow as pa

    found = lineage_of(records)
    if found is None:
        return held
    found = found.take(pa.array(rows, pa.int64()))
    return found if held is None else pa.concat_tables([held, found])


def _accepted(records: Records, accepted: Sequence[str]) -> Records:
    place = {id_: row for row, id_ in enumerate(records.ids)}
    missing = [id_ for id_ in accepted if id_ not in place]
    if missing:
        more = f" and {len(missing) - _NAMED:,} more" if len(missing) > _NAMED else ""
        raise InputError(
            f"no row has the id {', '.join(missing[:_NAMED])}{more}",
            where=records.name,
            do="Accepted rows are named by the ids that the set has",
        )
    rows = sorted({place[id_] for id_ in accepted})
    return dataclasses.replace(records, table=records.table.take(rows))


def list_gold(anchor: str | Path | Anchor) -> tuple[GoldRow, ...]:
    """The gold part, in the order in which it grew.

    Raises:
        AnchorError: It is not what was sealed.
    """
    held = anchor if isinstance(anchor, Anchor) else open_anchor(anchor)
    table = held.sealed_part("gold")
    when = {
        id_: (entry["by"], entry["added_at"])
        for entry in held.manifest.get("gold_growth") or []
        for id_ in entry["ids"]
    }
    return tuple(
        GoldRow(id=row["id"], text=row["text"], stratum=row["stratum"], by=by, added_at=at)
        for row in table.select(["id", "text", "stratum"]).to_pylist()
        for by, at in [when.get(row["id"], (None, None))]
    )


def _known(ids: Sequence[str], texts: Sequence[str], parts: dict[str, pa.Table]) -> set[str]:
    """Rows that are gold already; rows that copy the holdout are refused."""
    names = ("holdout", "gold")
    others = [parts[name].column("text").to_pylist() for name in names]
    split = [len(others[0]), len(others[0]) + len(others[1])]
    exact, near, related = find_pairs([read_tokens([*others[0], *others[1]]), read_tokens(list(texts))])
    first: dict[int, int] = {}
    for row, group in enumerate(exact.tolist()):
        first.setdefault(group, row)
    members: dict[int, list[int]] = {}
    for row in range(split[1], len(exact)):
        members.setdefault(int(exact[row]), []).append(row - split[1])
    leaked: set[int] = set()
    gold: set[int] = set()
    equal = [
        (first[group], row) for group, rows in members.items() for row in rows if first[group] < split[1]
    ]
    alike = [
        (int(one), row)
        for pairs in (near, related)
        for a, b in pairs.tolist()
        for one, other in ((a, b), (b, a))
        if one < split[1] <= other
        for row in members[int(exact[other])]
    ]
    for one, row in equal + alike:
        (leaked if one < split[0] else gold).add(row)
    if leaked:
        some = ", ".join(ids[row] for row in sorted(leaked)[:_NAMED])
        raise InputError(
            f"{len(leaked):,} rows copy the holdout, which is never trained on: {some}",
            do="Leave them out; gold grows from other rows",
        )
    taken = {id_: name for name, part in parts.items() for id_ in part.column("id").to_pylist()}
    for row, id_ in enumerate(ids):
        if id_ in taken and row not in gold:
            raise InputError(
                f"the {taken[id_]} part has another row of this id",
                where=id_,
                do="Give the row an id of its own",
            )
    return {ids[row] for row in gold}


def _grown(old: Anchor, gold: pa.Table, added: list[str], by: str) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    manifest = dict(old.manifest)
    manifest["created_at"] = now
    manifest["parts"] = dict(old.manifest["parts"]) | {"gold": {"rows": gold.num_rows, "seal": seal(gold)}}
    growth = {"by": by, "added_at": now, "rows": len(added), "ids": added}
    manifest["gold_growth"] = [*(old.manifest.get("gold_growth") or []), growth]
    return manifest
