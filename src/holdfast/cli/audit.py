"""`holdfast audit`: hold a candidate against reality."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from holdfast.cli.options import Word, reading_options, sources
from holdfast.cli.progress import Progress
from holdfast.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdfast.reports.summary import Summary


@click.command()
@click.argument("candidate", nargs=-1, required=True)
@click.option(
    "--real", multiple=True, metavar="FILE", help="Real rows for a one-shot audit; may be given again."
)
@click.option("--anchor", metavar="FOLDER", help="A frozen anchor, instead of --real.")
@reading_options
@click.option(
    "--use",
    type=Word(["replace", "add"]),
    default="replace",
    show_default=True,
    help="replace: the candidate stands for reality. add: it joins the real rows, and is not blamed for strata it leaves out.",
)
@click.option(
    "--only", multiple=True, metavar="STRATUM", help="Look at this stratum only; may be given again."
)
@click.option(
    "--expect", metavar="CSV", help="Declared label mix: a file with the columns stratum and share."
)
@click.option(
    "--alpha",
    type=float,
    default=0.01,
    show_default=True,
    help="Family-wise error rate of the whole battery.",
)
@click.option(
    "--tolerance",
    multiple=True,
    metavar="MEASURE=SHARE",
    help="Largest effect that is let pass; may be given again.",
)
@click.option(
    "--detectable",
    type=float,
    default=0.5,
    show_default=True,
    help="A pass that could have missed a loss larger than this share is undetermined.",
)
@click.option(
    "--on-undetermined",
    type=Word(["ask", "block", "pass"]),
    default="ask",
    show_default=True,
    help="Exit code of an undetermined verdict: ask 3, block 1, pass 0.",
)
@click.option("--draws", type=int, default=1_999, show_default=True, help="Null draws per measure.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of all draws.")
@click.option("--report", metavar="FILE", help="Write the report as one HTML file.")
@click.option("--json", metavar="FILE", help="Write everything as JSON (- is standard output).")
@click.option("--markdown", metavar="FILE", help="Write a pull request comment (- is standard output).")
@click.option("--junit", metavar="FILE", help="Write JUnit XML for a CI server (- is standard output).")
@click.option("--no-text", is_flag=True, help="No record's text in any output.")
@click.option(
    "--mask/--no-mask",
    default=True,
    show_default=True,
    help="Mask e-mail addresses, numbers and keys in --markdown.",
)
@click.option("--color/--no-color", default=None, help="Colour in the terminal.")
def audit(
    candidate: tuple[str, ...],
    *,
    real: tuple[str, ...],
    anchor: str | None,
    tolerance: tuple[str, ...],
    report: str | None,
    json: str | None,
    markdown: str | None,
    junit: str | None,
    no_text: bool,
    mask: bool,
    color: bool | None,
    quiet: bool,
    **options: Any,
) -> int:
    """Hold CANDIDATE against reality: which parts did it lose, which did it invent, how sure are we?

    \b
    holdfast audit synthetic.jsonl --real real.jsonl
    holdfast audit synthetic.parquet --anchor anchor/ --report report.html
    """
    from holdfast.audits import audit as run
    from holdfast.reports import summarise

    targets = {"report": report, "json": json, "markdown": markdown, "junit": junit}
    _check(targets)
    with Progress(quiet=quiet) as progress:
        result = run(
            sources(candidate),
            real=sources(real) if real else None,
            anchor=anchor,
            tolerance=_tolerances(tolerance),
            progress=progress,
            **options,
        )
        progress("writing")
        summary = summarise(result, show_text=not no_text)
        written = _write(summary, targets, mask=mask)
    if "-" not in targets.values():
        click.echo(_text(summary, color=color), nl=False, color=True)
        for kind, path in written:
            click.echo(f"{kind}: {path}", err=True)
    return result.exit_code


def _text(summary: Summary, *, color: bool | None) -> str:
    from holdfast.reports import render_text

    if color is None:
        color = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    return render_text(summary, width=min(shutil.get_terminal_size((100, 24)).columns, 110), color=color)


def _check(targets: Mapping[str, str | None]) -> None:
    """Refuse early what would fail after minutes of work."""
    from holdfast.data.write import check_writable

    if list(targets.values()).count("-") > 1:
        raise UsageError("only one output can go to standard output", where="-")
    for path in targets.values():
        if path not in (None, "-"):
            check_writable(path)


def _tolerances(pairs: tuple[str, ...]) -> dict[str, float]:
    result = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        try:
            result[name] = float(value)
        except ValueError:
            raise UsageError(
                f"{pair!r} is not MEASURE=SHARE", where="--tolerance", do="For example stratum_deficit=0.1"
            ) from None
    return result


def _write(summary: Summary, targets: Mapping[str, str | None], *, mask: bool) -> list[tuple[str, Path]]:
    from holdfast.data import write_text_atomic
    from holdfast.reports import render_html, render_json, render_junit, render_markdown

    renderers = {
        "report": lambda: render_html(summary),
        "json": lambda: render_json(summary),
        "markdown": lambda: render_markdown(summary, mask=mask),
        "junit": lambda: render_junit(summary),
    }
    written = []
    for kind, path in targets.items():
        if path == "-":
            click.echo(renderers[kind]())
        elif path is not None:
            write_text_atomic(path, renderers[kind]())
            written.append((kind, Path(path)))
    return written
