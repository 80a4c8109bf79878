"""`holdfast review results`: what people said, and what it says of the whole set."""

from __future__ import annotations

import click

from holdfast.cli.options import sources
from holdfast.cli.output import has_color, say, terminal_width, write_json


@click.command(short_help="Show what people said, and what it says of the whole set.")
@click.argument("queue")
@click.option(
    "--flag",
    "flags",
    multiple=True,
    metavar="COLUMN",
    help="A filter or judge to hold against people: column, column=value, column<number, suggestion.",
)
@click.option(
    "--rows",
    multiple=True,
    metavar="FILE",
    help="All rows that were drawn from, where the filter ran on each: corrects the share of bad rows.",
)
@click.option("--id", metavar="COLUMN", help="Column of the ids of --rows.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of resamples.")
@click.option("--json", metavar="FILE", help="Write it as JSON (- is standard output).")
@click.option("--color/--no-color", default=None, help="By default where standard output is a terminal.")
def results(
    queue: str,
    *,
    flags: tuple[str, ...],
    rows: tuple[str, ...],
    id: str | None,
    seed: int,
    json: str | None,
    color: bool | None,
) -> int:
    """Show what people said of QUEUE: shares of the whole set, agreement, reviewers, filters.

    Exit code 3 where nothing can be said of the whole set yet.
    """
    from holdfast.measures.reading import Undetermined
    from holdfast.reports.review import render_review_results
    from holdfast.reviews.decisions.store import Decisions
    from holdfast.reviews.outcomes.source import read_source
    from holdfast.reviews.queues.contract import open_queue
    from holdfast.reviews.results import review_results
    from holdfast.reviews.results.calibration import read_flag

    held = open_queue(queue)
    every = None
    if rows:
        every = read_source(held, sources(rows), {"id": id}).table.column("row").to_pylist()
    with Decisions(held.decisions_file, read_only=True) as decisions:
        found = review_results(
            held, decisions, flags=[read_flag(one) for one in flags], rows=every, seed=seed
        )
    plain = found.plain()
    if json is not None:
        write_json(plain, json)
    if json != "-":
        say(render_review_results(plain, width=terminal_width(), color=has_color(color)), nl=False)
    first = found.bad or next(iter(found.estimates), None)
    return 3 if first is None or isinstance(first.overall, Undetermined) else 0
