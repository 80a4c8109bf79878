"""Labels: scenarios in which the labels are not what they are in reality, and the texts are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from holdfast.lab.bench.instance import Instance, reshare, retained, untouched

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdfast.lab.bench.instance import Kind
    from holdfast.lab.bench.pools import Pools


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelSkew:
    """D12 skew: label shares are tilted, each label by chance and whatever its rarity.

    Truth: retention exp(a z) / Σ p exp(a z), z standard normal per label.
    """

    id: ClassVar[str] = "D12"
    title: ClassVar[str] = "Label shares skewed"
    source: ClassVar[str] = "science.md 8.2 D12"
    kind: ClassVar[Kind] = "damage"
    version: ClassVar[int] = 1
    needs_labels: ClassVar[bool] = True
    variant: ClassVar[str] = "skew"

    most: float = 1.5  # standard deviation of the log tilt at severity 1

    def dials(self, severity: float) -> Mapping[str, float]:
        """Standard deviation of the logarithm of the tilt."""
        return {"log_tilt": self.most * severity}

    def apply(self, pools: Pools, severity: float, rng: np.random.Generator) -> Instance:
        """Tilt label shares."""
        if severity == 0:
            return untouched(pools)
        tilt = np.exp(self.dials(severity)["log_tilt"] * rng.standard_normal(len(pools.strata)))
        rows, shares = reshare(pools, pools.weights * tilt, rng)
        return Instance(
            anchor=pools.anchor,
            candidate=rows,
            retention=retained(pools, shares),
            causes=frozenset({"amplified_errors"}),
            facts=dict(self.dials(severity)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelNoise:
    """D12 noise: a share of the rows gets another label, each of the others equally often.

    Truth: the confusion, 1 - r on the diagonal and r / (k - 1) beside it; a label's share p becomes
    p (1 - r) + (1 - p) r / (k - 1).
    """

    id: ClassVar[str] = "D12"
    title: ClassVar[str] = "Labels mistaken"
    source: ClassVar[str] = "science.md 8.2 D12"
    kind: ClassVar[Kind] = "damage"
    version: ClassVar[int] = 1
    needs_labels: ClassVar[bool] = True
    variant: ClassVar[str] = "noise"

    most: float = 0.5  # of the labels are wrong at severity 1

    def dials(self, severity: float) -> Mapping[str, float]:
        """The share of wrong labels."""
        return {"noise_rate": self.most * severity}

    def apply(self, pools: Pools, severity: float, rng: np.random.Generator) -> Instance:
        """Mistake labels."""
        if severity == 0:
            return untouched(pools)
        rate = self.dials(severity)["noise_rate"]
        place = {stratum: at for at, stratum in enumerate(pools.strata)}
        count = len(place)
        wrong = rng.random(pools.size) < rate
        steps = rng.integers(1, count, pools.size)
        rows = tuple(
            row.edited("D12", label=pools.strata[(place[row.stratum] + step) % count]) if hit else row
            for row, hit, step in zip(pools.source, wrong.tolist(), steps.tolist(), strict=True)
        )
        weights = pools.weights
        return Instance(
            anchor=pools.anchor,
            candidate=rows,
            retention=retained(pools, weights * (1.0 - rate) + (1.0 - weights) * rate / (count - 1)),
            causes=frozenset({"amplified_errors"}),
            facts={"noise_rate": rate, "wrong_share": float(wrong.mean())},
        )
