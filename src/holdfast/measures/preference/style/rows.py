"""Rows for a fit: every verdict, the order it was given in, and what another person said of the same pair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from holdfast.views.ratings import Rater


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """One entry for each annotator of each pair, by pair.

    Attributes:
        pair: int64 [m], rows of the pairs, ascending.
        rater: int64 [m], which of the annotators.
        verdict: float64 [m], both orders taken together.
        label: float64 [m], as it was said.
        first: float64 [m], 1: a was shown first; 0 where unknown.
        both: bool [m], whether the other order was asked, too.
        swapped: float64 [m], what was said there.
    """

    pair: NDArray[np.int64]
    rater: NDArray[np.int64]
    verdict: NDArray[np.float64]
    label: NDArray[np.float64]
    first: NDArray[np.float64]
    both: NDArray[np.bool_]
    swapped: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.pair)

    @classmethod
    def of(cls, raters: Sequence[Rater], kept: NDArray[np.bool_]) -> Entries:
        """What these annotators said of the pairs that are kept (bool [pairs])."""
        pair = np.concatenate([rater.rows for rater in raters]) if raters else np.zeros(0, np.int64)
        rater = np.repeat(np.arange(len(raters)), [len(one) for one in raters])
        order = np.argsort(pair, kind="stable")
        order = order[kept[pair[order]]]

        def joined(name: str) -> NDArray[np.float64]:
            columns = [np.asarray(getattr(one, name), np.float64) for one in raters]
            return np.asarray(np.concatenate([np.zeros(0), *columns])[order], np.float64)

        return cls(
            pair=pair[order],
            rater=rater[order],
            verdict=joined("verdict"),
            label=joined("label"),
            first=joined("first"),
            both=joined("both").astype(bool),
            swapped=joined("swapped"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Verdicts to explain.

    Attributes:
        pair: int64 [m].
        won: float64 [m], 1: a was preferred, 0: b was, 1/2: neither.
        slot: float64 [m], 1: a was shown first, -1: b, 0: not known.
        given: float64 [m], what another person said of the pair; 0 where nobody is asked.
        weight: float64 [m]; those of a pair sum to 1, however often it was asked.
    """

    pair: NDArray[np.int64]
    won: NDArray[np.float64]
    slot: NDArray[np.float64]
    given: NDArray[np.float64]
    weight: NDArray[np.float64]


def alone(told: Entries) -> Rows:
    """What was said, for itself."""
    return _rows(told, np.arange(len(told)), np.zeros(len(told)))


def beside(told: Entries, people: Entries) -> Rows:
    """What was said, beside what each person said of the same pair."""
    start = np.searchsorted(people.pair, told.pair, side="left")
    count = np.searchsorted(people.pair, told.pair, side="right") - start
    at = np.repeat(np.arange(len(told)), count)
    within = np.arange(len(at)) - np.repeat(np.cumsum(count) - count, count)
    return _rows(told, at, people.verdict[start[at] + within])


def one_another(people: Entries) -> tuple[Rows, NDArray[np.int64]]:
    """What a second person said beside what a first one did, in all orders of any two; and who those two are (int64 [m, 2])."""
    told, given = [], []
    for step in range(1, int(np.bincount(people.pair).max(initial=0))):
        at = np.flatnonzero(people.pair[step:] == people.pair[:-step])
        told += [at, at + step]
        given += [at + step, at]
    nobody = np.zeros(0, np.int64)
    of, by = np.concatenate([nobody, *told]), np.concatenate([nobody, *given])
    rows = _rows(people, of, people.verdict[by])
    twice = np.flatnonzero(people.both[of])
    who = np.stack([people.rater[by], people.rater[of]], axis=1)
    return rows, np.concatenate([who, who[twice]])


def _rows(told: Entries, at: NDArray[np.int64], given: NDArray[np.float64]) -> Rows:
    twice = np.flatnonzero(told.both[at])
    pair = np.concatenate([told.pair[at], told.pair[at[twice]]])
    times = np.bincount(pair)
    return Rows(
        pair=pair,
        won=(np.concatenate([told.label[at], told.swapped[at[twice]]]) + 1) / 2,
        slot=np.concatenate([told.first[at], -told.first[at[twice]]]),
        given=np.concatenate([given, given[twice]]),
        weight=1.0 / times[pair] if len(pair) else np.zeros(0),
    )
