"""Labels of a model that gives too many of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from holdfast.measures.preference.ledger import MODELS, MOST_BY_ONE
from holdfast.remedies.curate.preferences.marks import PreferenceMarks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.remedies.curate.preferences.label_rows import LabelRows


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeCap:
    """The fewest labels without which no model gives more than its share. Versions of a model are one."""

    name: ClassVar[str] = "judge_cap"
    title: ClassVar[str] = "labels of a model that gives too many"

    most: float = MOST_BY_ONE

    def __call__(
        self, rows: LabelRows, kept: NDArray[np.bool_], rng: np.random.Generator
    ) -> PreferenceMarks | str:
        """Look."""
        by: dict[str, list[int]] = {}
        for at in np.flatnonzero(kept).tolist():
            kind, name = rows.who[at]
            if kind in MODELS:
                by.setdefault(name.partition("@")[0], []).append(at)
        total = int(kept.sum())
        if not by:
            return "no label is known to come from a model"
        counts = np.array([len(own) for own in by.values()])
        name, own = max(by.items(), key=lambda entry: len(entry[1]))
        share = len(own) / total
        taken = np.zeros(len(rows), bool)
        said = f"{name} gives {share:.1%} of {total:,} labels"
        if share > self.most:
            level = _level(counts, total - int(counts.sum()), self.most)
            if level == 0:
                return (
                    f"{said}, and there are too few others to bring that to {self.most:.0%}; labels by others are needed"
                ).replace("%", " %")
            for labels in by.values():
                if len(labels) > level:
                    taken[rng.choice(np.array(labels), len(labels) - level, replace=False)] = True
        return PreferenceMarks(
            taken=taken,
            reason=lambda row: (
                f"{rows.who[row][1].partition('@')[0]} gives more than {self.most:.0%} of the labels".replace(
                    "%", " %"
                )
            ),
            said=said.replace("%", " %"),
            details={"largest": name, "share": share, "most": self.most},
        )


def _level(counts: NDArray[np.int64], others: int, most: float) -> int:
    """The largest number of labels that a model may give, so that none gives more than its share of what is left.

    >>> _level(np.array([900, 50]), 50, 0.5)
    100
    """
    low, high = 0, int(counts.max())
    # What is allowed less what is given is concave, and at least 0 where nothing is given: halving finds its end.
    while low < high:
        middle = (low + high + 1) // 2
        if middle <= most * (np.minimum(counts, middle).sum() + others) + 1e-9:
            low = middle
        else:
            high = middle - 1
    return low
