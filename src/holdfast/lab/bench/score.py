"""Score: what detectors said, held against the truth (science.md 8.4).

Thresholds are measured: a detector alarms where at most one null draw in a hundred of the same corpus and size was as
strong. Harm is that of a cell (corpus, size, scenario, severity), the mean over its draws: a single draw is too noisy.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from holdfast.lab.bench.metrics import (
    LEVEL,
    Naming,
    area,
    exceeds,
    f1_by_cause,
    macro_f1,
    name_f1,
    noise_ceiling,
    rank_correlation,
    upper_bound,
)
from holdfast.lab.bench.store import TRUTH, Entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

HARMS = (0.02, 0.05, 0.1)
"""Rare recall lost, from which on power is asked for."""
EARLY = 0.2
"""Severities up to this one count as early."""

World = tuple[str, int]  # corpus, size
Cell = tuple[str, int, str, float]  # corpus, size, scenario, severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How often something happened.

    Attributes:
        hits: Times it did.
        draws: Times it could have.
        upper: One-sided upper 95 % bound of its probability.
    """

    hits: int
    draws: int
    upper: float

    @classmethod
    def of(cls, happened: Iterable[bool]) -> Rate:
        """The rate of what happened."""
        all_ = list(happened)
        return cls(hits=sum(all_), draws=len(all_), upper=upper_bound(sum(all_), len(all_)))

    @property
    def share(self) -> float:
        """Hits per draw; NaN without draws."""
        return self.hits / self.draws if self.draws else float("nan")


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """How often harm is seen.

    Attributes:
        harm: Rare recall lost, at least.
        by_scenario: Share of the draws with that much harm that it alarmed on, by scenario.
        worst: The scenario it sees least; None where no scenario does so much harm.
    """

    harm: float
    by_scenario: Mapping[str, Rate]
    worst: str | None

    @property
    def worst_share(self) -> float | None:
        """Power on the worst scenario: the headline."""
        return None if self.worst is None else self.by_scenario[self.worst].share

    @property
    def mean_share(self) -> float | None:
        """Mean power over scenarios."""
        return (
            float(np.mean([rate.share for rate in self.by_scenario.values()])) if self.by_scenario else None
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Correlation:
    """Rank correlation of strength with harm, over cells.

    Attributes:
        pooled: Across scenarios (hard), mean over corpora and sizes.
        within: Within a scenario (easy), mean over scenarios, corpora and sizes.
        ceiling: The largest correlation that the noise of harm allows, pooled.
        ceiling_within: The same within a scenario.
    """

    pooled: float | None
    within: float | None
    ceiling: float | None
    ceiling_within: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """How a detector did.

    Attributes:
        detector: Its name.
        false_alarms: Alarms by its own rule on null draws; None where it has no rule.
        controls: Alarms on controls and harmless scenarios, by scenario: by its own rule, or at the measured threshold
            where it has none.
        power: Power at the measured threshold, by harm; empty where there are too few null draws for one.
        power_by_rule: Power by its own rule, by harm; empty where it has none.
        auc_early: Chance that an instance of damage up to severity .2 is stronger than a null draw.
        auc: The same of all damage.
        correlation: Agreement with harm.
        naming: Lost strata named; None where it names none anywhere.
        cause_f1: Macro F1 of causes; None where it names none anywhere.
        by_cause: F1 of each cause; empty where it names none anywhere.
        false_causes: Null draws on which it names a cause; None where it names none anywhere.
        unanswered: Instances it could not say anything about.
        seconds: Mean time of a look.
    """

    detector: str
    false_alarms: Rate | None
    controls: Mapping[str, Rate]
    power: tuple[Power, ...]
    power_by_rule: tuple[Power, ...]
    auc_early: float | None
    auc: float | None
    correlation: Correlation
    naming: Naming | None
    cause_f1: float | None
    by_cause: Mapping[str, float]
    false_causes: Rate | None
    unanswered: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CellHarm:
    """The harm of a cell.

    Attributes:
        mean: Rare recall lost (or, where nothing is rare, recall; or bits per byte needed more), mean over draws.
        error: Its standard error: over draws, or within the one there is.
        recall: Whether it is recall.
    """

    mean: float
    error: float
    recall: bool


@dataclass(slots=True, kw_only=True)
class _Look:
    """One detector on one instance."""

    entry: Entry
    strength: float
    answered: bool
    alarm: bool | None
    strata: tuple[str, ...]
    causes: tuple[str, ...]
    null: bool
    seconds: float
    exceeds: bool | None = field(default=None)

    @property
    def world(self) -> World:
        return self.entry.corpus, self.entry.size

    @property
    def cell(self) -> Cell:
        return cell_of(self.entry)


def score(
    entries: Sequence[Entry], *, level: float = LEVEL, harms: Sequence[float] = HARMS
) -> list[Scorecard]:
    """Score every detector that stands in the entries.

    Args:
        entries: What a run returned.
        level: False-alarm rate of the measured threshold.
        harms: Rare recall lost, from which on power is asked for.
    """
    harm = cell_harms(entries)
    names: dict[str, None] = {}
    for entry in entries:
        names.update(dict.fromkeys(detection.name for detection in entry.detections))
    return [_score_one(name, entries, harm, level, harms) for name in names]


def _score_one(
    name: str, entries: Sequence[Entry], harm: Mapping[Cell, CellHarm], level: float, harms: Sequence[float]
) -> Scorecard:
    looks = list(_looks(name, entries))
    nulls: dict[World, list[float]] = defaultdict(list)
    for look in looks:
        if look.null:
            nulls[look.world].append(look.strength)
    for world, null in nulls.items():
        here = [look for look in looks if look.world == world and not look.null]
        beyond = exceeds(np.array([look.strength for look in here]), np.array(null), level)
        if beyond is not None:
            for look, hit in zip(here, beyond.tolist(), strict=True):
                look.exceeds = hit
    has_rule = any(look.alarm is not None for look in looks)
    damage = [look for look in looks if look.entry.kind == "damage" and not look.null]
    harmless = [look for look in looks if look.entry.kind != "damage" and not look.null]
    controls: dict[str, list[bool]] = defaultdict(list)
    for look in harmless:
        alarm = look.alarm if has_rule else look.exceeds
        if alarm is not None:
            controls[look.entry.scenario].append(alarm)
    planted = [look for look in looks if not look.null]
    names_strata = any(look.strata for look in looks)
    names_causes = any(look.causes for look in looks)
    causes = [(look.entry.causes, look.causes) for look in planted]
    return Scorecard(
        detector=name,
        false_alarms=Rate.of(bool(look.alarm) for look in looks if look.null) if has_rule else None,
        controls={scenario: Rate.of(alarms) for scenario, alarms in controls.items()},
        power=tuple(_powers(((look.cell, look.exceeds) for look in damage), harm, harms)),
        power_by_rule=tuple(_powers(((look.cell, look.alarm) for look in damage), harm, harms))
        if has_rule
        else (),
        auc_early=_mean_area([look for look in damage if look.entry.severity <= EARLY], nulls),
        auc=_mean_area(damage, nulls),
        correlation=correlate(_by_cell(damage), harm),
        naming=name_f1((look.entry.lost, look.strata) for look in planted) if names_strata else None,
        cause_f1=macro_f1(causes) if names_causes else None,
        by_cause=f1_by_cause(causes) if names_causes else {},
        false_causes=Rate.of(bool(look.causes) for look in looks if look.null) if names_causes else None,
        unanswered=sum(not look.answered for look in looks),
        seconds=float(np.mean([look.seconds for look in looks])),
    )


def _looks(name: str, entries: Sequence[Entry]) -> Iterable[_Look]:
    for entry in entries:
        for detection in entry.detections:
            if detection.name == name:
                yield _Look(
                    entry=entry,
                    # Who cannot say does not alarm.
                    strength=-np.inf if detection.strength is None else detection.strength,
                    answered=detection.strength is not None,
                    alarm=detection.alarm,
                    strata=detection.strata,
                    causes=detection.causes,
                    null=entry.severity == 0,
                    seconds=entry.seconds if detection.seconds is None else detection.seconds,
                )


def _by_cell(looks: Sequence[_Look]) -> dict[Cell, list[float]]:
    found: dict[Cell, list[float]] = defaultdict(list)
    for look in looks:
        if look.answered:
            found[look.cell].append(look.strength)
    return found


def _mean_area(looks: Sequence[_Look], nulls: Mapping[World, Sequence[float]]) -> float | None:
    """Mean over corpora and sizes: strengths of different sizes do not compare."""
    areas = [
        area(np.array(null), np.array([look.strength for look in looks if look.world == world]))
        for world, null in nulls.items()
    ]
    known = [value for value in areas if value is not None]
    return float(np.mean(known)) if known else None


def _powers(
    alarms: Iterable[tuple[Cell, bool | None]], harm: Mapping[Cell, CellHarm], harms: Sequence[float]
) -> Iterable[Power]:
    """Power from each harm on; nothing where nobody could alarm."""
    told = [(cell, alarm) for cell, alarm in alarms if alarm is not None]
    if not told:
        return
    for least in harms:
        by_scenario: dict[str, list[bool]] = defaultdict(list)
        for cell, alarm in told:
            if cell in harm and harm[cell].recall and harm[cell].mean >= least:
                by_scenario[cell[2]].append(alarm)
        rates = {scenario: Rate.of(hits) for scenario, hits in by_scenario.items()}
        # Of scenarios seen as rarely, the one with the most draws says it best.
        worst = min(rates, key=lambda scenario: (rates[scenario].share, -rates[scenario].draws), default=None)
        yield Power(harm=least, by_scenario=rates, worst=worst)


def cell_of(entry: Entry) -> Cell:
    """The cell an entry belongs to."""
    return entry.corpus, entry.size, entry.scenario, entry.severity


def cell_harms(entries: Iterable[Entry]) -> dict[Cell, CellHarm]:
    """The harm of every cell whose truth was measured."""
    found: dict[Cell, list[tuple[float, float, bool]]] = defaultdict(list)
    for entry in entries:
        if entry.part == TRUTH and entry.truth is not None:
            harm = entry.truth.harm
            value, error = (
                (harm.overall, harm.overall_error)
                if harm.rare is None or harm.rare_error is None
                else (harm.rare, harm.rare_error)
            )
            found[cell_of(entry)].append((value, error, harm.unit == "recall"))
    cells = {}
    for cell, draws in found.items():
        values = np.array([value for value, _, _ in draws])
        spread = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else draws[0][1]
        cells[cell] = CellHarm(mean=float(values.mean()), error=float(spread), recall=draws[0][2])
    return cells


def correlate(strengths: Mapping[Cell, Sequence[float]], harm: Mapping[Cell, CellHarm]) -> Correlation:
    """Rank correlation of mean strength with harm.

    Args:
        strengths: What was said of each cell, by draw.
        harm: The harm of each cell.
    """
    worlds: dict[World, list[Cell]] = defaultdict(list)
    for cell, said in strengths.items():
        if said and cell in harm:
            worlds[cell[:2]].append(cell)
    pooled: list[tuple[float, float]] = []
    within: list[tuple[float, float]] = []

    def read(cells: Sequence[Cell], into: list[tuple[float, float]]) -> None:
        means = np.array([harm[cell].mean for cell in cells])
        found = rank_correlation(np.array([np.mean(strengths[cell]) for cell in cells]), means)
        if found is not None:
            into.append((found, noise_ceiling(means, np.array([harm[cell].error for cell in cells]))))

    for cells in worlds.values():
        read(cells, pooled)
        by_scenario: dict[str, list[Cell]] = defaultdict(list)
        for cell in cells:
            by_scenario[cell[2]].append(cell)
        for few in by_scenario.values():
            read(few, within)
    across, inside = (
        np.mean(found, axis=0).tolist() if found else [None, None] for found in (pooled, within)
    )
    return Correlation(pooled=across[0], within=inside[0], ceiling=across[1], ceiling_within=inside[1])
