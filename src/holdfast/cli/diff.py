"""`holdfast anchor diff`: has reality itself moved?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from holdfast.cli.audit import read_tolerances
from holdfast.cli.options import reading_options, sources
from holdfast.cli.output import complain, has_color, plain, say, terminal_width
from holdfast.cli.progress import Progress
from holdfast.cli.targets import check_targets
from holdfast.errors import UsageError


@click.command(short_help="Has reality moved since it was frozen?")
@click.argument("old")
@click.argument("new", nargs=-1, required=True)
@reading_options
@click.option(
    "--candidate",
    multiple=True,
    metavar="FILE",
    help="A synthetic set: say for each of its findings whether it persists against NEW; may be given again.",
)
@click.option(
    "--alpha", type=float, default=0.01, show_default=True, help="Error rate of both directions together."
)
@click.option(
    "--tolerance",
    multiple=True,
    metavar="MEASURE=SHARE",
    help="Largest move that is let pass; may be given again.",
)
@click.option(
    "--detectable",
    type=float,
    default=0.5,
    show_default=True,
    help="A diff that could have missed a move larger than this share is undetermined.",
)
@click.option(
    "--draws",
    type=click.IntRange(max=1_000_000),
    default=2_999,
    show_default=True,
    help="Null draws per measure.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of all draws.")
@click.option("--json", metavar="FILE", help="Write everything as JSON (- is standard output).")
@click.option("--no-text", is_flag=True, help="No record's text in any output.")
@click.option(
    "--color/--no-color", default=None, help="Colour on standard output. By default where it is a terminal."
)
def diff(
    old: str,
    new: tuple[str, ...],
    *,
    candidate: tuple[str, ...],
    tolerance: tuple[str, ...],
    json: str | None,
    no_text: bool,
    color: bool | None,
    quiet: bool,
    **options: Any,
) -> int:
    """Hold the reality NEW, an anchor or files of fresh real rows, against the anchor OLD.

    \b
    holdfast anchor diff anchor-2025/ anchor-2026/
    holdfast anchor diff anchor-2025/ this-month.jsonl --candidate synthetic.jsonl

    Exit codes: 0 not moved, 1 moved, 2 bad input, 3 undetermined.
    """  # noqa: D301 - click reads the backspace as "leave these lines as they are"
    from holdfast.audits.diff import diff as run
    from holdfast.data import write_text_atomic
    from holdfast.reports.jsonfile import render_plain
    from holdfast.reports.moved import render

    if [*new, *candidate].count("-") > 1:
        raise UsageError("standard input can be read once only", where="-", do="Save it to a file first")
    folders = [name for name in new if Path(name).is_dir()]
    if folders and len(new) > 1:
        raise UsageError("an anchor stands alone", where=folders[0], do="Give one anchor, or files of rows")
    check_targets({"json": json}, [*new, *candidate], old)
    with Progress(quiet=quiet) as progress:
        found = run(
            old,
            Path(new[0]) if folders else sources(new),
            candidate=sources(candidate) if candidate else None,
            tolerance=read_tolerances(tolerance),
            progress=progress,
            **options,
        )
        plain_diff = found.plain(show_text=not no_text)
    if json == "-":
        say(render_plain(plain_diff).encode(), nl=False)
    else:
        if json is not None:
            write_text_atomic(json, render_plain(plain_diff))
        say(render(plain_diff, width=terminal_width(), color=has_color(color)), nl=False)
        if json is not None:
            complain(f"json: {plain(json)}")
    return found.exit_code
