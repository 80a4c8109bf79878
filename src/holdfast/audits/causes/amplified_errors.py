"""Amplified errors and biases: mistakes and leanings of the generator that a learner will take for truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from holdfast.measures.reading import percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdfast.measures.reading import Reading


@dataclass(frozen=True, slots=True)
class AmplifiedErrors:
    """Labels that do not fit, shares of labels that lean without regard to rarity, words tied too closely to labels."""

    id: ClassVar[str] = "amplified_errors"
    title: ClassVar[str] = "Amplified errors and biases"
    asks: ClassVar[tuple[str, ...]] = ("label_noise", "stratum_deficit")
    confirm: ClassVar[str] = (
        "Have a person label fifty of the doubted rows without seeing their labels. For leanings: ask the generator for "
        "each label by name, and see whether the shares follow what was asked for."
    )
    remedy: ClassVar[str] = (
        "Drop or relabel the doubted rows, set a quota per label, and balance the words named beside labels; do not let "
        "the model that wrote the rows label them."
    )

    def severity(self, readings: Mapping[str, Reading]) -> str | None:
        """Wrong labels, rows in the wrong strata, or ties that are too close, whichever is known and worst."""
        noise, shares = readings.get("label_noise"), readings.get("stratum_deficit")
        told = []
        if noise is not None and noise.effect > 0:
            told.append(
                (noise.effect, f"{percent(noise.effect)} of labels do not fit, beyond reality's own mistakes")
            )
        if shares is not None:
            moved = float(shares.details["overall"])
            told.append((moved / 2, f"{percent(moved)} of rows are missing from their strata"))
        return max(told)[1] if told else None
