"""Mixtures: a damaged set diluted with fresh real rows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar

from holdfast.lab.bench.instance import Instance, Scenario, name_of, untouched
from holdfast.lab.bench.scenarios.shares import RareThinning

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from holdfast.lab.bench.instance import Kind
    from holdfast.lab.bench.pools import Pools


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixture:
    """D10: a scenario at a fixed strength, beside fresh real rows at a rate that falls with severity.

    Truth: retention w + (1 - w) s, w the rate of real rows, s the retention of what they are mixed with.
    """

    id: ClassVar[str] = "D10"
    title: ClassVar[str] = "Mixed with real rows"
    source: ClassVar[str] = "science.md 8.2 D10"
    kind: ClassVar[Kind] = "damage"
    version: ClassVar[int] = 1

    of: Scenario = field(default_factory=RareThinning)
    strength: float = 1.0
    least_real: float = 0.2  # at severity 1: without real rows it would be the other scenario again

    @property
    def needs_labels(self) -> bool:
        """Whether what is mixed needs them."""
        return self.of.needs_labels

    @property
    def variant(self) -> str:
        """What is mixed."""
        return f"of {name_of(self.of)}"

    def dials(self, severity: float) -> Mapping[str, float]:
        """The rate of real rows."""
        return {"real_rate": 1.0 - severity * (1.0 - self.least_real)}

    def apply(self, pools: Pools, severity: float, rng: np.random.Generator) -> Instance:
        """Mix."""
        if severity == 0:
            return untouched(pools)
        count = round(pools.size * self.dials(severity)["real_rate"])
        damaged = pools.size - count
        if damaged == 0:
            return untouched(pools)
        # Both parts are fresh draws from reality, and neither knows the other's rows.
        made = self.of.apply(replace(pools, source=pools.source[:damaged]), self.strength, rng)
        rows = pools.source[damaged:] + made.candidate
        rate = count / pools.size
        return Instance(
            anchor=pools.anchor,
            candidate=tuple(rows[i] for i in rng.permutation(len(rows))),
            retention=None
            if made.retention is None
            else {stratum: rate + (1.0 - rate) * kept for stratum, kept in made.retention.items()},
            causes=made.causes,
            facts={"real_rate": rate, **{f"mixed_{name}": fact for name, fact in made.facts.items()}},
        )
