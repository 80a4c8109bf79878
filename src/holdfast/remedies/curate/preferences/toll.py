"""Toll: what a filter takes of labels that people share, before it may take any."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from holdfast.remedies.curate.preferences.contract import LabelToll
from holdfast.remedies.curate.preferences.excess import critical
from holdfast.stats.intervals import exact_share

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from holdfast.remedies.curate.preferences.contract import Decision
    from holdfast.remedies.curate.preferences.label_rows import LabelRows
    from holdfast.remedies.curate.preferences.marks import PreferenceMarks

LEAST_GOOD = 20
"""Labels that people share from which on it is said what a filter takes of them."""
_HARMFUL = 0.05  # of good labels; less than that is no harm worth stopping for


def toll(rows: LabelRows, marks: PreferenceMarks) -> tuple[LabelToll, LabelToll]:
    """What a filter takes, alone, of labels that most people share, and of those that they contradict."""
    good, bad = (_toll(marks.taken[kind]) for kind in (rows.agrees, rows.contradicts))
    return good, bad


def decide(
    marks: PreferenceMarks, left: int, good: LabelToll, bad: LabelToll, *, most: float
) -> tuple[Decision, str]:
    """Whether a filter may act.

    It is stopped where it would take more than the tolerated share of all labels, or where it takes clearly more of what people
    share than of what they contradict: then it drops what should stay.

    Args:
        marks: What it would take.
        left: Labels of judges that are left.
        good: What it takes of labels that most people share.
        bad: What it takes of labels that they contradict.
        most: Largest share of them that one filter may take.
    """
    count = int(marks.taken.sum())
    if count == 0:
        return "nothing to do", marks.said
    if count > most * left:
        return (
            "stopped",
            f"it would take {count / left:.0%} of the judges' labels, {most:.0%} are tolerated; {marks.said}".replace(
                "%", " %"
            ),
        )
    if good.share is not None and good.share > _HARMFUL and _clearly_more(good, bad):
        return (
            "stopped",
            f"it would take {good.share:.0%} of the labels that people share, and {bad.share:.0%} of those that they contradict".replace(
                "%", " %"
            ),
        )
    if good.rows < LEAST_GOOD:
        return (
            "not measured",
            f"{marks.said}; people saw {good.rows:,} pairs of labels that they share, so what it takes of good ones is not known",
        )
    return "acts", marks.said


def _toll(taken: NDArray[np.bool_]) -> LabelToll:
    rows, hits = len(taken), int(taken.sum())
    if not rows:
        return LabelToll(rows=0, taken=0, share=None, interval=None)
    return LabelToll(rows=rows, taken=hits, share=hits / rows, interval=exact_share(hits, rows))


def _clearly_more(good: LabelToll, bad: LabelToll) -> bool:
    """Whether the difference of both shares is beyond chance, one-sided at 1 %."""
    if not good.rows or not bad.rows:
        return False
    pooled = (good.taken + bad.taken) / (good.rows + bad.rows)
    error = math.sqrt(pooled * (1 - pooled) * (1 / good.rows + 1 / bad.rows))
    return error > 0 and (good.taken / good.rows - bad.taken / bad.rows) / error > critical(0.01)
