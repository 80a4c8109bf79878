"""Shares: scenarios in which strata or modes become rarer than they are in reality."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from holdfast.lab.bench.instance import Instance, reshare, retained, untouched
from holdfast.lab.bench.pools import texts_of
from holdfast.views.clusters import assign, draw_cells
from holdfast.views.features import read_features, unit_frequencies, weigh
from holdfast.views.tokens import read_tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from holdfast.lab.bench.instance import Kind
    from holdfast.lab.bench.pools import Pools


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharpening:
    """D1: labels are drawn with probability p^(1/τ), as a generator below temperature 1 draws them.

    Truth: retention per stratum, q / p with q proportional to p^(1/τ). Where the corpus has too few rows of a frequent
    stratum its share is what there are rows for, and the retention says so.
    """

    id: ClassVar[str] = "D1"
    title: ClassVar[str] = "Label shares sharpened"
    source: ClassVar[str] = "science.md 8.2 D1; F21"
    kind: ClassVar[Kind] = "damage"
    version: ClassVar[int] = 1
    needs_labels: ClassVar[bool] = True
    variant: ClassVar[str] = ""

    strongest: float = 2.0  # 1/τ at severity 1

    def dials(self, severity: float) -> Mapping[str, float]:
        """The temperature τ."""
        return {"temperature": 1.0 / (1.0 + severity * (self.strongest - 1.0))}

    def apply(self, pools: Pools, severity: float, rng: np.random.Generator) -> Instance:
        """Draw labels under sharpened shares."""
        if severity == 0:
            return untouched(pools)
        power = 1.0 / self.dials(severity)["temperature"]
        rows, shares = reshare(pools, pools.weights**power, rng)
        return Instance(
            anchor=pools.anchor,
            candidate=rows,
            retention=retained(pools, shares),
            causes=frozenset({"bias"}),
            facts=dict(self.dials(severity)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RareThinning:
    """D4: rows of the rare strata are kept at a rate; the gaps are filled from reality as it then is.

    Truth: retention r / Σ p r of the rare strata, 1 / Σ p r of the others, r the keep rate.
    """

    id: ClassVar[str] = "D4"
    title: ClassVar[str] = "Rare strata thinned"
    source: ClassVar[str] = "science.md 8.2 D4"
    kind: ClassVar[Kind] = "damage"
    version: ClassVar[int] = 1
    needs_labels: ClassVar[bool] = True
    variant: ClassVar[str] = ""

    def dials(self, severity: float) -> Mapping[str, float]:
        """The keep rate of the rare strata."""
        return {"keep_rate": 1.0 - severity}

    def apply(self, pools: Pools, severity: float, rng: np.random.Generator) -> Instance:
        """Thin the rare strata."""
        if severity == 0:
            return untouched(pools)
        kept = self.dials(severity)["keep_rate"]
        rare = set(pools.rare)
        wanted = pools.weights * np.array([kept if stratum in rare else 1.0 for stratum in pools.strata])
        rows, shares = reshare(pools, wanted, rng)
        return Instance(
            anchor=pools.anchor,
            candidate=rows,
            retention=retained(pools, shares),
            causes=frozenset({"bias"}),
            facts={"keep_rate": kept, "lost_share": float((pools.weights - wanted).sum())},
        )


Order = Literal["rarest", "random", "adjacent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeDropping:
    """D3: clusters of real text vanish, whatever their label; the gaps are filled with real rows of the others.

    Truth: the lost mass of reality, and retention per stratum from the share of its real rows in kept clusters.
    """

    id: ClassVar[str] = "D3"
    title: ClassVar[str] = "Modes dropped"
    source: ClassVar[str] = "science.md 8.2 D3"
    kind: ClassVar[Kind] = "damage"
    version: ClassVar[int] = 1
    needs_labels: ClassVar[bool] = False

    order: Order = "rarest"
    most: float = 0.5  # of the clusters, at severity 1

    @property
    def variant(self) -> str:
        """Which clusters go first."""
        return self.order

    def dials(self, severity: float) -> Mapping[str, float]:
        """The share of the clusters that is dropped, at least one of them."""
        return {"clusters_dropped": self.most * severity}

    def apply(self, pools: Pools, severity: float, rng: np.random.Generator) -> Instance:
        """Drop clusters."""
        if severity == 0:
            return untouched(pools)
        rows = pools.source + pools.reserve
        cells, centres = _read_cells(pools, rng)
        place = {stratum: at for at, stratum in enumerate(pools.strata)}
        strata = np.array([place[row.stratum] for row in rows])
        # Rows of the reserve are not as frequent as in reality: each stands for its part of its stratum's share.
        mass = (pools.weights / np.maximum(np.bincount(strata, minlength=len(place)), 1))[strata]
        by_cell = np.bincount(cells, mass, minlength=len(centres)).astype(np.float64)
        count = max(1, round(self.dials(severity)["clusters_dropped"] * len(centres)))
        dropped = np.isin(cells, self._order(by_cell, centres, rng)[:count])
        kept_share = np.bincount(strata, mass * ~dropped, minlength=len(place)).astype(np.float64)
        left = [row for row, gone in zip(rows, dropped.tolist(), strict=True) if not gone]
        own = {row.id for row in pools.source}
        candidate, shares = reshare(
            pools,
            kept_share,
            rng,
            stays=[row for row in left if row.id in own],
            staying=kept_share,
            fresh=[row for row in left if row.id not in own],
        )
        return Instance(
            anchor=pools.anchor,
            candidate=candidate,
            retention=retained(pools, shares),
            causes=frozenset({"bias"}),
            facts={
                "clusters_dropped": float(count),
                "clusters": float(len(centres)),
                "lost_share": float(mass[dropped].sum() / mass.sum()),
            },
        )

    def _order(
        self, mass: NDArray[np.float64], centres: NDArray[np.float32], rng: np.random.Generator
    ) -> NDArray[np.int64]:
        """int64 [c], clusters in the order in which they go."""
        if self.order == "rarest":
            return np.asarray(np.argsort(mass, kind="stable"), np.int64)
        if self.order == "random":
            return np.asarray(rng.permutation(len(mass)), np.int64)
        first = int(rng.integers(len(mass)))
        return np.asarray(np.argsort(-(centres @ centres[first]), kind="stable"), np.int64)


def _read_cells(pools: Pools, rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The cluster of every row of source and reserve, and the clusters' centres; drawn around the source."""
    features = read_features(read_tokens(texts_of(pools.source + pools.reserve)))
    size = pools.size
    own = np.arange(size)
    frequencies = unit_frequencies(features.select(own), own)
    rows = weigh(features, frequencies, size, own=False)
    cells = draw_cells(rows[:size], rng)
    return assign(cells, rows), cells.centres
