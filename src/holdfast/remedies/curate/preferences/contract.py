"""What curating labels did, label by label and filter by filter."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from holdfast.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Decision = Literal["acts", "nothing to do", "stopped", "not measured", "cannot say"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelToll:
    """What a filter takes of labels of one kind.

    Attributes:
        rows: How many there are.
        taken: Of those, how many it would take.
        share: Their share; None without any.
        interval: 95 % interval of that share (Clopper and Pearson 1934); None without any.
    """

    rows: int
    taken: int
    share: float | None
    interval: tuple[float, float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceStep:
    """One filter, as it went.

    Attributes:
        name: Its name.
        title: What it takes.
        decision: `acts`; `nothing to do`; `stopped` where it would do more harm than good; `not measured` where it acts although
            too few pairs were seen by people to know what it takes of good labels; `cannot say`.
        why: What was found, or why it was stopped or cannot say.
        marked: Labels it would take.
        dropped: Labels it did drop.
        good: What it takes of labels that most people share.
        bad: What it takes of labels that most people contradict.
        took: Labels dropped by the author of the chosen response, most first, at most twenty.
        details: Plain figures.
    """

    name: str
    title: str
    decision: Decision
    why: str
    marked: int = 0
    dropped: int = 0
    good: LabelToll | None = None
    bad: LabelToll | None = None
    took: tuple[tuple[str, int], ...] = ()
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """Weights that were given instead of dropping, or why none could be.

    Attributes:
        why: Why there are none; None where there are.
        effective: `(sum w)^2 / sum w^2`: the equally weighted labels that these are worth.
        labels: Labels of judges that were weighed.
        low: Smallest weight.
        high: Largest weight.
        margins: For each margin how often its side is chosen before and after, and by people.
    """

    why: str | None = None
    effective: float | None = None
    labels: int = 0
    low: float | None = None
    high: float | None = None
    margins: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceCuration:
    """A curated set of labels.

    Attributes:
        name: The candidate's name.
        labels: Labels that were read.
        pairs: Pairs that were read.
        kept: Ids of the labels that are kept, in their order: the id of the pair, and who gave the label where it has several.
        dropped: For each dropped id the filter that dropped it and why.
        steps: Every filter, in order.
        by_author: For each author labels of its responses before and after, the one that lost the largest share first.
        prompts: Prompts with a label, before and after.
        people: Labels of people at hand, and how many of the candidate's labels by judges are of pairs that people saw.
        reality: Name of the human labels that were given; None where the candidate's own were used.
        weighed: Weights, where they were asked for.
        notes: What a reader should know.
        output: The folder, where one was written.
    """

    name: str
    labels: int
    pairs: int
    kept: tuple[str, ...]
    dropped: Mapping[str, tuple[str, str]]
    steps: tuple[PreferenceStep, ...]
    by_author: tuple[tuple[str, int, int], ...]
    prompts: tuple[int, int]
    people: tuple[int, int]
    reality: str | None
    weighed: Weighed | None = None
    notes: tuple[str, ...] = ()
    output: Path | None = None

    def explain(self, id: str) -> str:
        """Why a label was dropped, or that it is kept.

        Raises:
            InputError: There is no such label.
        """
        if id in self.dropped:
            step, reason = self.dropped[id]
            return f"{id} was dropped by {step}: {reason}"
        if id in set(self.kept):
            return f"{id} is kept"
        raise InputError(
            f"no label has the id {id!r}",
            do="Ids are those of the pairs, with #annotator where a pair has several",
        )

    def plain(self) -> dict[str, Any]:
        """Everything but the ids, as plain values."""
        return {
            "candidate": {"name": self.name, "labels": self.labels, "pairs": self.pairs},
            "reality": self.reality,
            "people": {"labels": self.people[0], "shared_labels": self.people[1]},
            "labels": {"read": self.labels, "kept": len(self.kept), "dropped": len(self.dropped)},
            "prompts": {"before": self.prompts[0], "after": self.prompts[1]},
            "steps": [asdict(step) for step in self.steps],
            "by_author": [
                {"author": name, "before": before, "after": after} for name, before, after in self.by_author
            ],
            "weights": None if self.weighed is None else asdict(self.weighed),
            "notes": list(self.notes),
        }
