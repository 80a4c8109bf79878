"""The alternative annotator test: would a judge stand in for a person at least as well as another person?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from holdfast.stats.multiplicity import benjamini_hochberg

if TYPE_CHECKING:
    from numpy.typing import NDArray

EPSILON = 0.2
"""What a judge may lose against a person, as it is cheaper: .2 for experts, .15 for trained people, .1 for the crowd."""
LEAST_ITEMS = 30
LEAST_PEOPLE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """How a judge does in the place of each person in turn.

    Attributes:
        winning_rate: Share of people whom the judge replaces: the test rejects that it is worse by `epsilon` or more.
        advantage: Share of items on which the judge agrees with the others at least as well as the person does, mean over people.
        p_values: One for each person who was tested, one-sided.
        replaced: For each of them, whether the judge may stand in.
        tested: Which people, by their column.
        items: Items each of them was tested on.
        epsilon: What the judge was allowed to lose.
    """

    winning_rate: float
    advantage: float
    p_values: tuple[float, ...]
    replaced: tuple[bool, ...]
    tested: tuple[int, ...]
    items: tuple[int, ...]
    epsilon: float

    @property
    def passes(self) -> bool:
        """Whether the judge replaces at least half of the people."""
        return self.winning_rate >= 0.5


def alternative_annotator(
    judge: NDArray[np.int64],
    people: NDArray[np.int64],
    *,
    size: int,
    epsilon: float = EPSILON,
    rate: float = 0.05,
    least_items: int = LEAST_ITEMS,
    least_people: int = LEAST_PEOPLE,
) -> Alternative | None:
    """Take out one person at a time: who agrees better with those who are left, the judge or the person?

    On each item the one who agrees with more of the others wins; both win where they agree with as many. A person is replaced where a
    paired t-test rejects that the judge wins less often by `epsilon` or more; false discoveries are held at `rate` under any
    dependence, as people are tested on the same items.

    Args:
        judge: int64 [n], labels from 0 to `size` - 1; -1 where the judge gave none.
        people: int64 [n, k], the same for each person.
        size: Number of labels there are.
        epsilon: What the judge may lose.
        rate: Expected share of wrong replacements.
        least_items: Items below which a person is not tested.
        least_people: People below whom nothing is said.

    Returns:
        None where fewer than `least_people` people can be tested.

    Source:
        Calderon, Reichart and Dror 2025, arXiv:2501.10970, sections 3 and 4; Benjamini and Yekutieli 2001, Annals of Statistics
        29:1165 (the rate under dependence).

    >>> truth = np.arange(60) % 2
    >>> people = np.stack([np.where(np.arange(60) % 10 == k, 1 - truth, truth) for k in range(3)], axis=1)
    >>> found = alternative_annotator(truth, people, size=2)
    >>> found.winning_rate, round(found.advantage, 2), found.passes
    (1.0, 1.0, True)
    """
    from scipy.special import stdtr

    counts = np.stack([(people == label).sum(axis=1) for label in range(size)], axis=1)
    p_values, shares, tested, items = [], [], [], []
    for column, own in enumerate(people.T):
        usable = np.flatnonzero((own >= 0) & (judge >= 0) & (counts.sum(axis=1) >= 2))
        if len(usable) < least_items:
            continue
        agreeing = counts[usable, own[usable]] - 1
        # The person's own label is none of those that are left.
        with_judge = counts[usable, judge[usable]] - (judge[usable] == own[usable])
        gap = (agreeing >= with_judge).astype(float) - (with_judge >= agreeing)
        spread = float(gap.std(ddof=1)) / np.sqrt(len(gap))
        above = float(gap.mean()) - epsilon
        p_values.append(float(stdtr(len(gap) - 1, above / spread)) if spread > 0 else float(above >= 0))
        shares.append(float((with_judge >= agreeing).mean()))
        tested.append(column)
        items.append(len(usable))
    if len(tested) < least_people:
        return None
    harmonic = float((1.0 / np.arange(1, len(tested) + 1)).sum())
    replaced = benjamini_hochberg(np.array(p_values), rate / harmonic)
    return Alternative(
        winning_rate=float(replaced.mean()),
        advantage=float(np.mean(shares)),
        p_values=tuple(p_values),
        replaced=tuple(bool(one) for one in replaced),
        tested=tuple(tested),
        items=tuple(items),
        epsilon=epsilon,
    )
