"""Elsewhere: rows of another domain among the candidate's."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, ClassVar

from holdfast.lab.bench.instance import Instance, all_kept, untouched
from holdfast.lab.docstrings import read_docstrings

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from holdfast.lab.bench.instance import Kind
    from holdfast.lab.bench.pools import Pools


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """D15: a share of the rows is replaced by sentences of software documentation, about as long, under the same labels.

    Not in the list of science.md 8.2, which plants nothing for the cause "mismatch". The sentences are the docstrings of
    Python's own standard library, so nothing is downloaded. Truth: the share; retention is what is left of every stratum.
    """

    id: ClassVar[str] = "D15"
    title: ClassVar[str] = "Rows from elsewhere"
    source: ClassVar[str] = "ours, for the cause mismatch"
    kind: ClassVar[Kind] = "damage"
    version: ClassVar[int] = 1
    needs_labels: ClassVar[bool] = False
    variant: ClassVar[str] = ""

    most: float = 0.5  # of the rows at severity 1

    def dials(self, severity: float) -> Mapping[str, float]:
        """The share of rows from elsewhere."""
        return {"foreign_share": self.most * severity}

    def apply(self, pools: Pools, severity: float, rng: np.random.Generator) -> Instance:
        """Replace rows."""
        if severity == 0:
            return untouched(pools)
        chosen = rng.random(pools.size) < self.dials(severity)["foreign_share"]
        texts = _foreign_texts()
        order = rng.permutation(len(texts)).tolist()
        rows = []
        for row, hit in zip(pools.source, chosen.tolist(), strict=True):
            if not hit or not order:
                rows.append(row)
                continue
            words = texts[order.pop()].split()
            length = max(len(row.text.split()), 4)
            rows.append(row.edited("D15", text=" ".join(words[:length])))
        return Instance(
            anchor=pools.anchor,
            candidate=tuple(rows),
            retention=all_kept(pools),
            causes=frozenset({"mismatch"}),
            facts={"foreign_share": float(chosen.mean())},
        )


@cache
def _foreign_texts() -> tuple[str, ...]:
    return tuple(row["text"] for row in read_docstrings())
