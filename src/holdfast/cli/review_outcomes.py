"""`holdfast review apply`, `gold`, `approve` and `reject`: what comes of what people said."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from holdfast.cli.options import reading_options, sources
from holdfast.cli.output import plain, say
from holdfast.cli.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable

_SHOWN = 10


@click.command(short_help="Write the rows anew: rejected ones out, edited ones as new records.")
@click.argument("queue")
@click.argument("rows", nargs=-1, required=True)
@click.option("-o", "--output", required=True, metavar="FOLDER", help="The folder to write.")
@click.option(
    "--people",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="People who must have decided an item; all of them must agree.",
)
@click.option("--replace", is_flag=True, help="Replace a reviewed folder that is there.")
@reading_options
def apply(
    queue: str, rows: tuple[str, ...], *, output: str, people: int, replace: bool, quiet: bool, **options: Any
) -> int:
    """Write ROWS, which QUEUE was drawn from, anew: rejected rows out with their reason, edits as new records.

    Rows whose reviewers differ are left in and listed in open/items.jsonl. Rows that nobody decided stay as they are.
    """
    from holdfast.reviews.decisions.store import Decisions
    from holdfast.reviews.outcomes import apply_reviews
    from holdfast.reviews.queues.contract import open_queue

    held = open_queue(queue)
    with Decisions(held.decisions_file, read_only=True) as decisions, Progress(quiet=quiet) as progress:
        done = apply_reviews(
            held,
            decisions,
            sources(rows),
            output=Path(output),
            people=people,
            replace=replace,
            progress=progress,
            **options,
        )
    say(
        f"{plain(output)}: {done.rows:,} rows, {len(done.accepted):,} accepted, {len(done.rejected):,} rejected, "
        f"{len(done.edited):,} edited, {len(done.open):,} left open, {done.unreviewed:,} not reviewed"
    )
    for id_, why in list(done.open.items())[:_SHOWN]:
        say(f"  open: {plain(id_)}: {plain(why)}")
    return 0


@click.command(short_help="Make rows gold that people accepted.")
@click.argument("queue")
@click.argument("rows", nargs=-1, required=True)
@click.option("--anchor", required=True, metavar="FOLDER", help="The anchor whose gold part grows.")
@click.option("-o", "--output", required=True, metavar="FOLDER", help="The folder of its new version.")
@click.option(
    "--people",
    type=click.IntRange(min=1),
    default=2,
    show_default=True,
    metavar="N",
    help="People who must have accepted a row.",
)
@click.option("--reason", default="", metavar="TEXT", help="Why; the queue is named by itself.")
@click.option("--replace", is_flag=True, help="Replace an anchor that is there.")
@reading_options
def gold(queue: str, rows: tuple[str, ...], *, anchor: str, quiet: bool, **options: Any) -> int:
    """Make those of ROWS gold that all their reviewers accepted, as a new version of the anchor."""
    from holdfast.reviews.decisions.store import Decisions
    from holdfast.reviews.outcomes import gold_from_reviews
    from holdfast.reviews.queues.contract import open_queue

    held = open_queue(queue)
    with Decisions(held.decisions_file, read_only=True) as decisions, Progress(quiet=quiet) as progress:
        grown = gold_from_reviews(held, decisions, anchor, sources(rows), progress=progress, **options)
    say(
        f"{plain(options['output'])}: {len(grown.added):,} rows added, {grown.anchor.parts['gold']:,} are gold now"
    )
    if grown.known:
        say(f"{len(grown.known):,} were gold already")
    say(f"digest {grown.anchor.digest}")
    return 0


def _gate(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--seed", type=click.IntRange(min=0), default=0, help="Seed of resamples."),
        click.option("--reason", metavar="TEXT", required=True, help="Why; kept with the name and the time."),
        click.option("--by", metavar="NAME", required=True, help="Who decides."),
        click.option(
            "--project", metavar="FOLDER", default=".", help="The project's folder; by default this one."
        ),
        click.argument("queue"),
    ):
        command = option(command)
    return command


@click.command(short_help="Say yes at a gate, with what a review found.")
@_gate
def approve(queue: str, *, project: str, by: str, reason: str, seed: int) -> int:
    """Say yes where a gate waits for a person; what people said of QUEUE is kept with the reason."""
    from holdfast.reviews.outcomes import approve_with_reviews

    said = _decide(approve_with_reviews, queue, project, by, reason, seed)
    say(f"cycle {said.cycle}: {said.stage} approved by {plain(by)}. Next: holdfast cycle resume")
    return 0


@click.command(short_help="Give the open cycle up, with what a review found.")
@_gate
def reject(queue: str, *, project: str, by: str, reason: str, seed: int) -> int:
    """Give the open cycle up; what people said of QUEUE is kept with the reason."""
    from holdfast.reviews.outcomes import reject_with_reviews

    said = _decide(reject_with_reviews, queue, project, by, reason, seed)
    say(f"cycle {said.cycle}: rejected by {plain(by)}")
    return 0


def _decide(act: Callable[..., Any], queue: str, project: str, by: str, reason: str, seed: int) -> Any:
    from holdfast.cycles.project import open_project
    from holdfast.reviews.decisions.store import Decisions
    from holdfast.reviews.queues.contract import open_queue
    from holdfast.reviews.results import review_results

    held = open_queue(queue)
    with Decisions(held.decisions_file, read_only=True) as decisions:
        found = review_results(held, decisions, seed=seed)
    with open_project(project, work=True) as opened:
        return act(opened, found, by=by, reason=reason)
