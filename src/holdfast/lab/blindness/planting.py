"""Planting: damage that the bench does not know and that every generator of rows can do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from holdfast.lab.bench.corpus import group_rows
from holdfast.lab.bench.instance import Instance, all_kept, untouched
from holdfast.lab.bench.pools import texts_of
from holdfast.views.features import read_features, unit_frequencies, weigh
from holdfast.views.tokens import read_tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from holdfast.lab.bench.corpus import Row
    from holdfast.lab.bench.instance import Kind
    from holdfast.lab.bench.pools import Pools

_REFUSAL = "I'm sorry, but as an AI language model I cannot help with that request."
_LEAST_WORDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """Every stratum keeps its rows, and they become the ones most like the rest of it.

    A share of the rows gives way to the most typical of twice as many real rows: the mirror of `MoreDiverse`, and what a
    generator does that says the likely thing. Every row is real, so nothing but the variety is lost.
    """

    id: ClassVar[str] = "S1"
    title: ClassVar[str] = "Typical rows only"
    source: ClassVar[str] = "the mirror of science.md 8.2 ND6"
    kind: ClassVar[Kind] = "damage"
    version: ClassVar[int] = 1
    needs_labels: ClassVar[bool] = False
    variant: ClassVar[str] = ""

    def dials(self, severity: float) -> Mapping[str, float]:
        """The share of rows that is chosen."""
        return {"chosen_share": severity}

    def apply(self, pools: Pools, severity: float, rng: np.random.Generator) -> Instance:
        """Choose typical rows."""
        if severity == 0:
            return untouched(pools)
        everyone = pools.source + pools.reserve
        place = {row.id: at for at, row in enumerate(everyone)}
        typical = dict(zip(place, _closeness(everyone, pools.size).tolist(), strict=True))
        spare = group_rows(pools.reserve)
        rows: list[Row] = []
        for stratum, own in group_rows(pools.source).items():
            order = [own[i] for i in rng.permutation(len(own))]
            stays = round((1.0 - severity) * len(own))
            choices = [*order[stays:], *spare.get(stratum, ())[: len(own)]]
            choices.sort(key=lambda row: (-typical[row.id], row.id))
            rows += [*order[:stays], *choices[: len(own) - stays]]
        return Instance(
            anchor=pools.anchor,
            candidate=tuple(rows[i] for i in rng.permutation(len(rows))),
            retention=all_kept(pools),
            causes=frozenset({"homogenization"}),
            facts=dict(self.dials(severity)),
        )


def _closeness(rows: Sequence[Row], size: int) -> NDArray[np.float64]:
    """float64 [n], cosine of each row to the mean of its stratum; words are weighed by the first `size` rows."""
    features = read_features(read_tokens(texts_of(rows)))
    own = np.arange(size)
    weighed = weigh(features, unit_frequencies(features.select(own), own), size, own=False)
    strata = np.unique([row.stratum for row in rows], return_inverse=True)[1]
    found = np.zeros(len(rows))
    for stratum in range(int(strata.max(initial=-1)) + 1):
        at = np.flatnonzero(strata == stratum)
        mean = np.asarray(weighed[at].sum(axis=0)).ravel()
        found[at] = weighed[at] @ (mean / max(float(np.linalg.norm(mean)), 1e-12))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Shuffled:
    """A share of the rows has its words in another order: every word is there, and nothing is said."""

    id: ClassVar[str] = "S2"
    title: ClassVar[str] = "Words in disorder"
    source: ClassVar[str] = "the classic corruption of language tests"
    kind: ClassVar[Kind] = "damage"
    version: ClassVar[int] = 1
    needs_labels: ClassVar[bool] = False
    variant: ClassVar[str] = ""

    def dials(self, severity: float) -> Mapping[str, float]:
        """The share of rows that is shuffled."""
        return {"shuffled_share": severity}

    def apply(self, pools: Pools, severity: float, rng: np.random.Generator) -> Instance:
        """Shuffle words."""
        return _edit(pools, severity, rng, "S2", _disorder)


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A share of the rows is broken as generated rows are: refused, cut off, read in a wrong encoding, stuck in a loop."""

    id: ClassVar[str] = "S3"
    title: ClassVar[str] = "Broken rows"
    source: ClassVar[str] = "views/damage.py"
    kind: ClassVar[Kind] = "damage"
    version: ClassVar[int] = 1
    needs_labels: ClassVar[bool] = False
    variant: ClassVar[str] = ""

    most: float = 0.25  # of the rows at severity 1

    def dials(self, severity: float) -> Mapping[str, float]:
        """The share of rows that is broken."""
        return {"broken_share": self.most * severity}

    def apply(self, pools: Pools, severity: float, rng: np.random.Generator) -> Instance:
        """Break rows."""
        return _edit(pools, self.most * severity, rng, "S3", _break)


def _edit(
    pools: Pools,
    share: float,
    rng: np.random.Generator,
    tag: str,
    change: Callable[[str, np.random.Generator], str],
) -> Instance:
    if share == 0:
        return untouched(pools)
    chosen = rng.random(pools.size) < share
    rows = tuple(
        row.edited(tag, text=change(row.text, rng)) if hit else row
        for row, hit in zip(pools.source, chosen.tolist(), strict=True)
    )
    return Instance(
        anchor=pools.anchor,
        candidate=rows,
        retention=all_kept(pools),
        facts={"edited_share": float(chosen.mean())},
    )


def _disorder(text: str, rng: np.random.Generator) -> str:
    words = text.split()
    return text if len(words) < _LEAST_WORDS else " ".join(words[i] for i in rng.permutation(len(words)))


def _break(text: str, rng: np.random.Generator) -> str:
    kind = int(rng.integers(4))
    if kind == 0:
        return _REFUSAL
    if kind == 1:
        return text[: max(1, len(text) // 2)].rstrip() + " \ufffd\ufffd"
    if kind == 2:
        return f"{text} â€™ Ã©"
    words = text.split() or [text]
    return " ".join([*words, *([words[-1]] * max(12, 80 // len(words[-1])))])
