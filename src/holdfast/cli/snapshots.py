"""`holdfast diff`: what tells two snapshots apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from holdfast.cli.output import plain, say, write_json

if TYPE_CHECKING:
    from collections.abc import Mapping

_LISTED = 12


@click.command(short_help="What tells two snapshots apart.")
@click.argument("one", metavar="A")
@click.argument("other", metavar="B")
@click.option("--project", metavar="FOLDER", default=".", help="The project's folder; by default this one.")
@click.option("--json", metavar="FILE", help="Write it as JSON (- is standard output).")
def diff(one: str, other: str, *, project: str, json: str | None) -> int:
    """Say what tells snapshot A from snapshot B (digits of a hash, `cycle-3`, or `current`): rows, mixture, what was measured, and what their models pay for real rows.

    \b
    holdfast diff cycle-2 current
    """  # noqa: D301 - click reads the backspace as "leave these lines as they are"
    from holdfast.cycles.compare import compare
    from holdfast.cycles.project import open_project

    with open_project(project) as opened:
        found = compare(opened, one, other)
    if json is not None:
        write_json(found, json)
    if json != "-":
        _describe(found)
    return 0


def _describe(found: Mapping[str, Any]) -> None:
    for name in ("one", "other"):
        side = found[name]
        cycle = "" if side["cycle"] is None else f", cycle {side['cycle']}"
        say(f"{side['snapshot'][7:23]}{cycle}, {side['rows']:,} rows, {plain(side['model'] or 'no model')}")
    rows = found["rows"]
    say(
        f"\nrows: {rows['added']:,} added, {rows['removed']:,} removed, {rows['edited']:,} edited, {rows['same']:,} the same"
    )
    for kind in ("added", "removed", "edited"):
        if rows[f"some_{kind}"]:
            say(
                f"  {kind}: {plain(', '.join(rows[f'some_{kind}']))}{' ...' if rows[kind] > len(rows[f'some_{kind}']) else ''}"
            )
    for line in found["differ"]:
        say(f"  {plain(line)}")
    for name, changed in found["counts"].items():
        say(f"\n{name.replace('_', ' ')}")
        for key, (before, after) in list(changed.items())[:_LISTED]:
            say(f"  {plain(key)[:40]:<40}  {before:>8,}  {after:>8,}")
        if len(changed) > _LISTED:
            say(f"  ... and {len(changed) - _LISTED:,} more")
    if found["losses"]:
        say("\nbits per byte that the second model pays more for the holdout (95 %)")
        for loss in found["losses"]:
            said = (
                f"{loss['loss']:+.4f} ({loss['interval'][0]:+.4f} to {loss['interval'][1]:+.4f})"
                if loss["interval"]
                else f"unknown: {plain(loss['reason'] or '')}"
            )
            say(f"  {loss['band']:<20}  {said}, {loss['rows']:,} rows")
    if found["readings"]:
        say("\nmeasure of the data                first           second          reality (first)")
        for reading in found["readings"]:
            say(
                f"  {reading['name']:<30}  {_said(reading['one']['value']):<14}  {_said(reading['other']['value']):<14}  {_band(reading['one']['reality'])}"
            )


def _said(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.4g}"


def _band(band: list[float | None] | None) -> str:
    return "unknown" if not band or None in band else f"{band[0]:.4g} to {band[2]:.4g}"
