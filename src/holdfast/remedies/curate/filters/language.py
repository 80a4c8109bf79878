"""Rows in another language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from holdfast.measures.text.off_language import foreign_rows
from holdfast.remedies.curate.filters.marks import Marks

if TYPE_CHECKING:
    from holdfast.views.sides import Sides


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherLanguage:
    """Scripts that reality does not write, and spellings of another language."""

    name: ClassVar[str] = "language"
    title: ClassVar[str] = "rows in another language"

    def __call__(self, sides: Sides) -> Marks | str:
        """Mark rows in another language than reality's."""
        real, found = foreign_rows(sides)
        return Marks(candidate=found, real=real, reason=lambda _: "in another language than reality's")
