"""`holdfast anchor`: freeze reality, look at it, check that it is what it was."""

from __future__ import annotations

from collections import Counter
from typing import Any

import click

from holdfast.cli.options import reading_options, sources
from holdfast.cli.progress import Progress

_SHOWN = 20


@click.group()
def anchor() -> None:
    """Freeze reality, and hold everything against it."""


@anchor.command()
@click.argument("real", nargs=-1, required=True)
@click.option("-o", "--output", required=True, metavar="FOLDER", help="The folder to write.")
@reading_options
@click.option("--gold", type=float, default=0.1, show_default=True, help="Share of the gold part.")
@click.option("--holdout", type=float, default=0.1, show_default=True, help="Share of the holdout.")
@click.option(
    "--shares", metavar="CSV", help="Population shares of the strata, if rows were sampled by stratum."
)
@click.option("--name", help="A name for reports.")
@click.option("--replace", is_flag=True, help="Take the place of an anchor that is already there.")
def freeze(real: tuple[str, ...], *, quiet: bool, **options: Any) -> int:
    """Freeze REAL rows as an anchor: split, sealed, and ready to be held against."""
    from holdfast.anchors import freeze as run
    from holdfast.data.write import check_writable

    check_writable(options["output"])
    with Progress(quiet=quiet) as progress:
        frozen = run(sources(real), progress=progress, **options)
    _describe(frozen)
    return 0


@anchor.command()
@click.argument("folder")
def show(folder: str) -> int:
    """Show what an anchor holds. Rows of the holdout are counted, never printed."""
    from holdfast.anchors import open_anchor

    opened = open_anchor(folder)
    _describe(opened)
    strata = Counter(opened.part("reference").column("stratum").to_pylist())
    strata.pop(None, None)
    total = sum(strata.values())
    if strata:
        click.echo(f"\nstrata of the reference ({len(strata)}), rarest first")
        for name, rows in sorted(strata.items(), key=lambda item: (item[1], item[0]))[:_SHOWN]:
            click.echo(f"  {rows:>8,}  {rows / total:>6.1%}  {_plain(str(name))}")
        if len(strata) > _SHOWN:
            click.echo(f"  ... and {len(strata) - _SHOWN} more frequent ones")
    return 0


@anchor.command()
@click.argument("folder")
def verify(folder: str) -> int:
    """Check an anchor against its seals; exit code 2 if anything changed."""
    from holdfast.anchors import verify as run

    problems = run(folder)
    for problem in problems:
        click.echo(f"changed: {_plain(problem)}", err=True)
    if not problems:
        click.echo("every part is what was sealed")
    return 2 if problems else 0


def _describe(opened: Any) -> None:
    detection = opened.detection
    click.echo(f"{_plain(opened.name)}  {opened.digest[:19]}…  frozen {opened.manifest['created_at'][:10]}")
    for part, what in (
        ("reference", "serves statistics"),
        ("gold", "may be infused"),
        ("holdout", "never trained on"),
    ):
        click.echo(f"  {part:<10}{opened.parts[part]:>9,} rows   {what}")
    label = f", strata from {detection.label_column!r}" if detection.label_column else ", no labels"
    click.echo(f"read as {detection.shape}: text from {detection.text_column!r}{label}")
    accuracy = opened.manifest.get("labeller_accuracy")
    if accuracy is not None:
        click.echo(f"the stratum labeller reads {accuracy:.0%} of unseen real rows right")
    for note in detection.notes:
        click.echo(f"note: {_plain(note)}")


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
