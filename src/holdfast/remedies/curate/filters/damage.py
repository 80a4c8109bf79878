"""Broken rows, and refusals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from holdfast.measures.text.broken_rows import damaged_rows
from holdfast.remedies.curate.filters.marks import Marks
from holdfast.views.damage import COSMETIC, KINDS

if TYPE_CHECKING:
    from holdfast.views.sides import Sides


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """Encoding damage, literal escapes, loops, unfilled placeholders, HTML leftovers, empty and cut-off rows."""

    name: ClassVar[str] = "damage"
    title: ClassVar[str] = "broken rows"

    def __call__(self, sides: Sides) -> Marks | str:
        """Mark rows of any kind that is no mere frame."""
        return _marks(
            sides, [kind for kind in KINDS if kind not in COSMETIC and not kind.startswith("refus")]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusals:
    """Rows in which a model declines, or speaks of itself as a model."""

    name: ClassVar[str] = "refusals"
    title: ClassVar[str] = "refusals"

    def __call__(self, sides: Sides) -> Marks | str:
        """Mark refusals."""
        return _marks(sides, [kind for kind in KINDS if kind.startswith("refus")])


def _marks(sides: Sides, kinds: list[str]) -> Marks:
    columns = [KINDS.index(kind) for kind in kinds]
    found, real = (flags[:, columns] for flags in damaged_rows(sides))
    return Marks(
        candidate=np.asarray(found.any(axis=1)),
        real=np.asarray(real.any(axis=1)),
        reason=lambda row: ", ".join(kinds[at] for at in np.flatnonzero(found[row])),
    )
