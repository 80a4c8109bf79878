"""Recipe: a TOML file that says what a blend is made of, read strictly."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from holdfast.data.toml import check_known, flag_of, read_toml, text_of, whole_of, word_of
from holdfast.errors import InputError
from holdfast.remedies.blend.forms import FORMS, Form

if TYPE_CHECKING:
    from collections.abc import Mapping

ORDERS = ("shuffled", "sources", "depth")
_TOP = ("rows", "seed", "max_depth", "order", "form", "on_leak", "text", "label", "id", "anchor", "source")
_OF_SOURCE = ("name", "path", "anchor_part", "share", "rows", "repeat", "strata", "text", "label", "id")
_PARTS = ("reference", "gold")
_ON_LEAK = ("refuse", "drop")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRecipe:
    """One source of a blend.

    Attributes:
        name: Its name, in the manifest and in lineage.
        path: A file or folder, relative to the recipe; or
        anchor_part: a part of the anchor: `gold` or `reference`, never the holdout.
        share: Share of the blend; or
        rows: rows of it.
        repeat: Whether rows may come more than once where there are too few.
        strata: Shares of strata inside the source, or None as they come.
        text: Column of the text.
        label: Column of the strata.
        id: Column of the ids.
    """

    name: str
    path: Path | None = None
    anchor_part: str | None = None
    share: float | None = None
    rows: int | None = None
    repeat: bool = False
    strata: Mapping[str, float] | None = None
    text: str | None = None
    label: str | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What a blend is made of.

    Attributes:
        sources: Its sources.
        rows: Rows in all, where sources have shares.
        seed: Decides which rows are drawn, and their order.
        anchor: The frozen anchor whose holdout must not be in it.
        max_depth: Rows of a larger generation depth, or of an unknown one, are left out; None lets all in.
        order: `shuffled`; `sources`, one after the other as they stand in the recipe (synthetic first, real last is a
            curriculum); `depth`, the deepest first.
        form: The shape rows are written in: as `given`, or as `messages`, `sharegpt` or `alpaca`.
        on_leak: What is done with rows that copy the holdout: `refuse` the blend, or `drop` them.
        file: The recipe's file.
        written: Its text.
    """

    sources: tuple[SourceRecipe, ...]
    rows: int | None
    seed: int
    anchor: Path | None
    max_depth: int | None
    order: str
    form: Form
    on_leak: str
    file: Path
    written: str


def read_recipe(path: str | Path) -> Recipe:
    """Read a recipe; everything in it must be known.

    Raises:
        InputError: It cannot be read, or asks for what there is not.
    """
    file = Path(path)
    written, values = read_toml(file, "recipe")
    check_known(values, _TOP, str(file))
    given = values.get("source")
    if not isinstance(given, list) or not given or not all(isinstance(entry, dict) for entry in given):
        raise InputError("has no source", where=str(file), do="Add [[source]] with name, path and share")
    shared = {name: text_of(values, name, str(file)) for name in ("text", "label", "id")}
    sources = tuple(_source(entry, number, file, shared) for number, entry in enumerate(given, start=1))
    names = [source.name for source in sources]
    doubled = [name for name in names if names.count(name) > 1]
    if doubled:
        raise InputError(f"two sources are called {doubled[0]!r}", where=str(file))
    anchor = text_of(values, "anchor", str(file))
    recipe = Recipe(
        sources=sources,
        rows=whole_of(values, "rows", str(file), least=1),
        seed=whole_of(values, "seed", str(file), least=0) or 0,
        anchor=None if anchor is None else file.parent / anchor,
        max_depth=whole_of(values, "max_depth", str(file), least=0),
        order=word_of(values, "order", ORDERS, str(file)),
        form=cast("Form", word_of(values, "form", FORMS, str(file))),
        on_leak=word_of(values, "on_leak", _ON_LEAK, str(file)),
        file=file,
        written=written,
    )
    _check_shares(recipe)
    return recipe


def _source(entry: dict[str, Any], number: int, file: Path, shared: Mapping[str, str | None]) -> SourceRecipe:
    where = f"{file}: source {number}"
    check_known(entry, _OF_SOURCE, where)
    name = text_of(entry, "name", where)
    if not name:
        raise InputError("has no name", where=where)
    where = f"{file}: source {name!r}"
    path, part = text_of(entry, "path", where), text_of(entry, "anchor_part", where)
    if (path is None) == (part is None):
        raise InputError("takes either a path or an anchor_part", where=where)
    if part is not None and part not in _PARTS:
        do = "The holdout is never trained on" if part == "holdout" else None
        raise InputError(
            f"there is no anchor_part {part!r} for training", where=where, do=do or "Say gold or reference"
        )
    share, rows = entry.get("share"), whole_of(entry, "rows", where, least=0)
    if share is not None and (
        isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1
    ):
        raise InputError("share lies between 0 and 1", where=where)
    if (share is None) == (rows is None):
        raise InputError("takes either a share or rows", where=where)
    repeat = flag_of(entry, "repeat", where)
    return SourceRecipe(
        name=name,
        path=None if path is None else file.parent / path,
        anchor_part=part,
        share=None if share is None else float(share),
        rows=rows,
        repeat=repeat,
        strata=_strata(entry, where),
        **{key: text_of(entry, key, where) or shared[key] for key in ("text", "label", "id")},
    )


def _strata(entry: dict[str, Any], where: str) -> dict[str, float] | None:
    strata = entry.get("strata")
    if strata is None:
        return None
    if not isinstance(strata, dict) or not strata:
        raise InputError("strata is a table of shares", where=where)
    for name, share in strata.items():
        if isinstance(share, bool) or not isinstance(share, int | float) or share < 0:
            raise InputError(f"the share of {name!r} is a number of at least 0", where=where)
    total = sum(strata.values())
    if abs(total - 1) > 1e-6:
        raise InputError(f"shares of strata sum to {total:g}, not to 1", where=where)
    return {name: float(share) for name, share in strata.items()}


def _check_shares(recipe: Recipe) -> None:
    where = str(recipe.file)
    by_share = [source for source in recipe.sources if source.share is not None]
    if not by_share:
        if recipe.rows is not None and recipe.rows != sum(source.rows or 0 for source in recipe.sources):
            raise InputError("rows is not the sum of the sources' rows", where=where, do="Leave it out")
        return
    if len(by_share) < len(recipe.sources):
        raise InputError(
            "some sources have a share and some have rows", where=where, do="Give all of them the same"
        )
    total = sum(source.share or 0.0 for source in by_share)
    if abs(total - 1) > 1e-6:
        raise InputError(f"shares sum to {total:g}, not to 1", where=where)
    if recipe.rows is None:
        raise InputError("shares need the number of rows in all", where=where, do="Add rows = ...")
