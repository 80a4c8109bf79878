"""Runs: which texts hold which runs of words, equal texts counted as one. Shared by several measures."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.tokens import Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """Runs of one length.

    Attributes:
        count: int64 [texts], different runs that each text holds.
        owner: int64 [r], texts, one entry for each run that stands in several of them.
        run: int64 [r], which run it is, from 0 to k - 1.
        position: int64 [k], a place where the run stands.
        starts: int64 [texts + 1], where each text begins in `owner`.
        kernels: Whether compiled functions count.
    """

    count: NDArray[np.int64]
    owner: NDArray[np.int64]
    run: NDArray[np.int64]
    position: NDArray[np.int64]
    starts: NDArray[np.int64]
    kernels: bool = False

    @classmethod
    def of(
        cls,
        hashes: NDArray[np.uint64],
        positions: NDArray[np.int64],
        texts: NDArray[np.int64],
        total: int,
        *,
        kernels: bool = False,
    ) -> Runs:
        """Gather runs.

        Args:
            hashes: uint64 [g], the runs.
            positions: int64 [g], where they stand.
            texts: int64 [g], the texts they stand in.
            total: Number of texts.
            kernels: Whether compiled functions count, as they do in large sets.
        """
        _, first, number = np.unique(hashes, return_index=True, return_inverse=True)
        kinds = max(len(first), 1)
        owner, run = np.divmod(np.unique(texts * kinds + number), kinds)
        several = np.bincount(run, minlength=kinds)[run] > 1
        kept, run_number = np.unique(run[several], return_inverse=True)
        return cls(
            count=np.bincount(owner, minlength=total),
            owner=owner[several],
            run=run_number,
            position=positions[first[kept]] if len(kept) else np.empty(0, np.int64),
            starts=np.searchsorted(owner[several], np.arange(total + 1)).astype(np.int64),
            kernels=kernels,
        )

    def times(self, held: NDArray[np.bool_]) -> NDArray[np.int64]:
        """int64 [k], how many of some texts (bool [texts]) hold each run."""
        if self.kernels:
            from holdfast.kernels.variety import count_texts

            counts = np.zeros(len(self.position), np.int64)
            count_texts(self.starts, self.run, held, counts)
            return counts
        return np.bincount(self.run[held[self.owner]], minlength=len(self.position))

    def repeated(self, held: NDArray[np.bool_]) -> NDArray[np.int64]:
        """int64 [texts], how many runs of each of these texts another one of them holds as well."""
        times = self.times(held)
        found = held[self.owner]
        found[found] = times[self.run[found]] > 1
        return np.bincount(self.owner[found], minlength=len(self.count))

    def holding(self, held: NDArray[np.bool_], runs: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """bool [texts], which of these texts hold one of some runs (bool [k])."""
        found = np.zeros(len(self.count), bool)
        found[self.owner[runs[self.run]]] = True
        return found & held


def number_texts(tokens: Tokens) -> NDArray[np.int64]:
    """int64 [n], a number for every row, from 0; rows of the same words share it.

    >>> from holdfast.views.tokens import read_tokens
    >>> number_texts(read_tokens(["a row", "another", "A row!"])).tolist()
    [0, 1, 0]
    """
    numbers: dict[bytes, int] = {}
    starts, words = tokens.row_starts.tolist(), tokens.words
    return np.fromiter(
        (numbers.setdefault(words[start:stop].tobytes(), len(numbers)) for start, stop in pairwise(starts)),
        np.int64,
        len(tokens),
    )


def hold_equally(
    weight: NDArray[np.int64], mine: NDArray[np.bool_], theirs: NDArray[np.bool_], most: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """The first texts of two sides, as many as weigh the same on both.

    Args:
        weight: int64 [texts], what is counted of each text.
        mine: bool [texts], texts of one side.
        theirs: bool [texts], texts of the other.
        most: Largest weight of a side.

    >>> mine, theirs = np.array([True, True, False, False]), np.array([False, False, True, True])
    >>> [side.tolist() for side in hold_equally(np.array([2, 2, 2, 1]), mine, theirs, 9)]
    [[True, False, False, False], [False, False, True, True]]
    """
    before = [np.cumsum(side * weight) for side in (mine, theirs)]
    count = min(most, *(int(part[-1]) for part in before))
    return mine & (before[0] <= count), theirs & (before[1] <= count)
