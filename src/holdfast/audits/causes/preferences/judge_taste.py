"""The judge's taste."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class JudgeTaste:
    """Given the same human verdict, the judge still prefers responses of a certain length or form."""

    name: ClassVar[str] = "judge_taste"
    title: ClassVar[str] = "The judge's taste"
    measures: ClassVar[tuple[str, ...]] = (
        *("length", "headers", "list_items", "bold"),
        *("exclamations", "emoji", "hedges", "first_person"),
    )
    sentence: ClassVar[str] = (
        "Given the same human verdict, the judge still prefers responses of a certain length or form: a model "
        "trained on its labels will write that way."
    )
    do: ClassVar[str] = (
        "Match pairs for length or weigh labels back to people's (holdfast curate, filters length_matched and "
        "human_weight), or let people label the pairs that differ most."
    )
