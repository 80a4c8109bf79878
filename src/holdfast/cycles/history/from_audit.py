"""Figures from an audit: the plain data of `holdfast audit --json`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.cycles.history.generation import Figure, Reality, Strata
from holdfast.cycles.history.kinds import of_measure
from holdfast.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA = "holdfast.audit/1"
HARNESS = "holdfast audit"
_REPLACED = {"band_retention", "diversity_profile"}
"""Measures that are shown in their parts."""


def read_audit(body: Mapping[str, Any], file: str) -> tuple[list[Figure], Strata | None]:
    """Figures and strata of an audit.

    Raises:
        InputError: A key is missing, so it is no audit of this schema.
    """
    try:
        figures = [*_readings(body, file), *_bands(body, file), *_orders(body, file)]
        return figures, _strata(body, file)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"is an audit that lacks {error}", where=file, do="Write it again: holdfast audit ... --json FILE"
        ) from error


def _identity(body: Mapping[str, Any]) -> str:
    """What makes two realities the same: the digest of a frozen anchor, else the rows that were read."""
    anchor = body["anchor"]
    return str(anchor.get("digest") or anchor.get("data_hash") or f"{anchor['name']}, {anchor['rows']} rows")


def _readings(body: Mapping[str, Any], file: str) -> list[Figure]:
    found = []
    for reading in body["readings"]:
        name = str(reading["measure"])
        if name in _REPLACED and (body["bands"] if name == "band_retention" else body["diversity"]):
            continue
        group, upward = of_measure(name)
        low, high = reading["interval"] or (None, None)
        found.append(
            Figure(
                group=group,
                task=str(reading["title"]),
                metric=name,
                unit=str(reading["unit"]),
                percent=bool(reading["percent"]),
                higher_is_better=upward,
                value=_number(reading["value"]),
                low=_number(low),
                high=_number(high),
                standard_error=_error(low, high),
                rows=int(body["candidate"]["rows"]),
                reality=_reality(reading["null"]),
                # Many a reading depends on how many rows were read, so those must be as many.
                conditions={
                    "anchor": _identity(body),
                    "measure version": reading["version"],
                    "candidate rows": body["candidate"]["rows"],
                },
                harness=HARNESS,
                file=file,
                verdict=str(reading["verdict"]),
                notes=(str(reading["reason"]),) if reading["reason"] else (),
            )
        )
    return found


def _bands(body: Mapping[str, Any], file: str) -> list[Figure]:
    found = []
    for band in body["bands"]:
        low, high = band["interval"] or (None, None)
        found.append(
            Figure(
                group="tail",
                task=f"Kept of the {band['band']}",
                metric="retention",
                unit="of its share in reality",
                percent=True,
                higher_is_better=True,
                value=_number(band["retention"]),
                low=_number(low),
                high=_number(high),
                standard_error=_error(low, high),
                rows=int(band["candidate_rows"]),
                reality=_reality(band["null"]),
                conditions={"anchor": _identity(body)},
                harness=HARNESS,
                file=file,
                notes=(str(band["reason"]),) if band["reason"] else (),
            )
        )
    return found


def _orders(body: Mapping[str, Any], file: str) -> list[Figure]:
    """Effective kinds beside reality's; the band is that of real against real."""
    names = {0: "kinds", 1: "common kinds", 2: "commonest kinds"}
    return [
        Figure(
            group="diversity",
            task=f"Diversity of {order['of']}, {names.get(order['order'], order['order'])}",
            metric=f"hill_{order['order']}",
            unit="of reality's",
            percent=True,
            higher_is_better=True,
            value=_number(order["ratio"]),
            rows=int(body["candidate"]["rows"]),
            reality=Reality(value=1.0, low=_number(order["low"]), high=_number(order["high"])),
            conditions={"anchor": _identity(body), "candidate rows": body["candidate"]["rows"]},
            harness=HARNESS,
            file=file,
        )
        for order in (body["diversity"] or {"orders": []})["orders"]
    ]


def _strata(body: Mapping[str, Any], file: str) -> Strata | None:
    rows = body["strata"]["table"]
    if not rows:
        return None
    real = {str(row["stratum"]): float(row["real_rows"]) for row in rows}
    # Rows without a stratum are in neither share, so totals are read back from them.
    real_rows = _total(rows, "real_rows", "real_share")
    made_rows = _total(rows, "candidate_rows", "candidate_share")
    if not real_rows or not made_rows:
        return None
    return Strata(
        anchor=_identity(body),
        real=real,
        real_rows=real_rows,
        made={str(row["stratum"]): float(row["candidate_rows"]) for row in rows},
        made_rows=made_rows,
        file=file,
    )


def _total(rows: list[dict[str, Any]], count: str, share: str) -> float:
    largest = max(rows, key=lambda row: row[count])
    return float(round(largest[count] / largest[share])) if largest[share] else 0.0


def _reality(null: Mapping[str, Any] | None) -> Reality | None:
    if null is None:
        return None
    return Reality(value=float(null["median"]), low=float(null["low"]), high=float(null["high"]))


def _error(low: Any, high: Any) -> float | None:
    """The standard error behind a 95 % interval; None where there is none."""
    if low is None or high is None or not high > low:
        return None
    return (float(high) - float(low)) / (2 * 1.96)


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
