"""Filters: scenarios in which a filter that looks sensible keeps part of what it is shown.

A filter judges the reserve and was tuned on the source, so that it never judges what it was tuned on. Its threshold is
set so that it keeps the wanted share of reality; the candidate is a draw from what it keeps.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from holdfast.lab.bench.instance import Instance, reshare, retained, untouched
from holdfast.lab.bench.pools import tags_of, texts_of
from holdfast.lab.bench.yardsticks.classifier import Lessons, read_texts
from holdfast.lab.continuations import probability, read_steps
from holdfast.lab.ngram import NgramModel
from holdfast.lab.words import split_words
from holdfast.views.features import unit_frequencies, weigh

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from holdfast.lab.bench.instance import Cause, Kind
    from holdfast.lab.bench.pools import Pools

Judged = Literal["typicality", "likelihood", "confidence", "length", "judge"]
FAVOURS = 0.1
"""A filter favours strata where it moves this much of the mass from some to others."""
_NEIGHBOURS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Filtering:
    """D11: a filter keeps a share of reality, and not the same share of every stratum.

    `typicality` keeps what is nearest to five rows of the source, `likelihood` what a trigram model of the source finds
    ordinary, `confidence` what a classifier of the source is sure of, `length` what is about as long as most, `judge`
    what a judge with a taste for frequent strata (or, where all are equally frequent, for some) likes.

    Truth: keep_b, the share of a stratum's real rows that pass; retention keep_b / Σ p keep (F31).
    """

    id: ClassVar[str] = "D11"
    title: ClassVar[str] = "Filtered"
    source: ClassVar[str] = "science.md 8.2 D11, F31"
    kind: ClassVar[Kind] = "damage"
    version: ClassVar[int] = 1

    by: Judged = "typicality"
    most: float = 0.7  # is thrown away at severity 1
    taste: float = 1.0  # of the judge: standard deviations of liking per standard deviation of log share

    @property
    def needs_labels(self) -> bool:
        """Confidence and the judge's taste are about labels."""
        return self.by in ("confidence", "judge")

    @property
    def variant(self) -> str:
        """What is filtered by."""
        return self.by

    def dials(self, severity: float) -> Mapping[str, float]:
        """The share of reality that is kept."""
        return {"keep_share": 1.0 - self.most * severity}

    def _causes(self, pools: Pools, shares: NDArray[np.float64]) -> frozenset[Cause]:
        """A judge prefers strata; the others prefer what is typical, and may prefer strata with it."""
        moved = float(np.abs(shares - pools.weights).sum()) / 2.0
        favours = pools.labelled and moved >= FAVOURS
        if self.by == "judge":
            return frozenset({"bias"})
        return frozenset({"homogenization", "bias"} if favours else {"homogenization"})

    def apply(self, pools: Pools, severity: float, rng: np.random.Generator) -> Instance:
        """Filter."""
        if severity == 0:
            return untouched(pools)
        keep = self.dials(severity)["keep_share"]
        if self.by == "judge":
            kept = _judged(pools, keep, self.taste, rng)
            candidate, shares = reshare(pools, pools.weights * kept, rng)
        else:
            place = {stratum: at for at, stratum in enumerate(pools.strata)}
            strata = np.array([place[row.stratum] for row in pools.reserve])
            counts = np.bincount(strata, minlength=len(place))
            mass = (pools.weights / np.maximum(counts, 1))[strata]
            liked = _liking(self.by, pools) + 1e-9 * rng.random(len(strata))  # ties fall as chance has it
            passed = keeps(liked, mass, keep)
            kept = np.bincount(strata, passed, minlength=len(place)) / np.maximum(counts, 1)
            rows = [row for row, good in zip(pools.reserve, passed.tolist(), strict=True) if good]
            nobody = np.zeros(len(place))
            candidate, shares = reshare(
                pools, pools.weights * kept, rng, stays=(), staying=nobody, fresh=rows
            )
        return Instance(
            anchor=pools.anchor,
            candidate=candidate,
            retention=retained(pools, shares),
            causes=self._causes(pools, shares),
            facts={"keep_share": keep, "kept_least": float(kept.min()), "kept_most": float(kept.max())},
        )


def keeps(liked: NDArray[np.float64], mass: NDArray[np.float64], share: float) -> NDArray[np.bool_]:
    """bool [n], the rows liked best that together make up this share of the mass.

    >>> keeps(np.array([3.0, 1, 2, 0]), np.array([0.2, 0.3, 0.3, 0.2]), 0.5).tolist()
    [True, False, True, False]
    """
    order = np.argsort(-liked, kind="stable")
    before = np.cumsum(mass[order]) - mass[order]
    passed = np.zeros(len(liked), bool)
    passed[order] = before < share * mass.sum() - 1e-12
    return passed


def _judged(pools: Pools, keep: float, taste: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """float64 [k], the chance that the judge keeps a row: its liking is normal, around the stratum's attraction."""
    from scipy.optimize import brentq
    from scipy.special import ndtr

    attraction = np.log(pools.weights)
    if np.ptp(attraction) < 1e-9:
        attraction = rng.standard_normal(len(attraction))
    attraction = taste * (attraction - attraction.mean()) / attraction.std()

    def over(threshold: float) -> float:
        return float(pools.weights @ ndtr(attraction - threshold)) - keep

    return np.asarray(ndtr(attraction - brentq(over, -20.0, 20.0)), np.float64)


def _liking(by: Judged, pools: Pools) -> NDArray[np.float64]:
    """float64 [r], how much a filter tuned on the source likes each row of the reserve."""
    if by == "length":
        typical = float(np.median([len(row.text.split()) for row in pools.source]))
        return -np.abs(np.array([len(row.text.split()) for row in pools.reserve]) - typical)
    if by == "likelihood":
        return _likelihood(pools)
    return _confidence(pools) if by == "confidence" else _typicality(pools)


def _typicality(pools: Pools) -> NDArray[np.float64]:
    """Mean cosine to the nearest rows of the source."""
    source, reserve = read_texts(texts_of(pools.source)), read_texts(texts_of(pools.reserve))
    frequencies = unit_frequencies(source, np.arange(len(source)))
    near = weigh(source, frequencies, len(source), own=False).T.tocsr()
    asked = weigh(reserve, frequencies, len(source), own=False)
    count = min(_NEIGHBOURS, len(source))
    found = []
    for start in range(0, len(reserve), 2_048):
        cosines = (asked[start : start + 2_048] @ near).toarray()
        found.append(np.partition(cosines, -count, axis=1)[:, -count:].mean(axis=1))
    return np.concatenate(found).astype(np.float64)


def _likelihood(pools: Pools) -> NDArray[np.float64]:
    """Mean log probability of a token, the end of the row included."""
    model = NgramModel.train(texts_of(pools.source), order=3)
    numbers = {word: number for number, word in enumerate(model.words)}
    size = len(numbers)
    liked = np.zeros(len(pools.reserve))
    for at, row in enumerate(pools.reserve):
        read = [numbers.get(token, size) for token in split_words(row.text)]
        logs = [
            math.log2(probability(model.after, context, word, size))
            for context, word in read_steps(read, (), model.order)
        ]
        liked[at] = sum(logs) / len(logs)
    return liked


def _confidence(pools: Pools) -> NDArray[np.float64]:
    """By how much a row's own label fits better than any other."""
    place = {stratum: at for at, stratum in enumerate(pools.strata)}
    classes = np.array([place[label] for label in tags_of(pools.source) or ()])
    lessons = Lessons.read(texts_of(pools.source), classes, len(place))
    fits = lessons.answer(lessons.ask(read_texts(texts_of(pools.reserve))))
    own = np.array([place[row.stratum] for row in pools.reserve])
    rows = np.arange(len(own))
    mine = fits[rows, own].copy()
    fits[rows, own] = -np.inf
    margin = mine - fits.max(axis=1)
    return np.asarray(np.where(np.isfinite(margin), margin, -1e3), np.float64)
