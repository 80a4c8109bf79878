"""People: what most of them say of a pair, and what the others say when one of them is taken out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from holdfast.stats.intervals import wilson

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from holdfast.views.ratings import Rater

LABELS = 3
"""Response b, a tie, response a: a label plus 1 is its place."""
NOBODY = -1
_Z = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A mean of hits between 0 and 1, with Wilson's interval at the number of independent items it rests on."""

    value: float
    interval: tuple[float, float]
    n: int

    def plain(self) -> dict[str, object]:
        """As plain values."""
        return {"value": self.value, "interval": list(self.interval), "n": self.n}


def tally(people: Sequence[Rater], pairs: int) -> NDArray[np.int64]:
    """int64 [pairs, LABELS], how many people gave each label."""
    counts = np.zeros((pairs, LABELS), np.int64)
    for person in people:
        counts[person.rows, person.label.astype(np.int64) + 1] += 1
    return counts


def most_say(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """int64 [n], the label that most gave; NOBODY where nobody looked, or two labels were given equally often.

    >>> most_say(np.array([[2, 1, 0], [1, 1, 0], [0, 0, 0]])).tolist()
    [0, -1, -1]
    """
    most = counts.max(axis=1)
    alone = (counts == most[:, None]).sum(axis=1) == 1
    return np.where((most > 0) & alone, counts.argmax(axis=1), NOBODY)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Each person taken out in turn: what the person says, and what most of the others say of the same pair.

    Attributes:
        rows: int64 [m], rows of the pairs; a pair counts once for each of its people whose others have a majority.
        own: int64 [m], the person's label.
        others: int64 [m], what most of the others say.
    """

    rows: NDArray[np.int64]
    own: NDArray[np.int64]
    others: NDArray[np.int64]


def leave_one_out(people: Sequence[Rater], counts: NDArray[np.int64]) -> LeftOut:
    """Take out one person at a time.

    Args:
        people: The people.
        counts: int64 [pairs, LABELS], their tally.
    """
    rows, own, others = [], [], []
    for person in people:
        said = person.label.astype(np.int64) + 1
        rest = counts[person.rows]
        rest[np.arange(len(person)), said] -= 1
        most = most_say(rest)
        kept = most != NOBODY
        rows.append(person.rows[kept])
        own.append(said[kept])
        others.append(most[kept])
    empty = np.zeros(0, np.int64)
    return LeftOut(
        rows=np.concatenate([empty, *rows]),
        own=np.concatenate([empty, *own]),
        others=np.concatenate([empty, *others]),
    )


def error_of_mean(values: NDArray[np.float64], groups: NDArray[np.int64]) -> float:
    """Standard error of a mean of which the values of one group are no independent draws; 0 where nothing varies.

    >>> round(error_of_mean(np.array([0.0, 0.0, 1.0, 1.0]), np.array([0, 0, 1, 1])), 3)
    0.5
    """
    numbered = np.unique(groups, return_inverse=True)[1].reshape(-1)
    sums = np.bincount(numbered, values - values.mean())
    count = len(sums)
    if count < 2:
        return 0.0
    return math.sqrt(count / (count - 1) * float(np.square(sums).sum())) / len(values)


def share_of(hits: NDArray[np.float64], groups: NDArray[np.int64]) -> Share | None:
    """The mean of hits; None without any.

    Args:
        hits: float64 [n], 0 to 1.
        groups: int64 [n], items of one group are no independent draws.
    """
    if len(hits) == 0:
        return None
    value, count = float(hits.mean()), len(np.unique(groups))
    independent, error = float(count), error_of_mean(hits, groups)
    if error > 0:
        # At most as many as there are: a half hit counts no more than one item.
        independent = min(float(len(hits)), value * (1 - value) / error**2 * count / (count - 1))
    return Share(value=value, interval=wilson(value * independent, independent), n=len(hits))


def mean_difference(
    gaps: NDArray[np.float64], groups: NDArray[np.int64]
) -> tuple[float, float, tuple[float, float] | None]:
    """Mean of paired differences, its standard error and 95 % interval; no interval where nothing varies."""
    value, error = float(gaps.mean()), error_of_mean(gaps, groups)
    return value, error, (value - _Z * error, value + _Z * error) if error > 0 else None
