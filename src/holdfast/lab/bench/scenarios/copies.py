"""Copies: the same rows again and again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from holdfast.lab.bench.instance import Instance, all_kept, untouched

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from holdfast.lab.bench.instance import Kind
    from holdfast.lab.bench.pools import Pools


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeating:
    """D7: few distinct rows, repeated to the full size; `near` changes one word in ten of every repeat.

    Truth: the number of distinct rows (n_eff). Which rows are repeated is chance, so every stratum keeps its share.
    """

    id: ClassVar[str] = "D7"
    title: ClassVar[str] = "Rows repeated"
    source: ClassVar[str] = "science.md 8.2 D7"
    kind: ClassVar[Kind] = "damage"
    version: ClassVar[int] = 1
    needs_labels: ClassVar[bool] = False

    near: bool = False
    most: float = 0.75  # of the rows are repeats at severity 1: every row stands there four times

    @property
    def variant(self) -> str:
        """How alike the repeats are."""
        return "near" if self.near else "exact"

    def dials(self, severity: float) -> Mapping[str, float]:
        """The share of rows that repeat another."""
        return {"repeated_share": self.most * severity}

    def apply(self, pools: Pools, severity: float, rng: np.random.Generator) -> Instance:
        """Repeat rows."""
        if severity == 0:
            return untouched(pools)
        distinct = max(1, round(pools.size * (1.0 - self.dials(severity)["repeated_share"])))
        order = rng.permutation(pools.size)
        once = [pools.source[i] for i in order[:distinct]]
        rows = list(once)
        for at in range(pools.size - distinct):
            row = once[at % distinct]
            text = _near_copy(row.text, rng) if self.near else row.text
            rows.append(row.edited(f"D7-{at // distinct + 2}", text=text))
        return Instance(
            anchor=pools.anchor,
            candidate=tuple(rows[i] for i in rng.permutation(len(rows))),
            retention=all_kept(pools),
            causes=frozenset({"no_novelty"}),
            facts={"distinct_rows": float(distinct), "repeated_share": 1.0 - distinct / pools.size},
        )


def _near_copy(text: str, rng: np.random.Generator) -> str:
    """A copy with one word in ten replaced by another word of the row; a short row differs in its full stop."""
    words = text.split()
    if len(words) < 10:
        return text[:-1] if text.endswith(".") else f"{text}."
    for place in rng.choice(len(words), len(words) // 10, replace=False):
        words[int(place)] = words[int(rng.integers(len(words)))]
    return " ".join(words)
