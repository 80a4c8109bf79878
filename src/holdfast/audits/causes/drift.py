"""Drift: sampling and training again and again from too few examples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from holdfast.measures.reading import percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdfast.measures.reading import Reading


@dataclass(frozen=True, slots=True)
class Drift:
    """Kinds of words and phrasings vanish by chance, and errors pile up, while the rare as a whole keep their share.

    What a model has seen once it says twice or never; each round of training on its own output does so again.
    """

    id: ClassVar[str] = "drift"
    title: ClassVar[str] = "Finite-sample drift"
    asks: ClassVar[tuple[str, ...]] = ("real_equivalent_rows", "lexical_diversity", "rare_words", "surprisal")
    confirm: ClassVar[str] = (
        "Count the rounds since the last real row, and the rows each model was trained on. Generate from a model trained on "
        "more real rows, or on real rows alone: what chance took returns, what a decoder took does not."
    )
    remedy: ClassVar[str] = (
        "Accumulate: keep the real rows and every earlier round in the mix, train each round on more rows, and go back to "
        "the real rows instead of the last round's."
    )

    def severity(self, readings: Mapping[str, Reading]) -> str | None:
        """What the candidate is worth by the order of its words, or the kinds of words that are left."""
        worth = readings.get("real_equivalent_rows")
        learners = {found["name"]: found for found in worth.details["learners"]} if worth else {}
        if worth is not None and learners.get("language", {}).get("real_rows"):
            rows = float(learners["language"]["real_rows"])
            return f"worth {percent(min(rows / worth.details['rows'], 1.0))} of its rows to a learner of word order"
        words = readings.get("lexical_diversity")
        return None if words is None else f"its words are {percent(words.value)} as varied as reality's"
