"""Labels for the teacher's relatives, beyond people's own taste for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from holdfast.remedies.curate.preferences.excess import LEVEL, Excess, critical
from holdfast.remedies.curate.preferences.marks import PreferenceMarks
from holdfast.views.relations import Relations

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.remedies.curate.preferences.label_rows import LabelRows

LEAST_SEEN = 100
LEAST_LABELS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class TeacherCap:
    """The fewest labels without which a relative of the teacher wins as often as among people's labels.

    Only pairs are looked at in which one response was written by a relative and the other was not. The labels that are dropped are
    drawn among the wins, right ones and wrong ones: of the pairs that stay people would give fewer to the relative, so
    given what people said of the very pair, about a third of the judge's favour is left.
    """

    name: ClassVar[str] = "teacher_cap"
    title: ClassVar[str] = "wins of the teacher's relatives beyond people's"

    teacher: str | None = None
    relations: Relations = field(default_factory=Relations, compare=False)
    level: float = LEVEL

    def __call__(
        self, rows: LabelRows, kept: NDArray[np.bool_], rng: np.random.Generator
    ) -> PreferenceMarks | str:
        """Look."""
        if self.teacher is None:
            return "no teacher is named (--family)"
        authors = rows.ratings.authors
        if not authors:
            return "the authors of the responses are not known"
        # The last entry is asked for by -1, who is nobody.
        related = np.array(
            [name in self.relations.related_to(self.teacher, authors) for name in authors] + [False]
        )
        own = related[rows.ratings.author].astype(np.int8)
        relative = own[:, 0] - own[:, 1]  # 1: a is by a relative alone, -1: b is
        _, people = rows.people_choose(relative)
        if len(people) < LEAST_SEEN:
            return (
                f"people chose between a relative of {self.teacher} and somebody else in {len(people):,} pairs; {LEAST_SEEN} are needed "
                "to know how often they choose the relative"
            )
        open_ = rows.made & kept & (rows.label != 0) & (relative[rows.pair] != 0)
        groups = rows.judges(open_, least=LEAST_LABELS)
        taken = np.zeros(len(rows), bool)
        found: list[dict[str, Any]] = []
        for name, at in groups:
            wins = rows.label[at] == relative[rows.pair[at]]
            excess = Excess(
                hits=np.array([wins.sum()]),
                labels=np.array([len(at)]),
                people_hits=np.array([people.sum()]),
                votes=np.array([len(people)]),
            )
            surplus = int(excess.surplus()[0]) if excess.deviate > critical(self.level / len(groups)) else 0
            taken[rng.choice(at[wins], surplus, replace=False)] = True
            found.append({"name": name, "labels": len(at), "wins": float(wins.mean()), "taken": surplus})
        return PreferenceMarks(
            taken=taken,
            reason=lambda row: (
                f"{rows.who[row][1]} chooses relatives of {self.teacher} more often than people do"
            ),
            said=_said(found, float(people.mean()), self.teacher),
            details={
                "pairs_seen": len(people),
                "people": float(people.mean()),
                "judges": found,
                "relatives": sorted(name for name, is_one in zip(authors, related, strict=False) if is_one),
            },
        )


def _said(found: list[dict[str, Any]], people: float, teacher: str) -> str:
    if not found:
        return f"no label of a judge chooses between a relative of {teacher} and somebody else"
    worst = max(found, key=lambda one: (one["taken"], one["wins"]))
    said = (
        f"{worst['name']} chooses relatives of {teacher} {worst['wins']:.1%} of the time, people {people:.1%}"
    )
    return (said if worst["taken"] else f"{said}: no more than chance").replace("%", " %")
