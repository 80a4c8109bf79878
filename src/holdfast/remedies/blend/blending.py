"""Blend: real and synthetic rows to exact shares, from a recipe, with what was realised on record."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from holdfast.anchors import open_anchor
from holdfast.data import data_hash, digest_of, write_folder_atomic
from holdfast.data.identified import hash_of_written, with_id
from holdfast.data.lineage import write_lineage
from holdfast.data.lineage.schema import SCHEMA as LINEAGE
from holdfast.data.lineage.sidecar import FOLDER_FILE
from holdfast.data.rows import RowError
from holdfast.data.write import check_folder, describe_file
from holdfast.errors import InputError
from holdfast.remedies.blend.draws import count_rows, draw_rows, rank_of
from holdfast.remedies.blend.forms import dataset_info, in_form
from holdfast.remedies.blend.pools import keep_holdout_out, read_pool
from holdfast.remedies.blend.recipe import Recipe, read_recipe
from holdfast.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from holdfast.anchors import Anchor
    from holdfast.remedies.blend.pools import Pool

KIND = "holdfast.blend/"
SCHEMA = f"{KIND}1"
_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Blend:
    """A blend.

    Attributes:
        rows: Rows of it.
        planned: Share of each source that was asked for.
        realised: Rows by source, by source type, by generation depth and by stratum; None where it is unknown.
        left_out: Rows of each source that could not enter, by why.
        manifest: Everything above as it stands in `manifest.json`.
        output: The folder, where one was written.
    """

    rows: int
    planned: dict[str, float]
    realised: dict[str, dict[str, int]]
    left_out: dict[str, dict[str, int]]
    manifest: dict[str, Any]
    output: Path | None


def blend(
    recipe: str | Path | Recipe,
    *,
    output: str | Path | None = None,
    replace: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> Blend:
    """Blend sources to exact shares.

    Which rows enter depends on the seed, the source and the row's id alone: not on the order of rows or sources, and a larger
    draw contains the smaller one.

    Args:
        recipe: The recipe's file, or a recipe that was read.
        output: The folder to write; without one nothing is written.
        replace: Whether a blend that is there may be replaced.
        progress: Called with a word about what is done next.

    Raises:
        InputError: The recipe asks for more than there is, a source is empty, or rows copy the anchor's holdout.
        OutputError: The folder cannot be written.
    """
    asked = recipe if isinstance(recipe, Recipe) else read_recipe(recipe)
    if output is not None:
        inputs = [asked.file, asked.anchor, *(source.path for source in asked.sources)]
        check_folder(output, replace=replace, kind=KIND, inputs=inputs)
    anchor = None if asked.anchor is None else open_anchor(asked.anchor)
    pools = []
    for source in asked.sources:
        progress(f"reading {source.name}")
        pools.append(read_pool(source, asked, anchor))
    progress("looking for copies of the holdout")
    if anchor is not None:
        keep_holdout_out(pools, anchor, asked)
    counts = count_rows(asked, pools)
    drawn = [(pool, draw_rows(pool, counts[pool.source.name], asked.seed, asked.file)) for pool in pools]
    rows = _ordered(drawn, asked)
    found = _described(rows, drawn, asked, anchor, None if output is None else Path(output))
    if output is not None:
        progress("writing")
        _write(found, rows, asked, replace=replace)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A row of the blend."""

    id: str
    row: str
    source: str
    stratum: str | None
    lineage: dict[str, Any]


def _ordered(drawn: Sequence[tuple[Pool, list[tuple[int, int]]]], recipe: Recipe) -> list[_Row]:
    import pyarrow as pa

    recipe_hash = digest_of(recipe.written)
    uses = Counter(pool.ids[row] for pool, picked in drawn for row, time in picked if time == 0)
    rows: list[_Row] = []
    unfit: list[tuple[str, RowError]] = []
    for pool, picked in drawn:
        once = [row for row, time in picked if time == 0]
        lineage = dict(zip(once, pool.lineage.take(pa.array(once, pa.int64())).to_pylist(), strict=True))
        for row, time in picked:
            own = pool.ids[row]
            # Two sources may use one id for different rows: then the source's name stands before it.
            name = own if uses[own] == 1 else f"{pool.source.name}/{own}"
            name = name if time == 0 else f"{name}#{time + 1}"
            entry = dict(lineage[row])
            text = with_id(pool.rows[row], name, id_column=pool.id_column)
            try:
                text = _formed(text, recipe)
            except RowError as error:
                unfit.append((f"{pool.source.name}: {own}", error))
                continue
            entry |= {
                "id": name,
                "content_hash": hash_of_written(text),
                "recipe_hash": recipe_hash,
                "source": entry["source"] or pool.source.name,
            }
            if time:
                entry["duplicate_of"] = own if uses[own] == 1 else f"{pool.source.name}/{own}"
            if entry["strata"] is None and pool.strata[row] is not None:
                entry["strata"] = [("stratum", pool.strata[row])]
            rows.append(
                _Row(id=name, row=text, source=pool.source.name, stratum=pool.strata[row], lineage=entry)
            )
    if unfit:
        some = "; ".join(f"{name} ({error.what})" for name, error in unfit[:_NAMED])
        more = f"; and {len(unfit) - _NAMED:,} more" if len(unfit) > _NAMED else ""
        raise InputError(
            f"{len(unfit):,} rows cannot be written as {recipe.form}: {some}{more}",
            where=str(recipe.file),
            do=unfit[0][1].do,
        )
    if recipe.order == "sources":
        places = {source.name: at for at, source in enumerate(recipe.sources)}
        return sorted(rows, key=lambda row: (places[row.source], rank_of(recipe.seed, "order", row.id)))
    if recipe.order == "depth":
        # What nobody knows the depth of is taken for the deepest.
        return sorted(
            rows,
            key=lambda row: (
                -(2**15 if row.lineage["generation_depth"] is None else row.lineage["generation_depth"]),
                rank_of(recipe.seed, "order", row.id),
            ),
        )
    return sorted(rows, key=lambda row: rank_of(recipe.seed, "order", row.id))


def _formed(row: str, recipe: Recipe) -> str:
    if recipe.form == "given":
        return row
    return msgspec.json.encode(in_form(msgspec.json.decode(row), recipe.form)).decode()


def _described(
    rows: Sequence[_Row],
    drawn: Sequence[tuple[Pool, list[tuple[int, int]]]],
    recipe: Recipe,
    anchor: Anchor | None,
    output: Path | None,
) -> Blend:
    shapes = {pool.source.name: pool.shape for pool, picked in drawn if picked}
    if recipe.form == "given" and len(set(shapes.values())) > 1:
        said = "; ".join(f"{name}: {shape}" for name, shape in shapes.items())
        raise InputError(
            f"the sources have different shapes ({said})",
            where=str(recipe.file),
            do='Have them written in one: form = "messages", "sharegpt" or "alpaca"',
        )
    total = len(rows)
    if not total:
        raise InputError("asks for no row", where=str(recipe.file), do="Give a source a share or rows")
    planned = {
        source.name: source.share if source.share is not None else (source.rows or 0) / max(total, 1)
        for source in recipe.sources
    }
    realised = {
        "source": {source.name: 0 for source in recipe.sources} | Counter(row.source for row in rows),
        "source_type": _counted(row.lineage["source_type"] for row in rows),
        "generation_depth": _counted(row.lineage["generation_depth"] for row in rows),
        "stratum": _counted(row.stratum for row in rows),
    }
    left_out = {pool.source.name: dict(pool.left_out) for pool, _ in drawn if pool.left_out}
    manifest = {
        "schema": SCHEMA,
        "holdfast_version": __version__,
        "rows": total,
        "sources": [_read_from(pool, recipe) for pool, _ in drawn],
        "planned_share": planned,
        "realised_rows": realised,
        "realised_share": {name: count / max(total, 1) for name, count in realised["source"].items()},
        "left_out": left_out,
        "data_hash": data_hash([row.id for row in rows], [row.lineage["content_hash"] for row in rows]),
        "recipe_hash": digest_of(recipe.written),
        "seed": recipe.seed,
        "order": recipe.order,
        "form": recipe.form,
        "max_depth": recipe.max_depth,
        "anchor": None if anchor is None else {"name": anchor.name, "digest": anchor.digest},
        "holdout_checked": anchor is not None,
    }
    return Blend(
        rows=total,
        planned=planned,
        realised=realised,
        left_out=left_out,
        manifest=manifest,
        output=output,
    )


def _read_from(pool: Pool, recipe: Recipe) -> dict[str, Any]:
    source, home = pool.source, recipe.file.parent
    if source.path is None:
        place = {"anchor_part": source.anchor_part}
    else:  # as the recipe has it: a manifest must not depend on where its folder stands
        inside = source.path.is_relative_to(home)
        place = {"path": (source.path.relative_to(home) if inside else source.path).as_posix()}
    hashes = pool.lineage.column("content_hash").to_pylist()
    return {"name": source.name, **place, "rows": len(pool.ids), "digest": data_hash(pool.ids, hashes)}


def _counted(values: Any) -> dict[str, int]:
    found = Counter("unknown" if value is None else str(value) for value in values)
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _write(found: Blend, rows: Sequence[_Row], recipe: Recipe, *, replace: bool) -> None:
    import pyarrow as pa

    assert found.output is not None  # noqa: S101 - for the type checker; the caller has looked
    lineage = pa.Table.from_pylist([row.lineage for row in rows], schema=LINEAGE)
    with write_folder_atomic(found.output, replace=replace, kind=KIND) as folder:
        (folder / "data").mkdir()
        with (folder / "data/train.jsonl").open("wb") as handle:
            for row in rows:
                handle.write(row.row.encode() + b"\n")
        write_lineage(lineage, folder / FOLDER_FILE)
        info = dataset_info(found.output.name, recipe.form)
        if info is not None:
            (folder / "dataset_info.json").write_bytes(
                msgspec.json.format(msgspec.json.encode(info), indent=1) + b"\n"
            )
        (folder / "recipe.toml").write_text(recipe.written, encoding="utf-8")
        files = [describe_file(folder, name, len(rows)) for name in ("data/train.jsonl", FOLDER_FILE)]
        text = msgspec.json.format(msgspec.json.encode(found.manifest | {"files": files}), indent=1)
        (folder / "manifest.json").write_bytes(text + b"\n")
