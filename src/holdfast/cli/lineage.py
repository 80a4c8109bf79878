"""`holdfast lineage`: what sets are made of."""

from __future__ import annotations

import dataclasses
import io
from typing import TYPE_CHECKING

import click

from holdfast.cli.options import Verbs, Word
from holdfast.cli.output import plain, say, write_json

if TYPE_CHECKING:
    import pyarrow as pa

    from holdfast.data.lineage import Share, Summary

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
