"""Series: one figure through all generations."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from holdfast.cycles.history.generation import GROUPS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.cycles.history.generation import Figure, Generation


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One figure through all generations.

    Attributes:
        key: Group, task, metric and filter.
        figures: One a generation; None where it has none.
        higher_is_better: As any of them says it; None where none does.
    """

    key: tuple[str, str, str, str]
    figures: tuple[Figure | None, ...]
    higher_is_better: bool | None

    @property
    def first(self) -> Figure:
        """The first figure there is: what is the same in all."""
        return next(figure for figure in self.figures if figure is not None)


def line_up(generations: Sequence[Generation]) -> list[Series]:
    """All series, group by group, in the order in which they first appear.

    What no generation has a number for is left out. Where one generation says something twice, the later file counts, and the figure says so.
    """
    found: dict[tuple[str, str, str, str], list[Figure | None]] = {}
    for place, generation in enumerate(generations):
        for figure in generation.figures:
            row = found.setdefault(figure.key, [None] * len(generations))
            before = row[place]
            row[place] = (
                figure
                if before is None
                else replace(figure, notes=(*figure.notes, "stands there twice; the later file counts"))
            )
    told = {key: row for key, row in found.items() if any(f is not None and f.value is not None for f in row)}
    ordered = sorted(told.items(), key=lambda entry: GROUPS.index(entry[0][0]))
    return [
        Series(key=key, figures=tuple(figures), higher_is_better=_better(figures)) for key, figures in ordered
    ]


def _better(figures: Sequence[Figure | None]) -> bool | None:
    return next(
        (f.higher_is_better for f in figures if f is not None and f.higher_is_better is not None), None
    )
