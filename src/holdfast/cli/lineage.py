"""`holdfast lineage`: what sets are made of."""

from __future__ import annotations

import dataclasses
import io
from typing import TYPE_CHECKING, Any

import click

from holdfast.cli.options import Verbs, Word, reading_options, sources
from holdfast.cli.output import plain, say, write_json
from holdfast.cli.progress import Progress
from holdfast.cli.targets import check_targets

if TYPE_CHECKING:
    import pyarrow as pa

    from holdfast.data.lineage import Share, Summary
    from holdfast.remedies.attribution import Attribution

# As data.lineage.schema has them; that room reads tables, and help should not wait for it.
BY = ("source", "source_type", "method", "agent", "generation_depth", "cycle", "label_source_type")
_SHOWN = 12
_WIDEST = 48
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@click.group(cls=Verbs)
def lineage() -> None:
    """What sets are made of, and where that came from."""


@lineage.command(short_help="Shares by source, type, method, agent, depth and cycle.")
@click.argument("files", nargs=-1, required=True)
@click.option("--json", metavar="FILE", help="Write everything as JSON (- is standard output).")
def summary(files: tuple[str, ...], *, json: str | None) -> int:
    """Count what FILES are made of: rows with lineage beside them, folders, or lineage files."""
    from holdfast.data.lineage import summarise

    check_targets({"json": json}, files, None)
    found = summarise(files)
    if json is not None:
        write_json({"schema": "holdfast.lineage/1"} | dataclasses.asdict(found), json)
    if json != "-":
        say_summary(found)
    return 0


@lineage.command(short_help="Ask anything in SQL.")
@click.argument("question", metavar="SQL")
@click.argument("files", nargs=-1, required=True)
@click.option(
    "--form",
    type=Word(["table", "csv", "json"]),
    default="table",
    show_default=True,
    help="How the answer is written.",
)
def sql(question: str, files: tuple[str, ...], *, form: str) -> int:
    """Ask the table `lineage` of FILES a question in SQL. It can read nothing else and changes nothing.

    \b
    holdfast lineage sql "SELECT dropped_by, count(*) FROM lineage GROUP BY 1" curated/
    """  # noqa: D301 - click reads the backspace as "leave these lines as they are"
    from holdfast.data.lineage import query

    answer = query(question, files)
    if form == "table":
        _say_table(answer)
    elif form == "csv":
        import pyarrow.csv

        sink = io.BytesIO()
        pyarrow.csv.write_csv(_plain_columns(answer), sink)
        say(sink.getvalue(), nl=False)
    else:
        import msgspec

        for row in answer.to_pylist():
            say(msgspec.json.encode(row, enc_hook=str))
    return 0


@lineage.command(short_help="Which sources, methods or agents cause what fails.")
@click.argument("candidate", nargs=-1, required=True)
@click.option(
    "--by",
    type=Word(list(BY)),
    required=True,
    metavar="COLUMN",
    help=f"What groups have in common: {', '.join(BY)}.",
)
@click.option("--real", multiple=True, metavar="FILE", help="Real rows; may be given again.")
@click.option("--anchor", metavar="FOLDER", help="A frozen anchor, instead of --real.")
@click.option(
    "--draws",
    type=int,
    default=20,
    show_default=True,
    metavar="N",
    help="Random groups of the same size that each group is held against.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of all draws.")
@click.option("--json", metavar="FILE", help="Write everything as JSON (- is standard output).")
@reading_options
def attribute(
    candidate: tuple[str, ...], *, real: tuple[str, ...], json: str | None, quiet: bool, **options: Any
) -> int:
    """Leave every group of CANDIDATE out, and see which of the measures that fail get better for it.

    \b
    holdfast lineage attribute made.jsonl --real real.jsonl --by agent
    """  # noqa: D301 - click reads the backspace as "leave these lines as they are"
    from holdfast.remedies.attribution import attribute as run

    check_targets({"json": json}, [*candidate, *real], options["anchor"])
    with Progress(quiet=quiet) as progress:
        found = run(sources(candidate), real=sources(real) if real else None, progress=progress, **options)
    if json is not None:
        write_json({"schema": "holdfast.attribution/1"} | dataclasses.asdict(found), json)
    if json != "-":
        _say_attribution(found)
    return 0


def _say_attribution(found: Attribution) -> None:
    if not found.failed:
        say("No measure fails for these rows: there is nothing to attribute.")
        return
    say(f"{len(found.failed)} of the measures fail for all {found.rows:,} rows. Without each {found.by}:")
    for group in found.groups:
        say(f"\n{plain(group.value)}, {group.rows:,} rows ({100 * group.rows / found.rows:.0f} %)")
        told = [change for change in group.changes if change.role != "undetermined"]
        for change in told:
            share, (low, high) = change.share or 0.0, change.interval or (0.0, 0.0)
            say(
                f"  {change.role:<10}  {change.title:<34} {100 * share:+.0f} % of it ({100 * low:+.0f} to {100 * high:+.0f})"
            )
        open_ = len(group.changes) - len(told)
        if open_:
            say(f"  {open_} no different from as many rows left out at random")
    say("")
    say(
        "A share is what goes with the group beyond what goes with as many rows left out at random; below 0 it comes back.\n"
        f"95 % intervals; told at 5 % over all groups and measures (Holm), {found.draws} random draws each."
    )


def say_summary(found: Summary) -> None:
    """Print shares, a block a column."""
    say(f"{found.rows:,} rows")
    for name, shares in found.groups.items():
        say(f"\n{name}")
        for share in shares[:_SHOWN]:
            say(f"  {share.rows:>10,}  {100 * share.share:>5.1f} %  {_named(share)}")
        if len(shares) > _SHOWN:
            say(f"  ... and {len(shares) - _SHOWN:,} more")
    silent = [name for name in ("source", "source_type", "generation_depth") if name not in found.groups]
    if silent:
        say(f"\nnot known of any row: {', '.join(silent)}")


def _named(share: Share) -> str:
    value = "(unknown)" if share.value is None else plain(str(share.value))
    return value if share.kept is None else f"{value}, {share.kept:,} kept"


def _plain_columns(answer: pa.Table) -> pa.Table:
    """Lists and structs as JSON: a CSV has neither. A value that a spreadsheet would run is quoted as text."""
    import msgspec
    import pyarrow as pa

    columns = []
    for column in answer.columns:
        values = [
            value
            if value is None or isinstance(value, int | float | str)
            else msgspec.json.encode(value, enc_hook=str).decode()
            for value in column.to_pylist()
        ]
        columns.append(
            pa.array([f"'{v}" if isinstance(v, str) and v.startswith(_FORMULA) else v for v in values])
        )
    return pa.table(dict(zip(answer.column_names, columns, strict=True)))


def _say_table(answer: pa.Table) -> None:
    names = answer.column_names
    rows = [
        ["" if value is None else plain(str(value)) for value in row.values()] for row in answer.to_pylist()
    ]
    widths = [
        min(_WIDEST, max([len(plain(name)), *(len(row[at]) for row in rows)]))
        for at, name in enumerate(names)
    ]
    for row in [[plain(name) for name in names], ["-" * width for width in widths], *rows]:
        cells = (
            cell if len(cell) <= width else cell[: width - 1] + "…"
            for cell, width in zip(row, widths, strict=True)
        )
        say("  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip())
