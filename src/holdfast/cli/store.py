"""`holdfast store`: what is kept between audits, and how to let it go."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from holdfast.cli.output import plain, say, write_json

if TYPE_CHECKING:
    from holdfast.backends.store import Holding, Stock


@click.command(short_help="List what is kept between audits, or remove it.")
@click.option(
    "--store",
    metavar="FOLDER",
    help="The folder. By default HOLDFAST_STORE, else holdfast in your cache folder.",
)
@click.option("--empty", is_flag=True, help="Remove what is kept. Files of others are never touched.")
@click.option("--kind", metavar="KIND", help="Of one kind alone.")
@click.option("--json", metavar="FILE", help="Write it as JSON (- is standard output).")
def store(*, store: str | None, empty: bool, kind: str | None, json: str | None) -> int:
    """List what is kept between audits: which kinds, how many files, what they take, and when they were last used.

    \b
    holdfast store
    holdfast store --empty --kind words

    Whatever is removed is read anew when it is needed.
    """  # noqa: D301 - click reads the backspace as "leave these lines as they are"
    from holdfast.backends.store import take_stock

    found = take_stock(store, empty=empty, kind=kind)
    if json is not None:
        write_json(_plain(found), json)
    if json != "-":
        _describe(found)
    return 0


def _describe(found: Stock) -> None:
    if found.folder is None:
        say("nothing is kept: the store is off")
        return
    where = plain(str(found.folder))
    if found.removed is not None:
        say(f"removed {_files(found.removed.files)} ({size(found.removed.bytes)}) from {where}")
        if not found.holdings:
            return
    elif not found.holdings:
        say(f"nothing is kept in {where}")
        return
    left = "left" if found.removed is not None else "kept"
    say(f"{left} in {where}: {_files(found.files)}, {size(found.bytes)} of at most {size(found.bound)}")
    wide = max(4, *(len(holding.kind) for holding in found.holdings))
    say(f"\n  {'kind':<{wide}}  {'files':>9}  {'size':>9}  last used")
    for holding in found.holdings:
        say(
            f"  {plain(holding.kind):<{wide}}  {holding.files:>9,}  {size(holding.bytes):>9}  {_day(holding.newest)}"
        )


def _plain(found: Stock) -> dict[str, Any]:
    return {
        "folder": None if found.folder is None else str(found.folder),
        "bound_bytes": found.bound,
        "files": found.files,
        "bytes": found.bytes,
        "kinds": [_row(holding) for holding in found.holdings],
        "removed": None
        if found.removed is None
        else {"files": found.removed.files, "bytes": found.removed.bytes},
    }


def _row(holding: Holding) -> dict[str, Any]:
    return {
        "kind": holding.kind,
        "files": holding.files,
        "bytes": holding.bytes,
        "first_used": _moment(holding.oldest),
        "last_used": _moment(holding.newest),
    }


def size(count: int) -> str:
    """Bytes for a reader.

    >>> [size(count) for count in (0, 4_096, 93_356_032, 10**10)]
    ['0 bytes', '4.1 kB', '93 MB', '10 GB']
    """
    if count < 1_000:
        return f"{count} byte{'' if count == 1 else 's'}"
    value, unit = float(count), ""
    for unit in ("kB", "MB", "GB", "TB"):  # noqa: B007 - the last one counts
        value /= 1_000
        if value < 999.5:
            break
    return f"{value:.0f} {unit}" if value >= 9.95 else f"{value:.1f} {unit}"


def _files(count: int) -> str:
    return f"{count:,} file{'' if count == 1 else 's'}"


def _day(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _moment(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
