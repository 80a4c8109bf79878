"""Foretelling: what the planner, shown one generation, expects of those that follow, beside what they held.

Survival is measured as `holdfast plan` measures it: rows of the first generation against the rows that its writer learnt from. From there
the planner's forecast goes on by the protocol's formula, and never sees a later generation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from holdfast.lab.bottled.setting import foretold_as
from holdfast.lab.bottled.store import Survived
from holdfast.lab.collapse.protocols import plain
from holdfast.remedies.plan import Counts, Loop, forecast, plan_ratio
from holdfast.remedies.plan.forecast import sharpening
from holdfast.remedies.plan.planning import count_strata
from holdfast.remedies.plan.survival import LEAST_TAIL, draw_survival
from holdfast.remedies.sides import read_beside

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from holdfast.lab.bench.corpus import Row
    from holdfast.lab.collapse.world import World

BAND = (0.05, 0.95)
"""What nine in ten draws of the forecast lie between."""
_DRAWS = 2_000
_RETENTION = 0.9
"""Share of every stratum that the advice is to keep, as `holdfast plan` asks where nobody says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Strata that are followed as one.

    Attributes:
        name: Its name; that of its stratum where it is one.
        strata: What it holds.
        real: Rows in what generation 0 learnt from.
    """

    name: str
    strata: tuple[str, ...]
    real: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Foretold:
    """What the planner expects of one group: retention in generations 1, 2, 3 and so on.

    Attributes:
        median: The middle.
        low: Where the lower twentieth ends.
        high: Where the upper twentieth begins.
    """

    median: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


def group_strata(world: World) -> tuple[Group, ...]:
    """The rarest third as one; the others singly where they have rows enough to be planned for, and else together.

    Which strata stand together depends on reality alone, so that a loss cannot choose its own company.
    """
    counts = count_rows(world.origin)
    rare = tuple(stratum for stratum in world.rare if counts.get(stratum))
    others = [stratum for stratum in world.shares if stratum not in world.rare and counts.get(stratum)]
    few = tuple(stratum for stratum in others if counts[stratum] < LEAST_TAIL)
    groups = [
        Group(name=f"the rarest third ({len(rare):,})", strata=rare, real=sum(counts[one] for one in rare))
    ]
    groups += [
        Group(name=stratum, strata=(stratum,), real=counts[stratum])
        for stratum in others
        if stratum not in few
    ]
    if few:
        name = few[0] if len(few) == 1 else f"others with fewer than {LEAST_TAIL} rows ({len(few):,})"
        groups.append(Group(name=name, strata=few, real=sum(counts[one] for one in few)))
    return tuple(group for group in groups if group.strata)


def count_rows(rows: Sequence[Row]) -> dict[str, int]:
    """Rows of each stratum, in the order of names."""
    found: dict[str, int] = {}
    for row in rows:
        found[row.stratum] = found.get(row.stratum, 0) + 1
    return {stratum: found[stratum] for stratum in sorted(found)}


def survive(world: World, rows: Sequence[Row], *, seed: int) -> Survived | None:
    """What the planner counts: rows that a model wrote against those it learnt from; None where there are none, or no labels.

    Args:
        world: The real rows.
        rows: What the first generation's model learnt from.
        seed: Of the run.
    """
    origin = {row.id for row in world.origin}
    made = [row for row in rows if row.id not in origin]
    if not made or not world.labelled:
        return None
    beside = read_beside(
        plain(made), real=plain(world.origin), text="text", label="label", id="id", seed=seed
    )
    counts = count_strata(beside.sides)
    return Survived(names=counts.names, real=tuple(counts.real.tolist()), made=tuple(counts.made.tolist()))


def foretell(
    name: str,
    survived: Survived | None,
    groups: Sequence[Group],
    *,
    real_share: float,
    generations: int,
    seed: int,
) -> tuple[Foretold, ...] | None:
    """Retention of each group, foretold; None where the planner has no formula or nothing to go by.

    Args:
        name: Of the protocol.
        survived: What the planner counted in generation 1.
        groups: Strata that are followed as one.
        real_share: Share of real rows in generation 1.
        generations: How far.
        seed: Of the draws.
    """
    protocol = foretold_as(name)
    if protocol is None or survived is None:
        return None
    counts = _grouped(survived, groups)
    rng = np.random.default_rng([seed, generations])
    drawn = draw_survival(counts, _DRAWS, rng)
    loop = Loop(
        protocol=protocol,
        real_share=real_share if protocol == "replay" else 0.0,
        rows=max(int(counts.made_rows), 1),
        rounds=generations,
    )
    kept = forecast(loop, drawn, counts.share, _slope(counts, drawn), rng)
    low, median, high = np.quantile(kept, (BAND[0], 0.5, BAND[1]), axis=1)
    return tuple(
        Foretold(median=_rounded(median[:, at]), low=_rounded(low[:, at]), high=_rounded(high[:, at]))
        for at in range(len(groups))
    )


def advise(name: str, survived: Survived | None, *, generations: int, seed: int) -> str | None:
    """What `holdfast plan` says after the first generation; None where it has nothing to go by."""
    protocol = foretold_as(name)
    if protocol is None or survived is None or len(survived.names) < 2:
        return None
    found = plan_ratio(
        _counts(survived.names, survived.real, survived.made, survived),
        retention=_RETENTION,
        rounds=generations,
        protocol=protocol,
        rng=np.random.default_rng(seed),
    )
    return found.sentence


def retain(counts: Mapping[str, int], rows: int, group: Group, size: int) -> float:
    """The share of a group in what a generation learnt from, relative to reality's.

    >>> retain({"a": 10, "b": 5}, 50, Group(name="both", strata=("a", "b"), real=60), 100)
    0.5
    """
    share = sum(counts.get(stratum, 0) for stratum in group.strata) / rows
    return round(share / (group.real / size), 6)


def _grouped(survived: Survived, groups: Sequence[Group]) -> Counts:
    place = {stratum: at for at, stratum in enumerate(survived.names)}
    real, made = (
        [sum(side[place[stratum]] for stratum in group.strata if stratum in place) for group in groups]
        for side in (survived.real, survived.made)
    )
    return _counts(tuple(group.name for group in groups), real, made, survived)


def _counts(
    names: tuple[str, ...], real: Sequence[float], made: Sequence[float], survived: Survived
) -> Counts:
    return Counts(
        names=names,
        real=np.array(real),
        made=np.array(made),
        real_rows=float(sum(survived.real)),
        made_rows=float(sum(survived.made)),
    )


def _slope(counts: Counts, drawn: NDArray[np.float64]) -> float:
    """How much more a stratum loses when it has become rarer, read from those that the planner reads it from."""
    use = (counts.real >= LEAST_TAIL) & (counts.made > 0)
    if not use.any():
        return 0.0
    logs = np.log(np.maximum(drawn, 1e-12))
    weight = 1.0 / np.maximum(logs.var(axis=0)[use], 1e-6)
    return sharpening(np.exp(logs.mean(axis=0))[use], counts.share[use], weight)


def _rounded(values: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(round(float(value), 6) for value in values)
