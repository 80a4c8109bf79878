"""Labels that people contradict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from holdfast.remedies.curate.preferences.marks import PreferenceMarks

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from holdfast.remedies.curate.preferences.label_rows import LabelRows


@dataclass(frozen=True, slots=True)
class Disagreeing:
    """Labels against the majority of the people who saw the pair; ties contradict nobody."""

    name: ClassVar[str] = "disagreeing"
    title: ClassVar[str] = "labels that people contradict"

    def __call__(
        self, rows: LabelRows, kept: NDArray[np.bool_], rng: np.random.Generator
    ) -> PreferenceMarks | str:
        """Look; nothing is drawn."""
        del rng
        both = rows.agrees | rows.contradicts
        if not both.any():
            return "no pair was labelled by people and by a judge"
        taken = rows.contradicts & kept
        count = rows.ratings.human[1]
        return PreferenceMarks(
            taken=taken,
            reason=lambda row: (
                f"{_who(int(count[rows.pair[row]]))} chose {'a' if rows.majority[rows.pair[row]] > 0 else 'b'}, {rows.who[row][1]} the other"
            ),
            said=f"people contradict {int(taken.sum()):,} of {int((both & kept).sum()):,} labels of pairs that they saw",
        )


def _who(count: int) -> str:
    return "a person" if count == 1 else f"most of {count} people"
