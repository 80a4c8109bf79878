"""Nobody knows who labelled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class UnknownMakers:
    """Labels come from too few or unknown sources, or too few of them were ever held against a person's."""

    name: ClassVar[str] = "unknown_makers"
    title: ClassVar[str] = "Nobody knows who labelled"
    measures: ClassVar[tuple[str, ...]] = (
        "label_sources",
        "unknown_labels",
        "largest_judge",
        "double_labelled",
        "related_labels",
    )
    sentence: ClassVar[str] = (
        "Labels come from too few or unknown sources, or too few of them were ever held against a person's."
    )
    do: ClassVar[str] = (
        "Name annotators in the file (or with --annotator), spread labels over several judges, and have some "
        "pairs labelled by people, too."
    )
