"""Marks: what a filter would take, of the candidate and of reality."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from holdfast.views.sides import Sides


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What a filter would take.

    Real rows are read as if they were new: what a filter takes of them, it takes of rows that are good by definition.

    Attributes:
        candidate: bool [n], rows of the candidate.
        real: bool [m], rows of reality; None where the filter can say nothing of them.
        reason: Says of a candidate row, by its number, why.
        scores: float64 [n] and float64 [m], where the filter cuts a score from below: then it can be relaxed in a stratum by
            cutting lower there. Without it, relaxing lets the stratum's rows be.
        cut: Where it cuts.
        sources: For each candidate row the id of the row it repeats, where that is why.
    """

    candidate: NDArray[np.bool_]
    real: NDArray[np.bool_] | None
    reason: Callable[[int], str]
    scores: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None
    cut: float | None = None
    sources: Mapping[int, str] | None = None


class Filter(Protocol):
    """A filter: one file, one frozen dataclass whose fields are its options.

    Attributes:
        name: As `--filter` calls it, and `dropped_by`.
        title: What it takes, in words.
    """

    name: ClassVar[str]
    title: ClassVar[str]

    def __call__(self, sides: Sides) -> Marks | str:
        """What it would take; or why it cannot say."""
        ...
