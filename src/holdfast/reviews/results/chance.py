"""What chance gives: yes and no over thirds of somebody's work, and left against right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_DRAWS = 9_999
# With fewer than this in a third, hardly any drift could be told from chance.
_FEWEST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """A share and how often chance alone gives as much.

    Attributes:
        what: What it is a share of.
        shares: In each third, or the one share.
        of: Decisions it rests on.
        p_value: Two-sided.
    """

    what: str
    shares: tuple[float, ...]
    of: int
    p_value: float


def between_thirds(values: NDArray[np.bool_], rng: np.random.Generator, *, what: str) -> Test | None:
    """Whether a share differs between thirds of what came one after the other, more than in any other order.

    Items come in an order that was drawn, so that every order of the answers is as likely where nobody drifts. The yeses are dealt to the
    thirds anew, as many as there are.

    Args:
        values: bool [n], in the order in which they were said.
        rng: Deals.
        what: What it is a share of.

    Returns:
        None where a third has fewer than five.

    >>> test = between_thirds(np.repeat([True, True, False], 20), np.random.default_rng(0), what="accepted")
    >>> test.shares, test.p_value
    ((1.0, 1.0, 0.0), 0.0001)
    """
    sizes = np.array([len(part) for part in np.array_split(values, 3)])
    if sizes.min() < _FEWEST:
        return None
    yes = np.array([int(part.sum()) for part in np.array_split(values, 3)])
    dealt = rng.multivariate_hypergeometric(sizes, int(yes.sum()), size=_DRAWS)
    # The sum of squares beside what is expected: chi-squared, but for factors that are the same for every deal.
    expected = sizes * (yes.sum() / sizes.sum())
    found, chance = (np.square(counts - expected) @ (1.0 / sizes) for counts in (yes, dealt))
    return Test(
        what=what,
        shares=tuple(float(share) for share in yes / sizes),
        of=len(values),
        p_value=float((1 + (chance >= found - 1e-9).sum()) / (1 + _DRAWS)),
    )


def against_half(lefts: Sequence[bool]) -> Test | None:
    """Whether one side is taken more often than the other; which side stood where was dealt, so that half is chance.

    Returns:
        The exact test of a sign; None where nothing was taken.

    >>> against_half([True] * 9 + [False]).p_value
    0.021484375
    """
    from scipy.special import bdtr

    count, hits = len(lefts), sum(lefts)
    if count == 0:
        return None
    p_value = min(1.0, 2.0 * float(bdtr(min(hits, count - hits), count, 0.5)))
    return Test(what="left", shares=(hits / count,), of=count, p_value=p_value)
