"""Pools: what each source of a blend holds, and which of its rows may enter."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from holdfast.data import read_records
from holdfast.data.lineage import lineage_of, lineage_table
from holdfast.errors import InputError
from holdfast.remedies.leaks import find_leaks

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from holdfast.anchors import Anchor
    from holdfast.data import Records
    from holdfast.remedies.blend.recipe import Recipe, SourceRecipe

_NAMED = 5


@dataclass(slots=True, kw_only=True)
class Pool:
    """Rows of one source.

    Attributes:
        source: What the recipe says of it.
        ids: Record ids.
        texts: Texts.
        strata: Labels.
        rows: JSON of the rows as they were given.
        id_column: The member of a row that its id came from, or None.
        lineage: What is known of them.
        shape: How they were understood.
        open: Rows that may enter.
        left_out: How many may not, by why.
    """

    source: SourceRecipe
    ids: list[str]
    texts: list[str]
    strata: list[str | None]
    rows: list[str]
    id_column: str | None
    lineage: pa.Table
    shape: str
    open: list[int]
    left_out: Counter[str]


def read_pool(source: SourceRecipe, recipe: Recipe, anchor: Anchor | None) -> Pool:
    """Read a source.

    Raises:
        InputError: It cannot be read, or none of its rows may enter.
    """
    where = f"{recipe.file}: source {source.name!r}"
    if source.anchor_part is not None:
        if anchor is None:
            raise InputError(
                "takes a part of an anchor, and the recipe names none", where=where, do="Add anchor = ..."
            )
        pool = _part(source, anchor)
    else:
        try:
            records = read_records(
                source.path, text=source.text, label=source.label, id=source.id, keep_rows=True
            )
        except InputError as error:
            raise InputError(error.what, where=f"{where}: {error.where}", do=error.do) from error
        pool = _of_records(source, records)
    _close(pool, recipe)
    return pool


def _of_records(source: SourceRecipe, records: Records) -> Pool:
    table = lineage_of(records)
    if table is None:
        hashes = records.table.column("content_hash").to_pylist()
        table = lineage_table({"id": records.ids, "content_hash": hashes}, len(records))
    rows = records.table.column("row").to_pylist()
    return Pool(
        source=source,
        ids=records.ids,
        texts=records.texts,
        strata=records.strata or [None] * len(records),
        rows=rows,
        id_column=records.detection.id_column,
        lineage=table,
        shape=f"{records.detection.shape} ({records.detection.text_column})",
        open=list(range(len(records))),
        left_out=Counter(),
    )


def _part(source: SourceRecipe, anchor: Anchor) -> Pool:
    part = anchor.sealed_part(str(source.anchor_part))
    ids = part.column("id").to_pylist()
    hashes = part.column("content_hash").to_pylist()
    rows = part.column("payload").to_pylist()
    return Pool(
        source=source,
        ids=ids,
        texts=part.column("text").to_pylist(),
        strata=part.column("stratum").to_pylist(),
        rows=rows,
        id_column=anchor.detection.id_column,
        lineage=_lineage_of_part(source, anchor, ids, hashes),
        shape=f"{anchor.detection.shape} ({anchor.detection.text_column})",
        open=list(range(len(ids))),
        left_out=Counter(),
    )


def _lineage_of_part(source: SourceRecipe, anchor: Anchor, ids: list[str], hashes: list[str]) -> pa.Table:
    import pyarrow as pa

    names = pa.array([source.anchor_part] * len(ids), pa.string())
    found = anchor.lineage()
    if found is None:
        return lineage_table({"id": ids, "content_hash": hashes, "anchor_part": names}, len(ids))
    place = {id_: row for row, id_ in enumerate(found.column("id").to_pylist())}
    # Gold that joined without lineage is known by id and content alone.
    table = found.take(pa.array([place.get(id_) for id_ in ids], pa.int64()))
    for name, values in (("id", ids), ("content_hash", hashes), ("anchor_part", names)):
        at = table.schema.get_field_index(name)
        table = table.set_column(at, table.schema.field(at), pa.array(values, pa.string()))
    return table


def _close(pool: Pool, recipe: Recipe) -> None:
    """Leaves out rows that a filter dropped, and rows that lie too deep or nobody knows how deep."""
    kept = pool.lineage.column("kept").to_pylist()
    depths = pool.lineage.column("generation_depth").to_pylist()
    open_ = []
    for row in pool.open:
        if kept[row] is False:
            pool.left_out["dropped by a filter"] += 1
        elif recipe.max_depth is not None and depths[row] is None:
            pool.left_out["generation depth unknown"] += 1
        elif recipe.max_depth is not None and depths[row] > recipe.max_depth:
            pool.left_out[f"generation depth above {recipe.max_depth}"] += 1
        else:
            open_.append(row)
    pool.open = open_
    if not open_ and (pool.source.share or pool.source.rows):
        why = ", ".join(f"{count:,} {reason}" for reason, count in pool.left_out.items()) or "it is empty"
        do = "holdfast tag writes down how deep rows lie" if "unknown" in why else None
        raise InputError(
            f"no row can enter: {why}", where=f"{recipe.file}: source {pool.source.name!r}", do=do
        )


def keep_holdout_out(pools: Sequence[Pool], anchor: Anchor, recipe: Recipe) -> None:
    """Refuse rows that copy the holdout, or leave them out where the recipe says so.

    Raises:
        InputError: Rows copy it.
    """
    sealed = anchor.sealed_part("holdout").column("text").to_pylist()
    for pool in pools:
        leaks = find_leaks([pool.texts[row] for row in pool.open], sealed)
        if not leaks:
            continue
        if recipe.on_leak == "refuse":
            some = ", ".join(f"{pool.ids[pool.open[leak.row]]} ({leak.kind})" for leak in leaks[:_NAMED])
            more = f" and {len(leaks) - _NAMED:,} more" if len(leaks) > _NAMED else ""
            raise InputError(
                f"{len(leaks):,} rows copy the anchor's holdout: {some}{more}",
                where=f"{recipe.file}: source {pool.source.name!r}",
                do='Leave them out yourself, or say on_leak = "drop"',
            )
        pool.left_out["copies the holdout"] += len(leaks)
        gone = {pool.open[leak.row] for leak in leaks}
        pool.open = [row for row in pool.open if row not in gone]
