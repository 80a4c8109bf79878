"""A mean that few people and many judgements know together: corrected by where both were asked."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_Z = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """A mean, from people's labels and a judge's.

    Attributes:
        value: The mean.
        standard_error: Of the value; 0 where nothing varies.
        interval: 95 %, by the t-distribution; None where nothing varies.
        weight: How much the judge is believed, lambda from 0 (not at all) to 1.
        human_value: The mean by people alone.
        human_error: Its standard error.
        human_interval: 95 % interval of that; None where nothing varies.
        labelled: Items that people and the judge labelled.
        unlabelled: Items that the judge alone labelled, or all that the judge labelled.
        effective: Labels of people that would give as small an error without the judge; None where an error is 0.
    """

    value: float
    standard_error: float
    interval: tuple[float, float] | None
    weight: float
    human_value: float
    human_error: float
    human_interval: tuple[float, float] | None
    labelled: int
    unlabelled: int
    effective: float | None


def corrected_mean(
    human: NDArray[np.float64],
    judged: NDArray[np.float64],
    unlabelled: NDArray[np.float64],
    *,
    sampling: NDArray[np.float64] | None = None,
    groups: NDArray[np.int64] | None = None,
    unlabelled_groups: NDArray[np.int64] | None = None,
) -> Corrected:
    """The mean of what people say: `mean(human) + lambda * (mean(unlabelled) - mean(judged))`.

    lambda is the one of smallest variance, between 0 and 1: `cov(human, judged) / ((1 + n/N) var(judge))`. With groups or sampling
    weights it is the same quantity from sums over groups. A judge who knows nothing gets a lambda of about 0 and costs nothing; one who is
    wrong in one direction is corrected by as much as people say.

    Args:
        human: float64 [n], people's labels.
        judged: float64 [n], the judge's of the same items.
        unlabelled: float64 [N], the judge's of other items of the same kind, or, with `sampling`, of all items including these.
        sampling: float64 [n], weights of the labelled items, such as 1 / their chance of being chosen; None where each had the same.
        groups: int64 [n], items that are no independent draws share a number; None where each stands for itself.
        unlabelled_groups: int64 [N], the same numbers for the others; given with `groups`.

    Raises:
        ValueError: There are fewer than two labelled items or groups, or no unlabelled ones.

    Source:
        Angelopoulos, Duchi and Zrnic 2023, arXiv:2311.01453 (PPI++), sections 2 and 6; variance by linearisation over groups.

    >>> human, judged = np.array([1.0, 0.0, 1.0, 1.0, 0.0, 1.0]), np.array([1.0, 0.0, 1.0, 0.0, 0.0, 1.0])
    >>> found = corrected_mean(human, judged, np.tile([1.0, 1.0, 0.0], 100))
    >>> round(found.value, 3), round(found.weight, 3)
    (0.788, 0.729)
    """
    from scipy.special import stdtrit

    n, others = len(human), len(unlabelled)
    if n < 2 or others < 1:
        raise ValueError("two labelled items and an unlabelled one are needed")
    shares = np.full(n, 1.0 / n) if sampling is None else sampling / sampling.sum()
    human_value, judged_value = (
        float(values.mean() if sampling is None else shares @ values) for values in (human, judged)
    )
    gap = float(unlabelled.mean()) - judged_value
    of_human = shares * (human - human_value)
    of_judge = np.concatenate([-shares * (judged - judged_value), (unlabelled - unlabelled.mean()) / others])
    of_human = np.concatenate([of_human, np.zeros(others)])
    weights = shares
    if groups is not None:
        if unlabelled_groups is None:
            raise ValueError("groups of the unlabelled items are needed, too")
        numbered = np.unique(np.concatenate([groups, unlabelled_groups]), return_inverse=True)[1].reshape(-1)
        of_human, of_judge = np.bincount(numbered, of_human), np.bincount(numbered, of_judge)
        weights = np.bincount(numbered[:n], shares)
    independent = 1.0 / float(np.square(weights).sum())
    if independent < 1.5:
        raise ValueError("two independent labelled items are needed")
    if groups is None and sampling is None:
        shared = float(((human - human_value) * (judged - judged_value)).mean())
        spread = float(np.concatenate([judged, unlabelled]).var(ddof=1))
        weight = shared / ((1.0 + n / others) * spread) if spread > 0 else 0.0
    else:
        spread = float(np.square(of_judge).sum())
        weight = -float(of_human @ of_judge) / spread if spread > 0 else 0.0
    weight = min(1.0, max(0.0, weight))
    inflation = independent / (independent - 1.0)
    variance = inflation * float(np.square(of_human + weight * of_judge).sum())
    human_variance = inflation * float(np.square(of_human).sum())
    reach = float(stdtrit(independent - 1.0, 0.975))
    value = human_value + weight * gap
    error, human_error = math.sqrt(variance), math.sqrt(human_variance)
    return Corrected(
        value=value,
        standard_error=error,
        interval=_around(value, reach * error),
        weight=weight,
        human_value=human_value,
        human_error=human_error,
        human_interval=_around(human_value, reach * human_error),
        labelled=n,
        unlabelled=others,
        effective=n * human_variance / variance if variance > 1e-18 and human_variance > 1e-18 else None,
    )


def _around(value: float, reach: float) -> tuple[float, float] | None:
    return (value - reach, value + reach) if reach > 1e-9 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmixed:
    """A share, from how often a judge says yes and how often it is right when people say yes, and no.

    Attributes:
        value: The share, between 0 and 1.
        interval: 95 %, between 0 and 1.
        sensitivity: Share of people's yes that is the judge's yes.
        specificity: Share of people's no that is the judge's no.
    """

    value: float
    interval: tuple[float, float]
    sensitivity: float
    specificity: float


def rogan_gladen(
    yes: float, judged: float, *, right_yes: float, human_yes: float, right_no: float, human_no: float
) -> Unmixed | None:
    """The share that people would find, `(p + TNR - 1) / (TPR + TNR - 1)`, from counts.

    Args:
        yes: Items that the judge says yes to, of those without labels of people.
        judged: All of them.
        right_yes: Of people's yes, those the judge says yes to.
        human_yes: People's yes.
        right_no: Of people's no, those the judge says no to.
        human_no: People's no.

    Returns:
        None where the judge does not tell yes from no: TPR + TNR is not above 1 by more than its error, so that no interval ends.

    Source:
        Rogan and Gladen 1978, American Journal of Epidemiology 107:71; interval by linearisation with counts pulled to the middle, as
        in Lang and Reiczigel 2014, Preventive Veterinary Medicine 113:13.

    >>> found = rogan_gladen(620, 1000, right_yes=90, human_yes=100, right_no=80, human_no=100)
    >>> round(found.value, 3), [round(end, 2) for end in found.interval]
    (0.6, [0.52, 0.69])
    """
    if min(judged, human_yes, human_no) <= 0:
        return None
    p, sensitivity, specificity = yes / judged, right_yes / human_yes, right_no / human_no
    told = sensitivity + specificity - 1.0
    # Counts pulled to the middle: a judge who was never wrong on few items is not known to be never wrong.
    square = _Z**2
    share, tp, tn = (
        (yes + square / 2) / (judged + square),
        (right_yes + 1) / (human_yes + 2),
        (right_no + 1) / (human_no + 2),
    )
    of_share = share * (1 - share) / (judged + square)
    of_tp, of_tn = tp * (1 - tp) / (human_yes + 2), tn * (1 - tn) / (human_no + 2)
    pulled = tp + tn - 1.0
    if told <= 0 or pulled <= _Z * math.sqrt(of_tp + of_tn):
        return None
    middle = min(1.0, max(0.0, (share + tn - 1.0) / pulled))
    error = math.sqrt(of_share + (1 - middle) ** 2 * of_tn + middle**2 * of_tp) / pulled
    value = min(1.0, max(0.0, (p + specificity - 1.0) / told))
    return Unmixed(
        value=value,
        interval=(max(0.0, min(middle - _Z * error, value)), min(1.0, max(middle + _Z * error, value))),
        sensitivity=sensitivity,
        specificity=specificity,
    )
