"""Controls: sets that differ from the anchor, or do not, and in which nothing has collapsed."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heapify, heappop, heapreplace
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from holdfast.errors import UsageError
from holdfast.lab.bench.corpus import Row, group_rows
from holdfast.lab.bench.instance import Instance, all_kept, reshare, retained, untouched
from holdfast.lab.bench.pools import draw, texts_of
from holdfast.views.near import find_duplicates
from holdfast.views.tokens import read_tokens

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from holdfast.lab.bench.instance import Kind
    from holdfast.lab.bench.pools import Pools


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshReal:
    """ND1: fresh real rows, exchangeable with the anchor. The severity changes nothing."""

    id: ClassVar[str] = "ND1"
    title: ClassVar[str] = "Fresh real rows"
    source: ClassVar[str] = "science.md 8.2 ND1"
    kind: ClassVar[Kind] = "control"
    version: ClassVar[int] = 1
    needs_labels: ClassVar[bool] = False
    variant: ClassVar[str] = ""

    def dials(self, severity: float) -> Mapping[str, float]:  # noqa: ARG002 - every scenario has dials
        """None."""
        return {}

    def apply(self, pools: Pools, severity: float, rng: np.random.Generator) -> Instance:  # noqa: ARG002
        """The source as it is."""
        return untouched(pools)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredMix:
    """ND2: real rows under a label mix that is declared: on the way from reality's to equal shares.

    Truth: the declared shares; nothing is lost beyond what was declared.
    """

    id: ClassVar[str] = "ND2"
    title: ClassVar[str] = "Real rows under a declared mix"
    source: ClassVar[str] = "science.md 8.2 ND2"
    kind: ClassVar[Kind] = "control"
    version: ClassVar[int] = 1
    needs_labels: ClassVar[bool] = True
    variant: ClassVar[str] = ""

    def dials(self, severity: float) -> Mapping[str, float]:
        """How far towards equal shares."""
        return {"towards_equal": severity}

    def apply(self, pools: Pools, severity: float, rng: np.random.Generator) -> Instance:
        """Draw under the mix."""
        if severity == 0:
            return untouched(pools)
        wanted = (1.0 - severity) * pools.weights + severity / len(pools.strata)
        rows, shares = reshare(pools, wanted, rng)
        return Instance(
            anchor=pools.anchor,
            candidate=rows,
            retention=retained(pools, shares),
            declared=dict(zip(pools.strata, shares.tolist(), strict=True)),
            facts=dict(self.dials(severity)),
        )


def _partners(pools: Pools, rows: Sequence[Row], rng: np.random.Generator) -> list[Row | None]:
    """For each row an unused real row of its stratum, or None where there is none left."""
    unused = {
        stratum: [group[i] for i in rng.permutation(len(group))]
        for stratum, group in group_rows(pools.reserve).items()
    }
    return [unused[row.stratum].pop() if unused.get(row.stratum) else None for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Longer:
    """ND3: real text of other length: a share of rows is two real rows of one stratum, one after the other.

    Nothing is left out, so nothing is lost; choosing long rows instead would be a filter.
    """

    id: ClassVar[str] = "ND3"
    title: ClassVar[str] = "Real text, longer rows"
    source: ClassVar[str] = "science.md 8.2 ND3"
    kind: ClassVar[Kind] = "control"
    version: ClassVar[int] = 1
    needs_labels: ClassVar[bool] = False
    variant: ClassVar[str] = ""

    def dials(self, severity: float) -> Mapping[str, float]:
        """The share of rows that are two."""
        return {"joined_share": severity}

    def apply(self, pools: Pools, severity: float, rng: np.random.Generator) -> Instance:
        """Join rows."""
        if severity == 0:
            return untouched(pools)
        chosen = rng.random(pools.size) < severity
        rows = []
        for row, other, hit in zip(
            pools.source, _partners(pools, pools.source, rng), chosen.tolist(), strict=True
        ):
            rows.append(_joined(row, other, f"{row.text} {other.text}") if hit and other else row)
        return Instance(
            anchor=pools.anchor,
            candidate=tuple(rows),
            retention=all_kept(pools),
            facts={"joined_share": sum(bool(row.parents) for row in rows) / len(rows)},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTopic:
    """ND4: the candidate knows strata that the anchor does not; of the others nothing is lost.

    Strata are taken out of the anchor and stay in the candidate. Without labels there is no knowing what is new, and where
    the smallest stratum is half of reality, half of reality cannot be new and nothing lost.
    Truth: retention of the known strata is what the new ones leave of a whole, 1 - m for each.
    """

    id: ClassVar[str] = "ND4"
    title: ClassVar[str] = "Real rows with new topics"
    source: ClassVar[str] = "science.md 8.2 ND4"
    kind: ClassVar[Kind] = "control"
    version: ClassVar[int] = 1
    needs_labels: ClassVar[bool] = True
    variant: ClassVar[str] = ""

    most: float = 0.2  # share of the candidate that is new at severity 1

    def dials(self, severity: float) -> Mapping[str, float]:
        """The share that is new; at least one stratum."""
        return {"new_share": self.most * severity}

    def apply(self, pools: Pools, severity: float, rng: np.random.Generator) -> Instance:
        """Take strata out of the anchor."""
        if severity == 0:
            return untouched(pools)
        new: set[str] = set()
        share = 0.0
        for at in rng.permutation(len(pools.strata)).tolist():
            stratum = pools.strata[at]
            if pools.shares[stratum] > self.most:
                continue
            if new and share + pools.shares[stratum] > self.dials(severity)["new_share"]:
                continue
            new.add(stratum)
            share += pools.shares[stratum]
        if not new:
            raise UsageError(
                f"{self.id} needs a stratum that holds at most {self.most:.0%} of the rows",
                where=pools.corpus,
            )
        return Instance(
            anchor=tuple(row for row in pools.anchor if row.stratum not in new),
            candidate=pools.source,
            retention=dict.fromkeys((s for s in pools.strata if s not in new), 1.0 - share),
            facts={"new_share": share, "new_strata": float(len(new))},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Deduplicated:
    """ND5: real rows without repeats; what is left out is replaced from the reserve."""

    id: ClassVar[str] = "ND5"
    title: ClassVar[str] = "Real rows without repeats"
    source: ClassVar[str] = "science.md 8.2 ND5"
    kind: ClassVar[Kind] = "control"
    version: ClassVar[int] = 1
    needs_labels: ClassVar[bool] = False
    variant: ClassVar[str] = ""

    def dials(self, severity: float) -> Mapping[str, float]:
        """The share of repeats that is left out."""
        return {"removed_share": severity}

    def apply(self, pools: Pools, severity: float, rng: np.random.Generator) -> Instance:
        """Leave repeats out."""
        if severity == 0:
            return untouched(pools)
        spare = draw(group_rows(pools.reserve), pools.shares, min(pools.size, len(pools.reserve)), rng)
        rows = pools.source + spare
        groups = find_duplicates(read_tokens(texts_of(rows))).near
        first = np.zeros(len(rows), bool)
        first[np.unique(groups, return_index=True)[1]] = True
        tolerated = rng.random(len(rows)) >= severity
        good = first | tolerated
        kept = [row for row, stays in zip(rows, good.tolist(), strict=True) if stays][: pools.size]
        repeats = int((~good[: pools.size]).sum())
        return Instance(
            anchor=pools.anchor,
            candidate=tuple(kept),
            retention=all_kept(pools),
            facts={"removed_rows": float(repeats)},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MoreDiverse:
    """ND6: a set that is more varied than chance would make it, as a generator that is steered apart makes one.

    In every stratum a share of the rows is chosen, out of twice as many real rows, to have word pairs that no row chosen
    before has. Every stratum keeps its rows, and every row is as good as a real one, so nothing is lost. Without labels
    nothing would keep the frequent topics: choosing what is unlike the rest is then a filter.
    """

    id: ClassVar[str] = "ND6"
    title: ClassVar[str] = "More varied than real rows"
    source: ClassVar[str] = "science.md 8.2 ND6"
    kind: ClassVar[Kind] = "control"
    version: ClassVar[int] = 1
    needs_labels: ClassVar[bool] = True
    variant: ClassVar[str] = ""

    def dials(self, severity: float) -> Mapping[str, float]:
        """The share of rows that is chosen."""
        return {"chosen_share": severity}

    def apply(self, pools: Pools, severity: float, rng: np.random.Generator) -> Instance:
        """Choose rows."""
        if severity == 0:
            return untouched(pools)
        others = [row for row in _partners(pools, pools.source, rng) if row is not None]
        spare = group_rows(others)
        rows: list[Row] = []
        for stratum, own in group_rows(pools.source).items():
            stays = round((1.0 - severity) * len(own))
            rows += _apart(own[:stays], [*own[stays:], *spare.get(stratum, ())], len(own))
        return Instance(
            anchor=pools.anchor,
            candidate=tuple(rows[i] for i in rng.permutation(len(rows))),
            retention=all_kept(pools),
            facts=dict(self.dials(severity)),
        )


def _apart(given: Sequence[Row], choices: Sequence[Row], size: int) -> list[Row]:
    """Given rows and chosen ones: each next one has the largest share of word pairs that none before has."""
    rows = list(given)
    seen = {pair for row in given for pair in _word_pairs(row)}
    # A share of news can only fall as more is seen: the last known one bounds it from above.
    bounds = [(-1.0, at, _word_pairs(row)) for at, row in enumerate(choices)]
    heapify(bounds)
    while len(rows) < size:
        _, at, pairs = bounds[0]
        news = len(pairs - seen) / max(len(pairs), 1)
        if -news <= min((bound for bound, *_ in bounds[1:3]), default=0.0):
            heappop(bounds)
            rows.append(choices[at])
            seen |= pairs
        else:
            heapreplace(bounds, (-news, at, pairs))
    return rows


def _word_pairs(row: Row) -> set[tuple[str, str]]:
    words = row.text.lower().split()
    return {*pairwise(words)} | {("", word) for word in words[:1]}


def _joined(row: Row, other: Row, text: str) -> Row:
    return Row(id=f"{row.id}+{other.id}", text=text, label=row.label, parents=(row.id, other.id))
