"""Labels that turn with the order in which the responses were shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from holdfast.remedies.curate.preferences.marks import PreferenceMarks

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from holdfast.remedies.curate.preferences.label_rows import LabelRows

_WORD = {1: "a", 0: "a tie", -1: "b"}


@dataclass(frozen=True, slots=True)
class Swapped:
    """Labels whose verdict changes when the order is reversed: the judge's slot, not its judgement."""

    name: ClassVar[str] = "swapped"
    title: ClassVar[str] = "verdicts that turn with the order"

    def __call__(
        self, rows: LabelRows, kept: NDArray[np.bool_], rng: np.random.Generator
    ) -> PreferenceMarks | str:
        """Look; nothing is drawn."""
        del rng
        asked = rows.made & rows.both
        if not asked.any():
            return "no pair was asked with the order reversed; swapped_label would hold that verdict"
        taken = asked & kept & (rows.label != rows.swapped)
        count = int((asked & kept).sum())
        return PreferenceMarks(
            taken=taken,
            reason=lambda row: (
                f"the verdict is {_WORD[int(rows.label[row])]}, and {_WORD[int(rows.swapped[row])]} with the order reversed"
            ),
            said=f"{int(taken.sum()):,} of {count:,} verdicts that were asked in both orders turn with the order",
            details={"asked_twice": count},
        )
