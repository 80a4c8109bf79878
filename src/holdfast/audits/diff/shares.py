"""Shares: every stratum in the old and in the new reality, and which of them changed by more than chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from holdfast.audits.result import Audit

Change = Literal["lost", "thinned", "grew", "new", "same"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One stratum.

    Attributes:
        stratum: Its name.
        old_rows: Rows in the old reality.
        new_rows: Rows in the new one.
        old_share: Their share.
        new_share: The same.
        ratio: New share over old share; None where there was none.
        interval: Its 95 % interval.
        p_value: The smaller of the two one-sided values, doubled; raw.
        change: What it is named, under false-discovery control in each direction; `same` where chance will do.
    """

    stratum: str
    old_rows: int
    new_rows: int
    old_share: float
    new_share: float
    ratio: float | None
    interval: tuple[float, float] | None
    p_value: float | None
    change: Change


def read_shares_table(since: Audit, before: Audit) -> tuple[Share, ...]:
    """The table, most changed first; empty where strata have no names of their own on both sides."""
    if since.sides.origin != "column" or before.sides.origin != "column":
        return ()
    after = {row["stratum"]: row for row in since.strata}
    earlier = {row["stratum"]: row for row in before.strata}
    shares = []
    for stratum in sorted({*after, *earlier}):
        thinner, larger = after.get(stratum), earlier.get(stratum)
        old_rows = (thinner or {}).get("real_rows", (larger or {}).get("candidate_rows", 0))
        new_rows = (thinner or {}).get("candidate_rows", (larger or {}).get("real_rows", 0))
        p_values = [row["p_value"] for row in (thinner, larger) if row and row["p_value"] is not None]
        change: Change = "same"
        if thinner and thinner["lost"]:
            change = "lost" if new_rows == 0 else "thinned"
        elif larger and larger["lost"]:
            change = "new" if old_rows == 0 else "grew"
        shares.append(
            Share(
                stratum=stratum,
                old_rows=old_rows,
                new_rows=new_rows,
                old_share=(thinner or {}).get("real_share", 0.0),
                new_share=(thinner or {}).get("candidate_share", (larger or {}).get("real_share", 0.0)),
                ratio=(thinner or {}).get("retention"),
                interval=(thinner or {}).get("interval"),
                p_value=min(1.0, 2 * min(p_values)) if p_values else None,
                change=change,
            )
        )
    return tuple(sorted(shares, key=lambda s: (s.change == "same", 1.0 if s.p_value is None else s.p_value)))
