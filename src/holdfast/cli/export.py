"""`holdfast export`: a set in the words of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from holdfast.cli.options import Word
from holdfast.cli.output import plain, say

if TYPE_CHECKING:
    from holdfast.reports.exports import Format


@click.command(short_help="Write a dataset card, Croissant and OpenLineage.")
@click.argument("folder")
@click.option(
    "--format",
    type=Word(["card", "croissant", "openlineage"]),
    multiple=True,
    help="What to write; may be given again. All of them by default.",
)
@click.option(
    "--about",
    metavar="FILE",
    help="A TOML file with what nobody but you knows: licence, limitations, uses ...",
)
@click.option("--audit", metavar="FILE", help="The audit of this folder, from holdfast audit --json.")
@click.option(
    "--merge", metavar="FILE", help="A Croissant document to keep and add to, such as the Hub's own."
)
def export(
    folder: str, *, format: tuple[Format, ...], about: str | None, audit: str | None, merge: str | None
) -> int:
    """Write what is known of FOLDER, a blend or a curated set, in the words of others, beside its rows.

    Of a project, openlineage tells every stage of every cycle.

    \b
    holdfast export blend --about about.toml --audit audit.json
    holdfast export . --format openlineage
    """  # noqa: D301 - click reads the backspace as "leave these lines as they are"
    from holdfast.reports.exports import FORMATS
    from holdfast.reports.exports import export as run

    found = run(folder, format=format or FORMATS, about=about, audit=audit, merge=merge)
    for name, file in found.files.items():
        say(f"{name:<12}  {plain(str(file))}")
    if found.missing:
        say(f"\nnot known, and left out: {', '.join(found.missing)}")
        if about is None:
            say("--about FILE says them, in TOML")
    return 0
