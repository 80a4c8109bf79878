"""`holdfast trace`: where a record comes from, and what was made of it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import click

from holdfast.cli.output import plain, say, write_json

if TYPE_CHECKING:
    from holdfast.data.lineage import Trace

_SHOWN = 20


@click.command(short_help="Where does this record come from?")
@click.argument("id", metavar="ID")
@click.argument("files", nargs=-1, required=True)
@click.option("--json", metavar="FILE", help="Write everything as JSON (- is standard output).")
def trace(id: str, files: tuple[str, ...], *, json: str | None) -> int:
    """Show where record ID comes from, what was made of it, and why it was dropped if it was.

    FILES are rows with lineage beside them, folders, or lineage files; give all that its ancestors may stand in.
    """
    from holdfast.data.lineage import trace as run

    found = run(id, files)
    if json is not None:
        write_json({"schema": "holdfast.trace/1"} | dataclasses.asdict(found), json)
    if json != "-":
        _describe(found)
    return 0


def _describe(found: Trace) -> None:
    record = found.record
    say(plain(record["id"]))
    for name, value in record.items():
        if name != "id" and value is not None:
            say(f"  {name:<18} {_value(value)}")
    if record["generation_depth"] is None:
        say("  generation_depth   unknown")
    _list("made from", found.parents)
    for id_ in found.missing[:_SHOWN]:
        say(f"  {plain(id_)}  (in none of the files)")
    _list("made of it", found.children)


def _list(title: str, rows: tuple[dict[str, Any], ...]) -> None:
    say(f"\n{title}: {len(rows):,}" if rows else f"\n{title}: none known")
    for row in rows[:_SHOWN]:
        said = [str(row[name]) for name in ("source_type", "method", "agent", "source") if row[name]]
        depth = "unknown" if row["generation_depth"] is None else row["generation_depth"]
        say(
            f"  {'  ' * min(row['steps'] - 1, 10)}{plain(row['id'])}  {plain(', '.join([*said, f'depth {depth}']))}"
        )
    if len(rows) > _SHOWN:
        say(f"  ... and {len(rows) - _SHOWN:,} more")


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return plain(
            ", ".join(f"{name}: {_value(inner)}" for name, inner in value.items() if inner is not None)
        )
    if isinstance(value, list):
        return plain(", ".join(_value(inner) for inner in value))
    return plain(str(value))
