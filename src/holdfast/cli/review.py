"""`holdfast review`: people look at rows that were drawn for them, and what they say counts."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import click

from holdfast.cli.options import Verbs, Word, reading_options, sources
from holdfast.cli.output import plain, say, terminal_width, write_json
from holdfast.cli.progress import Progress
from holdfast.cli.review_exchange import export, import_
from holdfast.cli.review_outcomes import apply, approve, gold, reject
from holdfast.cli.review_results import results

if TYPE_CHECKING:
    from holdfast.reviews.queues.contract import Queue

_PARTS = "random, tail, threshold, source or disagreement"


@click.group(cls=Verbs, short_help="Draw rows for people, and see what they said.")
def review() -> None:
    """People look at rows that were drawn for them: each with a chance that is known, so that a few hundred speak for all."""


for _command in (results, apply, gold, approve, reject, export, import_):
    review.add_command(_command)


@review.command(short_help="Draw rows for people to look at.")
@click.argument("candidate", nargs=-1, required=True)
@click.option("-o", "--output", required=True, metavar="FOLDER", help="The folder of the queue; a new one.")
@click.option(
    "--anchor", metavar="FOLDER", help="A frozen anchor: which strata are rare, labels, verified rows."
)
@click.option(
    "--real", multiple=True, metavar="FILE", help="Real rows, instead of an anchor; may be given again."
)
@click.option("--against", metavar="FILE", help="Another set: whose answer to the same is better? Blind.")
@click.option("--by", type=Word(["id", "prompt"]), help="How the two are joined. By default whatever meets.")
@click.option(
    "--rows", type=click.IntRange(min=1), default=300, show_default=True, metavar="N", help="Rows to draw."
)
@click.option(
    "--part",
    "design",
    multiple=True,
    metavar="PART",
    help=f"What is drawn more often: {_PARTS}, with options behind a colon; may be given again.",
)
@click.option("--questions", metavar="NAME|FILE", help="fit, label, rating, which, or a TOML file.")
@click.option(
    "--again",
    type=float,
    default=0.1,
    show_default=True,
    metavar="SHARE",
    help="Share that every reviewer is asked about.",
)
@click.option(
    "--people",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="People for each of the others.",
)
@click.option(
    "--gold", metavar="FILE", help="Rows with known answers. By default the verified rows of the anchor."
)
@click.option(
    "--gold-rows",
    type=click.IntRange(min=0),
    metavar="N",
    help="Gold questions at most. By default one for 20 rows.",
)
@click.option(
    "--suggestion", metavar="COLUMN", help="What a model or filter says; hidden until a person has decided."
)
@click.option(
    "--blind/--open", default=None, help="Keep it hidden then too, and who wrote what. By default for pairs."
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, metavar="N", help="Seed of all draws."
)
@click.option("--name", metavar="TEXT", help="A name for the queue. By default that of the set.")
@reading_options
def draw(
    candidate: tuple[str, ...],
    *,
    real: tuple[str, ...],
    against: str | None,
    gold: str | None,
    quiet: bool,
    **options: Any,
) -> int:
    """Draw rows of CANDIDATE for people to look at: at random, and more where it hurts.

    \b
    holdfast review draw made.jsonl --anchor anchor -o queue
    holdfast review draw made.jsonl -o queue --part random --part threshold:column=quality,cut=0.7
    holdfast review draw old.jsonl --against new.jsonl -o queue

    A queue is never replaced: what people said stands in it.
    """  # noqa: D301 - click reads the backspace as "leave these lines as they are"
    from holdfast.reviews.queues.draw import draw_queue

    with Progress(quiet=quiet) as progress:
        queue = draw_queue(
            sources(candidate),
            real=sources(real) if real else None,
            against=None if against is None else sources([against]),
            gold=None if gold is None else sources([gold]),
            progress=progress,
            **options,
        )
    _describe(queue)
    return 0


@review.command(short_help="Show how far a review is.")
@click.argument("queue")
@click.option("--json", metavar="FILE", help="Write it as JSON (- is standard output).")
def status(queue: str, *, json: str | None) -> int:
    """Show how many items of QUEUE are decided, and by whom."""
    from holdfast.reviews.decisions.store import Decisions
    from holdfast.reviews.desk.desk import Desk
    from holdfast.reviews.queues.contract import open_queue

    held = open_queue(queue)
    with Decisions(held.decisions_file, read_only=True) as decisions:
        progress = Desk(held, decisions).progress()
        taken_back = len(decisions.taken_back())
    if json is not None:
        write_json(
            {
                "schema": "holdfast.review_status/1",
                "queue": held.name,
                "digest": held.digest,
                "items": progress.items,
                "decided": progress.decided,
                "left": progress.left,
                "taken_back": taken_back,
                "reviewers": progress.reviewers,
            },
            json,
        )
    if json != "-":
        say(f"{plain(held.name)}: {plain(held.questions.title)}")
        say(f"{progress.decided:,} of {progress.items:,} items decided, {progress.left:,} left")
        width = max((len(plain(name)) for name in progress.reviewers), default=0)
        for name, count in sorted(progress.reviewers.items(), key=lambda one: (-one[1], one[0])):
            say(f"  {plain(name).ljust(width)}  {count:>6,}")
        if taken_back:
            say(f"{taken_back:,} {'decision was' if taken_back == 1 else 'decisions were'} taken back")
    return 0


def _describe(queue: Queue) -> None:
    items = queue.table(["drawn_by", "chance", "again", "band"]).to_pylist()
    drawn = [item for item in items if item["chance"] is not None]
    of = sum(queue.population.values())
    what = "pairs" if queue.shape == "pair" else "rows"
    say(f"{plain(str(queue.path))}: {len(drawn):,} of {of:,} {what}. {plain(queue.questions.title)}")
    say("")
    lines: list[tuple[str, ...]] = [("drawn by", "items", "least chance", "greatest")]
    for name in dict.fromkeys([part["part"] for part in queue.design]):
        mine = [item["chance"] for item in drawn if item["drawn_by"] == name]
        ends = (_share(min(mine)), _share(max(mine))) if mine else ("-", "-")
        lines.append((name, f"{len(mine):,}", *ends))
    if len(items) > len(drawn):
        lines.append(("gold", f"{len(items) - len(drawn):,}", "-", "-"))
    _table(lines)
    if queue.bands:
        _table(_bands(queue, [item["band"] for item in drawn]))
    again = sum(item["again"] for item in items)
    people = "one person" if queue.people == 1 else f"{queue.people} people"
    for note in (f"Every reviewer is asked about {again:,} items, {people} about each other.", *queue.notes):
        say(textwrap.fill(plain(note), terminal_width(), break_on_hyphens=False))
    say(f"digest {queue.digest}")


def _bands(queue: Queue, drawn: list[str | None]) -> list[tuple[str, ...]]:
    """How many rows of each rarity band there are and were drawn, rarest first."""
    from holdfast.stats.bands import BANDS

    rows: dict[str | None, int] = {}
    for stratum, count in queue.population.items():
        band = None if stratum is None else queue.bands.get(stratum)
        rows[band] = rows.get(band, 0) + count
    order = (*(name for name, _, _ in BANDS), None)
    found = [
        (band or "not known", f"{rows[band]:,}", f"{drawn.count(band):,}") for band in order if band in rows
    ]
    return [("in reality", "rows", "items"), *found]


def _table(lines: list[tuple[str, ...]]) -> None:
    """Lines with cells one below the other, and an empty one behind them."""
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    for first, *rest in lines:
        cells = "  ".join(cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True))
        say(f"  {first.ljust(widths[0])}  {cells}")
    say("")


def _share(chance: float) -> str:
    return f"{100 * chance:.3g} %"
