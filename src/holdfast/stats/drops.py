"""Drops so sure that no resampling can show how sure: p-values far below one over the number of draws.

An alarm that must hold over many looks and many skills is given at a level of one in thousands or less, where shuffling a few thousand times
says nothing. Up to one in a hundred, the shuffled p-value of `paired.drop_from_best` is what counts, as it takes into account that models are
alike; below it, a bound that holds in the far tail: McNemar's exact test where items are right or wrong, else the tight Gaussian bound for
sums with random signs; times the number of earlier models.

Source:
    Bentkus and Dzindzalieta 2015, Bernoulli 21:1231 (3.18 = 1 / (4 P(Z > sqrt 2))).
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from holdfast.stats.paired import Drop, drop_from_best, mcnemar

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SHUFFLED = 0.01
_DRAWS = 1_999
_SIGNS = 3.18
_POWER = 0.8


def sure_drop(values: NDArray[np.float64], rng: np.random.Generator, level: float = 1.0) -> Drop:
    """`drop_from_best`, with a p-value that may be as small as the data make it.

    Below one in a hundred only the bound counts, above it only shuffling: each half of the rule keeps its level, and so does the rule. Where
    nobody asks about a level as high as that, nothing is shuffled, and the bound stands alone.

    Args:
        values: float64 [n, k], larger is better, models in their order; k of 2 or more.
        rng: Draws the signs.
        level: The highest level that the p-value will be held against.

    Raises:
        ValueError: As `drop_from_best`.

    >>> lost = np.repeat([[1.0, 0.0], [1.0, 1.0]], [40, 60], axis=0)
    >>> sure_drop(lost, np.random.default_rng(0)).p_value < 1e-11
    True
    """
    shuffled = level >= _SHUFFLED
    found = drop_from_best(values, rng, _DRAWS if shuffled else 1)
    if shuffled and found.p_value > _SHUFFLED:
        return found
    earlier = values.shape[1] - 1
    bound = earlier * min(_bound(values[:, place] - values[:, -1]) for place in range(earlier))
    return replace(found, p_value=min(bound, _SHUFFLED if shuffled else 1.0))


def smallest_drop(differences: NDArray[np.float64], level: float, earlier: int = 1) -> float:
    """The smallest drop that would be seen at a level in four of five comparisons of this many items that differ as much.

    Args:
        differences: float64 [n], of two models, item by item.
        level: What the p-value must not exceed.
        earlier: How many earlier models share the level.

    >>> round(smallest_drop(np.array([1.0, -1, 0, 0] * 50), 0.05), 2)
    0.12
    """
    from scipy.special import ndtri

    items = len(differences)
    share = level / earlier
    binary = _is_binary(differences)
    error = float(differences.std(ddof=1)) / math.sqrt(items)
    # So many items that all change the same way are the least that an exact test can be sure of.
    least = math.ceil(math.log2(1 / share)) / items * (1.0 if binary else float(np.abs(differences).mean()))
    reach = float(-ndtri(share if binary else share / _SIGNS)) + float(ndtri(_POWER))
    return max(reach * error, least)


def _bound(differences: NDArray[np.float64]) -> float:
    from scipy.special import ndtr

    if differences.mean() <= 0:
        return 1.0
    if _is_binary(differences):
        return mcnemar(int((differences > 0).sum()), int((differences < 0).sum()))
    size = float(np.sqrt((differences**2).sum()))
    return min(1.0, _SIGNS * float(ndtr(-differences.sum() / size)))


def _is_binary(differences: NDArray[np.float64]) -> bool:
    return bool(np.isin(differences, (-1.0, 0.0, 1.0)).all())
