"""Models: scenarios in which a small language model is really trained and its output is the candidate."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from holdfast.lab.bench.corpus import Row
from holdfast.lab.bench.instance import Instance, all_kept, retained, untouched
from holdfast.lab.bench.pools import tags_of, texts_of
from holdfast.lab.ngram import NgramModel
from holdfast.lab.speaker import sharpen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from holdfast.lab.bench.instance import Cause, Kind
    from holdfast.lab.bench.pools import Pools

Decoding = Literal["temperature", "top_p"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """D2: a trigram model of the source, read out below temperature 1 or with top-p below 1; labels alike.

    One round: what a finite sample takes is small beside what decoding takes, so the cause is bias.

    Truth: retention per stratum given the source, its label shares sharpened exactly as the model sharpens them.
    """

    id: ClassVar[str] = "D2"
    title: ClassVar[str] = "Decoded by a typical-minded model"
    source: ClassVar[str] = "science.md 8.2 D2; Holtzman et al. 2020, arXiv:1904.09751 (top-p)"
    kind: ClassVar[Kind] = "damage"
    version: ClassVar[int] = 1
    needs_labels: ClassVar[bool] = False

    by: Decoding = "temperature"
    most: float = 0.5  # below 1 at severity 1

    @property
    def variant(self) -> str:
        """What is turned down."""
        return self.by

    def dials(self, severity: float) -> Mapping[str, float]:
        """Temperature or top-p."""
        return {self.by: 1.0 - self.most * severity}

    def apply(self, pools: Pools, severity: float, rng: np.random.Generator) -> Instance:
        """Train and read out."""
        if severity == 0:
            return untouched(pools)
        dials = self.dials(severity)
        rows = generate(pools.source, pools.size, "D2", rng, **dials)
        shares = sharpened_shares(pools, pools.source, **dials)
        return Instance(
            anchor=pools.anchor,
            candidate=rows,
            retention=retained(pools, shares),
            causes=frozenset({"bias"}),
            facts={**dials, **_rare_survival(pools, shares)},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recursion:
    """D8: a trigram model retrained on its own output at temperature 1, one to ten generations.

    Truth: drift alone. Every label keeps its expected share; what is left after t generations is worth n g rows, with
    g_1 = 1 and g_(k+1) = 1 - exp(-g_k) at k = t + 1, and a label seen c times is alive with probability
    1 - exp(-c g_t).
    """

    id: ClassVar[str] = "D8"
    title: ClassVar[str] = "Retrained on its own output"
    source: ClassVar[str] = "science.md 8.2 D8, F5 to F7; Suresh et al. 2025, arXiv:2412.17646"
    kind: ClassVar[Kind] = "damage"
    version: ClassVar[int] = 1
    needs_labels: ClassVar[bool] = False
    variant: ClassVar[str] = ""

    most: int = 10  # generations at severity 1

    def dials(self, severity: float) -> Mapping[str, float]:
        """Generations, at least one: no generation would be a hidden null."""
        return {"generations": float(max(1, round(self.most * severity)))}

    def apply(self, pools: Pools, severity: float, rng: np.random.Generator) -> Instance:
        """Retrain generation after generation."""
        if severity == 0:
            return untouched(pools)
        generations = int(self.dials(severity)["generations"])
        rows = pools.source
        for generation in range(1, generations + 1):
            rows = generate(rows, pools.size, f"D8-{generation}", rng)
        coverage = coverage_after(generations + 1)
        causes: frozenset[Cause] = frozenset({"drift"})
        return Instance(
            anchor=pools.anchor,
            candidate=rows,
            retention=all_kept(pools),
            causes=causes,
            facts={
                "generations": float(generations),
                "coverage_share": coverage,
                "effective_rows": pools.size * coverage,
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Accumulation:
    """D13: each round adds the output of a model (D2) trained on all that has been gathered; nothing is thrown away.

    The candidate is a draw from what has been gathered after t rounds. Truth: retention per stratum given the pool; F18
    for the rare strata as a whole, with the survival of the first round. The cause is bias: accumulation contains drift
    (F3, F11) and does not cure bias.
    """

    id: ClassVar[str] = "D13"
    title: ClassVar[str] = "Accumulated output of a typical-minded model"
    source: ClassVar[str] = "science.md 8.2 D13, F18"
    kind: ClassVar[Kind] = "damage"
    version: ClassVar[int] = 1
    needs_labels: ClassVar[bool] = False

    by: Decoding = "temperature"
    dial: float = 0.7
    most: int = 10  # rounds at severity 1

    @property
    def variant(self) -> str:
        """What is turned down."""
        return self.by

    def dials(self, severity: float) -> Mapping[str, float]:
        """Rounds, at least one, and the model's temperature or top-p."""
        return {"rounds": float(max(1, round(self.most * severity))), self.by: self.dial}

    def apply(self, pools: Pools, severity: float, rng: np.random.Generator) -> Instance:
        """Gather round after round."""
        if severity == 0:
            return untouched(pools)
        rounds = int(self.dials(severity)["rounds"])
        options: dict[str, float] = {self.by: self.dial}
        survival = _rare_survival(pools, sharpened_shares(pools, pools.source, **options))
        gathered = pools.source
        for round_ in range(1, rounds + 1):
            gathered += generate(gathered, pools.size, f"D13-{round_}", rng, **options)
        chosen = rng.permutation(len(gathered))[: pools.size]
        facts: dict[str, float] = {"rounds": float(rounds), self.by: self.dial, **survival}
        if survival:
            facts["rare_retention_f18"] = accumulated_retention(survival["rare_survival"], rounds + 1)
        return Instance(
            anchor=pools.anchor,
            candidate=tuple(gathered[i] for i in chosen),
            retention=retained(pools, _shares(pools, gathered)),
            causes=frozenset({"bias"}),
            facts=facts,
        )


def generate(
    rows: Sequence[Row],
    size: int,
    tag: str,
    rng: np.random.Generator,
    *,
    temperature: float = 1.0,
    top_p: float = 1.0,
) -> tuple[Row, ...]:
    """Rows that a trigram model of these rows says, with their labels where they have any."""
    tags = tags_of(rows)
    model = NgramModel.train(texts_of(rows), tags=tags, order=3)
    if tags is None:
        texts = model.sample(size, rng=rng, temperature=temperature, top_p=top_p)
        return tuple(Row(id=f"{tag}:{i}", text=text) for i, text in enumerate(texts))
    said = model.sample_labelled(size, rng=rng, temperature=temperature, top_p=top_p)
    return tuple(Row(id=f"{tag}:{i}", text=text, label=label) for i, (label, text) in enumerate(said))


def sharpened_shares(
    pools: Pools, rows: Sequence[Row], *, temperature: float = 1.0, top_p: float = 1.0
) -> NDArray[np.float64]:
    """float64 [k], label shares that a model of these rows says, exactly."""
    counts = _shares(pools, rows)
    shares = np.zeros(len(counts))
    read = counts > 0
    shares[read] = sharpen(counts[read], 1.0 / temperature, top_p)
    return shares


def _shares(pools: Pools, rows: Sequence[Row]) -> NDArray[np.float64]:
    place = {stratum: at for at, stratum in enumerate(pools.strata)}
    counts = np.bincount([place[row.stratum] for row in rows], minlength=len(place))
    return np.asarray(counts / len(rows), np.float64)


def _rare_survival(pools: Pools, shares: NDArray[np.float64]) -> dict[str, float]:
    """s of the rare strata as a whole: their share in these shares over their real share."""
    if not pools.rare:
        return {}
    rare = np.isin(pools.strata, pools.rare)
    return {"rare_survival": float(shares[rare].sum() / pools.weights[rare].sum())}


def coverage_after(draws: int) -> float:
    """g_k, the share of rows whose coverage is left after k draws from draws (F5).

    >>> [round(coverage_after(k), 3) for k in (1, 2, 5, 10)]
    [1.0, 0.632, 0.312, 0.172]
    """
    share = 1.0
    for _ in range(draws - 1):
        share = 1.0 - math.exp(-share)
    return share


def accumulated_retention(survival: float, batches: int) -> float:
    """F18: retention in a pool of t batches, one of them real, where each generation keeps a share s.

    >>> round(accumulated_retention(0.8, 10), 3), round(accumulated_retention(0.8, 100), 3)
    (0.672, 0.427)
    """
    loss = 1.0 - survival
    return math.exp(math.lgamma(batches + 1 - loss) - math.lgamma(2 - loss) - math.lgamma(batches + 1))
