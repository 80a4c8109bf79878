"""Human-anchored weights: labels of judges count more or less, so that together they choose as people do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from holdfast.remedies.curate.preferences.contract import Weighed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.remedies.curate.preferences.label_rows import LabelRows

COLUMN = "weight"
LEAST_SEEN = 100
"""Pairs that people chose between that a margin needs, and each of its classes."""
_MOST_CLASSES = 6
_ROUNDS = 200
_MET = 0.005  # a margin within half a point of people's is met


@dataclass(frozen=True, slots=True)
class _Margin:
    """A side that judges may choose more often than people do, in one class of pairs.

    Attributes:
        name: The side.
        rows: int64 [k], labels that chose between both sides.
        hit: bool [k], whether they chose it.
        target: How often people choose it.
        seen: Pairs where they chose.
    """

    name: str
    rows: NDArray[np.int64]
    hit: NDArray[np.bool_]
    target: float
    seen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanWeight:
    """Weights near 1, under which judges choose the longer response, the one with more layout and the first one as often as people do.

    Weights are the nearest to 1 that do so inside of their bounds, in the distance of Deville and Särndal's logit method; bounds that are
    too tight for a margin leave it where they end, and that is said.

    Attributes:
        low: Smallest weight before they are scaled to a mean of 1.
        high: Largest weight before that.

    Source:
        Deville and Särndal 1992, JASA 87:376 (calibration, case 6: the logit method with bounded weights).
    """

    name: ClassVar[str] = "human_weight"
    title: ClassVar[str] = "weights under which judges choose as people do"

    low: float = 0.25
    high: float = 4.0

    def __call__(self, rows: LabelRows, kept: NDArray[np.bool_]) -> tuple[NDArray[np.float64], Weighed] | str:
        """Weigh.

        Args:
            rows: The labels, beside people's.
            kept: bool [n], labels that are left.

        Returns:
            float64 [n], 1 for labels of people and for those that are not kept; or why there can be no weights.
        """
        open_ = rows.made & kept & (rows.label != 0)
        if not open_.any():
            return "there is no label of a judge that chooses"
        margins, missing = _margins(rows, open_)
        if not margins:
            return (
                f"people chose too rarely to be followed; each margin takes {LEAST_SEEN} pairs where they did"
            )
        own = np.flatnonzero(open_)
        place = np.full(len(rows), -1)
        place[own] = np.arange(len(own))
        design = np.zeros((len(own), len(margins) + 1))
        design[:, 0] = 1.0
        for column, margin in enumerate(margins, start=1):
            design[place[margin.rows], column] = margin.hit - margin.target
        weights = np.ones(len(rows))
        found = bounded_weights(
            design, np.array([float(len(own))] + [0.0] * len(margins)), self.low, self.high
        )
        weights[own] = found / found.mean()
        weighed = weights[own]
        return weights, Weighed(
            effective=float(weighed.sum() ** 2 / (weighed**2).sum()),
            labels=len(own),
            low=float(weighed.min()),
            high=float(weighed.max()),
            margins=tuple(_told(margin, weights) for margin in margins)
            + tuple({"name": name, "why": why} for name, why in missing),
        )


def bounded_weights(
    design: NDArray[np.float64], totals: NDArray[np.float64], low: float, high: float
) -> NDArray[np.float64]:
    """Weights between two bounds, nearest to 1, under which the columns have given totals.

    Args:
        design: float64 [n, k].
        totals: float64 [k], `sum_i w_i design_i`.
        low: Smallest weight, below 1.
        high: Largest weight, above 1.

    Returns:
        float64 [n]; totals that no weights within the bounds can have are come near to.

    >>> side = np.array([1.0] * 60 + [0.0] * 40)
    >>> weights = bounded_weights(np.column_stack([np.ones(100), side]), np.array([100.0, 50.0]), 0.2, 5.0)
    >>> weights[[0, 99]].round(3).tolist()
    [0.833, 1.25]
    """
    n, k = design.shape
    scale = (high - low) / ((1 - low) * (high - 1))
    multipliers = np.zeros(k)
    # A margin out of reach would drive its multiplier to infinity; this holds it, and moves no margin that can be met.
    held = 1e-6 * n

    def weigh(at: NDArray[np.float64]) -> NDArray[np.float64]:
        raised = np.exp(np.clip(scale * (design @ at), -500, 500))
        share = (low * (high - 1) + high * (1 - low) * raised) / ((high - 1) + (1 - low) * raised)
        return np.asarray(share, np.float64)

    def gap(at: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(totals - design.T @ weigh(at) - held * at, np.float64)

    left = gap(multipliers)
    for _ in range(_ROUNDS):
        weights = weigh(multipliers)
        slope = scale * (weights - low) * (high - weights) / (high - low)
        step = np.linalg.solve(design.T @ (design * slope[:, None]) + held * np.eye(k), left)
        size = 1.0
        # The gap is the slope of a concave function, so a part of Newton's step always closes some of it.
        while size > 1e-6 and np.abs(gap(multipliers + size * step)).max() > np.abs(left).max():
            size /= 2
        multipliers = multipliers + size * step
        left = gap(multipliers)
        if np.abs(left).max() < 1e-9 * n or size <= 1e-6:
            break
    return weigh(multipliers)


def _margins(rows: LabelRows, open_: NDArray[np.bool_]) -> tuple[list[_Margin], list[tuple[str, str]]]:
    chosen = np.flatnonzero(open_)
    found: list[_Margin] = []
    missing: list[tuple[str, str]] = []
    flat = np.zeros(len(rows.longer))
    for name, seen, own_side, ratio in (
        ("longer", rows.people_choose(rows.longer), rows.longer[rows.pair[chosen]], rows.length_ratio),
        ("more layout", rows.people_choose(rows.richer), rows.richer[rows.pair[chosen]], flat),
        ("first", rows.people_choose_first(), rows.first[chosen], flat),
    ):
        pair, hit = seen
        both = own_side != 0
        if not both.any():
            continue
        if len(pair) < LEAST_SEEN:
            missing.append(
                (name, f"people chose in {len(pair):,} pairs where it can be told; {LEAST_SEEN} are needed")
            )
            continue
        edges = _edges(ratio[pair])
        classes = np.searchsorted(edges, ratio[pair], side="right")
        own = chosen[both]
        own_hit = rows.label[own] == own_side[both]
        own_classes = np.searchsorted(edges, ratio[rows.pair[own]], side="right")
        for at in range(len(edges) + 1):
            in_class, in_own = classes == at, own_classes == at
            if in_own.any() and in_class.any():
                # Never 0 or 1, which no number of pairs can show.
                target = (hit[in_class].sum() + 0.5) / (in_class.sum() + 1.0)
                told = f"{name}, {at + 1} of {len(edges) + 1} by length ratio" if len(edges) else name
                found.append(_Margin(told, own[in_own], own_hit[in_own], float(target), int(in_class.sum())))
    return found, missing


def _edges(ratios: NDArray[np.float64]) -> NDArray[np.float64]:
    count = min(max(len(ratios) // LEAST_SEEN, 1), _MOST_CLASSES)
    return (
        np.unique(np.quantile(ratios, np.arange(1, count) / count))
        if count > 1 and np.ptp(ratios)
        else np.zeros(0)
    )


def _told(margin: _Margin, weights: NDArray[np.float64]) -> dict[str, Any]:
    own = weights[margin.rows]
    after = float((own * margin.hit).sum() / own.sum())
    return {
        "name": margin.name,
        "labels": len(margin.rows),
        "pairs_seen": margin.seen,
        "before": float(margin.hit.mean()),
        "after": after,
        "people": margin.target,
        "met": abs(after - margin.target) <= _MET,
    }
