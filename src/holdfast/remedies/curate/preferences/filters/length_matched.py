"""Labels for the longer response, beyond people's own taste for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from holdfast.remedies.curate.preferences.excess import LEVEL, Excess, critical
from holdfast.remedies.curate.preferences.marks import PreferenceMarks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.remedies.curate.preferences.label_rows import LabelRows

LEAST_SEEN = 100
"""Pairs that people chose between without which nothing is known of their taste, and for each class of length ratios."""
LEAST_LABELS = 100
_MOST_CLASSES = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class LengthMatched:
    """The fewest labels without which judges choose the longer response as often as people do at the same length ratio.

    A judge whose choices differ from people's by no more than chance loses nothing. Which of the labels in excess are dropped is drawn:
    dropping those that people contradict would only flatter the judge where people looked. What is matched is how often the longer
    response wins, not each verdict: given what people said of the very pair, a part of the judge's taste may be left.
    """

    name: ClassVar[str] = "length_matched"
    title: ClassVar[str] = "choices of the longer response beyond people's"

    level: float = LEVEL

    def __call__(
        self, rows: LabelRows, kept: NDArray[np.bool_], rng: np.random.Generator
    ) -> PreferenceMarks | str:
        """Look."""
        pair, longer = rows.people_choose(rows.longer)
        if len(pair) < LEAST_SEEN:
            return (
                f"people chose between responses of unequal length in {len(pair):,} pairs; {LEAST_SEEN} are needed to know how "
                "often they choose the longer one"
            )
        edges = _edges(rows.length_ratio[pair])
        people = np.searchsorted(edges, rows.length_ratio[pair], side="right")
        count = len(edges) + 1
        open_ = rows.made & kept & (rows.label != 0) & (rows.longer[rows.pair] != 0)
        groups = rows.judges(open_, least=LEAST_LABELS)
        taken = np.zeros(len(rows), bool)
        details: dict[str, Any] = {"pairs_seen": len(pair), "classes": count, "judges": []}
        for name, own in groups:
            place = np.searchsorted(edges, rows.length_ratio[rows.pair[own]], side="right")
            hit = rows.label[own] == rows.longer[rows.pair[own]]
            excess = Excess(
                hits=np.bincount(place[hit], minlength=count),
                labels=np.bincount(place, minlength=count),
                people_hits=np.bincount(people, longer, minlength=count).astype(np.float64),
                votes=np.bincount(people, minlength=count),
            )
            before = int(taken.sum())
            for side, chosen in ((excess, hit), (excess.reversed(), ~hit)):
                surplus = side.surplus() * _acts(side, self.level / len(groups))
                for at in np.flatnonzero(surplus):
                    candidates = own[chosen & (place == at)]
                    taken[rng.choice(candidates, int(surplus[at]), replace=False)] = True
            # The people that this judge would be, had they seen the same length ratios.
            expected = float((excess.people_share * excess.labels).sum() / max(excess.labels.sum(), 1))
            left = ~taken[own]
            details["judges"].append(
                {
                    "name": name,
                    "labels": len(own),
                    "longer": float(hit.mean()),
                    "people": expected,
                    "taken": int(taken.sum()) - before,
                    "longer_after": float(hit[left].mean()) if left.any() else None,
                }
            )
        return PreferenceMarks(
            taken=taken,
            reason=lambda row: (
                f"{rows.who[row][1]} chooses the "
                f"{'longer' if rows.label[row] == rows.longer[rows.pair[row]] else 'shorter'} response more often than people do "
                "at this length ratio"
            ),
            said=_said(details["judges"]),
            details=details,
        )


def _edges(ratios: NDArray[np.float64]) -> NDArray[np.float64]:
    """Borders of classes of equally many pairs that people saw."""
    count = min(max(len(ratios) // LEAST_SEEN, 1), _MOST_CLASSES)
    return np.unique(np.quantile(ratios, np.arange(1, count) / count)) if count > 1 else np.zeros(0)


def _acts(excess: Excess, level: float) -> NDArray[np.int64]:
    """int64 [k], 1 in strata where labels may be taken: all where the common excess is beyond chance, else those whose own is.

    Each of the two directions, and each of the two questions, is given a quarter of the level.
    """
    count = len(excess.labels)
    if excess.deviate > critical(level / 4):
        return np.ones(count, np.int64)
    border = critical(level / 4 / count)
    return np.array([int(excess.alone(at).deviate > border) for at in range(count)], np.int64)


def _said(judges: list[dict[str, Any]]) -> str:
    if not judges:
        return "no judge chose between responses of unequal length"
    worst = max(judges, key=lambda one: (one["taken"], abs(one["longer"] - one["people"])))
    said = f"{worst['name']} chooses the longer response {worst['longer']:.1%} of the time, people {worst['people']:.1%} at the same length ratios"
    return (said if worst["taken"] else f"{said}: no more than chance").replace("%", " %")
