"""Uninformative judge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class UninformativeJudge:
    """The judge does not tell good from bad on this task."""

    name: ClassVar[str] = "uninformative_judge"
    title: ClassVar[str] = "Uninformative judge"
    measures: ClassVar[tuple[str, ...]] = ("agreement",)
    sentence: ClassVar[str] = (
        "The judge does not tell good from bad on this task, so its labels are noise that may lean one way."
    )
    do: ClassVar[str] = (
        "Drop its labels, or give the task to another judge; ask people for the pairs that holdfast winrate "
        "--label-next names before anything is trained."
    )
