"""`holdfast history`: model generations side by side."""

from __future__ import annotations

from pathlib import Path

import click

from holdfast.cli.output import complain, has_color, plain, say, terminal_width
from holdfast.cli.targets import check_targets


@click.command(short_help="Hold model generations side by side: what was forgotten, what is falling?")
@click.argument("generation", nargs=-1, required=True)
@click.option("--report", metavar="FILE", help="Write one HTML page, with a picture of every figure.")
@click.option("--json", metavar="FILE", help="Write everything as JSON; - is standard output.")
@click.option(
    "--alpha",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.05,
    show_default=True,
    help="Error rate of alarms, over all looks and all figures together.",
)
@click.option(
    "--bias",
    multiple=True,
    metavar="PATTERN",
    help="Tasks that ask for bias or facts, besides those known; may be given again.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of what is drawn."
)
@click.option("--color/--no-color", default=None, help="Colour; by default where a terminal shows it.")
def history(
    generation: tuple[str, ...],
    *,
    report: str | None,
    json: str | None,
    alpha: float,
    bias: tuple[str, ...],
    seed: int,
    color: bool | None,
) -> int:
    """Hold generations of a model side by side, the oldest GENERATION first, each as NAME=PATH or as a path.

    A path is a folder of `holdfast evaluate`; scores of lm-evaluation-harness, inspect_ai, lighteval or in CSV; an audit from `holdfast audit
    --json`; or a folder that holds several of these. Of a project (holdfast init) all generations are read.

    \b
    holdfast history base=runs/base one=runs/1 two=runs/2 --report history.html

    Exit codes: 0 nothing surely lost by the newest generation, 1 something was, 2 bad input, 3 nothing could be compared.
    """  # noqa: D301 - click reads the backspace as "leave these lines as they are"
    from holdfast.cycles.history import generations_of, read_generation
    from holdfast.cycles.history import history as run
    from holdfast.data import write_text_atomic
    from holdfast.reports.history import render_history_html, render_history_text
    from holdfast.reports.jsonfile import render_plain

    named = [split(value) for value in generation]
    check_targets({"report": report, "json": json}, [path for _, path in named], None)
    read = []
    for name, place in named:
        if (Path(place) / "holdfast.toml").is_file():
            read += generations_of(place, bias=bias)
        else:
            read.append(read_generation(place, name, bias=bias))
    found = run(read, alpha=alpha, seed=seed)
    told = found.plain()
    if report is not None:
        write_text_atomic(report, render_history_html(told))
    if json == "-":
        say(render_plain(told).encode(), nl=False)
        return found.exit_code
    if json is not None:
        write_text_atomic(json, render_plain(told))
    say(render_history_text(told, width=terminal_width(), color=has_color(color)), nl=False)
    for kind, path in {"report": report, "json": json}.items():
        if path is not None:
            complain(f"{kind}: {plain(path)}")
    return found.exit_code


def split(value: str) -> tuple[str | None, str]:
    """Name and path of a generation; a path that is there is one, whatever signs it has in it.

    >>> split("base=runs/base"), split("runs/base")
    (('base', 'runs/base'), (None, 'runs/base'))
    """
    name, equals, path = value.partition("=")
    if not equals or not name or Path(value).exists():
        return None, value
    return name, path
