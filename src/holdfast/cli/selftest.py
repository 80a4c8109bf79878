"""`holdfast selftest`: what would an audit of these real rows not see?"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, cast

import click

from holdfast.cli.options import reading_options, sources
from holdfast.cli.output import complain, has_color, plain, say, terminal_width
from holdfast.cli.progress import Progress
from holdfast.cli.targets import check_targets
from holdfast.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdfast.reports.blindness.contract import Blindness

_MOST_WORKERS = 4
"""Processes at most where none are asked for: each holds a copy of the rows."""


@click.command(short_help="Plant losses in your own reality: what would an audit not see?")
@click.option("--real", multiple=True, metavar="FILE", help="Real rows; may be given again.")
@click.option("--anchor", metavar="FOLDER", help="A frozen anchor, instead of --real; its reference is used.")
@reading_options
@click.option(
    "--alpha",
    type=float,
    default=0.01,
    show_default=True,
    help="Family-wise error rate of every audit.",
)
@click.option(
    "--draws",
    type=click.IntRange(max=1_000_000),
    default=1_999,
    show_default=True,
    help="Null draws per measure.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of everything random."
)
@click.option(
    "--size",
    type=int,
    metavar="ROWS",
    help="Rows of a candidate. By default a quarter of the real rows, up to 1,000.",
)
@click.option("--loss", multiple=True, metavar="NAME", help="Plant this loss only; may be given again.")
@click.option(
    "--dose",
    multiple=True,
    type=float,
    metavar="SHARE",
    help="Plant this dose, above 0 up to 1; may be given again. By default 0.15, 0.4 and 1.",
)
@click.option(
    "--repeats",
    type=click.IntRange(1, 1_000),
    default=4,
    show_default=True,
    help="Deals of every dose; more make the intervals narrower.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    help=f"Processes. By default one for each processor, up to {_MOST_WORKERS}.",
)
@click.option("--report", metavar="FILE", help="Write the power curves as one HTML file.")
@click.option("--json", metavar="FILE", help="Write everything as JSON (- is standard output).")
@click.option(
    "--color/--no-color", default=None, help="Colour on standard output. By default where it is a terminal."
)
def selftest(
    *,
    real: tuple[str, ...],
    anchor: str | None,
    loss: tuple[str, ...],
    dose: tuple[float, ...],
    workers: int | None,
    report: str | None,
    json: str | None,
    color: bool | None,
    quiet: bool,
    **options: Any,
) -> int:
    """Plant losses of known size in your own real rows, and see which of them an audit would have seen.

    \b
    holdfast selftest --real real.jsonl --report blindness.html
    holdfast selftest --anchor anchor/ --loss label_noise --repeats 20

    Half of the rows serve as anchor, the others as candidates. It exits with 0 when it ran, whatever was seen.
    """  # noqa: D301 - click reads the backspace as "leave these lines as they are"
    from holdfast.lab.blindness import prepare
    from holdfast.lab.blindness.selftest import DOSES

    if bool(real) == bool(anchor):
        raise UsageError(
            "--real and --anchor exclude each other" if real else "there is no reality to plant losses in",
            do="Give real rows with --real FILE, or a frozen anchor with --anchor FOLDER",
        )
    targets = {"report": report, "json": json}
    check_targets(targets, real, anchor)
    with Progress(quiet=quiet) as progress:
        test = prepare(
            sources(real) if real else None,
            anchor=anchor,
            losses=loss,
            doses=dose or DOSES,
            workers=workers or min(os.cpu_count() or 1, _MOST_WORKERS),
            progress=progress,
            **options,
        )
        try:
            test.study.run(progress)
        except KeyboardInterrupt:
            # What is known is said; files that were asked for are for whole results, so none is written.
            if test.study.trials and json != "-":
                say(_text(cast("Blindness", test.plain()), color=color), nl=False)
            raise
    found = cast("Blindness", test.plain())
    written = _write(found, targets)
    if json != "-":
        say(_text(found, color=color), nl=False)
    for kind, path in written:
        complain(f"{kind}: {plain(path)}")
    return 0


def _text(found: Blindness, *, color: bool | None) -> str:
    from holdfast.reports.blindness import render_text

    return render_text(found, width=terminal_width(), color=has_color(color))


def _write(found: Blindness, targets: Mapping[str, str | None]) -> list[tuple[str, str]]:
    """Write the reports: all are rendered before the first is written."""
    from holdfast.data import write_text_atomic
    from holdfast.reports.blindness import render_html
    from holdfast.reports.jsonfile import render_plain

    renderers = {"report": lambda: render_html(found), "json": lambda: render_plain(found)}
    rendered = [(kind, path, renderers[kind]()) for kind, path in targets.items() if path is not None]
    written = []
    for kind, path, text in rendered:
        if path == "-":
            say(text.encode(), nl=not text.endswith("\n"))
        else:
            write_text_atomic(path, text)
            written.append((kind, path))
    return written
