"""Favours its relatives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class AuthorFavouritism:
    """The judge prefers what its own family wrote beyond what people prefer of it."""

    name: ClassVar[str] = "author_favouritism"
    title: ClassVar[str] = "Favours its relatives"
    measures: ClassVar[tuple[str, ...]] = ("author_preference", "leakage")
    sentence: ClassVar[str] = "The judge prefers what its own family wrote beyond what people prefer of it."
    do: ClassVar[str] = (
        "Cap the family (holdfast curate, filter teacher_cap), or have these pairs judged by a model of "
        "another family."
    )
