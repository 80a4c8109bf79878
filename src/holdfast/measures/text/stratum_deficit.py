"""Stratum deficit: which parts of reality are missing from the candidate, or thinner than they should be?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from holdfast.measures.reading import (
    BAND_DRAWS,
    POWER,
    Band,
    Calibration,
    Reading,
    Undetermined,
    counted,
    percent,
)
from holdfast.stats.deficit import (
    Rarity,
    Spread,
    binomial_p_values,
    deficit_statistics,
    lost_below,
    lost_share,
    stratum_p_values,
)
from holdfast.stats.intervals import share_ratio
from holdfast.stats.multiplicity import benjamini_hochberg
from holdfast.stats.permutation import deal, largest_score, rank
from holdfast.views.units import LEAST_KNOWN, UnitTypes, count_units, real_draws

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.sides import Sides

_DOSES = np.array([0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
_POWER_DRAWS = 200
NAMED_BELOW = 0.01
"""Strata are named only where the test of all strata together is significant at this level."""


@dataclass(frozen=True, slots=True)
class _Draws:
    """Expected and found rows, observed and under both nulls."""

    expected: NDArray[np.float64]  # [k]
    counts: NDArray[np.float64]  # [k]
    null_expected: NDArray[np.float64]  # [draws, k], p-value
    null_counts: NDArray[np.float64]  # [draws, k]
    rarity: Rarity
    estimated: bool  # whether the expectation comes from the anchor's own counts


@dataclass(frozen=True, slots=True, kw_only=True)
class StratumDeficit:
    """Share of the rare half of reality that the candidate lost, with the lost strata by name.

    Reads
        0.02 when chance alone would lose 2 %; 0.4 when two fifths of the rare half are gone.
    Blind to
        what happens inside a stratum (see StratumShrinkage), and to strata nobody labelled; with predicted labels, to
        strata the labeller confuses.
    Undetermined
        without strata, with fewer than `least_rows` rows or `least_units` distinct ones on a side, or with strata so
        thin that even the total loss of the rare half would not show.
    Cost
        linear in rows; draws x types of units.
    Source
        One-sided tail deficit with an expectation from real rows read by the same labeller; permutation of units
        (Lehmann and Romano 2005, chapter 15), names by Fisher's exact test under Benjamini and Hochberg 1995.

    >>> from holdfast.measures.examples import strata_sides
    >>> sides = strata_sides(real={"a": 90, "b": 60, "c": 50}, candidate={"a": 130, "b": 70})
    >>> StratumDeficit()(sides, Calibration(draws=199)).details["lost"]
    ['c']
    """

    name: ClassVar[str] = "stratum_deficit"
    title: ClassVar[str] = "Strata lost or thinned"
    version: ClassVar[int] = 1
    unit: ClassVar[str] = "of the rarer half of reality is missing"
    percent: ClassVar[bool] = True
    judged: ClassVar[bool] = True
    decisive: ClassVar[bool] = True
    of_shares: ClassVar[bool] = True

    tolerance: float = 0.03
    name_tolerance: float = 0.2  # a stratum is named lost only if at least this share of it is missing
    name_rate: float = 0.05  # expected share of wrong names among the named
    least_rows: int = 50
    least_units: int = 20

    def __call__(self, sides: Sides, null: Calibration) -> Reading | Undetermined:
        """Read the deficit."""
        rng = null.rng(self.name)
        if len(sides.labels) < 2:
            return Undetermined(reason="there is only one stratum; give a label column or more rows")
        types = count_units(
            *sides.real_strata,
            sides.candidate.strata,
            sides.candidate.duplicates.units,
        )
        rows = (types.size * types.anchor).sum(), (types.size * types.candidate).sum()
        if min(rows) < self.least_rows:
            side = "real" if rows[0] < rows[1] else "candidate"
            return Undetermined(
                reason=f"only {counted(int(min(rows)), f'{side} row')} with a stratum; {self.least_rows} are needed",
                needed_rows=self.least_rows,
            )
        units = int(min(types.anchor.sum(), types.candidate.sum()))
        if units < self.least_units:
            return Undetermined(
                reason=f"only {counted(units, 'distinct row')} on a side; {self.least_units} are needed"
            )
        draws = (
            _declared_draws(sides, types, null, rng)
            if sides.declared is not None
            else _dealt_draws(sides, types, null, rng)
        )
        # The observation is one of the draws, so that its rank stays exact.
        spread = Spread.of(
            np.concatenate([draws.expected[None], draws.null_expected]),
            np.concatenate([draws.counts[None], draws.null_counts]),
            draws.rarity,
        )
        statistics = deficit_statistics(draws.expected, draws.counts, draws.rarity, spread)
        null_statistics = deficit_statistics(draws.null_expected, draws.null_counts, draws.rarity, spread)
        observed, largest = largest_score(statistics, null_statistics)
        place = rank(observed, largest, rng)
        # The ranked statistics order strata by both sides together, which no dealing changes; the value is about the
        # rarer half of reality, in which labels that only the candidate has do not figure.
        tail = Rarity.of(np.where(draws.expected > 0, draws.expected + draws.counts, 0.0)).tail & (
            draws.expected > 0
        )
        value = float(lost_share(draws.expected, draws.counts, tail))
        null_tail = lost_share(draws.null_expected, draws.null_counts, tail)
        below = float(lost_below(draws.expected, draws.counts, draws.rarity))
        null_below = lost_below(draws.null_expected, draws.null_counts, draws.rarity)
        every = np.ones_like(tail)
        overall = float(lost_share(draws.expected, draws.counts, every))
        null_overall = lost_share(draws.null_expected, draws.null_counts, every)
        reality = null_tail
        if sides.declared is None:
            pseudo = [
                types.rows_by_key(units, len(sides.labels)) for units in real_draws(types, BAND_DRAWS, rng)
            ]
            reality = lost_share(_scale(*pseudo), pseudo[1], tail)
        table = self._table(sides, types, draws, rng, named=place.p_value <= NAMED_BELOW)
        power = _power_curve(types, draws, spread, null_statistics, null.level, rng)
        lost = [row["stratum"] for row in table if row["lost"]]
        evidence = [
            f"{percent(value)} of the rarer half of reality is missing; fresh real rows would miss {percent(reality.mean())}",
            f"{percent(overall)} of all rows are missing from their strata; fresh real rows would miss {percent(null_overall.mean())}",
        ]
        return Reading(
            value=value,
            null=Band.of(reality),
            p_value=place.p_value,
            randomized=place.randomized,
            effect=max(
                value - float(null_tail.mean()),
                overall - float(null_overall.mean()),
                float(below - null_below.mean()),
            ),
            smallest_detectable=power,
            evidence=tuple(evidence),
            details={
                "real_strata": int((draws.expected > 0).sum()),
                "strata": table,
                "lost": lost,
                "overall": overall,
                "rare_strata": int(tail.sum()),
                "declared": sides.declared is not None,
            },
        )

    def _table(
        self, sides: Sides, types: UnitTypes, draws: _Draws, rng: np.random.Generator, *, named: bool
    ) -> list[dict[str, object]]:
        count = len(sides.labels)
        unit_anchor = np.bincount(types.key, types.anchor, minlength=count).astype(np.int64)
        unit_candidate = np.bincount(types.key, types.candidate, minlength=count).astype(np.int64)
        real = types.rows_by_key(types.anchor, count)
        found = draws.counts
        if sides.declared is not None and sides.confusion is None:
            p_values = binomial_p_values(unit_candidate, draws.rarity.share, int(unit_candidate.sum()))
        else:
            reference = unit_anchor
            if sides.declared is not None:
                reference = np.rint(draws.expected / draws.expected.sum() * unit_anchor.sum()).astype(
                    np.int64
                )
            p_values = stratum_p_values(
                reference, unit_candidate, int(reference.sum()), int(unit_candidate.sum())
            )
        expected = draws.expected
        # Shares of rows, as certain as the number of units makes them.
        low, high = share_ratio(
            found / max(found.sum(), 1.0) * unit_candidate.sum(),
            float(unit_candidate.sum()),
            expected / max(expected.sum(), 1e-9) * unit_anchor.sum(),
            float(unit_anchor.sum()),
            rng,
        )
        retention = np.divide(found, expected, out=np.full(count, np.nan), where=expected > 0)
        testable = expected > 0
        lost = np.zeros(count, bool)
        lost[testable] = benjamini_hochberg(p_values[testable], self.name_rate)
        lost &= named
        lost &= np.nan_to_num(retention, nan=1.0) < 1.0 - self.name_tolerance
        rows: list[dict[str, object]] = []
        for i, label in enumerate(sides.labels):
            known = bool(expected[i] > 0)
            rows.append(
                {
                    "stratum": label,
                    "real_rows": int(real[i]),
                    "candidate_rows": int(found[i]),
                    "real_share": float(expected[i] / max(expected.sum(), 1e-9)),
                    "candidate_share": float(found[i] / max(found.sum(), 1e-9)),
                    "expected_rows": float(expected[i]),
                    "retention": float(retention[i]) if known else None,
                    "interval": (float(low[i]), float(high[i])) if known else None,
                    "p_value": float(p_values[i]) if known else None,
                    "lost": bool(lost[i]),
                }
            )
        return rows


def _dealt_draws(sides: Sides, types: UnitTypes, null: Calibration, rng: np.random.Generator) -> _Draws:
    """The mix is estimated: deal units anew between the two sides."""
    count = len(sides.labels)
    dealt = deal(types.pooled, int(types.candidate.sum()), null.draws, rng)
    counts = types.rows_by_key(dealt, count)
    left = types.rows_by_key(types.pooled - dealt, count)
    anchor, candidate = types.rows_by_key(types.anchor, count), types.rows_by_key(types.candidate, count)
    return _Draws(
        expected=_scale(anchor, candidate),
        counts=candidate,
        null_expected=_scale(left, counts),
        null_counts=counts,
        rarity=Rarity.of(anchor + candidate),
        estimated=True,
    )


def _declared_draws(sides: Sides, types: UnitTypes, null: Calibration, rng: np.random.Generator) -> _Draws:
    """The mix is declared: draw candidates from it, through the labeller's resampled errors where labels are read."""
    assert sides.declared is not None  # noqa: S101 - for the type checker; the caller has looked
    share = sides.declared
    candidate = types.rows_by_key(types.candidate, len(share))
    sizes, units = np.unique(np.repeat(types.size, types.candidate), return_counts=True)
    if sides.confusion is None:
        read_as = np.broadcast_to(share, (null.draws, len(share)))
        true_share = share
    else:
        confusion = sides.confusion.astype(float) + 1e-12
        rates = confusion / confusion.sum(axis=1, keepdims=True)
        true_share = share @ rates
        read_as = np.empty((null.draws, len(share)))
        rows = sides.confusion.sum(axis=1)
        for stratum, weight in enumerate(share):
            if stratum == 0:
                read_as[:] = 0.0
            if rows[stratum]:
                resampled = rng.multinomial(rows[stratum], rates[stratum], size=null.draws)
                read_as += weight * resampled / rows[stratum]
            else:
                read_as += weight * rates[stratum]
    counts = np.zeros((null.draws, len(share)))
    for size, number in zip(sizes, units, strict=True):
        counts += size * rng.multinomial(number, true_share / true_share.sum(), size=null.draws)
    total = candidate.sum()
    return _Draws(
        expected=true_share * total,
        counts=candidate,
        null_expected=read_as * total,
        null_counts=counts,
        rarity=Rarity.of(true_share),
        estimated=sides.confusion is not None,
    )


def _scale(anchor: NDArray[np.float64], candidate: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows expected of each stratum among the candidate's rows of strata that the anchor knows.

    Rows of a new stratum take nothing from the others: each of those is as large a part of what is known as before. Where
    most rows are of strata that the anchor does not know, its own are not diluted but gone.
    """
    total = candidate.sum(axis=-1, keepdims=True)
    known = np.where(anchor > 0, candidate, 0.0).sum(axis=-1, keepdims=True)
    known = np.where(known >= LEAST_KNOWN * total, known, total)
    return np.asarray(anchor * known / np.maximum(anchor.sum(axis=-1, keepdims=True), 1e-9))


def _power_curve(
    types: UnitTypes,
    draws: _Draws,
    spread: Spread,
    null: NDArray[np.float64],
    level: float,
    rng: np.random.Generator,
) -> float:
    """Smallest even thinning of the rare half that would be found in 80 % of draws; infinite if none would."""
    share = draws.expected / draws.expected.sum()
    rarer = np.zeros(len(share), bool)
    rarer[draws.rarity.tail & (share > 0)] = True
    anchor_units, candidate_units = int(types.anchor.sum()), int(types.candidate.sum())
    rows_per_unit = draws.counts.sum() / max(candidate_units, 1)

    def draw(dose: float, number: int) -> NDArray[np.float64]:
        thinned = np.where(rarer, share * (1.0 - dose), share)
        counts = rng.multinomial(candidate_units, thinned / thinned.sum(), size=number) * rows_per_unit
        if draws.estimated:
            anchor = rng.multinomial(anchor_units, share, size=number).astype(float)
        else:
            anchor = np.broadcast_to(share, counts.shape)
        return deficit_statistics(_scale(anchor, counts), counts, draws.rarity, spread)

    # Groups of rows make counts noisier than the dealt null where only one side has them: the stricter bound holds.
    critical = np.maximum(
        np.quantile(null, 1.0 - level / null.shape[1], axis=0),
        np.quantile(draw(0.0, 1_000), 1.0 - level, axis=0),
    )
    doses = _DOSES[_DOSES < 1.0] if rarer[share > 0].all() else _DOSES
    found, dose_before = 0.0, 0.0
    for dose in doses.tolist():
        before, found = found, float((draw(dose, _POWER_DRAWS) > critical).any(axis=1).mean())
        if found >= POWER:
            return float(dose_before + (POWER - before) / max(found - before, 1e-9) * (dose - dose_before))
        dose_before = dose
    return float("inf")
