"""Unlike: rows that are a little strange, a little off topic and a little wrongly labelled, all at once.

One filter for each finds rows that are far out in one way. What a weak model babbles is not: it is in the strangest tenth in every way, where
hardly any real row is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from holdfast.measures.text.label_noise import read_margins
from holdfast.remedies.curate.filters.scored import below, rates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.remedies.curate.filters.marks import Marks
    from holdfast.views.sides import Sides

_PARTS = ("strange", "off topic", "unlike its label")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlike:
    """Rows whose strangeness, topic and label, each ranked among real rows, are together further out than all but a few real rows'.

    Each rank is the share of real rows that are further out still; their product is compared with that of real rows, who are read as if
    they were new.
    """

    name: ClassVar[str] = "unlike"
    title: ClassVar[str] = "rows unlike real ones in several ways at once"

    takes: float = 0.05  # of reality

    def __call__(self, sides: Sides) -> Marks | str:
        """Mark the rows furthest out."""
        strange_real, strange = rates(sides)
        parts = [(-strange_real, -strange), (sides.anchor.support, sides.candidate.support)]
        if sides.origin == "column" and len(sides.labels) > 1:
            real, found = read_margins(sides)
            known = np.isin(np.arange(len(sides.labels)), sides.anchor.strata)
            judged = (sides.candidate.strata >= 0) & known[np.maximum(sides.candidate.strata, 0)]
            # A row of no label that the anchor knows cannot be unlike it.
            parts.append((np.where(sides.anchor.strata >= 0, real, np.inf), np.where(judged, found, np.inf)))
        ranks = [(_rank(real, real), _rank(found, real)) for real, found in parts]
        together_real = np.sum([np.log(pair[0]) for pair in ranks], axis=0)
        together = np.sum([np.log(pair[1]) for pair in ranks], axis=0)

        def reason(row: int) -> str:
            said = [
                f"{name} than {1 - float(pair[1][row]):.0%}"
                for name, pair in zip(_PARTS, ranks, strict=False)
            ]
            return f"of real rows it is more {', more '.join(said)}"

        return below(together, together_real, self.takes, reason)


def _rank(values: NDArray[np.float64], real: NDArray[np.float64]) -> NDArray[np.float64]:
    """float64 [n], share of real rows that lie as low or lower, never 0."""
    return np.asarray(
        (np.searchsorted(np.sort(real), values, side="right") + 1) / (len(real) + 1), np.float64
    )
