"""`holdfast blend`: real and synthetic rows to exact shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from holdfast.cli.output import plain, say
from holdfast.cli.progress import Progress

if TYPE_CHECKING:
    from holdfast.remedies.blend import Blend

_SHOWN = 12


@click.command(short_help="Blend real and synthetic rows to exact shares.")
@click.argument("recipe")
@click.option("-o", "--output", metavar="FOLDER", help="The folder to write. Without it nothing is written.")
@click.option("--replace", is_flag=True, help="Replace a blend that is there.")
@click.option("--quiet", is_flag=True, help="No progress.")
def blend(recipe: str, *, output: str | None, replace: bool, quiet: bool) -> int:
    """Blend the sources of RECIPE, a TOML file, to exact shares. Copies of the anchor's holdout are kept out.

    \b
    holdfast blend recipe.toml -o blend
    """  # noqa: D301 - click reads the backspace as "leave these lines as they are"
    from holdfast.remedies.blend import blend as run

    with Progress(quiet=quiet) as progress:
        found = run(recipe, output=output, replace=replace, progress=progress)
    _describe(found)
    return 0


def _describe(found: Blend) -> None:
    say(f"{found.rows:,} rows\n")
    say("source                     planned     realised")
    for name, share in found.planned.items():
        rows = found.realised["source"][name]
        say(
            f"  {plain(name)[:22]:<22}  {100 * share:>7.1f} %  {rows:>7,} rows, {100 * rows / max(found.rows, 1):.1f} %"
        )
        for why, count in found.left_out.get(name, {}).items():
            say(f"    left out: {count:,}, {plain(why)}")
    for kind, title in (
        ("source_type", "made by"),
        ("generation_depth", "generation depth"),
        ("stratum", "stratum"),
    ):
        counts = found.realised[kind]
        say(f"\n{title}")
        for value, rows in list(counts.items())[:_SHOWN]:
            say(f"  {plain(value)[:22]:<22}  {rows:>7,}")
        if len(counts) > _SHOWN:
            say(f"  ... and {len(counts) - _SHOWN:,} more")
    if not found.manifest["holdout_checked"]:
        say("\nnot checked against a holdout: the recipe names no anchor")
    if found.output is not None:
        say(f"\n{plain(str(found.output))}: data/train.jsonl, lineage.parquet, recipe.toml, manifest.json")
