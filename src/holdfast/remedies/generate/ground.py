"""Ground: the real rows that something is held against, read once for many looks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from holdfast.backends.store import Held
from holdfast.measures import BandRetention, RealEquivalentRows, StratumDeficit, Undetermined
from holdfast.measures.reading import Calibration, Reading
from holdfast.remedies.generate.contract import Worth
from holdfast.views.compare import compare
from holdfast.views.reality import Rows, read_reality

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdfast.remedies.generate.parts import Texts
    from holdfast.views.reality import Reality
    from holdfast.views.sides import Sides

DRAWS = 999
LEAST_LOOK = 50
"""Rows from which on measures say something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the real rows say of a set.

    Attributes:
        sides: What measures saw.
        strata: Strata with retention, as an audit lists them; empty where there are none.
        bands: Retention by rarity.
        worth: Real-equivalent rows.
        uncovered: Places of real rows that nobody covers any more.
        shunned: Openers and phrases that the set uses far more than reality does.
    """

    sides: Sides
    strata: tuple[Mapping[str, Any], ...]
    bands: tuple[Mapping[str, Any], ...]
    worth: Worth
    uncovered: tuple[int, ...]
    shunned: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Real rows, read.

    Attributes:
        reality: The rows with all that was learnt from them.
        labelled: Whether sets that are held against them bring strata of their own.
        declared: Shares that strata should have, or None.
        seed: Of all draws.
    """

    reality: Reality
    labelled: bool
    declared: Mapping[str, float] | None
    seed: int

    @classmethod
    def of(cls, rows: Texts, *, labelled: bool, declared: Mapping[str, float] | None, seed: int) -> Ground:
        """Read real rows.

        Args:
            rows: The rows.
            labelled: Whether sets that are held against them bring strata of their own.
            declared: Shares that strata should have, or None.
            seed: Of all draws.
        """
        strata = rows.strata if any(stratum is not None for stratum in rows.strata) else None
        reality = read_reality(
            Rows(ids=rows.ids, texts=rows.texts, strata=strata),
            labelled_candidate=labelled and strata is not None,
            salt=seed,
        )
        # Each look learns the same from the same rows: what the first one learns is held for the others.
        reality = replace(reality, shelf=Held())
        return cls(reality=reality, labelled=labelled and strata is not None, declared=declared, seed=seed)

    def sides(self, rows: Texts) -> Sides:
        """A set beside the real rows."""
        found = compare(
            self.reality,
            Rows(ids=rows.ids, texts=rows.texts, strata=rows.strata if self.labelled else None),
            declared=None if self.declared is None else dict(self.declared),
        )
        return replace(found, use="replace")

    def look(self, rows: Texts) -> Look:
        """What these real rows say of a set: strata, bands and worth."""
        sides = self.sides(rows)
        calibration = Calibration(draws=DRAWS, level=0.01, seed=self.seed)
        deficit, bands = StratumDeficit()(sides, calibration), BandRetention()(sides, calibration)
        worth = RealEquivalentRows()(sides, calibration)
        strata = deficit.details["strata"] if isinstance(deficit, Reading) else []
        uncovered = worth.details["uncovered"] if isinstance(worth, Reading) else []
        return Look(
            sides=sides,
            strata=tuple(strata),
            bands=tuple(bands.details["bands"]) if isinstance(bands, Reading) else (),
            worth=_worth(worth, len(rows), tuple(row["stratum"] for row in strata if row["lost"])),
            uncovered=tuple(row["row"] for row in uncovered),
            shunned=tuple(sides.masked),
        )


def _worth(found: Reading | Undetermined, rows: int, lost: tuple[str, ...]) -> Worth:
    if isinstance(found, Undetermined):
        return Worth(
            rows=rows,
            real_rows=None,
            low=None,
            high=None,
            at_least=False,
            rarest=None,
            reason=found.reason,
            lost=lost,
        )
    head = found.details["headline"]
    rarest = next((band for band in found.details["bands"] if band["band"] == "rarest tenth"), None)
    return Worth(
        rows=rows,
        real_rows=head["real_rows"],
        low=head["low"],
        high=head["high"],
        at_least=head["at_least"],
        rarest=None if rarest is None or rarest.get("real_rows") is None else rarest,
        reason=None,
        lost=lost,
    )
