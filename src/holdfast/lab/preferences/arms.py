"""Arms: whose labels the policy is tuned on. All judge the same kind of pairs, and all are tuned for as many steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from holdfast.lab.preferences.hands import TEACHER
from holdfast.lab.preferences.judges import COIN, JUDGE, PEOPLE, STAND_IN
from holdfast.lab.preferences.tuning import Preferred

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

    from holdfast.lab.preferences.judges import Pair

Arm = Literal["people", "judge", "remedied", "mixed", "filtered", "coin"]
ARMS: tuple[Arm, ...] = ("people", "judge", "remedied", "mixed", "filtered", "coin")
"""The order matters: the first is the control arm that the voices of all others are held against."""
SAID: Mapping[Arm, str] = {
    "people": "every label by one person",
    "judge": "every label by the teacher-favouring judge",
    "filtered": "the judge's labels that `holdfast curate` keeps, teacher's wins and length capped by the anchor",
    "mixed": "the judge's labels and one person's of each pair of the anchor, nothing dropped",
    "remedied": "both, and what `holdfast curate` keeps of them, labels that people contradict dropped, too",
    "coin": "labels thrown by a coin: what tuning does by itself",
}
_FILTERS: Mapping[Arm, tuple[str, ...]] = {
    "filtered": ("swapped", "length_matched", "teacher_cap", "judge_cap"),
    "remedied": ("swapped", "disagreeing", "length_matched", "teacher_cap", "judge_cap"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """The labels of a round.

    Attributes:
        rows: What is tuned on, rows with labels.
        people: What people said of some of the pairs: the anchor of the round.
        judge: Who is audited.
        decisions: What each filter decided, and how many labels it dropped.
        offered: Labels there were before any was dropped.
    """

    rows: Sequence[dict[str, Any]]
    people: Sequence[dict[str, Any]]
    judge: str
    decisions: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    offered: int = 0

    def preferred(self) -> list[Preferred]:
        """What a tuner reads."""
        return [
            Preferred(
                prompt=row["prompt"],
                chosen=row["response_a" if row["label"] == "a" else "response_b"],
                rejected=row["response_b" if row["label"] == "a" else "response_a"],
            )
            for row in self.rows
        ]


def label(
    arm: Arm, pairs: Sequence[Pair], *, seen: int, seed: int, streams: Mapping[str, np.random.Generator]
) -> Labelled:
    """Label the pairs of a round.

    Args:
        arm: Whose labels are tuned on.
        pairs: The pairs, in no order.
        seen: How many of them, the first, all people label for the anchor.
        seed: Of what filters draw.
        streams: A stream of chance for each annotator, and `eyes` for whose label of a pair is tuned on.
    """
    people = [row for person in PEOPLE for row in person.label(pairs[:seen], streams[person.name])]
    if arm in ("people", "coin"):
        rater = STAND_IN if arm == "people" else COIN
        rows = rater.label(pairs, streams[rater.name])
        return Labelled(rows=rows, people=people, judge=rater.name, offered=len(rows))
    rows = JUDGE.label(pairs, streams[JUDGE.name])
    if arm in ("mixed", "remedied"):
        # Of each pair that people saw one of them, drawn, gives the label that is tuned on; all of them are the anchor.
        drawn = streams["eyes"].integers(len(PEOPLE), size=seen)
        rows = [*rows, *(people[int(person) * seen + at] for at, person in enumerate(drawn))]
    names = _FILTERS.get(arm)
    if names is None:
        return Labelled(rows=rows, people=people, judge=JUDGE.name, offered=len(rows))
    kept, decisions = _curated(rows, people, names, seed)
    return Labelled(rows=kept, people=people, judge=JUDGE.name, decisions=decisions, offered=len(rows))


def _curated(
    rows: Sequence[dict[str, Any]], people: Sequence[dict[str, Any]], names: Sequence[str], seed: int
) -> tuple[list[dict[str, Any]], dict[str, tuple[str, int]]]:
    """What the product keeps, and what its filters decided."""
    from holdfast.data.preferences import read_preferences
    from holdfast.remedies.curate.preferences import curate_preferences
    from holdfast.remedies.curate.preferences.label_rows import name_rows

    found = curate_preferences(list(rows), real=list(people), filter=names, family=TEACHER.name, seed=seed)
    kept = set(found.kept)
    ids = name_rows(read_preferences(list(rows)))
    return (
        [row for row, id_ in zip(rows, ids, strict=True) if id_ in kept],
        {step.name: (step.decision, step.dropped) for step in found.steps},
    )
