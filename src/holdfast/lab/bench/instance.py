"""Instances: an anchor and a candidate in which one thing was planted, together with what is exactly true of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol

import numpy as np

from holdfast.errors import UsageError
from holdfast.lab.bench.corpus import group_rows
from holdfast.lab.bench.pools import draw, feasible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from holdfast.lab.bench.corpus import Row
    from holdfast.lab.bench.pools import Pools

SEVERITIES = (0.1, 0.2, 0.4, 0.7, 1.0)
"""The grid; 0 stands for nothing planted."""
LOST_BELOW = 0.5
"""A stratum counts as lost where less than this part of its share is retained."""

Kind = Literal["damage", "harmless", "control"]
Cause = Literal["no_novelty", "amplified_errors", "mismatch", "artifacts", "homogenization", "drift", "bias"]
"""The causes that an audit can name.

Copies among itself are `no_novelty`; wrong labels, and label shares tilted whatever their rarity, `amplified_errors`;
templates `artifacts`; one way of saying things, or a filter that keeps the typical, `homogenization`; too few samples, or
too many unbiased rounds, `drift`; a generator or filter that takes frequent strata for all of them, `bias`.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """An anchor, a candidate, and what is true of the candidate.

    Attributes:
        anchor: Real rows, untouched.
        candidate: The rows under examination.
        retention: Expected share of each stratum in the candidate over its real share, exactly, over the strata the
            anchor knows: by label where rows have labels. None where there are no strata, or no exact value.
        causes: The causes it truly has, harmless ones too; none where nothing was planted, and none in controls.
        declared: Shares that the candidate is declared to have, where they are not to be reality's.
        facts: Other exact truths, each named with its unit.
    """

    anchor: tuple[Row, ...]
    candidate: tuple[Row, ...]
    retention: Mapping[str, float] | None
    causes: frozenset[Cause] = frozenset()
    declared: Mapping[str, float] | None = None
    facts: Mapping[str, float] = field(default_factory=dict)

    @property
    def lost(self) -> tuple[str, ...]:
        """Strata of which less than `LOST_BELOW` is retained; where a mix was declared, none."""
        if self.retention is None or self.declared is not None:
            return ()
        return tuple(stratum for stratum, kept in self.retention.items() if kept < LOST_BELOW)


class Scenario(Protocol):
    """What plants one thing.

    Every scenario is a frozen dataclass: its fields are its settings, its `repr` identifies it.

    Attributes:
        id: `D1` to `D13`, `ND1` to `ND6` (science.md 8.2).
        title: What it plants, for a reader.
        source: Where it comes from.
        kind: `damage`; `harmless`, a change that costs little; `control`, no collapse at all.
        version: Raised whenever the same settings plant something else.
        needs_labels: Whether it needs labelled rows.
    """

    id: ClassVar[str]
    title: ClassVar[str]
    source: ClassVar[str]
    kind: ClassVar[Kind]
    version: ClassVar[int]

    @property
    def needs_labels(self) -> bool:
        """Whether it needs labelled rows."""
        ...

    @property
    def variant(self) -> str:
        """What sets it apart from others of the same id; empty where there are none."""
        ...

    def dials(self, severity: float) -> Mapping[str, float]:
        """What the severity is turned into."""
        ...

    def apply(self, pools: Pools, severity: float, rng: np.random.Generator) -> Instance:
        """Plant it.

        Args:
            pools: The world.
            severity: 0 (nothing planted) to 1.
            rng: Source of randomness.
        """
        ...


def name_of(scenario: Scenario) -> str:
    """Id and variant, as tables show them: `D11 length`."""
    return f"{scenario.id} {scenario.variant}".strip()


def plant(scenario: Scenario, pools: Pools, severity: float, rng: np.random.Generator) -> Instance:
    """Plant a scenario; at severity 0 the candidate is the source as it is.

    Raises:
        UsageError: The severity is not between 0 and 1, or the scenario needs labels and the rows have none.
    """
    if not 0 <= severity <= 1:
        raise UsageError("a severity lies between 0 and 1", where=f"severity={severity}")
    if scenario.needs_labels and not pools.labelled:
        raise UsageError(
            f"{name_of(scenario)} needs labelled rows", where=pools.corpus, do="Name the column of the labels"
        )
    return scenario.apply(pools, severity, rng)


def untouched(pools: Pools) -> Instance:
    """Fresh real rows."""
    return Instance(anchor=pools.anchor, candidate=pools.source, retention=all_kept(pools))


def all_kept(pools: Pools) -> dict[str, float] | None:
    """Retention 1 everywhere; None where there are no strata."""
    return dict.fromkeys(pools.strata, 1.0) if pools.labelled else None


def retained(pools: Pools, shares: NDArray[np.float64]) -> dict[str, float] | None:
    """Shares over real shares; None where there are no strata.

    Args:
        pools: The world.
        shares: float64 [k], expected shares of the candidate.
    """
    if not pools.labelled:
        return None
    return dict(zip(pools.strata, (shares / pools.weights).tolist(), strict=True))


def reshare(
    pools: Pools,
    wanted: NDArray[np.float64],
    rng: np.random.Generator,
    *,
    stays: Sequence[Row] | None = None,
    staying: NDArray[np.float64] | None = None,
    fresh: Sequence[Row] | None = None,
) -> tuple[tuple[Row, ...], NDArray[np.float64]]:
    """A candidate of real rows under other shares, which keeps as many rows of the source as it can.

    Every row of the source stays with probability min(1, q / p), p and q the old and new share of its stratum, or gives
    its place to a fresh row of a stratum that gains, drawn in proportion to q - p. The strata are then independent draws
    from q, exactly (the maximal coupling of both), and nothing else changes.

    Args:
        pools: The world.
        wanted: float64 [k], shares on any positive scale; where a stratum has too few rows, as near as there are rows.
        rng: Source of randomness.
        stays: Rows of the source that may stay; all where not given.
        staying: float64 [k], the share of reality that such rows are; all of it where not given.
        fresh: Rows that may replace others; the reserve where not given.

    Returns:
        The rows, and float64 [k], the shares they were drawn under.

    Source:
        Maximal coupling: Thorisson 2000, Coupling, Stationarity, and Regeneration, chapter 1.4.
    """
    stays = pools.source if stays is None else stays
    staying = pools.weights if staying is None else staying
    groups = group_rows(pools.reserve if fresh is None else fresh)
    own = group_rows(stays)
    room = np.array([len(groups.get(s, ())) + len(own.get(s, ())) for s in pools.strata])
    shares = feasible(wanted, room, pools.size, pools.weights)
    chance = dict(zip(pools.strata, (shares / np.maximum(staying, 1e-300)).tolist(), strict=True))
    kept = [row for row in stays if rng.random() < chance[row.stratum]]
    gains = np.maximum(shares - staying, 0.0)
    gaps = pools.size - len(kept)
    if gaps and not gains.any():
        gains = shares
    by_stratum = dict(zip(pools.strata, (gains / max(gains.sum(), 1e-300)).tolist(), strict=True))
    rows = [*kept, *draw(groups, by_stratum, gaps, rng)]
    return tuple(rows[i] for i in rng.permutation(len(rows))), shares
