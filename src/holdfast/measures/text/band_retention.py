"""Band retention: how much of each rarity band of reality is left?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from holdfast.measures.reading import (
    BAND_DRAWS,
    Band,
    Calibration,
    Reading,
    Undetermined,
    counted,
    detectable,
    percent,
)
from holdfast.stats.bands import BANDS, membership
from holdfast.stats.intervals import share_ratio
from holdfast.stats.permutation import deal, rank
from holdfast.views.units import LEAST_KNOWN, UnitTypes, count_units, real_draws

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.sides import Sides

_LEAST_STRATA = 5
_QUOTA_LEVEL = 1e-6  # chance that a random sample looks like a quota
_HALVINGS = 2  # more would steady the value a little, and cost every null draw the same


@dataclass(frozen=True, slots=True, kw_only=True)
class BandRetention:
    """Share of the rarest tenth of reality that the candidate kept, beside the other rarity bands.

    The strata are ordered by one half of the real rows and evaluated on the other, then the halves swap: rows that
    choose a band are never used to evaluate it. Declared shares choose the bands where they are given.

    Reads
        1.0 when the rarest tenth is as present as in reality; 0.2 when four fifths of it are gone.
    Blind to
        rarity that the strata do not show: rare phrasings inside frequent strata.
    Undetermined
        when fewer than `least_rows` real rows evaluate the band or candidate rows are read, or where rows were taken by quota and no shares declared.
    Cost
        linear in rows; draws x strata.
    Source
        Share of a band over its real share, the survival of `design/0001-foundation.md`; cross-fitting as in
        Chernozhukov et al. 2018, Econometrics Journal 21:C1.

    >>> from holdfast.measures.examples import strata_sides
    >>> real = {"a": 400, "b": 300, "c": 200, "d": 100}
    >>> sides = strata_sides(real=real, candidate={"a": 450, "b": 300, "c": 230, "d": 20})
    >>> round(BandRetention()(sides, Calibration(draws=199)).value, 2)
    0.2
    """

    name: ClassVar[str] = "band_retention"
    title: ClassVar[str] = "Retention of the rarest tenth"
    version: ClassVar[int] = 1
    unit: ClassVar[str] = "of the rarest tenth is kept"
    percent: ClassVar[bool] = True
    judged: ClassVar[bool] = True
    decisive: ClassVar[bool] = False
    of_shares: ClassVar[bool] = True

    tolerance: float = 0.1
    least_rows: int = 20

    def __call__(self, sides: Sides, null: Calibration) -> Reading | Undetermined:
        """Read retention per band."""
        rng = null.rng(self.name)
        count = len(sides.labels)
        if count < 2:
            return Undetermined(reason="there is only one stratum; give a label column or more rows")
        types = count_units(
            *sides.real_strata,
            sides.candidate.strata,
            sides.candidate.duplicates.units,
        )
        declared = None
        if sides.declared is not None:
            declared = sides.declared
            if sides.confusion is not None:
                confusion = sides.confusion + 1e-12
                declared = declared @ (confusion / confusion.sum(axis=1, keepdims=True))
        if declared is None and _by_quota(types, count):
            return Undetermined(
                reason="rows were taken by quota (strata are more alike in size than chance makes them), so nothing here "
                "says which are rare; declare population shares with --expect or freeze them with --shares"
            )
        totals = types.rows_by_key(types.candidate, count).sum(), types.rows_by_key(types.anchor, count).sum()
        if min(totals) < self.least_rows:
            side = "candidate" if totals[0] < totals[1] else "real"
            return Undetermined(
                reason=f"only {counted(int(min(totals)), f'{side} row')} with a stratum; {self.least_rows} are needed",
                needed_rows=self.least_rows,
            )
        kept, real = (
            part[0] for part in _bands(types, types.candidate[None], types.anchor[None], count, declared, rng)
        )
        if real[0] * totals[1] < self.least_rows:
            have = int(real[0] * totals[1])
            need = int(np.ceil(totals[1] * self.least_rows / max(have, 1)))
            return Undetermined(
                reason=f"only {counted(have, 'real row')} in the rarest tenth; {self.least_rows} are needed, "
                f"about {need:,} real rows in all",
                needed_rows=need,
            )
        dealt = deal(types.pooled, int(types.candidate.sum()), null.draws, rng)
        left = types.pooled - dealt
        null_kept, null_real = _bands(types, dealt, left, count, declared, rng)
        pseudo_anchor, pseudo = real_draws(types, BAND_DRAWS, rng)
        reality = _bands(types, pseudo, pseudo_anchor, count, declared, rng)
        if declared is not None:
            null_kept = _declared_null(declared, totals[0], null.draws, rng)
            null_real = np.broadcast_to(_shares_of_bands(declared), null_kept.shape)
            reality = (null_kept, null_real)
        ratio, null_ratio = _ratio(kept, real, totals), _ratio(null_kept, null_real, totals)
        real_ratio = _ratio(*reality, totals)
        place = rank(-float(ratio[0]), -null_ratio[:, 0], rng)
        low, high = share_ratio(
            kept * totals[0], totals[0], real * totals[1], totals[1] if declared is None else 1e9, rng
        )
        # Groups of rows make shares less certain than rows do: where resampled units spread wider, they count.
        again = _ratio(*_resampled(types, count, declared, rng), totals)
        low = np.minimum(low, np.quantile(again, 0.025, axis=0))
        high = np.maximum(high, np.quantile(again, 0.975, axis=0))
        bands = [
            {
                "band": label,
                "real_rows": round(real[i] * totals[1]),
                "candidate_rows": round(kept[i] * totals[0]),
                "retention": float(ratio[i]) if real[i] * totals[1] >= self.least_rows else None,
                "interval": (float(low[i]), float(high[i]))
                if real[i] * totals[1] >= self.least_rows
                else None,
                "null": Band.of(real_ratio[:, i]),
                "reason": None
                if real[i] * totals[1] >= self.least_rows
                else f"only {counted(int(real[i] * totals[1]), 'real row')} in this band",
            }
            for i, (label, _, _) in enumerate(BANDS)
        ]
        return Reading(
            value=float(ratio[0]),
            null=Band.of(real_ratio[:, 0]),
            interval=(float(low[0]), float(high[0])),
            p_value=place.p_value,
            randomized=place.randomized,
            effect=float(np.median(real_ratio[:, 0])) - float(ratio[0]),
            smallest_detectable=detectable(1.0 - null_ratio[:, 0], null.level),
            evidence=(
                f"95 % interval {percent(low[0])} to {percent(high[0])}; fresh real rows keep "
                f"{percent(np.quantile(real_ratio[:, 0], 0.025))} to {percent(np.quantile(real_ratio[:, 0], 0.975))}",
            ),
            details={"bands": bands},
        )


def _by_quota(types: UnitTypes, count: int) -> bool:
    """Whether the sizes of strata vary less than random samples do: among each other, or between the sides.

    A stratum's halves then no longer vary independently (what one half has too few of, the other has too many), and
    cross-fitting would see losses where there are none.
    """
    from scipy.special import chdtr

    real, found = types.rows_by_key(types.anchor, count), types.rows_by_key(types.candidate, count)
    present = real > 0
    if int(present.sum()) < _LEAST_STRATA:
        return False
    freedom = float(present.sum() - 1)
    level = real[present].mean()
    among = float(((real[present] - level) ** 2 / level).sum())
    ratio = np.sqrt(found.sum() / real.sum())
    between = float((((real * ratio - found / ratio)[present]) ** 2 / (real + found)[present]).sum())
    return bool(chdtr(freedom, min(among, between)) < _QUOTA_LEVEL)


def _shares_of_bands(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    shares = [(membership(weights) == band) @ weights for band in range(len(BANDS))]
    return np.asarray(np.stack(shares) / weights.sum(), np.float64)


def _bands(
    types: UnitTypes,
    candidate: NDArray[np.int64],
    anchor: NDArray[np.int64],
    count: int,
    declared: NDArray[np.float64] | None,
    rng: np.random.Generator,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Candidate and real share of each band, cross-fitted over halves of the anchor: float64 [draws, bands] each."""
    found = types.rows_by_key(candidate, count)
    # Rows of a stratum that reality does not have take nothing from those it has.
    total = found.sum(axis=-1, keepdims=True)
    new = np.where(types.rows_by_key(anchor, count) > 0, 0.0, found).sum(axis=-1, keepdims=True)
    total = np.where((declared is None) & (new <= (1.0 - LEAST_KNOWN) * total), total - new, total)
    found = found / np.maximum(total, 1e-9)
    if declared is not None:
        band = membership(np.broadcast_to(declared, found.shape))
        return _sum_by_band(found, band), np.broadcast_to(
            _shares_of_bands(declared), (len(found), len(BANDS))
        )
    kept, real = np.zeros((len(found), len(BANDS))), np.zeros((len(found), len(BANDS)))
    # A stratum that reality does not have (an invented label) is not the rarest part of reality.
    known = types.rows_by_key(anchor, count) > 0
    for _ in range(_HALVINGS):
        half = rng.binomial(anchor, 0.5)
        first, second = types.rows_by_key(half, count), types.rows_by_key(anchor - half, count)
        for chooser, judge in ((first, second), (second, first)):
            # Half a row in every stratum orders those that the choosing half never saw.
            band = np.where(known, membership(np.where(known, chooser + 0.5, 0.0)), -1)
            judged = judge / np.maximum(judge.sum(axis=-1, keepdims=True), 1e-9)
            kept += _sum_by_band(found, band) / (2 * _HALVINGS)
            real += _sum_by_band(judged, band) / (2 * _HALVINGS)
    return kept, real


def _resampled(
    types: UnitTypes, count: int, declared: NDArray[np.float64] | None, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Shares of the bands when the units of each side are drawn again from that side."""
    sides = [
        rng.multinomial(int(units.sum()), units / units.sum(), size=BAND_DRAWS)
        for units in (types.candidate, types.anchor)
    ]
    return _bands(types, sides[0], sides[1], count, declared, rng)


def _sum_by_band(shares: NDArray[np.float64], band: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.stack([(shares * (band == b)).sum(axis=-1) for b in range(len(BANDS))], axis=-1)


def _declared_null(
    declared: NDArray[np.float64], rows: float, draws: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    counts = rng.multinomial(int(rows), declared / declared.sum(), size=draws)
    band = membership(declared)
    return np.stack([(counts * (band == b)).sum(axis=-1) for b in range(len(BANDS))], axis=-1) / rows


def _ratio(
    kept: NDArray[np.float64], real: NDArray[np.float64], totals: tuple[float, float]
) -> NDArray[np.float64]:
    # Half a row on both sides keeps the ratio finite where the evaluating rows are few.
    return np.asarray((kept + 0.5 / totals[0]) / (real + 0.5 / totals[1]))
