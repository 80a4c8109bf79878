"""Excess: how much more often judges choose one side than people do, and how many labels that is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEVEL = 0.05
"""Chance that a judge who chooses as people do loses labels at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Excess:
    """Two sides in strata of equal kind: how often judges choose the one, and how often people do.

    Attributes:
        hits: int64 [k], labels of judges that choose it, by stratum.
        labels: int64 [k], their labels.
        people_hits: float64 [k], how many of the people's choices are it, those of several people of one pair as shares of 1.
        votes: int64 [k], pairs where people chose.
    """

    hits: NDArray[np.int64]
    labels: NDArray[np.int64]
    people_hits: NDArray[np.float64]
    votes: NDArray[np.int64]

    @property
    def people_share(self) -> NDArray[np.float64]:
        """float64 [k], how often people choose it; never 0 or 1, which no number of votes can show."""
        return (self.people_hits + 0.5) / (self.votes + 1.0)

    @property
    def deviate(self) -> float:
        """The common difference over its standard error, above 0 where judges choose it more often; 0 where neither side is seen.

        Source:
            Cochran 1954, Biometrics 10:417 (weighted differences of shares over strata).

        >>> two = Excess(hits=np.array([60]), labels=np.array([100]), people_hits=np.array([50.0]), votes=np.array([100]))
        >>> round(two.deviate, 3)
        1.421
        """
        both = (self.labels > 0) & (self.votes > 0)
        n, m = self.labels[both].astype(float), self.votes[both].astype(float)
        one, other = self.hits[both], self.people_hits[both]
        pooled = (one + other) / (n + m)
        weight = n * m / (n + m)
        variance = float((weight * pooled * (1 - pooled)).sum())
        return float((weight * (one / n - other / m)).sum()) / math.sqrt(variance) if variance else 0.0

    def alone(self, stratum: int) -> Excess:
        """One stratum."""
        at = slice(stratum, stratum + 1)
        return Excess(
            hits=self.hits[at],
            labels=self.labels[at],
            people_hits=self.people_hits[at],
            votes=self.votes[at],
        )

    def reversed(self) -> Excess:
        """The other side's."""
        return Excess(
            hits=self.labels - self.hits,
            labels=self.labels,
            people_hits=self.votes - self.people_hits,
            votes=self.votes,
        )

    def surplus(self) -> NDArray[np.int64]:
        """int64 [k], the fewest labels without which the side is chosen at most as often as by people.

        >>> two = Excess(hits=np.array([60]), labels=np.array([100]), people_hits=np.array([50.0]), votes=np.array([100]))
        >>> two.surplus()
        array([20])
        """
        share = self.people_share
        # Without x of them the share is that of hits less x among labels less x.
        return np.clip(np.ceil((self.hits - share * self.labels) / (1 - share) - 1e-9), 0, self.hits).astype(
            np.int64
        )


def critical(level: float) -> float:
    """What a standard normal deviate passes with this probability.

    >>> round(critical(0.025), 2)
    1.96
    """
    from scipy.special import ndtri

    return float(-ndtri(level))
