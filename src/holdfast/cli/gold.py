"""`holdfast gold`: the part of an anchor that people have verified."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from holdfast.cli.options import Verbs, reading_options, sources
from holdfast.cli.output import plain, say
from holdfast.cli.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdfast.anchors.gold import Growth

_SHOWN = 20


def _version_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What every new version of an anchor takes."""
    for option in (
        click.option("--replace", is_flag=True, help="Replace an anchor that is there."),
        click.option("--reason", required=True, metavar="TEXT", help="Why they are added."),
        click.option("--by", required=True, metavar="NAME", help="Who verified the rows."),
        click.option(
            "-o", "--output", required=True, metavar="FOLDER", help="The folder of the new version."
        ),
    ):
        command = option(command)
    return command


@click.group(cls=Verbs, short_help="Grow the part of an anchor that people have verified.")
def gold() -> None:
    """The part of an anchor that people have verified, grown version by version."""


@gold.command(short_help="Add verified rows, as a new version of the anchor.")
@click.argument("anchor")
@click.argument("rows", nargs=-1, required=True)
@_version_options
@reading_options
def add(anchor: str, rows: tuple[str, ...], *, quiet: bool, **options: Any) -> int:
    """Add verified ROWS to the gold part of ANCHOR, as a new version of it.

    Rows that copy the holdout are refused; rows that are gold already are left out. Reference and holdout stay as they are.
    """
    from holdfast.anchors.gold import add_gold

    with Progress(quiet=quiet) as progress:
        grown = add_gold(anchor, sources(rows), progress=progress, **options)
    _say_grown(grown, options["output"])
    return 0


@gold.command(short_help="Make accepted rows of a reviewed set gold.")
@click.argument("anchor")
@click.argument("rows", nargs=-1, required=True)
@click.option(
    "--accepted", required=True, metavar="FILE", help="The ids of the accepted rows, one on each line."
)
@_version_options
@reading_options
def promote(anchor: str, rows: tuple[str, ...], *, quiet: bool, **options: Any) -> int:
    """Make those of ROWS gold that a person accepted, as a new version of ANCHOR.

    An id that no row has is an error. Rows that copy the holdout are refused; rows that are gold already are left out.
    """
    from holdfast.anchors.gold import promote_gold

    with Progress(quiet=quiet) as progress:
        grown = promote_gold(anchor, sources(rows), progress=progress, **options)
    _say_grown(grown, options["output"])
    return 0


def _say_grown(grown: Growth, output: str) -> None:
    say(f"{plain(output)}: {len(grown.added):,} rows added, {grown.anchor.parts['gold']:,} are gold now")
    if grown.known:
        more = f" and {len(grown.known) - _SHOWN:,} more" if len(grown.known) > _SHOWN else ""
        say(f"gold already: {plain(', '.join(grown.known[:_SHOWN]))}{more}")
    say(f"digest {grown.anchor.digest}")


@gold.command(name="list", short_help="Show the gold part.")
@click.argument("anchor")
def list_(anchor: str) -> int:
    """Show the gold part of ANCHOR: id, label, who verified it and when, and the text."""
    from holdfast.anchors.gold import list_gold

    for row in list_gold(anchor):
        said = f"{row.by}, {(row.added_at or '')[:10]}" if row.by else "first split"
        say(plain(f"{row.id} {row.stratum or '-'} ({said}) {row.text[:100]}"))
    return 0
