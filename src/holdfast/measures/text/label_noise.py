"""Label noise: how many rows carry a label that reality would not give them?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from holdfast.measures.reading import (
    BAND_DRAWS,
    Band,
    Calibration,
    Reading,
    Undetermined,
    detectable,
    percent,
    too_few,
)
from holdfast.stats.permutation import rank
from holdfast.views.margins import MARGINS
from holdfast.views.reading import read_view
from holdfast.views.units import count_units

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.sides import Sides
    from holdfast.views.view import View

_DOUBTED = 0.05
"""Share of real rows whose label the judge doubts; its cut is theirs, so that its own mistakes are no noise."""
_LEAST_IN_LABEL = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelNoise:
    """Share of candidate rows whose label a judge trained on reality doubts, beyond what it doubts in reality.

    The judge (naive Bayes over words and parts of words) compares the label a row carries with the best other one. A
    row is doubted when it speaks against its label more than 95 % of unseen real rows do. Each label is compared with
    itself, so that a mix of harder labels is no noise, and the judge's own mistakes cancel.

    Reads
        about 0 for real rows; about 0.1 where every tenth label is wrong.
    Blind to
        labels that are wrong in a way the words do not show, and mistakes that the real labels share.
    Undetermined
        without labels on both sides, or with fewer than `least_rows` labelled rows on a side.
    Cost
        features x labels.
    Source
        Confident learning's idea (Northcutt et al. 2021, JAIR 70:1373) with a conformal cut and a permutation null
        inside labels.

    >>> from holdfast.measures.examples import text_sides
    >>> words = ["card lost stolen bank", "rain sun weather wind"]
    >>> rows = [f"{w} {i * 7919 % 97} {v}" for i in range(100) for w, v in zip(words, ["please", "today"])]
    >>> right = [w.split()[0] for _ in range(100) for w in words]
    >>> wrong = [right[i + 1 - 2 * (i % 2)] if i < 60 else right[i] for i in range(200)]
    >>> sides = text_sides(real=rows, candidate=[row + " now" for row in rows], real_strata=right, candidate_strata=wrong)
    >>> 0.2 < LabelNoise()(sides, Calibration(draws=199)).value < 0.4
    True
    """

    name: ClassVar[str] = "label_noise"
    title: ClassVar[str] = "Labels that do not fit"
    version: ClassVar[int] = 1
    unit: ClassVar[str] = "of rows carry a label that does not fit, beyond reality's own"
    percent: ClassVar[bool] = True
    judged: ClassVar[bool] = True
    decisive: ClassVar[bool] = False
    of_shares: ClassVar[bool] = False

    tolerance: float = 0.05
    least_rows: int = 50

    def views(self, sides: Sides, null: Calibration) -> tuple[View, ...]:  # noqa: ARG002 - no draw decides
        """What is asked of every row."""
        return (MARGINS,) if sides.origin == "column" and len(sides.labels) > 1 else ()

    def __call__(self, sides: Sides, null: Calibration) -> Reading | Undetermined:
        """Read the excess of doubted labels."""
        if sides.origin != "column" or len(sides.labels) < 2:
            return Undetermined(reason="labels on both sides are needed", applies=False)
        rng = null.rng(self.name)
        sizes = [
            np.bincount(side.strata[side.strata >= 0], minlength=len(sides.labels))
            for side in (sides.anchor, sides.candidate)
        ]
        shared = (sizes[0] >= _LEAST_IN_LABEL) & (sizes[1] > 0)
        labels = [
            np.where((side.strata >= 0) & shared[np.maximum(side.strata, 0)], side.strata, -1)
            for side in (sides.anchor, sides.candidate)
        ]
        counts = [int((part >= 0).sum()) for part in labels]
        if min(counts) < self.least_rows or shared.sum() < 2:
            return too_few(counts[0], counts[1], self.least_rows)
        margins = read_margins(sides)
        cut = float(np.quantile(margins[0][labels[0] >= 0], _DOUBTED))
        flags = [margin < cut for margin in margins]
        excess = _Excess.of(sides, labels, flags, null.draws, rng)
        place = rank(excess.value, excess.null, rng)
        rows = np.flatnonzero(flags[1] & (labels[1] >= 0))
        order = rows[np.argsort(margins[1][rows], kind="stable")]
        worst = np.argsort(-excess.by_label, kind="stable")[:10]
        return Reading(
            value=excess.value,
            null=Band.of(excess.null[:BAND_DRAWS]),
            p_value=place.p_value,
            randomized=place.randomized,
            effect=excess.value,
            smallest_detectable=detectable(excess.null, null.level),
            rows=tuple(int(row) for row in order) if excess.value > 0 else (),
            evidence=(
                f"{percent(excess.doubted)} of candidate labels are doubted; of real ones of the same labels "
                f"{percent(excess.doubted_real)}",
            ),
            details={
                "labels": [
                    {"stratum": sides.labels[i], "excess": float(excess.by_label[i])}
                    for i in worst
                    if excess.by_label[i] > 0
                ],
                "real": excess.doubted_real,
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Excess:
    """Doubted rows beyond reality's, at the candidate's label mix."""

    value: float
    doubted: float
    doubted_real: float
    by_label: NDArray[np.float64]
    null: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        sides: Sides,
        labels: list[NDArray[np.int64]],
        flags: list[NDArray[np.bool_]],
        draws: int,
        rng: np.random.Generator,
    ) -> _Excess:
        keys = [np.where(label >= 0, 2 * label + flag, -1) for label, flag in zip(labels, flags, strict=True)]
        types = count_units(keys[0], sides.anchor.duplicates.units, keys[1], sides.candidate.duplicates.units)
        label_of, flagged = types.key // 2, (types.key % 2).astype(np.float64)
        value = doubted = doubted_real = 0.0
        null = np.zeros(draws)
        by_label = np.zeros(len(sides.labels))
        total = float((types.candidate * types.size).sum())
        for label in np.unique(label_of):
            mine = label_of == label
            size, flag = types.size[mine].astype(np.float64), flagged[mine]
            found, real = types.candidate[mine], types.anchor[mine]
            weight = float(found @ size) / total
            share, share_real = _share(found, size, flag), _share(real, size, flag)
            dealt = rng.multivariate_hypergeometric(
                found + real, int(found.sum()), size=draws, method="marginals"
            )
            value += weight * float(share - share_real)
            doubted += weight * float(share)
            doubted_real += weight * float(share_real)
            by_label[label] = weight * float(share - share_real)
            null += weight * (_share(dealt, size, flag) - _share(found + real - dealt, size, flag))
        return cls(value=value, doubted=doubted, doubted_real=doubted_real, by_label=by_label, null=null)


def _share(units: NDArray[np.int64], size: NDArray[np.float64], flag: NDArray[np.float64]) -> Any:
    """Share of flagged rows among units given by type, int64 [..., t]."""
    rows = units @ size
    return (units @ (size * flag)) / np.maximum(rows, 1.0)


def read_margins(sides: Sides) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How much each real row and each candidate row speaks for its label against the best other one, to a judge that has not read it."""
    viewed = read_view(sides, MARGINS)
    return viewed.real["margin"], viewed.candidate["margin"]
